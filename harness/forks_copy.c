/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Sees one copy to its end: what it says, when it ends, what it leaves. */
#include "harness/forks_work.h"

#include "base/clock.h"
#include "base/scope.h"
#include "faults/alloc/schedule_fork.h"
#include "harness/objects.h"
#include "harness/proc.h"
#include "harness/stage.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

/* What was killed must be gone by then. */
#define END_DEADLINE_NS (5 * NS_PER_S)

/* ---- its words ---- */

static void take_prefix(struct forks *f, int stream)
{
	int from = f->s->box->streams[stream], to = f->found.streams[stream];
	struct stat st;
	off_t at = 0;
	if (fstat(from, &st) < 0)
		f->broken = true;
	while (!f->broken && at < st.st_size)
		f->broken = sendfile(to, from, &at, (size_t)(st.st_size - at)) <= 0;
	f->kept[stream] = (uint64_t)at;
}

static bool take_some(struct forks *f, int stream)
{
	char bytes[16384];
	ssize_t got = read(f->fifos[stream], bytes, sizeof bytes);
	if (got <= 0)
		return false;
	f->kept[stream] += (uint64_t)got;
	if (f->kept[stream] <= PROCESS_OUTPUT_MAX)
		f->broken |= write(f->found.streams[stream], bytes, (size_t)got) != got;
	return true;
}

static void take_rest(struct forks *f)
{
	for (int i = 0; i < 2; i++)
		while (take_some(f, i))
			;
}

/* ---- its end ---- */

/* True: in time. */
static bool await_end(struct forks *f, int pidfd, int64_t until_ns, int cancel_fd)
{
	struct pollfd fds[4] = {{.fd = pidfd, .events = POLLIN},
				{.fd = f->fifos[0], .events = POLLIN},
				{.fd = f->fifos[1], .events = POLLIN},
				{.fd = cancel_fd, .events = POLLIN}};
	for (;;) {
		int count = poll(fds, COUNT_OF(fds), clock_until_ms(until_ns));
		if (count > 0 && fds[0].revents)
			return true;
		if (count == 0 || (count < 0 && errno != EINTR) || fds[3].revents)
			return false;
		for (int i = 0; count > 0 && i < 2; i++)
			if (fds[i + 1].revents)
				take_some(f, i);
	}
}

struct strangers {
	const struct forks *f;
	unsigned count;
};

/* What a copy leaves running comes to us when it ends; and nothing else does. */
static void end_stranger(pid_t pid, const struct proc_stat *stat, void *context)
{
	struct strangers *strangers = context;
	pid_t server = strangers->f->s->daemon.pid;
	if (stat->parent != getpid() || pid == server || stat->group == server || pid == strangers->f->page->fork.asker || stat->state == 'Z')
		return;
	strangers->count++;
	kill(pid, SIGKILL);
}

static bool left_somebody(struct forks *f)
{
	bool any = false;
	for (int64_t until = clock_now_ns() + END_DEADLINE_NS;;) {
		struct strangers strangers = {f, 0};
		siginfo_t info;
		proc_each(end_stranger, &strangers);
		if (!strangers.count)
			break;
		any = true;
		if (clock_now_ns() > until) {
			f->broken = true;
			break;
		}
		waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
		poll(NULL, 0, 1);
	}
	process_reap();
	return any;
}

static int64_t timeval_ns(const struct timeval *tv)
{
	return tv->tv_sec * NS_PER_S + tv->tv_usec * 1000;
}

static void take_status(struct process_outcome *run, int status, const struct rusage *usage)
{
	run->started = true;
	run->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	run->user_ns = timeval_ns(&usage->ru_utime);
	run->system_ns = timeval_ns(&usage->ru_stime);
	run->max_rss_kib = (uint64_t)usage->ru_maxrss;
}

/* False where it had to be killed. */
static bool see_it_end(struct forks *f, pid_t pid)
{
	struct process_outcome *run = &f->found.findings->runs[RUN_MAIN];
	int64_t began = clock_now_ns();
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct rusage usage;
	int status;
	bool ended = pidfd >= 0 && await_end(f, pidfd, began + f->points->deadline_ns, f->s->cancel_fd);
	kill(-pid, SIGKILL);
	if (!ended)
		kill(pid, SIGKILL);
	if (pidfd < 0 || (!ended && !await_end(f, pidfd, clock_now_ns() + END_DEADLINE_NS, -1)) || wait4(pid, &status, __WALL | WNOHANG, &usage) != pid) {
		f->broken = true;
		return false;
	}
	run->wall_ns = clock_now_ns() - began;
	take_status(run, status, &usage);
	take_rest(f);
	return ended;
}

/* ---- what it has left ---- */

static bool take_digest(struct forks *f)
{
	struct process_outcome *run = &f->found.findings->runs[RUN_MAIN];
	if (f->kept[0] > PROCESS_OUTPUT_MAX || f->kept[1] > PROCESS_OUTPUT_MAX)
		return false;
	run->stdout_bytes = f->kept[0];
	if (!f->kept[0]) {
		run->stdout_digest = XXH3_64bits("", 0);
		return true;
	}
	void *text = mmap(NULL, f->kept[0], PROT_READ, MAP_SHARED, f->found.streams[STREAM_STDOUT], 0);
	if (text == MAP_FAILED)
		return false;
	run->stdout_digest = XXH3_64bits(text, f->kept[0]);
	munmap(text, f->kept[0]);
	return true;
}

static bool find_out(struct forks *f)
{
	struct box_findings *found = f->found.findings;
	struct daemon_status now;
	static const enum box_stream streams[ALLOC_FORK_PLACES] = {STREAM_OUTPUTS, STREAM_TMP, STREAM_HOME};
	found->objects = objects_left(f->s->world, found->object_names, sizeof found->object_names);
	f->broken |= found->objects > 0; /* it is for all, and nobody knows whose it is */
	if (found->objects || !take_digest(f) || daemon_status(&f->s->daemon, &now, &f->s->err) < 0)
		return false;
	found->server.refused = now.refused - f->s->began.refused;
	schedule_fork_outcome(f->page, &found->allocations);
	found->allocations_known = found->complete = true;
	for (uint32_t i = 0; i < ALLOC_FORK_PLACES; i++)
		if (forks_view_list(&f->view, i, f->found.streams[streams[i]], &f->s->err) < 0)
			return false;
	return true;
}

/* Into the other streams nothing is ever written. */
static bool forget(struct forks *f)
{
	static const enum box_stream used[] = {STREAM_STDOUT, STREAM_STDERR, STREAM_OUTPUTS, STREAM_TMP, STREAM_HOME};
	memset(f->found.findings, 0, sizeof *f->found.findings);
	for (size_t i = 0; i < COUNT_OF(used); i++)
		if (ftruncate(f->found.streams[used[i]], 0) < 0 || lseek(f->found.streams[used[i]], 0, SEEK_SET) < 0)
			return false;
	return true;
}

/* ---- all of it ---- */

/* The page is the program's too: what stands there need not be true. */
static bool is_copy(const struct forks *f, pid_t pid)
{
	siginfo_t info;
	return pid > 1 && pid != f->s->daemon.pid && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

enum alloc_fork_state forks_play(struct forks *f, uint32_t index)
{
	pid_t pid = f->page->fork.child;
	if (!forget(f) || !is_copy(f, pid)) {
		f->broken = true;
		return ALLOC_FORK_DOUBTFUL;
	}
	take_prefix(f, STREAM_STDOUT);
	take_prefix(f, STREAM_STDERR);
	bool ended = see_it_end(f, pid);
	bool alone = !left_somebody(f);
	if (f->page->fork.trouble)
		return (enum alloc_fork_state)f->page->fork.trouble;
	if (!ended || !alone || f->broken || !find_out(f))
		return ALLOC_FORK_DOUBTFUL;
	return f->points->weigh(f->points->context, f->points, index, &f->found, &f->lines) ? ALLOC_FORK_DONE : ALLOC_FORK_DOUBTFUL;
}

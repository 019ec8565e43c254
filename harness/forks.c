/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Attends to copies. */
#include "harness/forks.h"

#include "base/clock.h"
#include "base/scope.h"
#include "faults/alloc/schedule_fork.h"
#include "harness/forks_view.h"
#include "harness/objects.h"
#include "harness/proc.h"
#include "harness/process.h"
#include "harness/stage.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <xxhash.h>

/* Where of so many copies three of four did not simply pass, each point would only be done twice. */
#define DOUBTFUL_MIN 32

/* What was killed must be gone by then. */
#define END_DEADLINE_NS (5 * NS_PER_S)

struct forks {
	struct stage *s;
	const struct forks_points *points;
	struct alloc_page *page;
	struct forks_view view;
	struct box found; /* of the copy */
	uint64_t kept[2]; /* bytes in its streams */
	int bell, fifos[2];
	struct process_attendant attendant;
	struct buf lines;
	uint32_t tried, doubtful;
	bool broken;	  /* the world is not as it was: nothing of this counts */
};

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

/* ---- attending ---- */

/* The page is the program's too: what stands there need not be true. */
static bool is_copy(const struct forks *f, pid_t pid)
{
	siginfo_t info;
	return pid > 1 && pid != f->s->daemon.pid && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0;
}

static enum alloc_fork_state play(struct forks *f, uint32_t index)
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

static void let_go_on(struct alloc_fork *fork, uint32_t index)
{
	fork->answered = index;
	syscall(SYS_futex, &fork->answered, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static bool is_worth_it(const struct forks *f)
{
	if (f->points->until_ns && clock_now_ns() > f->points->until_ns)
		return false;
	return f->doubtful < DOUBTFUL_MIN || 4 * f->doubtful < 3 * f->tried;
}

static void attend(void *context)
{
	struct forks *f = context;
	struct alloc_fork *fork = &f->page->fork;
	uint32_t asked = fork->asked;
	char bytes[16];
	(void)!read(f->bell, bytes, sizeof bytes);
	if (asked < 1 || asked > f->points->list.count || fork->answered == asked)
		return;
	fork->points[asked - 1].state = play(f, asked - 1);
	f->tried++;
	f->doubtful += fork->points[asked - 1].state == ALLOC_FORK_DOUBTFUL;
	f->broken |= !forks_view_renew(&f->view);
	if (f->broken || !is_worth_it(f))
		fork->closed = 1;
	let_go_on(fork, asked);
}

static void begun(void *context, int stdout_fd, int stderr_fd)
{
	struct forks *f = context;
	const int fds[2] = {stdout_fd, stderr_fd};
	for (int i = 0; i < 2; i++) {
		struct stat st;
		if (fstat(fds[i], &st) < 0)
			f->page->fork.closed = 1;
		f->page->fork.streams[i][0] = st.st_dev;
		f->page->fork.streams[i][1] = st.st_ino;
	}
}

/* ---- beginning and end ---- */

/* It is kept open for writing too: no end of it is ever seen. */
static int make_fifo(struct forks *f, const char *name, char path[300], int *fd)
{
	snprintf(path, 300, "%s/fork/%s", f->s->world->base, name);
	if (mkfifo(path, 0600) < 0)
		return -errno;
	*fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static void list_points(struct forks *f)
{
	struct alloc_fork *fork = &f->page->fork;
	for (size_t i = 0; i < f->points->list.count && i < ALLOC_FORK_POINTS; i++) {
		fork->points[i].ordinal = f->points->list.at[i].ordinal;
		fork->points[i].stack = f->points->list.at[i].stack;
	}
	memcpy(fork->program, f->points->program, sizeof fork->program);
	fork->number = f->points->number;
	fork->keeper = getpid();
	fork->count = (uint32_t)f->points->list.count;
}

static int make_found(struct forks *f)
{
	f->found.findings = calloc(1, sizeof *f->found.findings);
	for (size_t i = 0; i < STREAMS; i++)
		f->found.streams[i] = memfd_create("ordeal", MFD_CLOEXEC);
	return f->found.findings && f->found.streams[STREAMS - 1] >= 0 ? 0 : -ENOMEM;
}

static int make_places(struct forks *f)
{
	struct alloc_fork *fork = &f->page->fork;
	int rc = forks_view_begin(&f->view, f->s->world, fork);
	rc = rc ? rc : make_fifo(f, "bell", fork->bell, &f->bell);
	rc = rc ? rc : make_fifo(f, "stdout", fork->stream_paths[0], &f->fifos[0]);
	rc = rc ? rc : make_fifo(f, "stderr", fork->stream_paths[1], &f->fifos[1]);
	return rc ? rc : make_found(f);
}

int forks_begin(struct stage *s, struct forks **out)
{
	struct forks *f = *out = calloc(1, sizeof *f);
	char path[300];
	if (!f)
		return err_set(&s->err, ENOMEM, "out of memory");
	*f = (struct forks){.s = s, .points = s->q->forks, .bell = -1, .fifos = {-1, -1}, .found = {.line = -1}};
	for (size_t i = 0; i < STREAMS; i++)
		f->found.streams[i] = -1;
	snprintf(path, sizeof path, "%s/alloc.page", s->world->base);
	int rc = schedule_fork_open(path, &f->page, &s->err);
	if (rc)
		return rc;
	rc = make_places(f);
	if (rc)
		return err_set(&s->err, -rc, "places for copies of the program: %s", strerror(-rc));
	list_points(f);
	f->attendant = (struct process_attendant){.fd = f->bell, .begun = begun, .attend = attend, .context = f};
	return 0;
}

const struct process_attendant *forks_attendant(const struct forks *forks)
{
	return forks ? &forks->attendant : NULL;
}

int forks_end(struct forks *f, struct err *err)
{
	const struct alloc_fork *fork = &f->page->fork;
	buf_text(&f->lines, "{\"states\": [");
	for (size_t i = 0; i < f->points->list.count; i++) {
		unsigned state = fork->points[i].state;
		if (state == ALLOC_FORK_WAITING && fork->closed)
			state = ALLOC_FORK_CLOSED;
		buf_printf(&f->lines, "%s%u", i ? ", " : "", state);
	}
	buf_text(&f->lines, "]}\n");
	if (f->broken)
		return err_set(err, EIO, "a copy of the program has left something that cannot be taken away");
	int rc = buf_write_fd(&f->lines, f->s->box->streams[STREAM_FORKS]);
	return rc ? err_set(err, -rc, "findings cannot be written: %s", strerror(-rc)) : 0;
}

void forks_free(struct forks *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < STREAMS; i++)
		if (f->found.streams[i] >= 0)
			close(f->found.streams[i]);
	const int fds[] = {f->bell, f->fifos[0], f->fifos[1]};
	for (size_t i = 0; i < COUNT_OF(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(f->found.findings);
	schedule_fork_close(f->page);
	buf_free(&f->lines);
	free(f);
}

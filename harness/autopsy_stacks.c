/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks at processes that do not end, by a process that can be given up. */
#include "harness/autopsy.h"

#include "base/clock.h"
#include "base/scope.h"
#include "harness/proc.h"
#include "harness/unwind.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* All of it. */
#define STACKS_NS (2 * NS_PER_S)
/* One thread, to stop. */
#define STOP_NS (100 * NS_PER_MS)

/* What the looker has found so far: a thread is written, then counted. */
struct findings {
	_Atomic size_t count;
	_Atomic int error; /* of the first thread that could not be traced */
	struct autopsy_thread threads[];
};

/* ---- in the looker ---- */

struct look {
	pid_t leader;
	size_t max;
	struct findings *found;
	bool others; /* the leader's are done */
};

/* Does it wait for a filesystem? To interrupt such a request is to tell the filesystem of it, which may end the call; and while the
 * answer has not come, the thread does not stop (request_wait_answer() in fs/fuse/dev.c). */
static bool waits_for_files(const struct autopsy_thread *t)
{
	return t->state == 'D' || strstr(t->wait_place, "fuse") || strcmp(t->wait_place, "request_wait_answer") == 0;
}

/* Wait until the one thread stops. */
static bool await_stop(pid_t tid)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (int64_t until = clock_now_ns() + STOP_NS;;) {
		int status;
		if (waitpid(tid, &status, WNOHANG | __WALL) == tid)
			return WIFSTOPPED(status);
		int64_t left = until - clock_now_ns();
		if (left <= 0)
			return false;
		sigtimedwait(&set, NULL, &(const struct timespec){.tv_nsec = left});
	}
}

/* A signal that arrives just now is the stop that we get: it must not get lost. */
static void let_go(pid_t tid)
{
	siginfo_t info;
	bool delivery = ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) == 0 && info.si_code >> 8 != PTRACE_EVENT_STOP;
	ptrace(PTRACE_DETACH, tid, NULL, (void *)(uintptr_t)(delivery ? info.si_signo : 0));
}

static bool stop_and_look(struct look *look, struct unwind *unwind, struct autopsy_thread *t)
{
	if (ptrace(PTRACE_SEIZE, t->tid, NULL, NULL) < 0) {
		int none = 0;
		atomic_compare_exchange_strong(&look->found->error, &none, errno);
		return false;
	}
	bool stopped = ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL) == 0 && await_stop(t->tid);
	bool seen = stopped && unwind_stopped(unwind, t->tid, &t->stack);
	if (stopped)
		let_go(t->tid);
	return seen; /* one that did not stop is let go by our end */
}

static void look_at_thread(struct look *look, struct unwind *unwind, pid_t pid, pid_t tid)
{
	size_t count = atomic_load(&look->found->count);
	struct proc_stat stat;
	if (count == look->max || !proc_read_thread_stat(pid, tid, &stat))
		return;
	struct autopsy_thread *t = &look->found->threads[count];
	*t = (struct autopsy_thread){.pid = pid, .tid = tid, .state = stat.state, .cpu_s = proc_seconds(&stat)};
	memcpy(t->comm, stat.comm, sizeof t->comm);
	proc_wait_place(pid, tid, t->wait_place, sizeof t->wait_place);
	proc_read_text(pid, tid, "syscall", t->call, sizeof t->call);
	/* Whatever comes now, this much is known. */
	atomic_fetch_add(&look->found->count, 1);
	if (!unwind)
		return;
	if (waits_for_files(t) || !stop_and_look(look, unwind, t))
		unwind_waiting(unwind, tid, &t->stack);
}

static void look_at_process(pid_t pid, const struct proc_stat *stat, void *context)
{
	struct look *look = context;
	pid_t tids[256];
	bool member = stat->group == look->leader || stat->session == look->leader;
	if (!member || stat->state == 'Z' || (pid == look->leader) == look->others)
		return;
	size_t count = proc_threads(pid, tids, COUNT_OF(tids));
	struct unwind *unwind = count ? unwind_open(pid) : NULL;
	for (size_t i = 0; i < count; i++)
		look_at_thread(look, unwind, pid, tids[i]);
	unwind_close(unwind);
}

_Noreturn static void look_around(pid_t leader, size_t max, struct findings *found, pid_t parent)
{
	struct look look = {.leader = leader, .max = max, .found = found};
	struct proc_stat stat;
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "autopsy");
	if (getppid() != parent)
		_exit(0);
	if (proc_read_stat(leader, &stat))
		look_at_process(leader, &stat, &look);
	look.others = true;
	proc_each(look_at_process, &look);
	_exit(0);
}

/* ---- in the caller ---- */

static void await_looker(pid_t pid)
{
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd fd = {.fd = pidfd, .events = POLLIN};
	if (poll(&fd, 1, clock_until_ms(clock_now_ns() + STACKS_NS)) == 1 && waitpid(pid, NULL, WNOHANG) == pid)
		return;
	kill(pid, SIGKILL);
	poll(&fd, 1, clock_until_ms(clock_now_ns() + STACKS_NS / 4));
	waitpid(pid, NULL, WNOHANG);
}

size_t autopsy_stacks(pid_t leader, struct autopsy_thread *out, size_t max, char why_not[64])
{
	size_t size = sizeof(struct findings) + max * sizeof out[0];
	pid_t self = getpid();
	why_not[0] = '\0';
	struct findings *found = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = found == MAP_FAILED ? -1 : fork();
	if (pid == 0)
		look_around(leader, max, found, self);
	if (pid < 0) {
		snprintf(why_not, 64, "%s", strerror(errno));
		if (found != MAP_FAILED)
			munmap(found, size);
		return 0;
	}
	await_looker(pid);
	size_t count = atomic_load(&found->count);
	memcpy(out, found->threads, count * sizeof out[0]);
	int error = atomic_load(&found->error);
	if (error && error != ESRCH)
		snprintf(why_not, 64, "%s", error == EPERM || error == EACCES ? "tracing is not permitted here" : strerror(error));
	munmap(found, size);
	return count;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A tracer that waits for signals of the deadly kind. */
#include "harness/autopsy.h"

#include "base/clock.h"
#include "base/scope.h"
#include "harness/proc.h"
#include "harness/unwind.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

/* To be traced is a matter of microseconds; to be looked at, of the time to read the headers of all modules. */
#define BEGIN_NS (2 * NS_PER_S)
#define END_NS (3 * NS_PER_S)

static const long options = PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;

static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGABRT, SIGTRAP};

static bool is_deadly(int signal_number)
{
	for (size_t i = 0; i < COUNT_OF(deadly); i++)
		if (deadly[i] == signal_number)
			return true;
	return false;
}

/* The signals that /proc/PID/status has under this name (SigCgt, SigIgn): 1 is the lowest bit. */
static uint64_t mask_of(pid_t pid, const char *name)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	SCOPED_FILE FILE *file = fopen(path, "re");
	size_t length = strlen(name);
	while (file && fgets(line, sizeof line, file))
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return strtoull(line + length + 1, NULL, 16);
	return 0;
}

static bool in_mask(pid_t pid, const char *name, int signal_number)
{
	return mask_of(pid, name) >> (signal_number - 1) & 1;
}

bool autopsy_is_prepared(pid_t pid)
{
	uint64_t caught = mask_of(pid, "SigCgt");
	for (size_t i = 0; i < COUNT_OF(deadly); i++)
		if (caught >> (deadly[i] - 1) & 1)
			return true;
	return false;
}

/* ---- in the tracer ---- */

static pid_t process_of(pid_t tid)
{
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	SCOPED_FILE FILE *file = fopen(path, "re");
	int pid = tid;
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "Tgid: %d", &pid) == 1)
			break;
	return pid;
}

/* Only the kernel's own signals have an address, and of those not all. */
static bool has_address(const siginfo_t *info)
{
	bool of_the_cpu = info->si_signo != SIGABRT && info->si_signo != SIGSYS && info->si_signo != SIGTRAP;
	return of_the_cpu && info->si_code > 0 && info->si_code != SI_KERNEL;
}

static void examine(struct autopsy *found, pid_t tid, const siginfo_t *info)
{
	struct proc_stat stat;
	*found = (struct autopsy){.signal = info->si_signo, .code = info->si_code, .tid = tid, .pid = process_of(tid), .more = found->more};
	found->handled = in_mask(tid, "SigCgt", info->si_signo);
	found->has_address = has_address(info);
	found->address = found->has_address ? (uintptr_t)info->si_addr : 0;
	if (proc_read_thread_stat(found->pid, tid, &stat))
		memcpy(found->comm, stat.comm, sizeof found->comm);
	proc_program(found->pid, found->program, sizeof found->program);
	found->found = true; /* what follows may take long, and be given up */
	struct unwind *unwind = unwind_open(found->pid);
	if (unwind)
		unwind_stopped(unwind, tid, &found->stack);
	unwind_close(unwind);
}

static void note_signal(struct autopsy *found, pid_t tid)
{
	siginfo_t info;
	if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) < 0)
		return; /* killed meanwhile */
	/* A tracer is told of ignored signals too. Those that the processor causes cannot be ignored. */
	if (info.si_code <= 0 && in_mask(tid, "SigIgn", info.si_signo))
		return;
	if (!found->found)
		examine(found, tid, &info);
	else if (found->handled && info.si_code > 0 && !in_mask(tid, "SigCgt", info.si_signo)) {
		found->more++;
		examine(found, tid, &info);
	} else
		found->more++;
}

/* Everything goes on as if nobody watched: signals are delivered, stops of job control stay stops, the rest are the tracer's own. */
static void take_stop(struct autopsy *found, pid_t tid, int status)
{
	int signal_number = WSTOPSIG(status), event = status >> 16;
	if (event == PTRACE_EVENT_STOP && signal_number != SIGTRAP) {
		ptrace(PTRACE_LISTEN, tid, NULL, NULL);
		return;
	}
	if (!event && is_deadly(signal_number))
		note_signal(found, tid);
	ptrace(PTRACE_CONT, tid, NULL, event ? NULL : (void *)(uintptr_t)signal_number);
}

/* Until nobody is left, or whoever started this asks for the end: what has stopped by then is looked at before. */
_Noreturn static void trace_on(struct autopsy *found)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	for (bool over = false;;) {
		int status;
		pid_t tid;
		while ((tid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
			if (WIFSTOPPED(status))
				take_stop(found, tid, status);
		if (over || (tid < 0 && errno == ECHILD))
			_exit(0);
		over = sigwaitinfo(&set, NULL) == SIGTERM;
	}
}

_Noreturn static void trace(pid_t subject, struct autopsy *found, int ready_fd, pid_t parent)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "autopsy");
	if (getppid() != parent)
		_exit(0);
	/* A pipe of the subject's that somebody else has open never ends. */
	if (dup3(ready_fd, 3, O_CLOEXEC) == 3 || ready_fd == 3)
		close_range(4, ~0u, 0);
	int error = ptrace(PTRACE_SEIZE, subject, NULL, options) < 0 ? errno : 0;
	(void)!write(3, &error, sizeof error);
	close(3);
	if (error)
		_exit(1);
	trace_on(found);
}

/* ---- in the caller ---- */

static void await_end(struct autopsist *a, int64_t for_ns)
{
	struct pollfd fd = {.fd = a->pidfd, .events = POLLIN};
	poll(&fd, 1, clock_until_ms(clock_now_ns() + for_ns));
	if (waitpid(a->pid, NULL, WNOHANG) == a->pid)
		a->pid = 0;
}

static void dismiss(struct autopsist *a)
{
	if (a->pid > 0) {
		kill(a->pid, SIGKILL);
		await_end(a, END_NS);
	}
	if (a->pidfd >= 0)
		close(a->pidfd);
	if (a->shared)
		munmap(a->shared, sizeof *a->shared);
	*a = (struct autopsist){.pidfd = -1};
}

static void say_why_not(struct autopsy *out, int error)
{
	snprintf(out->why_not, sizeof out->why_not, "%s", error == EPERM || error == EACCES ? "tracing is not permitted here"
								: error == ENOSYS	    ? "no ptrace here"
											    : strerror(error));
}

static int await_ready(int fd)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	int error = ETIMEDOUT;
	if (poll(&waiting, 1, clock_until_ms(clock_now_ns() + BEGIN_NS)) == 1 && read(fd, &error, sizeof error) != sizeof error)
		error = ESRCH;
	return error;
}

void autopsy_begin(struct autopsist *a, pid_t subject, struct autopsy *out)
{
	int ready[2] = {-1, -1};
	pid_t self = getpid();
	*out = (struct autopsy){0};
	*a = (struct autopsist){.pidfd = -1};
	void *shared = mmap(NULL, sizeof *a->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	a->shared = shared == MAP_FAILED ? NULL : shared;
	int error = !a->shared || pipe2(ready, O_CLOEXEC) < 0 ? errno : 0;
	SCOPED_FD int ready_read = ready[0], ready_write = ready[1];
	a->pid = error ? -1 : fork();
	if (a->pid == 0)
		trace(subject, a->shared, ready_write, self);
	error = !error && a->pid < 0 ? errno : error;
	if (!error) {
		a->pidfd = pidfd_open(a->pid, 0);
		close(take_fd(&ready_write));
		error = await_ready(ready_read);
	}
	if (!error)
		return;
	say_why_not(out, error);
	dismiss(a);
}

void autopsy_end(struct autopsist *a, struct autopsy *out)
{
	if (a->pid <= 0)
		return;
	kill(a->pid, SIGTERM);
	await_end(a, END_NS);
	bool in_time = a->pid == 0;
	atomic_thread_fence(memory_order_acquire);
	*out = *a->shared;
	if (!in_time)
		snprintf(out->why_not, sizeof out->why_not, "it took too long");
	dismiss(a);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Starts a command, watches it, ends it. */
#include "harness/process.h"

#include "base/clock.h"
#include "base/scope.h"
#include "harness/proc.h"

#define XXH_INLINE_ALL
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <xxhash.h>

/* After SIGTERM a command has this long before SIGKILL; after SIGKILL, before it is aborted. */
#define GRACE_NS (500 * NS_PER_MS)
/* Threads that are looked at where a command hangs. */
#define STUCK_THREADS 16

/* ---- telling what hangs ---- */

/* One more line of "stuck": name, state, where in the kernel it waits, processor time used. */
static void describe(pid_t pid, const struct proc_stat *stat, char *text, size_t size)
{
	char place[64];
	proc_wait_place(pid, pid, place, sizeof place);
	size_t used = strlen(text);
	snprintf(text + used, size - used, "%s%s (pid %d) state %c%s%s, %.2f s of processor time", used ? "; " : "", stat->comm,
		 (int)pid, stat->state, place[0] ? " in " : "", place, proc_seconds(stat));
}

struct group_description {
	pid_t group;
	char *text;
	size_t size;
};

static void describe_member(pid_t pid, const struct proc_stat *stat, void *context)
{
	struct group_description *d = context;
	if (stat->group == d->group)
		describe(pid, stat, d->text, d->size);
}

/* The stack that says most: the leader's, but where it only waits for a child, the child's. */
static void find_stack(pid_t leader, struct process_outcome *outcome)
{
	struct autopsy_thread *threads = calloc(STUCK_THREADS, sizeof threads[0]);
	size_t count = threads ? autopsy_stacks(leader, threads, STUCK_THREADS, outcome->stuck_why_not) : 0;
	for (size_t i = 0; i < count; i++) {
		const struct autopsy_thread *t = &threads[i];
		if (t->tid != t->pid || (i && strcmp(t->wait_place, "do_wait") == 0))
			continue;
		outcome->stuck_stack = t->stack;
		memcpy(outcome->stuck_place, t->wait_place, sizeof outcome->stuck_place);
		if (strcmp(t->wait_place, "do_wait") != 0)
			break;
	}
	free(threads);
}

/* ---- starting ---- */

_Noreturn static void become(const struct process_request *q, int out_fd, int err_fd, int report_fd, int go_fd)
{
	static const struct rlimit no_core = {0};
	sigset_t none;
	char nothing;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);	/* where no namespace does it */
	prctl(PR_SET_PTRACER, (long)getppid()); /* with Yama, who is no ancestor may not trace else: autopsy.h */
	(void)!read(go_fd, &nothing, 1);	/* ends at once, or when somebody watches */
	setrlimit(RLIMIT_CORE, &no_core);
	int null_fd = open("/dev/null", O_RDONLY);
	bool ready = null_fd >= 0 && dup2(null_fd, STDIN_FILENO) >= 0 && dup2(out_fd, STDOUT_FILENO) >= 0 &&
		     dup2(err_fd, STDERR_FILENO) >= 0 && chdir(q->cwd) == 0;
	int error = ready ? 0 : errno;
	/* Nothing of ours stays open in the subject. */
	if (report_fd != 3 && dup3(report_fd, 3, O_CLOEXEC) < 0)
		_exit(127);
	report_fd = 3;
	close_range(4, ~0u, 0);
	sigemptyset(&none);
	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		signal(signal_number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!error) {
		execvpe(q->argv[0], q->argv, q->env);
		error = errno;
	}
	(void)!write(report_fd, &error, sizeof error);
	_exit(127);
}

/* ---- output ---- */

/* A pipe on its way into a file, with a bound. */
struct drain {
	int from, to;
	size_t kept;
	uint64_t bytes;
	XXH3_state_t hash; /* of all of them */
};

/* Move what is there. Returns false at the end. */
static bool drain_some(struct drain *d)
{
	char bytes[16384];
	ssize_t got = read(d->from, bytes, sizeof bytes);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (got <= 0)
		return false;
	d->bytes += (uint64_t)got;
	XXH3_64bits_update(&d->hash, bytes, (size_t)got);
	size_t room = PROCESS_OUTPUT_MAX - d->kept;
	size_t keep = (size_t)got < room ? (size_t)got : room;
	if (keep && write(d->to, bytes, keep) > 0)
		d->kept += keep;
	return true;
}

static void drain_rest(struct drain *d)
{
	struct pollfd waiting = {.fd = d->from, .events = POLLIN};
	while (poll(&waiting, 1, 0) == 1 && drain_some(d))
		;
}

/* ---- watching ---- */

enum ended { ENDED_BY_ITSELF, ENDED_DEADLINE, ENDED_CANCELLED };

/* Returns how long it took. */
static int64_t attend(const struct process_attendant *attendant, struct drain drains[2])
{
	int64_t began = clock_now_ns();
	drain_rest(&drains[0]);
	drain_rest(&drains[1]);
	attendant->attend(attendant->context);
	return clock_now_ns() - began;
}

/* Wait until the process ends, the time comes or somebody cancels; keep the pipes empty meanwhile. */
static enum ended watch(int pidfd, struct drain drains[2], const struct process_attendant *attendant, int cancel_fd, int64_t until_ns)
{
	struct pollfd fds[5] = {
		{.fd = pidfd, .events = POLLIN},
		{.fd = drains[0].from, .events = POLLIN},
		{.fd = drains[1].from, .events = POLLIN},
		{.fd = cancel_fd, .events = POLLIN},
		{.fd = attendant ? attendant->fd : -1, .events = POLLIN},
	};
	for (;;) {
		int count = poll(fds, COUNT_OF(fds), clock_until_ms(until_ns));
		if (count < 0 && errno != EINTR)
			return ENDED_CANCELLED;
		if (count > 0 && fds[4].revents)
			until_ns += attend(attendant, drains);
		if (count > 0 && fds[0].revents)
			return ENDED_BY_ITSELF;
		if (count > 0 && fds[3].revents)
			return ENDED_CANCELLED;
		for (int i = 0; i < 2; i++)
			if (count > 0 && fds[i + 1].revents && !drain_some(&drains[i]))
				fds[i + 1].fd = -1;
		if (count == 0)
			return ENDED_DEADLINE;
	}
}

/* Ask, insist, and in the end pull the ground away: nothing here waits without a limit. */
static void put_an_end(pid_t pid, int pidfd, const struct process_request *q, struct drain drains[2],
		       struct process_outcome *outcome)
{
	kill(-pid, SIGTERM);
	if (watch(pidfd, drains, NULL, -1, clock_now_ns() + GRACE_NS) == ENDED_BY_ITSELF)
		return;
	kill(-pid, SIGKILL);
	if (watch(pidfd, drains, NULL, -1, clock_now_ns() + GRACE_NS) == ENDED_BY_ITSELF)
		return;
	outcome->aborted = true;
	if (q->abort)
		q->abort(q->abort_context);
	watch(pidfd, drains, NULL, -1, clock_now_ns() + 10 * GRACE_NS);
}

static int64_t timeval_ns(const struct timeval *tv)
{
	return tv->tv_sec * NS_PER_S + tv->tv_usec * 1000;
}

static void collect(pid_t pid, struct process_outcome *outcome)
{
	int status = 0;
	struct rusage usage, ours;
	outcome->exit_code = -1;
	outcome->prepared = autopsy_is_prepared(pid);
	if (wait4(pid, &status, WNOHANG, &usage) != pid)
		return; /* not even the end of the server has freed it */
	if (WIFEXITED(status))
		outcome->exit_code = WEXITSTATUS(status);
	else
		outcome->signal = WTERMSIG(status);
	outcome->user_ns = timeval_ns(&usage.ru_utime);
	outcome->system_ns = timeval_ns(&usage.ru_stime);
	outcome->max_rss_kib = (uint64_t)usage.ru_maxrss;
	if (getrusage(RUSAGE_SELF, &ours) == 0)
		outcome->inherited_rss_kib = (uint64_t)ours.ru_maxrss;
}

static void supervise(pid_t pid, int pidfd, const struct process_request *q, struct drain drains[2], int64_t started,
		      struct autopsist *autopsist, struct process_outcome *outcome)
{
	enum ended ended = watch(pidfd, drains, q->attendant, q->cancel_fd, started + q->deadline_ns);
	outcome->timed_out = ended == ENDED_DEADLINE;
	outcome->cancelled = ended == ENDED_CANCELLED;
	if (outcome->timed_out)
		proc_each(describe_member, &(struct group_description){pid, outcome->stuck, sizeof outcome->stuck});
	autopsy_end(autopsist, &outcome->autopsy); /* one tracer at a time; and who is traced cannot be waited for */
	if (outcome->timed_out)
		find_stack(pid, outcome);
	if (ended != ENDED_BY_ITSELF)
		put_an_end(pid, pidfd, q, drains, outcome);
	outcome->wall_ns = clock_now_ns() - started;
	collect(pid, outcome);
	drain_rest(&drains[0]);
	drain_rest(&drains[1]);
	outcome->stdout_bytes = drains[0].bytes;
	outcome->stdout_digest = XXH3_64bits_digest(&drains[0].hash);
}

/* The errno that exec left in the pipe, or 0: it was closed by a successful exec. A program on a mount that hangs does not even
 * start: 0 too, at the deadline or when somebody cancels. */
static int exec_error(int report_fd, int cancel_fd, int64_t until_ns)
{
	struct pollfd fds[2] = {{.fd = report_fd, .events = POLLIN}, {.fd = cancel_fd, .events = POLLIN}};
	int error = 0;
	if (poll(fds, COUNT_OF(fds), clock_until_ms(until_ns)) < 1 || !fds[0].revents)
		return 0;
	return read(report_fd, &error, sizeof error) == sizeof error ? error : 0;
}

int process_run(const struct process_request *q, struct process_outcome *outcome, struct err *err)
{
	int out[2] = {-1, -1}, errs[2] = {-1, -1}, report[2] = {-1, -1}, go[2] = {-1, -1};
	struct autopsist autopsist = {.pidfd = -1};
	*outcome = (struct process_outcome){0};
	int rc = pipe2(out, O_CLOEXEC) || pipe2(errs, O_CLOEXEC) || pipe2(report, O_CLOEXEC) || pipe2(go, O_CLOEXEC) ? -errno : 0;
	SCOPED_FD int out_read = out[0], out_write = out[1], err_read = errs[0], err_write = errs[1];
	SCOPED_FD int report_read = report[0], report_write = report[1], go_read = go[0], go_write = go[1];
	if (!rc && q->attendant)
		q->attendant->begun(q->attendant->context, out_read, err_read);
	pid_t pid = rc ? -1 : fork();
	if (pid == 0) {
		close(take_fd(&go_write));
		become(q, out_write, err_write, report_write, go_read);
	}
	if (pid < 0)
		return err_set(err, errno, "no process for %s: %s", q->argv[0], strerror(errno));
	close(take_fd(&out_write));
	close(take_fd(&err_write));
	close(take_fd(&report_write));
	if (q->autopsy)
		autopsy_begin(&autopsist, pid, &outcome->autopsy);
	int64_t started = clock_now_ns();
	close(take_fd(&go_write));
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	outcome->exec_error = exec_error(report_read, q->cancel_fd, started + q->deadline_ns);
	outcome->started = !outcome->exec_error;
	fcntl(out_read, F_SETFL, O_NONBLOCK);
	fcntl(err_read, F_SETFL, O_NONBLOCK);
	struct drain drains[2] = {{.from = out_read, .to = q->stdout_fd}, {.from = err_read, .to = q->stderr_fd}};
	for (int i = 0; i < 2; i++)
		XXH3_64bits_reset(&drains[i].hash);
	supervise(pid, pidfd, q, drains, started, &autopsist, outcome);
	return 0;
}

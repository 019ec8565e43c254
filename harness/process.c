/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Starts a command, watches it, ends it, and looks for what it leaves behind. */
#include "harness/process.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/vec.h"

#define XXH_INLINE_ALL
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <xxhash.h>

/* After SIGTERM a command has this long before SIGKILL; after SIGKILL, before it is aborted. */
#define GRACE_NS (500 * NS_PER_MS)
/* A descendant that ends within this time of the command is no leftover. */
#define LEFTOVER_GRACE_NS (100 * NS_PER_MS)

/* ---- /proc ---- */

struct proc_stat {
	char comm[64], state;
	pid_t parent, group;
	unsigned long user_ticks, system_ticks;
};

static bool read_stat(pid_t pid, struct proc_stat *out)
{
	char path[64], text[1024];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (length <= 0)
		return false;
	text[length] = '\0';
	/* The name is in parentheses and may hold any character: go by the last one. */
	char *open_paren = strchr(text, '('), *close_paren = strrchr(text, ')');
	if (!open_paren || !close_paren)
		return false;
	snprintf(out->comm, sizeof out->comm, "%.*s", (int)(close_paren - open_paren - 1), open_paren + 1);
	int parent, group;
	if (sscanf(close_paren + 2, "%c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &out->state, &parent, &group,
		   &out->user_ticks, &out->system_ticks) != 5)
		return false;
	out->parent = parent;
	out->group = group;
	return true;
}

/* One more line of "stuck": name, state, where in the kernel it waits, processor time used. */
static void describe(pid_t pid, const struct proc_stat *stat, char *text, size_t size)
{
	char path[64], wchan[64] = "";
	snprintf(path, sizeof path, "/proc/%d/wchan", (int)pid);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, wchan, sizeof wchan - 1);
	wchan[length > 0 ? length : 0] = '\0';
	size_t used = strlen(text);
	double cpu = (double)(stat->user_ticks + stat->system_ticks) / (double)sysconf(_SC_CLK_TCK);
	snprintf(text + used, size - used, "%s%s (pid %d) state %c%s%s, %.2f s of processor time", used ? "; " : "",
		 stat->comm, (int)pid, stat->state, wchan[0] && wchan[0] != '0' ? " in " : "",
		 wchan[0] != '0' ? wchan : "", cpu);
}

typedef void visit(pid_t pid, const struct proc_stat *stat, void *context);

static void each_process(visit *visitor, void *context)
{
	SCOPED_DIR DIR *dir = opendir("/proc");
	if (!dir)
		return;
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct proc_stat stat;
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid && read_stat(pid, &stat))
			visitor(pid, &stat, context);
	}
}

/* ---- starting ---- */

_Noreturn static void become(const struct process_request *q, int out_fd, int err_fd, int report_fd)
{
	static const struct rlimit no_core = {0};
	sigset_t none;
	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* where no namespace does it */
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

/* Wait until the process ends, the time comes or somebody cancels; keep the pipes empty meanwhile. */
static enum ended watch(int pidfd, struct drain drains[2], int cancel_fd, int64_t until_ns)
{
	struct pollfd fds[4] = {
		{.fd = pidfd, .events = POLLIN},
		{.fd = drains[0].from, .events = POLLIN},
		{.fd = drains[1].from, .events = POLLIN},
		{.fd = cancel_fd, .events = POLLIN},
	};
	for (;;) {
		int count = poll(fds, COUNT_OF(fds), clock_until_ms(until_ns));
		if (count < 0 && errno != EINTR)
			return ENDED_CANCELLED;
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

/* Ask, insist, and in the end pull the ground away: nothing here waits without a limit. */
static void put_an_end(pid_t pid, int pidfd, const struct process_request *q, struct drain drains[2],
		       struct process_outcome *outcome)
{
	kill(-pid, SIGTERM);
	if (watch(pidfd, drains, -1, clock_now_ns() + GRACE_NS) == ENDED_BY_ITSELF)
		return;
	kill(-pid, SIGKILL);
	if (watch(pidfd, drains, -1, clock_now_ns() + GRACE_NS) == ENDED_BY_ITSELF)
		return;
	outcome->aborted = true;
	if (q->abort)
		q->abort(q->abort_context);
	watch(pidfd, drains, -1, clock_now_ns() + 10 * GRACE_NS);
}

static int64_t timeval_ns(const struct timeval *tv)
{
	return tv->tv_sec * NS_PER_S + tv->tv_usec * 1000;
}

static void collect(pid_t pid, struct process_outcome *outcome)
{
	int status = 0;
	struct rusage usage;
	outcome->exit_code = -1;
	if (wait4(pid, &status, WNOHANG, &usage) != pid)
		return; /* not even the end of the server has freed it */
	if (WIFEXITED(status))
		outcome->exit_code = WEXITSTATUS(status);
	else
		outcome->signal = WTERMSIG(status);
	outcome->user_ns = timeval_ns(&usage.ru_utime);
	outcome->system_ns = timeval_ns(&usage.ru_stime);
	outcome->max_rss_kib = (uint64_t)usage.ru_maxrss;
}

static void supervise(pid_t pid, int pidfd, const struct process_request *q, struct drain drains[2], int64_t started,
		      struct process_outcome *outcome)
{
	enum ended ended = watch(pidfd, drains, q->cancel_fd, started + q->deadline_ns);
	outcome->timed_out = ended == ENDED_DEADLINE;
	outcome->cancelled = ended == ENDED_CANCELLED;
	if (outcome->timed_out)
		each_process(describe_member, &(struct group_description){pid, outcome->stuck, sizeof outcome->stuck});
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
	int out[2] = {-1, -1}, errs[2] = {-1, -1}, report[2] = {-1, -1};
	*outcome = (struct process_outcome){0};
	int rc = pipe2(out, O_CLOEXEC) || pipe2(errs, O_CLOEXEC) || pipe2(report, O_CLOEXEC) ? -errno : 0;
	SCOPED_FD int out_read = out[0], out_write = out[1], err_read = errs[0], err_write = errs[1];
	SCOPED_FD int report_read = report[0], report_write = report[1];
	int64_t started = clock_now_ns();
	pid_t pid = rc ? -1 : fork();
	if (pid == 0)
		become(q, out_write, err_write, report_write);
	if (pid < 0)
		return err_set(err, errno, "no process for %s: %s", q->argv[0], strerror(errno));
	close(take_fd(&out_write));
	close(take_fd(&err_write));
	close(take_fd(&report_write));
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	outcome->exec_error = exec_error(report_read, q->cancel_fd, started + q->deadline_ns);
	outcome->started = !outcome->exec_error;
	fcntl(out_read, F_SETFL, O_NONBLOCK);
	fcntl(err_read, F_SETFL, O_NONBLOCK);
	struct drain drains[2] = {{.from = out_read, .to = q->stdout_fd}, {.from = err_read, .to = q->stderr_fd}};
	for (int i = 0; i < 2; i++)
		XXH3_64bits_reset(&drains[i].hash);
	supervise(pid, pidfd, q, drains, started, outcome);
	return 0;
}

/* ---- what is left ---- */

void process_reap(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

struct member {
	pid_t pid, parent;
	struct proc_stat stat;
};

struct family {
	VEC(struct member) members;
};

static void add_member(pid_t pid, const struct proc_stat *stat, void *context)
{
	struct family *family = context;
	struct member *member = stat->state == 'Z' || stat->state == 'X' ? NULL : vec_add(&family->members);
	if (member)
		*member = (struct member){.pid = pid, .parent = stat->parent, .stat = *stat};
}

/* Is `pid` a descendant of ours, by way of nobody spared? What a server leaves in its process group when it is killed is its guard,
 * which is about to unmount: ours by then, and no doing of any other child. (Nobody joins a group of another session: setpgid(2).) */
static bool is_descendant(const struct family *family, pid_t pid, pid_t spared)
{
	pid_t self = getpid();
	for (size_t steps = 0; steps <= family->members.count; steps++) {
		if (pid == spared || pid == 0)
			return false;
		pid_t parent = 0;
		for (size_t i = 0; i < family->members.count; i++)
			if (family->members.at[i].pid == pid)
				parent = family->members.at[i].parent;
		if (parent == self)
			return true;
		pid = parent;
	}
	return false;
}

/* Count them, and where `text` is given, name and kill them. */
static unsigned look_around(pid_t spared, char *text, size_t size)
{
	struct family family = {0};
	unsigned count = 0;
	each_process(add_member, &family);
	for (size_t i = 0; i < family.members.count; i++) {
		const struct member *member = &family.members.at[i];
		if (!is_descendant(&family, member->pid, spared) || member->pid == spared || (spared && member->stat.group == spared))
			continue;
		count++;
		if (!text)
			continue;
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%s (pid %d)", used ? ", " : "", member->stat.comm, (int)member->pid);
		kill(member->pid, SIGKILL);
	}
	vec_free(&family.members);
	return count;
}

unsigned process_leftovers(pid_t spared, char *text, size_t size)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	text[0] = '\0';
	process_reap();
	for (int64_t until = clock_now_ns() + LEFTOVER_GRACE_NS; look_around(spared, NULL, 0);) {
		int64_t left = until - clock_now_ns();
		const struct timespec wait = {.tv_nsec = left > 0 ? left : 0};
		/* Orphans are our children: their end wakes us. */
		if (left <= 0 || sigtimedwait(&set, NULL, &wait) < 0)
			break;
		process_reap();
	}
	unsigned count = look_around(spared, text, size);
	process_reap();
	return count;
}

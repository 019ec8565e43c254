/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs a command inside a mount. */
#include "harness/captive.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hangup.h"
#include "base/scope.h"
#include "fusefs/wire.h"
#include "harness/exits.h"
#include "harness/mounts.h"
#include "harness/process.h"
#include "harness/world.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* After SIGKILL a process has so long to go, before the filesystem it may hang on is taken away; and then once more. */
#define KILLED_NS (500 * NS_PER_MS)
#define FREED_NS (5 * NS_PER_S)
/* A server whose keeper was killed ends by itself, in well under this time. */
#define ORPHANS_NS (3 * NS_PER_S)
/* Descendants may fork as fast as they are killed: so often they are looked for. But some hang on the filesystem, and cannot be
 * killed before its end. */
#define LEFTOVER_PASSES 20
#define HANGING_PASSES 2

/* What goes from us to the keeper: the number of a signal, with this bit where the command has had it already. */
#define DELIVERED 0x80

static const int handed_on[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

struct keeper {
	const struct captive_request *q;
	struct captive_outcome *outcome;
	struct world world; /* with q->private */
	struct daemon daemon;
	pid_t command;
	int line; /* to and from whoever started us; its end is his */
	sigset_t usual; /* the mask that the command gets */
};

/* ---- the command's words ---- */

/* A word with {mnt} replaced. NULL when memory is out. */
static char *filled_word(const char *word, const char *mountpoint)
{
	static const char mark[] = "{mnt}";
	struct buf text = {0};
	for (const char *at; (at = strstr(word, mark)); word = at + strlen(mark)) {
		buf_add(&text, word, (size_t)(at - word));
		buf_text(&text, mountpoint);
	}
	buf_text(&text, word);
	char *filled = text.failed ? NULL : strdup(buf_string(&text));
	buf_free(&text);
	return filled;
}

/* In the child that becomes the command: nothing is freed. */
static char **filled_words(char *const *words, const char *mountpoint)
{
	size_t count = 0;
	while (words[count])
		count++;
	char **filled = calloc(count + 1, sizeof *filled);
	for (size_t i = 0; filled && i < count; i++)
		if (!(filled[i] = filled_word(words[i], mountpoint)))
			return NULL;
	return filled;
}

_Noreturn static void become(const struct keeper *k, int report_fd)
{
	char **words = filled_words(k->q->command, k->q->mount.mountpoint);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, &k->usual, NULL);
	int error = words && setenv("ORDEAL_MOUNT", k->q->mount.mountpoint, 1) == 0 ? 0 : ENOMEM;
	if (!error) {
		execvp(words[0], words);
		error = errno;
	}
	(void)!write(report_fd, &error, sizeof error);
	_exit(127);
}

/* ---- the keeper: waiting ---- */

static bool ends_by(int pidfd, int64_t until_ns)
{
	struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
	int count;
	do
		count = poll(&waiting, 1, clock_until_ms(until_ns));
	while (count < 0 && errno == EINTR);
	return count == 1;
}

/* Kill, and in the end pull the ground away: nothing here waits without a limit. */
static void put_an_end(struct keeper *k, int pidfd)
{
	kill(k->command, SIGKILL);
	if (ends_by(pidfd, clock_now_ns() + KILLED_NS))
		return;
	daemon_abort(&k->daemon);
	ends_by(pidfd, clock_now_ns() + FREED_NS);
}

/* Take a word from the line. Returns until when the command may run on. */
static int64_t take_word(struct keeper *k, int64_t until_ns)
{
	unsigned char word;
	ssize_t got = recv(k->line, &word, 1, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return until_ns;
	if (got <= 0)
		return 0; /* whoever wanted it is gone */
	if (!(word & DELIVERED))
		kill(k->command, word);
	int64_t limit = clock_now_ns() + CAPTIVE_GRACE_S * NS_PER_S;
	return limit < until_ns ? limit : until_ns;
}

static void attend(struct keeper *k, int pidfd)
{
	struct pollfd fds[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = k->line, .events = POLLIN}};
	for (int64_t until = INT64_MAX; until > clock_now_ns();) {
		int count = poll(fds, COUNT_OF(fds), until == INT64_MAX ? -1 : clock_until_ms(until));
		if (count > 0 && fds[0].revents)
			return;
		if (count > 0 && fds[1].revents)
			until = take_word(k, until);
	}
	put_an_end(k, pidfd);
}

static void note_end(struct keeper *k)
{
	int status = 0;
	k->outcome->exit_code = -1;
	if (waitpid(k->command, &status, WNOHANG) != k->command)
		k->outcome->signal = SIGKILL; /* not even the end of the filesystem has freed it */
	else if (WIFEXITED(status))
		k->outcome->exit_code = WEXITSTATUS(status);
	else
		k->outcome->signal = WTERMSIG(status);
}

static int run_command(struct keeper *k, struct err *err)
{
	int report[2];
	if (pipe2(report, O_CLOEXEC) < 0)
		return err_set(err, errno, "no pipe for the command: %s", strerror(errno));
	SCOPED_FD int from = report[0], to = report[1];
	k->outcome->started = true;
	k->command = fork();
	if (k->command == 0)
		become(k, to);
	close(take_fd(&to));
	if (k->command < 0)
		return err_set(err, errno, "no process for the command: %s", strerror(errno));
	SCOPED_FD int pidfd = pidfd_open(k->command, 0);
	attend(k, pidfd);
	note_end(k);
	int error = 0;
	fcntl(from, F_SETFL, O_NONBLOCK);
	if (read(from, &error, sizeof error) == sizeof error)
		k->outcome->exec_error = error;
	return 0;
}

/* ---- the keeper: before and after ---- */

static void grant_mount(const void *world)
{
	world_grant_mount(world);
}

static int start_server(struct keeper *k, struct err *err)
{
	struct daemon_request mount = k->q->mount;
	int status;
	mount.tied = true;
	if (k->q->private) {
		mount.how = "direct"; /* the helper's mount would be seen by nobody, and the namespace's end unmounts */
		mount.before_exec = grant_mount;
		mount.context = &k->world;
	}
	int rc = daemon_start(&mount, &k->daemon, &status, err);
	if (rc)
		k->outcome->failed = status; /* its statuses are ours: wire.h, exits.h */
	return rc;
}

static void end_leftovers(struct keeper *k, int passes)
{
	char names[256];
	while (passes-- > 0) {
		unsigned count = process_leftovers(k->daemon.pid, names, sizeof names);
		if (!count)
			return;
		if (!k->outcome->leftovers)
			snprintf(k->outcome->leftover_names, sizeof names, "%s", names);
		k->outcome->leftovers += k->outcome->leftovers ? 0 : count;
	}
}

/* A server that was killed leaves it to its guard to unmount. Where that was killed too, nobody but us is left to do it. */
static void take_mount_away(const struct captive_request *q)
{
	struct our_mounts list = {0};
	struct err err = {0};
	int rc = q->private ? -ENOENT : mounts_list(&list, &err);
	for (size_t i = 0; !rc && i < list.mounts.count; i++) {
		const struct our_mount *mount = &list.mounts.at[i];
		if (mount->dead && !mount->server && strcmp(mount->path, q->mount.mountpoint) == 0)
			rc = mounts_end(mount, &err);
	}
	mounts_free(&list);
}

/* Processes first: what they are about to do is still to be counted. */
static void wind_up(struct keeper *k)
{
	struct err err = {0};
	end_leftovers(k, HANGING_PASSES);
	int rc = k->daemon.pid ? strikes_send(&k->daemon, k->outcome->strikes_fd, &err) : -EPIPE;
	if (rc) {
		k->outcome->server_lost = rc == -EPIPE || rc == -ETIMEDOUT;
		k->outcome->strikes_lost = true;
		snprintf(k->outcome->trouble, sizeof k->outcome->trouble, "%s", err.text);
	}
	k->outcome->server_lost |= !daemon_stop(&k->daemon);
	end_leftovers(k, LEFTOVER_PASSES); /* those that hung on it are free now */
	process_reap();
	if (k->outcome->server_lost)
		take_mount_away(k->q);
}

static int carry_out(struct keeper *k, struct err *err)
{
	/* Until the command runs, our end is the filesystem's, and nothing else is there that could be left. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	k->outcome->failed = EXIT_ENVIRONMENT;
	int rc = k->q->private ? world_separate(&k->world, err) : 0;
	if (rc)
		return err_context(err, "--private");
	rc = start_server(k, err);
	if (rc)
		return rc;
	k->outcome->failed = 0;
	if (!k->q->private)
		prctl(PR_SET_PDEATHSIG, 0); /* from now on the line tells, and there is something to be done then */
	rc = run_command(k, err);
	if (rc)
		k->outcome->failed = EXIT_ENVIRONMENT;
	wind_up(k);
	return rc;
}

_Noreturn static void keep(struct keeper *k)
{
	struct err err = {0};
	if (carry_out(k, &err) < 0)
		snprintf(k->outcome->trouble, sizeof k->outcome->trouble, "%s", err.text);
	else
		k->outcome->ended = true;
	_exit(0);
}

/* ---- we ---- */

/* Hand a signal on. What came from the kernel went to the whole process group, and so to the command. */
static void hand_on(struct captive_outcome *outcome, pid_t keeper, int line, const struct signalfd_siginfo *info)
{
	bool from_kernel = info->ssi_code == SI_KERNEL;
	unsigned char word = (unsigned char)(info->ssi_signo | (from_kernel ? DELIVERED : 0));
	if (!outcome->interrupted)
		outcome->interrupted = (int)info->ssi_signo;
	if (!outcome->started)
		kill(keeper, SIGKILL);
	/* A program may well take Ctrl-C for a wish, and go on. */
	else if (!from_kernel || info->ssi_signo == SIGHUP)
		(void)!send(line, &word, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Until the keeper has ended. Returns its wait status. */
static int watch(struct captive_outcome *outcome, pid_t keeper, int line, int signal_fd)
{
	SCOPED_FD int pidfd = pidfd_open(keeper, 0);
	struct pollfd fds[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
	while (!fds[0].revents) {
		struct signalfd_siginfo info;
		if (poll(fds, COUNT_OF(fds), -1) > 0 && fds[1].revents && read(signal_fd, &info, sizeof info) == sizeof info)
			hand_on(outcome, keeper, line, &info);
	}
	int status = 0;
	waitpid(keeper, &status, 0);
	return status;
}

/* Processes that were there before us, where we took the place of a shell: they are not ours to end. */
static bool has_children(void)
{
	siginfo_t info;
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* The keeper was killed: the command dies of that, the server ends, and what else there was is ours now. */
static void keep_instead(const struct captive_request *q)
{
	char names[256];
	int64_t until = clock_now_ns() + ORPHANS_NS;
	while (waitpid(-1, NULL, WNOHANG) >= 0 && clock_now_ns() < until)
		poll(NULL, 0, 2);
	for (int pass = 0; pass < LEFTOVER_PASSES && process_leftovers(0, names, sizeof names); pass++)
		;
	take_mount_away(q);
}

static void block_signals(sigset_t *wanted, sigset_t *usual)
{
	sigset_t blocked;
	sigemptyset(wanted);
	for (size_t i = 0; i < COUNT_OF(handed_on); i++)
		if (handed_on[i] != SIGHUP || hangup_concerns_us())
			sigaddset(wanted, handed_on[i]);
	blocked = *wanted;
	sigaddset(&blocked, SIGCHLD); /* process.h wants it so */
	sigprocmask(SIG_BLOCK, &blocked, usual);
}

static struct captive_outcome *new_outcome(void)
{
	struct captive_outcome *outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (outcome == MAP_FAILED)
		return NULL;
	outcome->strikes_fd = memfd_create("ordeal-strikes", MFD_CLOEXEC);
	if (outcome->strikes_fd >= 0)
		return outcome;
	munmap(outcome, sizeof *outcome);
	return NULL;
}

static pid_t fork_keeper(struct keeper *k)
{
	if (!k->q->private)
		return fork();
	world_plan_bare(&k->world);
	pid_t pid = world_fork(&k->world);
	if (pid < 0)
		errno = -pid;
	return pid;
}

static int run(struct keeper *k, struct err *err)
{
	sigset_t wanted;
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, errno, "no socket for the keeper: %s", strerror(errno));
	SCOPED_FD int ours = ends[0], theirs = ends[1];
	block_signals(&wanted, &k->usual);
	SCOPED_FD int signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC);
	if (signal_fd < 0)
		return err_set(err, errno, "signals cannot be read: %s", strerror(errno));
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	bool alone = !has_children();
	pid_t keeper = fork_keeper(k);
	if (keeper == 0) {
		close(take_fd(&ours));
		k->line = theirs;
		keep(k);
	}
	if (keeper < 0)
		return err_set(err, errno, "%s: %s", k->q->private ? "--private: namespaces are refused" : "no process for the keeper",
			       strerror(errno));
	close(take_fd(&theirs));
	if (watch(k->outcome, keeper, ours, signal_fd) != 0 && alone)
		keep_instead(k->q);
	return 0;
}

struct captive_outcome *captive_run(const struct captive_request *q, struct err *err)
{
	struct keeper keeper = {.q = q, .outcome = new_outcome(), .daemon.control_fd = -1};
	if (!keeper.outcome) {
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	if (run(&keeper, err) < 0) {
		captive_free(keeper.outcome);
		return NULL;
	}
	return keeper.outcome;
}

void captive_free(struct captive_outcome *outcome)
{
	if (!outcome)
		return;
	close(outcome->strikes_fd);
	munmap(outcome, sizeof *outcome);
}

int captive_strikes(const struct captive_outcome *outcome, struct strikes *strikes)
{
	return strikes_receive(outcome->strikes_fd, strikes);
}

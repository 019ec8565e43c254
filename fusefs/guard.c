/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The process that sees to what a killed server leaves. */
#include "fusefs/guard.h"

#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* A process that was killed is gone in no time, unless a thread of its cannot. */
#define DEATH_DEADLINE_MS 300
#define READY_DEADLINE_MS 10000

/* What goes over the line. The last one counts. */
struct word {
	struct mounted before, ours; /* what was seen at the mount point before, and what we have mounted there */
	bool mounted;		     /* `ours` is known */
	char mountpoint[PATH_MAX];   /* "": nothing is expected yet */
};

/* ---- in the guard ---- */

/* "abort" of the connection (Documentation/filesystems/fuse.rst, "Control filesystem"), by the minor number of the mount. */
static void abort_path(const struct mounted *mounted, char *path, size_t size)
{
	snprintf(path, size, "/sys/fs/fuse/connections/%u/abort", mounted->minor);
}

static void break_connection(const struct word *word)
{
	char path[64];
	abort_path(&word->ours, path, sizeof path);
	SCOPED_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "1", 1) != 1)
		umount2(word->mountpoint, MNT_FORCE | UMOUNT_NOFOLLOW);
}

static bool is_gone(int pidfd)
{
	struct pollfd server = {.fd = pidfd, .events = POLLIN};
	return pidfd < 0 || poll(&server, 1, DEATH_DEADLINE_MS) != 0;
}

/* That a parent's thread has ended is signalled as if the parent had sent it (reparent_leader() and SEND_SIG_NOINFO in the kernel). */
static bool dispatcher_died(int signal_fd, pid_t server)
{
	struct signalfd_siginfo info;
	return read(signal_fd, &info, sizeof info) == sizeof info && (pid_t)info.ssi_pid == server;
}

/* Until the server has ended, and with it whoever mounts for it (device.c hands the line on). */
static void wait_for_end(int line, int signal_fd, pid_t server, int pidfd, struct word *word)
{
	struct pollfd fds[2] = {{.fd = line, .events = POLLIN}, {.fd = signal_fd, .events = POLLIN}};
	for (;;) {
		if (poll(fds, COUNT_OF(fds), -1) < 0)
			return;
		if (fds[0].revents && recv(line, word, sizeof *word, 0) != sizeof *word)
			return;
		if (fds[1].revents && dispatcher_died(signal_fd, server) && !is_gone(pidfd) && word->mounted)
			break_connection(word);
	}
}

/* It was killed when something was perhaps mounted, and could not say what: that is new, and dead. */
static void find_out(struct word *word)
{
	word->mounted = mounted_read(word->mountpoint, &word->ours) == 0 && !mounted_same(&word->ours, &word->before) &&
			mounted_is_dead(word->mountpoint);
}

/* Hold nothing of the caller's: somebody may wait for its end, or want to unmount it. */
static void let_go(int line)
{
	if (dup2(line, 3) != 3)
		_exit(1);
	fcntl(3, F_SETFD, FD_CLOEXEC);
	close_range(4, ~0u, 0);
	close_range(0, 2, 0);
	if (open("/dev/null", O_RDWR) == 0) { /* fusermount3 is to find them open */
		dup2(0, 1);
		dup2(0, 2);
	}
	(void)!chdir("/");
}

_Noreturn static void watch(int line, pid_t server)
{
	static struct word word;
	sigset_t set;
	sigfillset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	prctl(PR_SET_NAME, WIRE_GUARD);
	let_go(line);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	int signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
	prctl(PR_SET_PDEATHSIG, SIGUSR1);
	int pidfd = pidfd_open(server, 0);
	if (getppid() != server) /* it was gone before, and the number may be another's */
		pidfd = -1;
	(void)!send(3, "", 1, MSG_NOSIGNAL);
	wait_for_end(3, signal_fd, server, pidfd, &word);
	is_gone(pidfd);
	if (word.mountpoint[0] && !word.mounted)
		find_out(&word);
	if (word.mounted && detach_mount(word.mountpoint, &word.ours) == -EPERM)
		detach_by_helper(word.mountpoint);
	_exit(0);
}

/* ---- in the server ---- */

/* It stands ready: nothing of it can be taken for the server any more, and no end of ours escapes it. */
static int await_ready(const struct guard *guard, struct err *err)
{
	char byte;
	struct pollfd line = {.fd = guard->line, .events = POLLIN};
	if (poll(&line, 1, READY_DEADLINE_MS) == 1 && recv(guard->line, &byte, 1, 0) == 1)
		return 0;
	return err_set(err, EIO, "the mount's guard does not start");
}

int guard_start(struct guard *guard, struct err *err)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_set(err, errno, "no socket for the mount's guard: %s", strerror(errno));
	SCOPED_FD int theirs = ends[1];
	guard->line = ends[0];
	pid_t server = getpid();
	pid_t pid = fork();
	if (pid < 0)
		return err_set(err, errno, "no process for the mount's guard: %s", strerror(errno));
	if (pid == 0) {
		close(take_fd(&guard->line));
		watch(theirs, server);
	}
	guard->pid = pid;
	close(take_fd(&theirs));
	return await_ready(guard, err);
}

static void say(const struct guard *guard, const struct word *word)
{
	if (guard->line >= 0)
		(void)!send(guard->line, word, sizeof *word, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void guard_expect(const struct guard *guard, const char *mountpoint)
{
	struct word word = {0};
	snprintf(word.mountpoint, sizeof word.mountpoint, "%s", mountpoint);
	if (mounted_read(mountpoint, &word.before) == 0)
		say(guard, &word);
}

void guard_tell(const struct guard *guard, const char *mountpoint, const struct mounted *ours)
{
	struct word word = {.ours = *ours, .mounted = true};
	snprintf(word.mountpoint, sizeof word.mountpoint, "%s", mountpoint);
	say(guard, &word);
}

bool guard_can_free(const struct guard *guard, const struct mounted *ours)
{
	char path[64];
	abort_path(ours, path, sizeof path);
	return guard->pid && (geteuid() == 0 || access(path, W_OK) == 0);
}

void guard_end(struct guard *guard)
{
	if (guard->pid) {
		kill(guard->pid, SIGKILL);
		waitpid(guard->pid, NULL, 0);
		guard->pid = 0;
	}
	if (guard->line >= 0)
		close(take_fd(&guard->line));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs one test with a work directory of its own, and sees to it that nothing is left of it, however it ends.
 *
 *     guard SECONDS COMMAND ARGUMENTS...
 *
 * Sets WORK. Where it may, it gives the test a mount namespace of its own (GUARD_PRIVATE=yes). Every process that the test leaves becomes
 * guard's (PR_SET_CHILD_SUBREAPER, prctl(2)), so that servers' ends are seen: each is a line "PID exit N" or "PID signal N" in
 * $WORK/ends. A server that crashes, and a sanitizer's report in $WORK/asan.*, fail the test. After SECONDS all is killed. The
 * servers go first: whoever hangs on a mount is freed by that, and by nothing else.
 * Exit status: the test's; 1 for what guard found; 124 at the deadline; 99 where guard itself could not go on. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SERVER "ordealfs"
#define GRACE_MS 3000

static char work[256];
static int found; /* what the test itself did not notice */

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- processes ---- */

static void read_comm(pid_t pid, char comm[32])
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, comm, 31);
	comm[length > 0 ? length : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void note_end(pid_t pid, const siginfo_t *info)
{
	char path[300];
	snprintf(path, sizeof path, "%s/ends", work);
	FILE *ends = fopen(path, "ae");
	bool exited = info->si_code == CLD_EXITED;
	int status = info->si_status;
	if (ends) {
		fprintf(ends, "%d %s %d\n", (int)pid, exited ? "exit" : "signal", status);
		fclose(ends);
	}
	/* SIGKILL and SIGTERM are the tests' own; 0, 2 and 3 are what a server may say (wire.h). */
	bool good = exited ? status == 0 || status == 2 || status == 3 : status == SIGKILL || status == SIGTERM;
	if (!good) {
		fprintf(stderr, "guard: a server (process %d) ended by %s %d\n", (int)pid, exited ? "exit status" : "signal", status);
		found = 1;
	}
}

/* Reap all that has ended. Returns whether the test itself has, with its wait status. */
static bool reap(pid_t test, int *test_status)
{
	bool ended = false;
	for (;;) {
		siginfo_t info = {0};
		char comm[32];
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || !info.si_pid)
			return ended;
		read_comm(info.si_pid, comm);
		if (strcmp(comm, SERVER) == 0)
			note_end(info.si_pid, &info);
		int status = 0;
		waitpid(info.si_pid, &status, 0);
		if (info.si_pid == test) {
			*test_status = status;
			ended = true;
		}
	}
}

/* Is the process one of ours: a child, or a child's child ...? */
static pid_t parent_of(pid_t pid)
{
	char path[64], line[512], *behind;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC), parent = 0;
	ssize_t length = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	line[length > 0 ? length : 0] = '\0';
	behind = strrchr(line, ')');
	if (!behind || sscanf(behind + 1, " %*c %d", &parent) != 1)
		parent = 0;
	if (fd >= 0)
		close(fd);
	return parent;
}

static bool is_ours(pid_t pid)
{
	for (int hops = 0; pid > 1 && hops < 100; hops++)
		if ((pid = parent_of(pid)) == getpid())
			return true;
	return false;
}

/* Send a signal to all of ours, or to the servers among them. Returns how many there are. */
static int signal_all(int number, bool servers_only)
{
	DIR *proc = opendir("/proc");
	int count = 0;
	for (struct dirent *entry; proc && (entry = readdir(proc));) {
		char comm[32];
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (!pid || !is_ours(pid))
			continue;
		read_comm(pid, comm);
		if (servers_only && strcmp(comm, SERVER) != 0)
			continue;
		count += kill(pid, number) == 0;
	}
	if (proc)
		closedir(proc);
	return count;
}

/* Signal again and again until none is left, or the time is up. */
static void end_all(int number, bool servers_only, int64_t ms)
{
	int status;
	for (int64_t until = now_ms() + ms; now_ms() < until; poll(NULL, 0, 5)) {
		reap(0, &status);
		if (signal_all(number, servers_only) == 0)
			break;
	}
	reap(0, &status);
}

/* ---- what is left ---- */

static void run(const char *program, const char *a, const char *b, const char *c)
{
	pid_t pid = fork();
	if (pid == 0) {
		execlp(program, program, a, b, c, NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* Unmount one mount below the work directory. Returns whether there was one. */
static bool unmount_one(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char strings[8192], path[4096] = "";
	while (mounts && getmntent_r(mounts, &entry, strings, sizeof strings))
		if (strncmp(entry.mnt_dir, work, strlen(work)) == 0)
			snprintf(path, sizeof path, "%s", entry.mnt_dir); /* the last one is on top */
	if (mounts)
		endmntent(mounts);
	if (path[0] && umount2(path, MNT_DETACH) < 0)
		run("fusermount3", "-uzq", "--", path);
	return path[0];
}

static void show_reports(void)
{
	DIR *dir = opendir(work);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		char path[600];
		if (strncmp(entry->d_name, "asan.", 5) != 0)
			continue;
		found = 1;
		snprintf(path, sizeof path, "%s/%s", work, entry->d_name);
		fprintf(stderr, "guard: %s:\n", entry->d_name);
		fflush(stderr);
		run("head", "-n", "60", path);
	}
	if (dir)
		closedir(dir);
}

static void clean(void)
{
	end_all(SIGTERM, true, GRACE_MS);
	end_all(SIGKILL, true, GRACE_MS);
	end_all(SIGKILL, false, GRACE_MS);
	for (int i = 0; i < 100 && unmount_one(); i++)
		;
	show_reports();
	if (getenv("KEEP")) {
		fprintf(stderr, "guard: kept %s\n", work);
		return;
	}
	run("chmod", "-Rf", "u+rwx", work);
	run("rm", "-rf", "--one-file-system", work);
}

/* ---- the run ---- */

static void make_work(void)
{
	const char *tmp = getenv("TMPDIR");
	snprintf(work, sizeof work, "%s/ordeal-mount-XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	if (!mkdtemp(work)) {
		fprintf(stderr, "guard: %s: %s\n", work, strerror(errno));
		exit(99);
	}
	setenv("WORK", work, 1);
	bool private = unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
	setenv("GUARD_PRIVATE", private ? "yes" : "no", 1);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static pid_t start(char **command, const sigset_t *usual)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	sigprocmask(SIG_SETMASK, usual, NULL);
	execvp(command[0], command);
	fprintf(stderr, "guard: %s: %s\n", command[0], strerror(errno));
	_exit(99);
}

/* Wait for the end of the test. Returns its exit status, or 124. */
static int watch(pid_t test, const sigset_t *wanted, int64_t until)
{
	int status = 0;
	for (int64_t left; (left = until - now_ms()) > 0;) {
		const struct timespec wait = {.tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000};
		int number = sigtimedwait(wanted, NULL, &wait);
		if (number == SIGCHLD && reap(test, &status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		if (number > 0 && number != SIGCHLD)
			return 128 + number;
	}
	fprintf(stderr, "guard: the time is up\n");
	return 124;
}

int main(int argc, char **argv)
{
	sigset_t wanted, usual;
	if (argc < 3 || atoi(argv[1]) < 1) {
		fputs("usage: guard SECONDS COMMAND ARGUMENTS...\n", stderr);
		return 99;
	}
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGHUP);
	sigprocmask(SIG_BLOCK, &wanted, &usual);
	make_work();
	pid_t test = start(argv + 2, &usual);
	int status = test < 0 ? 99 : watch(test, &wanted, now_ms() + atoi(argv[1]) * INT64_C(1000));
	clean();
	return status ? status : found;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lists and ends our mounts. */
#include "harness/mounts.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/wire.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define END_DEADLINE_NS (2 * NS_PER_S)
#define PROBE_DEADLINE_NS (2 * NS_PER_S)

/* ---- who serves it? ---- */

/* The command line of a process as one buffer of NUL-terminated words; the last word, or NULL. */
static const char *last_word(pid_t pid, struct buf *line)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	buf_clear(line);
	if (buf_read_file(line, path, 1u << 20) < 0 || line->length < 2)
		return NULL;
	size_t at = line->length - 1;
	while (at && line->at[at - 1])
		at--;
	return line->at + at;
}

static bool is_server(pid_t pid)
{
	char path[64], comm[32] = "";
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	SCOPED_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, comm, sizeof comm - 1);
	return length > 0 && strncmp(comm, WIRE_PROGRAM "\n", sizeof WIRE_PROGRAM) == 0;
}

/* The server whose last argument is this mount point. Relative ones are taken as the server's own directory has them. */
static pid_t server_of(const char *mountpoint)
{
	SCOPED(buf_free) struct buf line = {0};
	SCOPED_DIR DIR *dir = opendir("/proc");
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		const char *word = pid && is_server(pid) ? last_word(pid, &line) : NULL;
		if (word && strcmp(word, mountpoint) == 0)
			return pid;
	}
	return 0;
}

/* ---- is it dead? ---- */

/* To ask a dead mount fails at once, and of a hung one never returns: in a child that can be given up. AT_STATX_FORCE_SYNC, because stat(2)
 * is answered from what the kernel remembers of the root (fuse_update_get_attr() in fs/fuse/dir.c), also of a dead mount. */
static bool answers_dead(const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct statx st;
		int rc = statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st);
		_exit(rc < 0 && (errno == ENOTCONN || errno == ECONNABORTED)); /* the second: it died while we asked */
	}
	if (pid < 0)
		return false;
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
	int status = 0;
	if (poll(&waiting, 1, clock_until_ms(clock_now_ns() + PROBE_DEADLINE_NS)) != 1) {
		kill(pid, SIGKILL);
		return false;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* ---- the list ---- */

int mounts_list(struct our_mounts *out, struct err *err)
{
	*out = (struct our_mounts){0};
	FILE *table = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char strings[8192];
	if (!table)
		return err_set(err, errno, "/proc/self/mounts: %s", strerror(errno));
	int rc = 0;
	while (!rc && getmntent_r(table, &entry, strings, sizeof strings)) {
		if (strcmp(entry.mnt_type, WIRE_FSTYPE) != 0)
			continue;
		struct our_mount *mount = vec_add(&out->mounts);
		if (!mount || !(mount->path = strdup(entry.mnt_dir)) || !(mount->source = strdup(entry.mnt_fsname)))
			rc = err_set(err, ENOMEM, "out of memory");
		else
			mount->server = server_of(mount->path);
	}
	endmntent(table);
	for (size_t i = 0; !rc && i < out->mounts.count; i++)
		out->mounts.at[i].dead = !out->mounts.at[i].server && answers_dead(out->mounts.at[i].path);
	if (rc)
		mounts_free(out);
	return rc;
}

void mounts_free(struct our_mounts *mounts)
{
	for (size_t i = 0; i < mounts->mounts.count; i++) {
		free(mounts->mounts.at[i].path);
		free(mounts->mounts.at[i].source);
	}
	vec_free(&mounts->mounts);
}

/* ---- ending ---- */

static bool is_mounted(const char *path)
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	struct mntent entry;
	char strings[8192];
	bool found = false;
	while (table && !found && getmntent_r(table, &entry, strings, sizeof strings))
		found = strcmp(entry.mnt_dir, path) == 0 && strcmp(entry.mnt_type, WIRE_FSTYPE) == 0;
	if (table)
		endmntent(table);
	return found;
}

/* Wait for the end of a process that is not ours to reap. */
static bool wait_end(pid_t pid, int64_t until_ns)
{
	SCOPED_FD int pidfd = pidfd_open(pid, 0);
	struct pollfd waiting = {.fd = pidfd, .events = POLLIN};
	return pidfd < 0 || poll(&waiting, 1, clock_until_ms(until_ns)) == 1;
}

static void end_server(pid_t pid)
{
	if (kill(pid, SIGTERM) == 0 && !wait_end(pid, clock_now_ns() + END_DEADLINE_NS) && kill(pid, SIGKILL) == 0)
		wait_end(pid, clock_now_ns() + END_DEADLINE_NS);
}

static void detach(const char *path)
{
	if (umount2(path, MNT_DETACH) == 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path, NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

int mounts_end(const struct our_mount *mount, struct err *err)
{
	if (mount->server)
		end_server(mount->server);
	/* A server that was killed has a guard, which unmounts a moment after its end. */
	for (int64_t until = clock_now_ns() + END_DEADLINE_NS / 4; is_mounted(mount->path) && clock_now_ns() < until;)
		poll(NULL, 0, 5);
	if (is_mounted(mount->path))
		detach(mount->path);
	if (is_mounted(mount->path))
		return err_set(err, EPERM, "%s: cannot be unmounted (is it another user's?)", mount->path);
	return 0;
}

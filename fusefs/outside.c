/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks at processes and at trigger files. */
#include "fusefs/outside.h"

#include "base/scope.h"
#include "fusefs/proc_status.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- processes ---- */

static int open_comm(int32_t thread)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/comm", (int)thread);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The name of the process or thread, without the newline. False when it is gone. */
static bool read_comm(int fd, char comm[COMM_SIZE])
{
	ssize_t length = fd < 0 ? -1 : pread(fd, comm, COMM_SIZE, 0);
	if (length <= 0)
		return false;
	comm[length < COMM_SIZE ? length : COMM_SIZE - 1] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	return true;
}

/* The process that a thread belongs to; 0 when it is gone. */
static int32_t process_of(int32_t thread)
{
	char status[PROC_STATUS_SIZE];
	if (!proc_status_read(thread, status))
		return 0;
	const char *line = strstr(status, "\nTgid:");
	return line ? (int32_t)strtol(line + strlen("\nTgid:"), NULL, 10) : 0;
}

static void forget(struct outside_thread *t)
{
	if (t->thread && t->thread_fd >= 0)
		close(t->thread_fd);
	if (t->thread && t->process_fd >= 0)
		close(t->process_fd);
	*t = (struct outside_thread){0};
}

/* The descriptor comes first: should the number pass to another thread meanwhile, it is the old one's, and is found out. */
static void learn(struct outside_thread *t, int32_t thread)
{
	forget(t);
	t->thread = thread;
	t->process_fd = -1;
	t->thread_fd = open_comm(thread);
	t->process = process_of(thread);
	if (t->process && t->process != thread)
		t->process_fd = open_comm(t->process);
}

/* Is the thread still the one whose descriptor we have? Leaves its name in outside->comm. */
static bool is_alive(struct outside *outside, const struct outside_thread *t)
{
	return read_comm(t->thread_fd, outside->comm);
}

static struct outside_thread *known(struct outside *outside, int32_t thread)
{
	struct outside_thread *t = &outside->threads[(uint32_t)thread % OUTSIDE_THREADS];
	if (t->thread != thread || !is_alive(outside, t))
		learn(t, thread);
	return t->process && is_alive(outside, t) ? t : NULL;
}

static const char *comm_of(void *data, int32_t thread)
{
	struct outside *outside = data;
	const struct outside_thread *t = known(outside, thread);
	if (!t || (t->process_fd >= 0 && !read_comm(t->process_fd, outside->comm)))
		return NULL;
	return t->process == thread || t->process_fd >= 0 ? outside->comm : NULL;
}

const char *outside_comm(struct outside *outside, int32_t thread)
{
	return thread > 0 ? comm_of(outside, thread) : NULL;
}

static int32_t number_of(void *data, int32_t thread)
{
	const struct outside_thread *t = known(data, thread);
	return t ? t->process : 0;
}

/* ---- trigger files ---- */

/* The folder's part of a whole path: up to the last slash, "/" for files of the root. */
static size_t folder_length(const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') - path);
	return length ? length : 1;
}

static const struct outside_folder *folder_of(const struct outside *outside, const char *path)
{
	size_t length = folder_length(path);
	for (size_t i = 0; i < outside->folders.count; i++) {
		const struct outside_folder *folder = &outside->folders.at[i];
		if (strncmp(folder->path, path, length) == 0 && !folder->path[length])
			return folder;
	}
	return NULL;
}

static bool exists(void *data, const char *path)
{
	const struct outside_folder *folder = folder_of(data, path);
	struct stat st;
	return folder && fstatat(folder->fd, strrchr(path, '/') + 1, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Does the mount point hold the folder? */
static bool is_below(const char *folder, const char *mountpoint)
{
	char inner[PATH_MAX], outer[PATH_MAX];
	if (!realpath(folder, inner) || !realpath(mountpoint, outer))
		return false;
	size_t length = strlen(outer);
	return strncmp(inner, outer, length) == 0 && (!inner[length] || inner[length] == '/');
}

static int open_folder(struct outside *outside, const char *path, const char *mountpoint, struct err *err)
{
	char *folder = strndup(path, folder_length(path));
	struct outside_folder *slot = folder ? vec_add(&outside->folders) : NULL;
	if (!slot) {
		free(folder);
		return err_set(err, ENOMEM, "out of memory");
	}
	slot->path = folder;
	slot->fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (slot->fd < 0) {
		outside->folders.count--;
		free(folder);
		return err_set(err, errno, "trigger_file %s: its folder: %s", path, strerror(errno));
	}
	if (mountpoint && is_below(folder, mountpoint))
		return err_set(err, EINVAL, "trigger_file %s: lies in the mount, where nobody could make it (a file in the mount: see "
					    "after_rule)", path);
	return 0;
}

static bool asks_proc(const struct who *who)
{
	return who && (who->comms.count || who->pids.count);
}

/* Without a /proc that shows other processes, and by our numbers, a rule on them would strike nobody and say nothing. */
static int check_proc(const struct plan *plan, struct err *err)
{
	char self[32] = "";
	const struct rule *asks = NULL;
	for (size_t i = 0; !asks && i < plan->rules.count; i++)
		if (asks_proc(plan->rules.at[i]->when.by) || asks_proc(plan->rules.at[i]->when.not_by))
			asks = plan->rules.at[i];
	if (!asks || (readlink("/proc/self", self, sizeof self - 1) > 0 && strtol(self, NULL, 10) == getpid() &&
		      access("/proc/1/comm", R_OK) == 0))
		return 0;
	return err_set(err, EINVAL, "rule '%s' goes by processes, and /proc here does not show them (not mounted, of another pid "
				    "namespace, or hidepid)", asks->name);
}

int outside_prepare(struct outside *outside, const struct plan *plan, const char *mountpoint, struct err *err)
{
	int rc = check_proc(plan, err);
	for (size_t i = 0; !rc && i < plan->rules.count; i++) {
		const char *path = plan->rules.at[i]->when.trigger_file;
		if (!path || folder_of(outside, path))
			continue;
		rc = outside->folders.count == OUTSIDE_FOLDERS_MAX
			     ? err_set(err, EINVAL, "trigger files lie in more than %d folders", OUTSIDE_FOLDERS_MAX)
			     : open_folder(outside, path, mountpoint, err);
	}
	return rc;
}

void outside_fini(struct outside *outside)
{
	for (size_t i = 0; i < OUTSIDE_THREADS; i++)
		forget(&outside->threads[i]);
	for (size_t i = 0; i < outside->folders.count; i++) {
		if (outside->folders.at[i].fd >= 0)
			close(outside->folders.at[i].fd);
		free(outside->folders.at[i].path);
	}
	vec_free(&outside->folders);
}

struct live_world outside_world(struct outside *outside)
{
	return (struct live_world){
		.who = {.data = outside, .comm = comm_of, .process = number_of}, .data = outside, .exists = exists};
}

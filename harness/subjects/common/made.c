/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The record of what this run made. */
#include "common/made.h"

#include "common/atomic.h"
#include "common/io.h"
#include "common/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

/* How reports name it. */
static const char *shown(const struct made *made, const char *name)
{
	return *name ? name : made->root;
}

static int check_directory(const char *path)
{
	struct stat about;
	int rc = io_stat(path, &about);
	if (rc)
		return rc;
	return S_ISDIR(about.st_mode) ? 0 : -ENOTDIR;
}

/* Returns 1 when it was created, 0 when it was there, or a negative error. */
static int create_directory(const struct made *made, const char *name)
{
	char path[PATH_MAX];
	int rc = io_path(path, made->root, name);
	if (rc)
		return rc;
	rc = io_mkdir(path);
	if (rc == -EEXIST)
		return check_directory(path);
	return rc ? rc : 1;
}

int made_directory(struct made *made, const char *name, struct failure *why)
{
	if (names_add(&made->directories, name) || names_add(&made->created, name))
		return failure_memory(why, shown(made, name), "the record of the directory");
	int rc = create_directory(made, name);
	if (rc <= 0)
		names_drop_last(&made->created);
	if (rc < 0)
		return failure_errno(why, CODE_UNWRITABLE, shown(made, name), -rc, "mkdir");
	return 0;
}

int made_begin(struct made *made, const char *out, struct failure *why)
{
	*made = (struct made){.root = out};
	return made_directory(made, "", why);
}

int made_file(struct made *made, const char *name, const void *content, size_t length, struct failure *why)
{
	if (names_add(&made->files, name))
		return failure_memory(why, name, "the record of the output");
	int rc = atomic_write(made->root, name, content, length, why);
	if (rc)
		names_drop_last(&made->files);
	return rc;
}

/* Returns 0 or a negative error. */
static int sync_once(const char *path)
{
	int fd = io_open(path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	int rc = io_fsync(fd);
	io_close(fd);
	return rc == -EINVAL ? 0 : rc; /* fsync(2): what it is bound to "does not support synchronization" */
}

/* Repeated for errors of the way to the disk, not for one of the disk itself: see io_fsync(). Returns 0 or a negative error. */
static int sync_directory(const char *root, const char *name)
{
	char path[PATH_MAX];
	int rc = io_path(path, root, name);
	if (rc)
		return rc;
	struct retry retry = {0};
	do
		rc = sync_once(path);
	while (rc != -EIO && retry_again(&retry, rc));
	return rc;
}

/* The parent holds the name of OUT. It could be written to, or OUT would not be there; it need not be readable. */
static int sync_parent(const struct made *made, struct failure *why)
{
	int rc = sync_directory(made->root, "..");
	if (rc == 0 || rc == -EACCES)
		return 0;
	return failure_errno(why, CODE_WRITE, made->root, -rc, "fsync of its parent");
}

static bool is_root_created(const struct made *made)
{
	return made->created.count && !*made->created.at[0];
}

int made_sync(const struct made *made, struct failure *why)
{
	for (size_t i = 0; i < made->directories.count; i++) {
		const char *name = made->directories.at[i];
		int rc = sync_directory(made->root, name);
		if (rc)
			return failure_errno(why, CODE_WRITE, shown(made, name), -rc, "fsync");
	}
	return is_root_created(made) ? sync_parent(made, why) : 0;
}

static void left_behind(const struct made *made, const char *name, int error)
{
	struct failure why;
	failure_errno(&why, CODE_WRITE, shown(made, name), error, "could not be removed");
	report_warning(&why, NULL);
}

/* Returns 0 or a negative error. */
static int remove_one(const struct made *made, const char *name, int (*remove)(const char *path))
{
	char path[PATH_MAX];
	int rc = io_path(path, made->root, name);
	if (rc == 0)
		rc = remove(path);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		left_behind(made, name, -rc);
	return rc;
}

/* Remove names, the last first. False: a call timed out, do not wait for more of them. */
static bool remove_all(const struct made *made, const struct names *names, int (*remove)(const char *path))
{
	for (size_t i = names->count; i-- > 0;) {
		if (remove_one(made, names->at[i], remove) != -IO_TIMED_OUT)
			continue;
		report_note("gave up cleaning: what was made before %s is left behind", shown(made, names->at[i]));
		return false;
	}
	return true;
}

void made_remove(struct made *made)
{
	if (remove_all(made, &made->files, io_unlink))
		remove_all(made, &made->created, io_rmdir);
}

static int rmdir_if_empty(const char *path)
{
	int rc = io_rmdir(path);
	return rc == -ENOTEMPTY || rc == -EEXIST ? 0 : rc;
}

void made_prune(struct made *made)
{
	remove_all(made, &made->created, rmdir_if_empty);
}

void made_free(struct made *made)
{
	names_free(&made->directories);
	names_free(&made->created);
	names_free(&made->files);
}

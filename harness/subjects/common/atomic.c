/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes an output whole or not at all. */
#include "common/atomic.h"

#include "common/io.h"
#include "common/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static int temporary_path(char path[PATH_MAX], const char *final)
{
	int length = snprintf(path, PATH_MAX, "%s.tmp", final);
	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Both paths of an output. Returns 0 or a negative error. */
static int both_paths(char temporary[PATH_MAX], char final[PATH_MAX], const char *dir, const char *name)
{
	int rc = io_path(final, dir, name);
	return rc ? rc : temporary_path(temporary, final);
}

static int remove_if_there(const char *path)
{
	int rc = io_unlink(path);
	return rc == -ENOENT ? 0 : rc;
}

/* Returns the descriptor or a negative error. */
static int create(const char *temporary)
{
	int flags = O_CREAT | O_EXCL | O_WRONLY;
	int fd = io_open(temporary, flags);
	if (fd != -EEXIST)
		return fd;
	int rc = remove_if_there(temporary);
	return rc ? rc : io_open(temporary, flags);
}

/* An output on its way to its file. */
struct parcel {
	const char *name; /* for reports */
	const void *content;
	size_t length;
	int unsettled; /* what fsync or close answered, when it was one of them that failed */
	struct failure *why;
};

static int failed(const struct parcel *parcel, int rc, const char *what)
{
	return failure_errno(parcel->why, CODE_WRITE, parcel->name, -rc, "%s", what);
}

static int fill(struct parcel *parcel, int fd)
{
	size_t done;
	int rc = io_write_at(fd, parcel->content, parcel->length, 0, &done);
	if (rc)
		return failure_errno(parcel->why, CODE_WRITE, parcel->name, -rc, "write at %zu", done);
	parcel->unsettled = io_fsync(fd);
	return parcel->unsettled ? failed(parcel, parcel->unsettled, "fsync") : 0;
}

static int write_once(struct parcel *parcel, const char *temporary)
{
	parcel->unsettled = 0;
	int fd = create(temporary);
	if (fd < 0)
		return failed(parcel, fd, "create");
	int rc = fill(parcel, fd);
	int closed = io_close(fd);
	if (rc || !closed)
		return rc;
	parcel->unsettled = closed;
	return failed(parcel, closed, "close");
}

/* A failed fsync or close leaves a file of unknown content: it is not the call that is repeated then, but the file. Who owns
 * the disk should know. */
static int write_temporary(struct parcel *parcel, const char *temporary)
{
	struct retry retry = {0};
	int rc = write_once(parcel, temporary);
	while (rc && retry_again(&retry, parcel->unsettled)) {
		report_warning(parcel->why, "writing the file anew");
		rc = write_once(parcel, temporary);
	}
	return rc;
}

static void discard(const char *temporary, const char *name)
{
	limit_shield();
	int rc = remove_if_there(temporary);
	if (rc == 0)
		return;
	struct failure why;
	failure_errno(&why, CODE_WRITE, name, -rc, "its temporary file could not be removed");
	report_warning(&why, NULL);
}

static int write_and_rename(struct parcel *parcel, const char *temporary, const char *final)
{
	int rc = write_temporary(parcel, temporary);
	if (rc)
		return rc;
	rc = io_rename(temporary, final);
	return rc ? failed(parcel, rc, "rename") : 0;
}

int atomic_write(const char *dir, const char *name, const void *content, size_t length, struct failure *why)
{
	struct parcel parcel = {.name = name, .content = content, .length = length, .why = why};
	char final[PATH_MAX];
	char temporary[PATH_MAX];
	int rc = both_paths(temporary, final, dir, name);
	if (rc)
		return failed(&parcel, rc, "create");
	rc = write_and_rename(&parcel, temporary, final);
	if (rc)
		discard(temporary, name);
	return rc;
}

int atomic_forget(const char *dir, const char *name, struct failure *why)
{
	char final[PATH_MAX];
	char temporary[PATH_MAX];
	int rc = both_paths(temporary, final, dir, name);
	if (rc == 0)
		rc = remove_if_there(temporary);
	return rc ? failure_errno(why, CODE_WRITE, name, -rc, "removing an old temporary file") : 0;
}

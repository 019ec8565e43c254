/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The calls under the time limit. */
#include "common/io.h"

#include "common/failure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WRITE_MOST = 1 << 20 }; /* bytes a call: the time limit is meant for a call, not for a file */

int io_path(char path[PATH_MAX], const char *dir, const char *name)
{
	int length = snprintf(path, PATH_MAX, "%s%s%s", dir, *name ? "/" : "", name);
	return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

int io_open(const char *path, int flags)
{
	return (int)IO_RETRIED(open(path, flags | O_CLOEXEC | O_NOCTTY, 0666));
}

int io_stat(const char *path, struct stat *about)
{
	return (int)IO_RETRIED(stat(path, about));
}

int io_mkdir(const char *path)
{
	return (int)IO_RETRIED(mkdir(path, 0777));
}

int io_rename(const char *from, const char *to)
{
	return (int)IO_RETRIED(rename(from, to));
}

int io_unlink(const char *path)
{
	return (int)IO_RETRIED(unlink(path));
}

int io_rmdir(const char *path)
{
	return (int)IO_RETRIED(rmdir(path));
}

int io_close(int fd)
{
	if (fd < 0)
		return 0;
	(void)limit_begin();
	return (int)limit_end(close(fd));
}

int io_fsync(int fd)
{
	return (int)IO_ONCE(fsync(fd));
}

static size_t at_most(size_t length)
{
	return length < WRITE_MOST ? length : WRITE_MOST;
}

int io_write_at(int fd, const void *bytes, size_t length, uint64_t offset, size_t *done)
{
	for (*done = 0; *done < length;) {
		const char *rest = (const char *)bytes + *done;
		long put = IO_RETRIED(pwrite(fd, rest, at_most(length - *done), (off_t)(offset + *done)));
		if (put <= 0)
			return put ? (int)put : -EIO;
		*done += (size_t)put;
	}
	return 0;
}

int io_write(int fd, const void *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		const char *rest = (const char *)bytes + done;
		long put = IO_RETRIED(write(fd, rest, at_most(length - done)));
		if (put <= 0)
			return put ? (int)put : -EIO;
		done += (size_t)put;
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads files. */
#include "common/source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { READ_MOST = 128 << 10 }; /* bytes a call: what the kernel's readahead asks a FUSE server for */

/* O_NONBLOCK: a FIFO under an input's name is refused below rather than waited for. Regular files ignore it. */
static int open_for_reading(const char *path)
{
	return io_open(path, O_RDONLY | O_NONBLOCK);
}

static int about(int fd, struct stat *stat)
{
	return (int)IO_RETRIED(fstat(fd, stat));
}

static int measure(struct source *source, struct failure *why)
{
	struct stat stat;
	int rc = about(source->fd, &stat);
	if (rc)
		return failure_errno(why, CODE_READ, source->name, -rc, "stat");
	if (!S_ISREG(stat.st_mode))
		return failure_set(why, CODE_CORRUPTED, source->name, "is not a regular file");
	source->size = (uint64_t)stat.st_size;
	source->changed = stat.st_mtim;
	return 0;
}

int source_open(struct source *source, const char *dir, const char *name, struct failure *why)
{
	source->name = name;
	int rc = io_path(source->path, dir, name);
	source->fd = rc ? rc : open_for_reading(source->path);
	if (source->fd < 0)
		return failure_errno(why, CODE_READ, name, -source->fd, "open");
	rc = measure(source, why);
	if (rc)
		source_close(source);
	return rc;
}

static bool is_same(const struct source *source, const struct stat *stat)
{
	return (uint64_t)stat->st_size == source->size && stat->st_mtim.tv_sec == source->changed.tv_sec &&
	       stat->st_mtim.tv_nsec == source->changed.tv_nsec;
}

/* Open the file again after its handle went stale. Returns 0 or a negative error. */
static int reopen(struct source *source)
{
	if (source->fd >= 0)
		return 0;
	int fd = open_for_reading(source->path);
	if (fd < 0)
		return fd;
	struct stat stat;
	int rc = about(fd, &stat);
	if (rc == 0 && !is_same(source, &stat))
		rc = -IO_CHANGED;
	if (rc)
		io_close(fd);
	else
		source->fd = fd;
	return rc;
}

/* Read what one call gives; 0 at the end. */
static long read_some(struct source *source, uint64_t offset, void *buffer, size_t length)
{
	struct retry retry = {0};
	long got;
	do {
		got = reopen(source);
		if (got == 0)
			got = IO_ONCE(pread(source->fd, buffer, length, (off_t)offset));
		if (got == -ESTALE || got == -ENOTCONN)
			source_close(source);
	} while (retry_again(&retry, got));
	return got;
}

static int read_failed(const struct source *source, uint64_t offset, long result, struct failure *why)
{
	if (result == 0)
		return failure_set(why, CODE_CORRUPTED, source->name, "truncated: ends at %llu of %llu bytes",
				   (unsigned long long)offset, (unsigned long long)source->size);
	return failure_errno(why, CODE_READ, source->name, (int)-result, "read at %llu", (unsigned long long)offset);
}

int source_read(struct source *source, uint64_t offset, void *buffer, size_t length, struct failure *why)
{
	char *to = buffer;
	while (length) {
		long got = read_some(source, offset, to, length < READ_MOST ? length : READ_MOST);
		if (got <= 0)
			return read_failed(source, offset, got, why);
		to += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}

int source_at_end(struct source *source, struct failure *why)
{
	char beyond;
	long got = read_some(source, source->size, &beyond, 1);
	if (got < 0)
		return read_failed(source, source->size, got, why);
	if (got > 0)
		return failure_set(why, CODE_CORRUPTED, source->name, "goes on behind its %llu bytes",
				   (unsigned long long)source->size);
	return 0;
}

/* What close() says of a file that was only read is of no use. */
void source_close(struct source *source)
{
	io_close(source->fd);
	source->fd = -1;
}

static int slurp(struct bytes *bytes, struct source *source, uint64_t limit, struct failure *why)
{
	if (source->size > limit)
		return failure_set(why, CODE_TOO_LARGE, source->name, "has %llu bytes, more than %llu are refused",
				   (unsigned long long)source->size, (unsigned long long)limit);
	if (bytes_reserve(bytes, (size_t)source->size))
		return failure_memory(why, source->name, "the file");
	if (source_read(source, 0, bytes->at, (size_t)source->size, why))
		return -1;
	bytes->length = (size_t)source->size;
	return source_at_end(source, why);
}

int source_slurp(struct bytes *bytes, const char *dir, const char *name, uint64_t limit, struct failure *why)
{
	struct source source;
	if (source_open(&source, dir, name, why))
		return -1;
	int rc = slurp(bytes, &source, limit, why);
	source_close(&source);
	return rc;
}

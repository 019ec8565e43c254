/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The calls that reach IN, OUT and stdout: each under the time limit, and repeated where an error may pass.
 *
 * All return a result that is not negative, or a negative error (errno, IO_TIMED_OUT, IO_CANCELLED). Paths are used rather
 * than directory descriptors because a path survives a filesystem that went away and came back. One thread. */
#pragma once

#include "common/attr.h"
#include "common/limit.h"
#include "common/retry.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/* One attempt under the time limit. `call` is an expression that is negative when it failed and then left errno. */
#define IO_ONCE(call)                                       \
	({                                                  \
		long result_ = limit_begin() ? (call) : -1; \
		limit_end(result_);                         \
	})

/* The same, again while that is worth it. */
#define IO_RETRIED(call)                               \
	({                                             \
		struct retry retry_ = {0};             \
		long done_;                            \
		do                                     \
			done_ = IO_ONCE(call);         \
		while (retry_again(&retry_, done_));   \
		done_;                                 \
	})

/* dir + "/" + name, or dir alone when name is "". Returns 0 or -ENAMETOOLONG. */
int io_path(char path[PATH_MAX], const char *dir, const char *name) MUST_USE;

int io_open(const char *path, int flags) MUST_USE; /* O_CLOEXEC is added; new files are 0666 less the umask */
int io_stat(const char *path, struct stat *about) MUST_USE;
int io_mkdir(const char *path) MUST_USE;
int io_rename(const char *from, const char *to) MUST_USE;
int io_unlink(const char *path) MUST_USE;
int io_rmdir(const char *path) MUST_USE;

/* Never repeated: whatever close() answers, the descriptor is gone. Done even when the run is to stop. -1 does nothing. */
int io_close(int fd);

/* Never repeated: an fsync() that succeeds after one that failed has forgotten the lost pages, it has not saved them. */
int io_fsync(int fd) MUST_USE;

/* Write all of it at an offset; *done counts the bytes that are through, also on failure. */
int io_write_at(int fd, const void *bytes, size_t length, uint64_t offset, size_t *done) MUST_USE;

/* Write all of it where the descriptor stands (pipes, stdout). */
int io_write(int fd, const void *bytes, size_t length) MUST_USE;

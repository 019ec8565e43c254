/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Cleanup bound to a scope, and an explicit way to hand something over.
 *
 *     SCOPED_FREE char *name = strdup(from);
 *     ...
 *     return take_ptr(&name);
 *
 * errno survives the cleanup. longjmp() skips it: keep these out of functions between setjmp() and the last call that
 * may jump (libpng, failed cmocka assertions). */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void scope_free(void *pointer_to_pointer)
{
	free(*(void **)pointer_to_pointer);
}

static inline void scope_close(int *fd)
{
	int kept = errno;
	if (*fd >= 0)
		close(*fd);
	errno = kept;
}

static inline void scope_fclose(FILE **file)
{
	int kept = errno;
	if (*file)
		fclose(*file);
	errno = kept;
}

static inline void scope_closedir(DIR **dir)
{
	int kept = errno;
	if (*dir)
		closedir(*dir);
	errno = kept;
}

/* unused: a variable may be there for its cleanup alone, which clang 14 does not count. */
#define SCOPED(function) __attribute__((cleanup(function), unused))
#define SCOPED_FREE SCOPED(scope_free)
#define SCOPED_FD SCOPED(scope_close)
#define SCOPED_FILE SCOPED(scope_fclose)
#define SCOPED_DIR SCOPED(scope_closedir)

/* Hand over what a scoped variable holds: the variable forgets it. */
#define take_ptr(variable)                  \
	({                                  \
		__auto_type taken_ = *(variable); \
		*(variable) = NULL;         \
		taken_;                     \
	})

static inline int take_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

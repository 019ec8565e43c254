/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Fills failures. Of stdio only printing into memory is used: with plain integers and strings that does not allocate. */
#include "common/failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

PRINTF(4, 0)
static void fill(struct failure *failure, enum code code, const char *file, const char *format, va_list args)
{
	failure->code = code;
	failure->error = 0;
	failure_in(failure, file);
	vsnprintf(failure->why, sizeof failure->why, format, args);
}

int failure_set(struct failure *failure, enum code code, const char *file, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fill(failure, code, file, format, args);
	va_end(args);
	return -1;
}

static bool is_writing(enum code code)
{
	return code == CODE_WRITE || code == CODE_UNWRITABLE;
}

static enum code code_of(enum code code, int error)
{
	switch (error) {
	case IO_CANCELLED: return CODE_CANCELLED;
	case IO_TIMED_OUT: return is_writing(code) ? CODE_WRITE : CODE_READ;
	case IO_CHANGED: return CODE_CORRUPTED;
	case ENOMEM: return CODE_MEMORY;
	case EACCES:
	case EPERM: return CODE_PERMISSION;
	case ENOSPC:
	case EDQUOT: return CODE_DISK_FULL;
	default: return code;
	}
}

/* strerror() may allocate for the sake of translations; this does not. */
static const char *text_of(int error)
{
	switch (error) {
	case IO_CANCELLED: return "stopped by a signal";
	case IO_TIMED_OUT: return "timed out";
	case IO_CHANGED: return "the file changed while it was read";
	default: return strerrordesc_np(error);
	}
}

static void append(struct failure *failure, const char *text)
{
	size_t used = strlen(failure->why);
	snprintf(failure->why + used, sizeof failure->why - used, ": %s", text);
}

int failure_errno(struct failure *failure, enum code code, const char *file, int error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fill(failure, code_of(code, error), file, format, args);
	va_end(args);
	failure->error = error;
	char number[32];
	snprintf(number, sizeof number, "unknown error %d", error);
	const char *text = text_of(error);
	append(failure, text ? text : number);
	return -1;
}

int failure_memory(struct failure *failure, const char *file, const char *what)
{
	return failure_set(failure, CODE_MEMORY, file, "no memory for %s", what);
}

int failure_in(struct failure *failure, const char *file)
{
	snprintf(failure->file, sizeof failure->file, "%s", file);
	return -1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One failure: its code, the file it concerns, and why, in fixed room, so that running out of memory can be told too.
 *
 * The convention of all that can fail here: 0, or -1 with the caller's struct failure filled. Any thread. */
#pragma once

#include "common/attr.h"
#include "common/code.h"

struct failure {
	enum code code;
	int error;      /* the errno (or IO_...) behind it; 0 where there is none */
	char file[400]; /* as reports name it: relative to IN or OUT; cut when longer */
	char why[400];
};

/* Pseudo-errors of the io layer, above the kernel's MAX_ERRNO (4095, include/linux/err.h), so that none can be mistaken for
 * an errno that a filesystem sends. */
enum {
	IO_TIMED_OUT = 4096, /* the call took longer than --io-timeout */
	IO_CANCELLED = 4097, /* SIGINT or SIGTERM came */
	IO_CHANGED = 4098,   /* the file was re-opened and is not the same one */
};

/* Fill *failure. Returns -1. */
int failure_set(struct failure *failure, enum code code, const char *file, const char *format, ...) PRINTF(4, 5);

/* The same from an error number, whose text is put behind the formatted one. Errors that mean one thing wherever they strike
 * (no memory, no permission, no space, cancelled, timed out) choose the code; the others get `code`. Returns -1. */
int failure_errno(struct failure *failure, enum code code, const char *file, int error, const char *format, ...)
	PRINTF(5, 6);

/* An allocation failed: `what` finishes the sentence "no memory for ...". Returns -1. */
int failure_memory(struct failure *failure, const char *file, const char *what);

/* Name the file of a failure that was found by something that did not know it. Returns -1. */
int failure_in(struct failure *failure, const char *file);

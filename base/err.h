/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What went wrong, in words for a person.
 *
 * Functions that can fail return 0 or a negative errno. Where a person will read the reason they also take a
 * `struct err *` as last parameter, which may be NULL, and leave one line in it (a caret picture may follow on further
 * lines). The struct has a fixed size, lives in the caller, and filling it allocates nothing, so that "out of memory"
 * can be said too.
 *
 * The line reads "what: which: why (hint)", without a newline at the end and without the program's name. */
#pragma once

#include "base/attr.h"

struct err {
	int code; /* positive errno of the failure, 0 while there is none */
	char text[1200];
};

/* Replace the text, remember `code` (a positive errno). Returns -code. Text that does not fit is cut. */
int err_set(struct err *err, int code, const char *format, ...) PRINTF(3, 4);

/* Put "format: " in front of what is already said. Returns -err->code (-EIO where err is NULL). */
int err_context(struct err *err, const char *format, ...) PRINTF(2, 3);

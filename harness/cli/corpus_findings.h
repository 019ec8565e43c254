/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What ordeal corpus check has found: a line each, the first ones printed, all counted. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdint.h>

#define FINDINGS_USUAL 100

struct findings {
	uint64_t count, most; /* found; printed at most */
};

/* Append "NAME: WORDS" and a newline; the name is a stranger's, and stays on its line. */
void findings_add(struct buf *to, const char *name, const char *words, ...) PRINTF(3, 4);

/* Count and print such lines. */
void findings_tell(struct findings *findings, const char *lines);

/* Say how many there are of `what`, and from what it differs. Returns EXIT_FAILED. */
int findings_end(const struct findings *findings, const char *what, const char *from);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes JSON, one value after another, into a buffer. (Reading is jansson's work.)
 *
 *     struct jsonw j = jsonw_to(&buf);
 *     jsonw_object(&j);
 *     jsonw_key(&j, "path"), jsonw_text(&j, path);
 *     jsonw_close(&j);
 *
 * Commas are put where they belong. Strings may be any bytes: what is not UTF-8 is written as U+FFFD, control characters
 * as \u00XX, so the result is always valid. Numbers do not depend on the locale. Nesting is 32 deep at the most.
 * Never reports: see buf.h. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct jsonw {
	struct buf *to;
	int depth;
	uint64_t arrays; /* bit per depth: an array is open there */
	uint64_t filled; /* bit per depth: it holds something already */
	bool after_key;
};

static inline struct jsonw jsonw_to(struct buf *buf)
{
	return (struct jsonw){.to = buf};
}

void jsonw_object(struct jsonw *j);
void jsonw_array(struct jsonw *j);
void jsonw_close(struct jsonw *j); /* the innermost object or array */
void jsonw_key(struct jsonw *j, const char *key);
void jsonw_text(struct jsonw *j, const char *text); /* NULL becomes null */
void jsonw_bytes(struct jsonw *j, const char *bytes, size_t length);
void jsonw_int(struct jsonw *j, int64_t number);
void jsonw_uint(struct jsonw *j, uint64_t number);
void jsonw_real(struct jsonw *j, double number, int decimals); /* not finite becomes null */
void jsonw_bool(struct jsonw *j, bool truth);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes JSON, one value after another, into a buffer. (Reading is jansson's work.)
 *
 *     struct json j = json_to(&buf);
 *     json_object(&j);
 *     json_key(&j, "path"), json_text(&j, path);
 *     json_close(&j);
 *
 * Commas are put where they belong. Strings may be any bytes: what is not UTF-8 is written as U+FFFD, control characters
 * as \u00XX, so the result is always valid. Numbers do not depend on the locale. Nesting is 32 deep at the most.
 * Never reports: see buf.h. */
#pragma once

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct json {
	struct buf *to;
	int depth;
	uint32_t arrays; /* bit per depth: an array is open there */
	uint32_t filled; /* bit per depth: it holds something already */
	bool after_key;
};

static inline struct json json_to(struct buf *buf)
{
	return (struct json){.to = buf};
}

void json_object(struct json *j);
void json_array(struct json *j);
void json_close(struct json *j); /* the innermost object or array */
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *text); /* NULL becomes null */
void json_bytes(struct json *j, const char *bytes, size_t length);
void json_int(struct json *j, int64_t number);
void json_uint(struct json *j, uint64_t number);
void json_real(struct json *j, double number, int decimals); /* not finite becomes null */
void json_bool(struct json *j, bool truth);

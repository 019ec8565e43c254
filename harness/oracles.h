/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What of the judgement is for a case, or its subject's file, to say:
 *
 *   abort: allow              # SIGABRT and SIGTRAP with a word on stderr are a refusal; usually crashes
 *   mute: fail                # a failure without a word does not pass; usually only said
 *   compare: {"*.png": pixels} # what differs in bytes and is equal in content is the same (compare.h); usually bytes
 *   check: [flac, -t, "{}"]   # a command that each output must pass; usually none
 *   leaks: fail               # memory that is lost at the end where a clean run loses none (leaks.h); usually not looked for
 *   limits: {time: 10, ...}   # so many times the clean run at most: time, memory, bytes, operations; usually only said
 *
 * In one line: abort=allow mute=fail limits=time=10,memory=3 compare=*.png=pixels check="flac -t {}". What a case says goes before what its subject says. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

enum stance { STANCE_UNSAID, STANCE_ALLOW, STANCE_FAIL };

enum cost { COST_TIME, COST_MEMORY, COST_BYTES, COST_OPERATIONS, COSTS };

/* Times the clean run; 0: no limit. */
struct limits {
	uint32_t times[COSTS];
};

struct oracles {
	enum stance abort, mute, leaks;
	struct limits limits;
	char *compare; /* text of comparators_read(); NULL: bytes */
	char *check;   /* words of wordline.h: {} is a file, or {out} the directory; NULL: none */
};

/* -EINVAL with a reason that begins with `key`. */
int oracles_read_stance(const char *key, const char *text, enum stance *out, struct err *err) MUST_USE;
int oracles_read_limits(const char *text, struct limits *out, struct err *err) MUST_USE; /* time=10,memory=3 */

int oracles_read_compare(const char *text, char **out, struct err *err) MUST_USE; /* replaces *out */
int oracles_read_check(const char *text, char **out, struct err *err) MUST_USE;

/* Append " key=value" for all that is said, so that the readers give the same again. */
void oracles_print(const struct oracles *oracles, struct buf *out);

void oracles_free(struct oracles *oracles);

/* What is in force. Borrows from both. */
struct oracles oracles_merge(const struct oracles *of_case, const struct oracles *of_subject);

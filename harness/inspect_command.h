/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A comparator or checker of the user's, run in the box's world beside the run that it judges: with TMPDIR and HOME of its own, below BASE/inspect,
 * which must be there (inspect.c makes it). */
#pragma once

#include "base/attr.h"
#include "harness/compare.h"
#include "harness/stage.h"

/* Run the words with each of the names in them replaced by its text; nothing that it starts outlives it. `said` gets the line that tells most
 * of what it said. Its exit status, -1 where it was ended (by a signal, or not done by until_ns), or -2 and s->err. */
int inspect_ask(struct stage *s, int64_t until_ns, char *const *words, const char *const names[2], const char *const texts[2],
		char said[COMPARE_SAID_MAX]) MUST_USE;

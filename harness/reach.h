/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Can the rules of a plan strike anything at all? A plan that cannot fire is an error, before anything runs. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "corpora/corpus.h"
#include "faults/plan.h"

#include <stdint.h>

/* Paths looked at before giving up on a corpus of millions; then nothing is said against a rule. */
#define REACH_PATHS_MAX 200000

struct reach {
	uint64_t paths; /* that the rule's pattern and volume admit */
	char first[160];
};

/* For each rule of the plan, what of the corpus (served as volume `in`) it can touch. `out` has room for all rules. Rules that
 * also concern other volumes reach what is not known yet: paths is UINT64_MAX. */
int reach_count(const struct plan *plan, const struct corpus *corpus, struct reach *out, struct err *err) MUST_USE;

/* -EINVAL with the first rule that can touch nothing. */
int reach_check(const struct plan *plan, const struct corpus *corpus, struct err *err) MUST_USE;

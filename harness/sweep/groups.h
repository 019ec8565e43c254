/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Failures that are the same: the same crime, for the same reason, at the same kind of site. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"
#include "harness/case.h"
#include "harness/sweep/sweep.h"

struct alike {
	char *key;
	enum verdict_class verdict;
	bool flaky;
	VEC(size_t) cases; /* indices in the sweep, the smallest first */
};

struct groups {
	VEC(struct alike) list; /* the worst first */
};

/* Is it damage to a file of a form that nobody knows (a text, say)? */
bool groups_is_formless(const struct sweep_case *one);

/* Of all cases that were judged and did not pass. 0 or -ENOMEM. */
int groups_make(const struct sweep *sweep, struct groups *out) MUST_USE;
void groups_free(struct groups *groups);

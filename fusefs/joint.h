/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The rules of a file that has several names (hard links): those of all its names, each once.
 *
 * A request says which file it is about, and not by which name that was opened. So that no further name takes a file out of
 * a rule, it is under the rules of each. Tallies stay those of the names: they are fetched before a decision and returned
 * behind it. One thread. */
#pragma once

#include "base/attr.h"
#include "faults/plan.h"

struct joint {
	struct bound *bound;	  /* in the order of the plan; NULL: none */
	struct bound_rule **homes; /* of each rule of `bound`, where its tally lives; borrowed */
};

/* Add the rules of one more name. Returns 0 or -ENOMEM (then nothing changed). */
int joint_add(struct joint *joint, struct bound *part) MUST_USE;
void joint_clear(struct joint *joint);

void joint_fetch(const struct joint *joint);
void joint_return(const struct joint *joint);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a plan in force remembers beyond single files: which of its rules are switched on, how often each has struck, and what
 * kinds share between all the files that they touch (a line that is busy, a disk that is full).
 *
 * The plan itself stays as it was read. One thread. */
#pragma once

#include "base/attr.h"
#include "faults/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct live_rule {
	bool on;
	uint64_t hits;	       /* requests struck since arming */
	int64_t first_hit_ns;  /* since arming; INT64_MAX: none yet */
	int64_t free_at_ns;    /* a rate: when what was let through until now has passed, since arming */
};

struct live {
	const struct plan *plan;
	struct live_rule *rules; /* by rule->index */
	bool *groups;		 /* on or off, by index of the group */
};

/* The state that a plan starts from: groups as it says, nothing struck. 0 or -ENOMEM. live_fini() in any case. */
int live_init(struct live *live, const struct plan *plan) MUST_USE;
void live_fini(struct live *live);

/* Forget what has struck. What is switched on or off stays so. */
void live_reset(struct live *live);

/* Is the rule in force, by itself and by its group? NULL for live: every rule is. */
bool live_is_on(const struct live *live, const struct rule *rule);

/* Switch a rule, a group, or ("*") all rules by name. Returns how many rules it concerns; 0: nothing has that name. */
size_t live_switch(struct live *live, const char *name, bool on);

/* The rule has struck a request. */
void live_count(struct live *live, const struct rule *rule, int64_t now_ns);

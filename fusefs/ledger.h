/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What rules have struck since the mount began, by their names: nothing that is changed while it is served takes any of it back,
 * neither a rule that is removed or said otherwise nor reset, arm or another plan. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So many entries are kept; then rules that are gone, and need not have struck, are forgotten. */
#define LEDGER_MAX (2 * PLAN_RULES_MAX)

#define LEDGER_NONE UINT32_MAX

/* A rule that does something else now, under its old name, is an entry of its own. */
struct ledger_entry {
	char *name;
	uint64_t id;	    /* draw_text(name) */
	const char *effect; /* name of the kind */
	uint64_t hits, cuts;
	uint32_t next;	   /* of the same name, LEDGER_NONE: the last */
	bool follows;	   /* one of the same name stands before it */
	bool must_fire;	   /* as the last rule of that name said */
	bool in_force;	   /* a rule of the plan that there is now */
};

struct ledger {
	VEC(struct ledger_entry) entries; /* in the order in which they came */
	uint32_t *slots;		  /* numbers of first entries, plus 1; 0: free */
	uint32_t room;			  /* a power of two */
};

/* The plan that is in force from now on; NULL: none. -ENOMEM; -E2BIG where there are too many names: the plan before
 * stays in force. */
int ledger_take(struct ledger *ledger, const struct plan *plan, struct err *err) MUST_USE;
void ledger_fini(struct ledger *ledger);

/* The rule has struck a request, or cut one short before its place. */
void ledger_count(struct ledger *ledger, const struct rule *rule);
void ledger_count_cut(struct ledger *ledger, const struct rule *rule);

/* Is there anything to tell of it: it is in force, did something, or was to? */
bool ledger_tells(const struct ledger_entry *entry);

/* All of the same name together: of an entry that follows none. */
struct ledger_entry ledger_sum(const struct ledger *ledger, size_t index);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Triggers: when a rule that matches the place of a request strikes it. Any number of them together: all must hold.
 *
 * They are of two sorts. Conditions (who asks, how many have the file open, what happened before, time, a file that is there)
 * are asked first, and a request for which they do not hold is none of the rule's: it is not counted. Counts (nth, sequence,
 * times, total, every) and chance choose among those that are left.
 *
 * What depends on one file's own requests alone comes out the same whatever the schedule of threads and processes, as does
 * chance. The rest is bound to the schedule, and says so of itself (when_is_bound_to_schedule()). */
#pragma once

#include "base/buf.h"
#include "base/units.h"
#include "base/yaml.h"
#include "faults/sequence.h"
#include "faults/site.h"
#include "faults/who.h"

#include <stdbool.h>
#include <stdint.h>

struct asking;
struct rule;
struct tally;

#define PLAN_NO_RULE UINT32_MAX

enum draw { DRAW_AUTO, DRAW_BY_OFFSET, DRAW_BY_ORDINAL };

struct when {
	/* Which of a file's requests. */
	struct ordinals nth;	   /* from 1 */
	struct sequence *sequence; /* NULL: none */
	uint64_t times;		   /* strike a file at most so often */
	double probability;
	enum draw draw;
	struct range bytes; /* among all bytes that its requests have moved of the file, counted from 0 */

	/* Which of all files' requests. */
	struct range total_bytes;
	uint64_t total;	  /* strike at most so often ... */
	int64_t per_ns;	  /* ... in each stretch of this length since arming; 0: in all */
	int64_t every_ns; /* rest for so long after a strike */

	/* Conditions. */
	int64_t after_ns, until_ns;			/* half-open window, since arming */
	struct who *by, *not_by;			/* NULL: everybody, nobody */
	struct ordinals concurrent, total_concurrent; /* open handles, of the file, and of all; from 0 */
	struct {
		char *name;	/* of the rule that must have struck; NULL: none */
		uint32_t index; /* it */
		uint64_t hits;	/* so often */
		int64_t for_ns; /* and no longer ago than this */
	} after_rule;
	char *trigger_file; /* a whole path; NULL: none */
};

extern const struct when when_always;

/* Do all conditions hold for the request? */
bool when_holds(const struct asking *asking);

/* Is the request, which the tally has counted already, among those to be struck? */
bool when_chooses(const struct asking *asking);

/* Does the rule go by bytes moved, and so want them counted? */
bool when_counts_bytes(const struct when *when);

/* Of the bytes [first, end) of a read or write: the first one that is in the rule's `bytes` and `total_bytes`, UINT64_MAX for
 * none. */
uint64_t when_first_byte(const struct asking *asking, uint64_t first, uint64_t end);

/* Bytes that a read or write would move if nothing befell it. */
uint64_t when_bytes_wanted(const struct site *site);

/* Where the draw of a rule for a request is made (struct draw_key). */
uint64_t when_draw_place(const struct asking *asking);

/* Does it depend on what other files' requests or the world outside do at that time? */
bool when_is_bound_to_schedule(const struct when *when);

/* ---- reading and telling ---- */

/* Reads a mapping into a struct when that holds when_always. `{here}` in paths is the folder of the document. when_clear() in any
 * case. */
yaml_reader when_yaml;
void when_clear(struct when *when);

/* The names of rules that `after_rule` gives are looked up when the whole plan is read. */
struct plan;
int when_join_rules(struct yaml_at plan_at, struct plan *plan, struct err *err) MUST_USE;

/* Triggers that go ill with the operations and the kind of the rule. */
int when_check(struct yaml_at rule_at, const struct rule *rule, struct err *err) MUST_USE;

/* What a draw of the rule goes by: "place", "ordinal" ... */
const char *when_drawn_by(const struct rule *rule);

/* In words, each with "; " before it. */
void when_explain(const struct rule *rule, struct buf *out);
void when_explain_ordinals(const struct ordinals *ordinals, const char *what, struct buf *out);

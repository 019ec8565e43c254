/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a box brought home, in a form that can be weighed. Plain data: once taken, any thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/plan.h"
#include "harness/box.h"
#include "harness/leaks.h"
#include "harness/manifest.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of one stream of a box that are read. */
#define EVIDENCE_STREAM_MAX (128u << 20)

/* All that one rule (or damage at rest) did to one path. */
struct touch {
	char *volume, *path;
	char *op;     /* of the first time */
	char *rule;   /* name; "damage" for damage at rest */
	char *effect; /* fault kind, "cut" for what only led up to one, or the kind of damage */
	char *error;  /* errno name; of a signal that was sent, its name; or NULL */
	uint64_t count, changed;
	bool listing; /* a directory, or the listing of one: all files below are concerned */
	bool at_rest; /* damage of the corpus, and no rule's doing */
	bool unseen;  /* damage of the corpus that nothing guards: nobody can notice it */
	bool costs;   /* something was lost: not a mere delay or a short transfer */
};

/* What looking into an output has shown: inspect.h. */
enum observation_kind { OBSERVED_EQUAL, OBSERVED_DIFFERENT, OBSERVED_BAD };

struct observation {
	enum observation_kind kind;
	bool again;	   /* of the run after the faults were lifted; of a clean one, of its second run */
	char *path, *said; /* path: "" where it is of all outputs together */
};

/* What a case brings to bear. */
enum axis { AXIS_RULES, AXIS_ALLOCATIONS, AXIS_DAMAGE, AXIS_COUNT };

struct evidence {
	struct box_findings found; /* a copy */
	struct manifest outputs, again, tmp, home;
	struct manifest before; /* of the outputs, before the run */
	struct buf out, err;  /* what the subject said */
	struct buf again_out, again_err; /* ... in its run before or again */
	struct buf died, stuck; /* what its run under faults crashed of, and the calls that it hung in, in words; "" for nothing */
	VEC(struct touch) touches;
	VEC(struct observation) observations;
	struct leaks leaks;
	/* For whoever took the evidence to say. */
	bool asked[AXIS_COUNT];
	const char *bound_to_schedule; /* a rule that struck, and goes by more than one file's requests; NULL: none */
	VEC(const struct rule *) idle; /* rules that must strike (must_fire) and did not; borrowed */
};

/* Read all streams of a finished box. */
int evidence_take(const struct box *box, struct evidence *out, struct err *err) MUST_USE;
void evidence_free(struct evidence *evidence);

/* What crashed and what hangs is told with its stack. Reads the files of programs, as they are outside of the box. */
struct symbols;
void evidence_name_stacks(struct evidence *evidence, struct symbols *symbols);

/* The first of this kind, on this output (NULL: any), or NULL. */
const struct observation *evidence_observation(const struct evidence *evidence, enum observation_kind kind, bool again, const char *path);

/* Did any of it strike? A request that was only cut short before the place of a rule has met nothing. */
bool evidence_exercised(const struct evidence *evidence, enum axis axis);

/* Did the rule of this name strike? */
bool evidence_struck(const struct evidence *evidence, const char *rule);

/* The first path that a rule came no further with than to cut a request short, or NULL. */
const struct touch *evidence_first_cut(const struct evidence *evidence);

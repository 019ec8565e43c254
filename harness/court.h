/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the parts of judge.c share while they weigh one case. */
#pragma once

#include "harness/judge.h"

/* What the outputs are, against the clean run's. */
struct outcome {
	unsigned same, missing, different, extra;
	unsigned blurred;     /* of `same`: those whose content could not be compared */
	unsigned alike;	      /* of `same`: those that differ in bytes and are equal in content */
	unsigned excused;     /* not the same, by damage that nobody can notice */
	unsigned unexplained; /* missing or different, and no word about it */
	char first_unexplained[400], first_missing[128], first_different[400], first_extra[128];
};

/* Everything that weighing needs. */
struct court {
	const struct case_spec *spec;
	const struct subject *subject;
	const struct baseline *clean;
	const struct evidence *evidence;
	const struct process_outcome *run, *usual; /* of this case, and of the clean run */
	struct oracles oracles;			   /* in force */
	struct buf new_err, new_words;		   /* lines of stderr, and of both, that the clean run does not have */
	struct outcome outcome;
	struct judgement *out;
};

/* A line of evidence; an expectation that was not met. What strangers say in them is made harmless. */
void reason(struct court *c, const char *format, ...) PRINTF(2, 3);
void unmet(struct court *c, const char *format, ...) PRINTF(2, 3);

/* Did it end as a clean run does? */
static inline bool court_ended_as_usual(const struct court *c)
{
	return !c->run->signal && c->run->exit_code == c->usual->exit_code;
}

/* judge_audit.c. Is this a file that stood in {out}, and that a clean run leaves as it is? */
bool court_is_bystander(const struct baseline *clean, const char *path);

/* The first entry that the usual ones do not have, where there are more of these than of those; else NULL. */
const char *court_first_unusual(const struct manifest *now, const struct manifest *usual);

/* Did it change what is none of its own? Says so. `dead`: it could not tidy up. */
bool court_strays(struct court *c, bool dead);

/* Does the user's check not pass an output, of this run or of the one again? Says so. `dead`: of its own outputs alone. */
bool court_fails_check(struct court *c, bool again, bool dead);

/* Does nothing point to memory that it allocated, by stacks of which a clean run loses none? Says so. */
bool court_loses_memory(struct court *c);

/* judge_costs.c: time, memory, bytes and operations against the clean run's. Said where they are many times as much, held against
 * the subject where the case has a limit. */
void court_weigh_costs(struct court *c);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the parts of the judge share while they weigh one case: each is a file, judge_*.c. */
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

/* ---- how it ended: judge_end.c ---- */

/* Each says why. */
bool court_is_crash(struct court *c);
bool court_is_hung(struct court *c);

/* "exit status 1", "ended by SIGTERM". */
#define END_TEXT_SIZE 40
const char *court_tell_end(const struct process_outcome *run, char out[END_TEXT_SIZE]);

/* SIGKILL and a power failure leave nobody who could tidy up. */
bool court_is_struck_dead(const struct court *c);

/* Has a rule sent the signal that ended it? */
bool court_is_signal_of_rule(const struct court *c, int number);

/* ---- outputs: judge_outputs.c ---- */

void court_weigh_outputs(struct court *c); /* -> outcome */

/* Is its content not the same in two clean runs? */
bool court_is_unstable(const struct baseline *clean, const char *path);

/* As a clean run's, or as like it as those are to each other. `again`: of the run after the faults were lifted. */
bool court_equals_clean(const struct court *c, const struct manifest_entry *entry, const char *path, bool again);

/* Without output files the result of a program is what it prints. */
bool court_prints_the_same(const struct court *c);

/* ---- an honest word: judge_honest.c ---- */

/* Can it come of nothing but damage that no program could notice? */
bool court_is_excused(const struct court *c, const char *output);

/* Is there an honest word about this output, or about what it suffered from? */
bool court_is_explained(const struct court *c, const char *output);

/* The first damaged file that was met and that nobody can tell from a whole one, or NULL. */
const struct touch *court_first_unseen(const struct court *c);

/* A directory that is not found takes all that is in it along. */
bool court_is_below(const char *path, const char *directory);

/* ---- crimes behind an end in time; each says why ---- */

bool court_is_wrong(struct court *c);  /* judge_wrong.c */
bool court_is_leaked(struct court *c); /* judge_leaked.c */

/* ---- beside the outputs: judge_audit.c ---- */

/* Is this a file that stood in {out}, and that a clean run leaves as it is? */
bool court_is_bystander(const struct baseline *clean, const char *path);

/* The first entry that the usual ones do not have, where there are more of these than of those; else NULL. */
const char *court_first_unusual(const struct manifest *now, const struct manifest *usual);

/* Did it change what is none of its own? Says so. `dead`: it could not tidy up. */
bool court_strays(struct court *c, bool dead);

/* Does the user's check not pass an output, of this run or of the one again? Says so. `dead`: of its own outputs alone. */
bool court_fails_check(struct court *c, bool again, bool dead);

/* Does nothing point to memory that it allocated, by stacks of which a clean run loses none? Says so. */
bool court_loses_memory(struct court *c);

/* ---- what struck: judge_struck.c ---- */

void court_tell_injected(struct court *c);

/* Did anything that the case brings not strike? Says so, and why that may be. */
bool court_is_unexercised(struct court *c);

/* ---- no crime: judge_grace.c ---- */

/* Complete, degraded or refused. */
enum verdict_class court_graceful(struct court *c);

/* Whoever waits for the result should learn why there is none. */
void court_note_mute(struct court *c);
void court_note_rest(struct court *c);

/* Time, memory, bytes and operations against the clean run's (judge_costs.c). Said where they are many times as much, held against
 * the subject where the case has a limit. */
void court_weigh_costs(struct court *c);

/* ---- judge_expected.c ---- */

void court_check_expectations(struct court *c);

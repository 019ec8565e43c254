/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is left out, and why. */
#include "corpora/corpus.h"
#include "harness/sweep/sweep.h"

#include <string.h>

/* It is no case of the sum, and none that fails. */
static void leave(struct sweep_case *one, enum sweep_left why)
{
	one->left = why;
	one->trial->state = TRIAL_SKIPPED;
	trial_say(one->trial, sweep_left_about(why));
}

void sweep_leave_unprepared(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++)
		if (sweep->cases.at[i].trial && sweep->cases.at[i].trial->late)
			leave(&sweep->cases.at[i], LEFT_BUDGET);
}

/* What was not begun when the time was up is not begun any more. */
void sweep_leave_late(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		struct sweep_case *one = &sweep->cases.at[i];
		if (sweep->session->interrupted || !one->trial || one->trial->state != TRIAL_WAITING)
			continue;
		leave(one, LEFT_BUDGET);
	}
}

/* A case that cannot be prepared: most are of damage that strikes no byte. */
static void tell_refused(struct sweep *sweep, struct sweep_case *one)
{
	one->left = strstr(trial_why(one->trial), CORPUS_CHANGES_NOTHING) ? LEFT_VOID : LEFT_REFUSED;
	if (one->left == LEFT_REFUSED && !sweep->refused)
		sweep->refused = strdup(trial_why(one->trial));
}

/* What is left out is in the report for people, by why, and in none for machines, whatever the reason. What was interrupted is no
 * such case. */
static void drop_left(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++)
		if (sweep->cases.at[i].trial && sweep->cases.at[i].trial->state == TRIAL_SKIPPED)
			sweep->cases.at[i].trial = NULL;
	session_drop_skipped(sweep->session);
}

/* What was interrupted, what could change nothing, and what only met a point that comes and goes. */
void sweep_tell_left(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		struct sweep_case *one = &sweep->cases.at[i];
		struct trial *trial = one->trial;
		if (one->left != LEFT_NOT || !trial)
			continue;
		if (trial->state == TRIAL_WAITING)
			one->left = LEFT_STOPPED;
		else if (trial->state == TRIAL_SKIPPED)
			tell_refused(sweep, one);
		else if (trial->state == TRIAL_JUDGED && trial->judgement.verdict == VERDICT_UNEXERCISED && one->bound)
			leave(one, LEFT_BOUND);
	}
	drop_left(sweep);
}

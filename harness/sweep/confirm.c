/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs what failed once more, alone. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "harness/sweep/checkpoint.h"
#include "harness/sweep/groups.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Before a case is called hung it has run alone for so many times as long (reference: oracle 4). */
#define LONGER 5

/* What did not meet its point is run again for another chance. */
#define UNMET_OF_GROUP 50

/* Of cases that failed alike so many are run again: the others are taken to be what these are. */
#define CONFIRMED_OF_GROUP 3
/* ... but where it crashes is known only then, and what was struck at one place may crash at many. */
#define CRASHES_OF_GROUP 20

/* In this time the first one has begun, and what hangs has not ended. */
#define BEGIN_NS (50 * NS_PER_MS)

/* What a case was at first, so that it is not lost where it cannot be run again. */
struct first {
	bool begun; /* it is run again */
	struct judgement judgement;
	int64_t deadline_ns;
};

/* Its number came with another stack, though in both counted runs with this one: now the stack is its name, and how often that has come. */
static void name_by_stack(struct sweep_case *one)
{
	struct trial *trial = one->trial;
	SCOPED(buf_free) struct buf rule = {0};
	struct alloc_rule parsed;
	struct err err;
	const char *number = one->axis == SWEEP_ALLOC && trial->spec.alloc ? strstr(trial->spec.alloc, "ordinal=") : NULL;
	if (!number || !strstr(number, ",stack=") || !trial->allocations.count)
		return;
	buf_add(&rule, trial->spec.alloc, (size_t)(number - trial->spec.alloc));
	buf_printf(&rule, "stack=%016" PRIx64 ",nth=%" PRIu64, one->stack->hash, one->nth);
	char *text = rule.failed ? NULL : strdup(rule.at);
	if (!text || plan_allocation_parse(text, &parsed, &err) < 0) {
		free(text);
		return;
	}
	free(trial->spec.alloc);
	trial->spec.alloc = text;
	plan_allocation_clear(&trial->allocations.at[0]);
	trial->allocations.at[0] = parsed;
}

static void begin_anew(struct sweep_case *one, struct first *first)
{
	struct trial *trial = one->trial;
	if (trial->judgement.verdict == VERDICT_UNEXERCISED)
		name_by_stack(one);
	*first = (struct first){true, trial->judgement, trial->spec.deadline_ns};
	/* What a sanitizer has called a crash is explained by it, and LeakSanitizer cannot be watched. */
	trial->autopsy = trial->judgement.verdict == VERDICT_CRASHED &&
			 (one->restored || trial->run.signal || trial->run.exit_code > 128);
	trial_forget_evidence(trial);
	if (trial->judgement.verdict == VERDICT_HUNG)
		trial->spec.deadline_ns *= LONGER;
	trial->judgement = (struct judgement){0};
	trial->state = TRIAL_WAITING;
	trial->confirmed = one->confirmed = true;
}

/* It was not run again after all: what it was at first stands. */
static void take_back(struct sweep_case *one, struct first *first)
{
	judgement_free(&one->trial->judgement);
	one->trial->judgement = first->judgement;
	one->trial->spec.deadline_ns = first->deadline_ns;
	one->trial->state = TRIAL_JUDGED;
	one->trial->confirmed = one->confirmed = false;
	first->judgement = (struct judgement){0};
}

/* The verdict of the second run stands, unless the first was none of slowness: then nobody can rely on either. */
static void compare(struct sweep_case *one, enum verdict_class first)
{
	struct judgement *second = &one->trial->judgement;
	if (second->verdict == first)
		return;
	if (first == VERDICT_HUNG) {
		buf_printf(&second->reasons, "note: beside others it did not end in time; alone, with %d times as long, it did\n", LONGER);
		return;
	}
	/* It did not come by its point; now it has. Where threads allocate, numbers are dealt anew in each run. */
	if (first == VERDICT_UNEXERCISED)
		return;
	one->flaky = true;
	second->passed = false;
	buf_printf(&second->failures, "verdict %s, beside others %s: not repeatable\n", verdict_class_name(second->verdict),
		   verdict_class_name(first));
}

static size_t confirmed_of(const struct alike *group)
{
	if (group->verdict == VERDICT_UNEXERCISED)
		return UNMET_OF_GROUP;
	return group->verdict == VERDICT_CRASHED ? CRASHES_OF_GROUP : CONFIRMED_OF_GROUP;
}

/* Where nothing can be compared that is said of all of them (measure.c), and no second run changes it. */
static bool is_blind(const struct sweep *sweep, const struct alike *group)
{
	const struct baseline *clean = sweep_baseline(sweep);
	const struct trial *trial = sweep->cases.at[group->cases.at[0]].trial;
	return group->verdict == VERDICT_COMPLETE && clean && judge_is_blind(&trial->spec, trial->subject, clean);
}

/* Of those that hung, or of all others. */
static void choose(struct sweep *sweep, const struct groups *groups, bool hung, struct first *first)
{
	for (size_t i = 0; i < groups->list.count; i++) {
		const struct alike *group = &groups->list.at[i];
		if (hung != (group->verdict == VERDICT_HUNG) || is_blind(sweep, group))
			continue;
		for (size_t j = 0; j < group->cases.count && j < confirmed_of(group); j++) {
			size_t index = group->cases.at[j];
			if (!sweep->cases.at[index].confirmed) /* by an earlier sweep that the checkpoint is of */
				begin_anew(&sweep->cases.at[index], &first[index]);
		}
	}
}

static void settle(struct sweep *sweep, struct first *first)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		struct sweep_case *one = &sweep->cases.at[i];
		if (first[i].begun && one->trial->state != TRIAL_JUDGED) {
			sweep->unconfirmed += !sweep->session->interrupted;
			take_back(one, &first[i]);
		} else if (first[i].begun) {
			compare(one, first[i].judgement.verdict);
			checkpoint_add(sweep->checkpoint, one->trial);
		}
		judgement_free(&first[i].judgement);
	}
}

/* When no further one begins; one does in any case. */
static int64_t until_of(const struct sweep *sweep)
{
	int64_t until = sweep->started_ns + sweep->options.budget_ns, soon = clock_now_ns() + BEGIN_NS;
	if (!sweep->options.budget_ns)
		return 0;
	return until > soon ? until : soon;
}

/* Those of an earlier sweep were not prepared yet. */
static int run_chosen(struct sweep *sweep, struct err *err)
{
	int rc = session_prepare(sweep->session, err);
	return rc ? rc : session_run(sweep->session, err);
}

int sweep_confirm(struct sweep *sweep, struct err *err)
{
	SCOPED(groups_free) struct groups groups = {0};
	SCOPED_FREE struct first *first = calloc(sweep->cases.count + 1, sizeof *first);
	if (!first || groups_make(sweep, &groups) < 0)
		return err_set(err, ENOMEM, "out of memory");
	sweep->session->jobs = 1;
	sweep->session->reuse = false;
	sweep->confirming = true;
	/* A finding is worth its time, also where the budget is used up. */
	choose(sweep, &groups, false, first);
	sweep->session->until_ns = 0;
	int rc = run_chosen(sweep, err);
	/* But what hangs takes all it can get: then one is the last. */
	choose(sweep, &groups, true, first);
	sweep->session->until_ns = until_of(sweep);
	rc = rc || sweep->session->interrupted ? rc : run_chosen(sweep, err);
	sweep->confirming = false;
	settle(sweep, first);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Chooses what copies of the program are to do, and checks it. */
#include "harness/sweep/forks.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/scope.h"
#include "faults/alloc/schedule_fork.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* A program is not started for fewer than so many; in one box there are no more than so many. */
#define POINTS_MIN 8
#define POINTS_MAX 1024

/* What takes longer than so many times a run without faults is handed on: there it is given its time. */
#define DEADLINE_TIMES 5
#define DEADLINE_MIN_NS (250 * NS_PER_MS)

#define SAMPLE 0.02
#define SAMPLE_MIN 3

void sweep_forks_free(struct sweep_forks *forks)
{
	for (size_t i = 0; i < forks->twice.count; i++)
		judgement_free(&forks->twice.at[i].judgement);
	vec_free(&forks->twice);
}

/* ---- which ---- */

/* What is not asked of the box of a copy: comparators, checks, what the server counts. */
static bool is_plain(const struct sweep *sweep, const struct trial *trial)
{
	const struct oracles oracles = oracles_merge(&trial->spec.oracles, &trial->subject->oracles);
	for (enum cost cost = 0; cost < COSTS; cost++)
		if (oracles.limits.times[cost])
			return false;
	return !oracles.compare && !oracles.check && oracles.leaks != STANCE_FAIL && sweep->base.before == BEFORE_NOTHING && !trial->rules && !trial->plan_path;
}

static bool can_be_forked(const struct sweep *sweep, const struct sweep_case *one)
{
	return one->image && one->image->number && one->trial && one->trial->state == TRIAL_WAITING && is_plain(sweep, one->trial);
}

struct chosen {
	VEC(const struct sweep_case *) list;
};

static int by_ordinal(const void *a, const void *b)
{
	const struct sweep_case *left = *(const struct sweep_case *const *)a, *right = *(const struct sweep_case *const *)b;
	return (left->ordinal > right->ordinal) - (left->ordinal < right->ordinal);
}

static int choose(const struct sweep *sweep, const struct alloc_map_image *image, struct chosen *out)
{
	out->list.count = 0;
	for (size_t i = 0; i < sweep->cases.count; i++) {
		const struct sweep_case *one = &sweep->cases.at[i];
		if (one->image != image || !can_be_forked(sweep, one))
			continue;
		const struct sweep_case **slot = vec_add(&out->list);
		if (!slot)
			return -ENOMEM;
		*slot = one;
	}
	if (out->list.count)
		qsort(out->list.at, out->list.count, sizeof *out->list.at, by_ordinal);
	return 0;
}

static size_t index_of(const struct session *session, const struct trial *trial)
{
	size_t index = 0;
	while (session->trials.at[index] != trial)
		index++;
	return index;
}

static int64_t deadline_of(const struct sweep *sweep)
{
	int64_t measured = DEADLINE_TIMES * sweep->count.run.wall_ns;
	return measured > DEADLINE_MIN_NS ? measured : DEADLINE_MIN_NS;
}

/* Of a budget copies take the share of the cases that they are for, less a tenth for those that are done twice: else there would be
 * none of another axis, and none of the sample. */
static int64_t until_of(const struct sweep *sweep)
{
	int64_t now = clock_now_ns(), left = sweep->session->until_ns - now;
	size_t all = 0, ours = 0;
	for (size_t i = 0; i < sweep->cases.count; i++) {
		const struct sweep_case *one = &sweep->cases.at[i];
		all += one->trial && one->trial->state == TRIAL_WAITING;
		ours += can_be_forked(sweep, one);
	}
	if (!sweep->session->until_ns || !all)
		return sweep->session->until_ns;
	return now + (int64_t)((double)left * 0.9 * (double)ours / (double)all);
}

/* Each batch has every n-th of them: so all take their time alike. */
static int add_batch(const struct sweep *sweep, const struct alloc_map_image *image, const struct chosen *chosen, size_t first, size_t step,
		     struct session_forks *forks)
{
	struct forks_points *points = vec_add(&forks->batches);
	if (!points)
		return -ENOMEM;
	memcpy(points->program, image->program, sizeof points->program);
	points->number = image->number;
	points->deadline_ns = deadline_of(sweep);
	points->until_ns = until_of(sweep);
	for (size_t i = first; i < chosen->list.count; i += step) {
		struct forks_point *point = vec_add(&points->list);
		if (!point)
			return -ENOMEM;
		const struct sweep_case *one = chosen->list.at[i];
		*point = (struct forks_point){one->ordinal, one->stack->hash, index_of(sweep->session, one->trial)};
	}
	return 0;
}

static int add_image(const struct sweep *sweep, const struct alloc_map_image *image, struct session_forks *forks)
{
	struct chosen chosen = {0};
	int rc = choose(sweep, image, &chosen);
	size_t count = chosen.list.count, batches = sweep->session->jobs;
	if (count / POINTS_MIN < batches)
		batches = count / POINTS_MIN;
	if (batches && count / batches > POINTS_MAX)
		batches = count / POINTS_MAX + 1;
	for (size_t i = 0; !rc && i < batches; i++)
		rc = add_batch(sweep, image, &chosen, i, batches, forks);
	vec_free(&chosen.list);
	return rc;
}

static void batches_free(struct session_forks *forks)
{
	for (size_t i = 0; i < forks->batches.count; i++)
		vec_free(&forks->batches.at[i].list);
	vec_free(&forks->batches);
}

/* ---- the sample ---- */

static uint64_t lot_of(const struct sweep *sweep, const struct trial *trial)
{
	const struct draw_key key = {.seed = sweep->options.seed, .who = draw_text("twice"), .path = draw_text(trial->spec.name)};
	return draw_u64(&key);
}

struct drawn {
	uint64_t lot;
	struct trial *trial;
};

static int by_lot(const void *a, const void *b)
{
	const struct drawn *left = a, *right = b;
	return (left->lot > right->lot) - (left->lot < right->lot);
}

static bool is_done(const struct trial *trial)
{
	return trial && trial->forked && trial->fork == ALLOC_FORK_DONE && trial->state == TRIAL_JUDGED;
}

static int take_twice(struct sweep *sweep, struct trial *trial)
{
	struct sweep_twice *twice = vec_add(&sweep->forks.twice);
	if (!twice)
		return -ENOMEM;
	*twice = (struct sweep_twice){trial, trial->run, trial->judgement};
	trial->judgement = (struct judgement){0};
	trial_begin_anew(trial);
	return 0;
}

static int draw_sample(struct sweep *sweep)
{
	SCOPED_FREE struct drawn *all = calloc(sweep->cases.count + 1, sizeof *all);
	size_t count = 0;
	int rc = all ? 0 : -ENOMEM;
	for (size_t i = 0; all && i < sweep->cases.count; i++)
		if (is_done(sweep->cases.at[i].trial))
			all[count++] = (struct drawn){lot_of(sweep, sweep->cases.at[i].trial), sweep->cases.at[i].trial};
	if (count)
		qsort(all, count, sizeof *all, by_lot);
	size_t wanted = (size_t)((double)count * SAMPLE + 0.5);
	wanted = wanted > SAMPLE_MIN ? wanted : SAMPLE_MIN;
	for (size_t i = 0; !rc && i < count && i < wanted; i++)
		rc = take_twice(sweep, all[i].trial);
	return rc;
}

/* ---- all of it ---- */

static void count_states(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		const struct trial *trial = sweep->cases.at[i].trial;
		sweep->forks.done += is_done(trial);
		if (trial && trial->forked && trial->fork < ALLOC_FORK_STATES)
			sweep->forks.handed_on[trial->fork] += !is_done(trial);
	}
}

/* Whatever copies did is to be done again. */
static void drop_all(struct sweep *sweep, const char *why)
{
	snprintf(sweep->forks.void_why, sizeof sweep->forks.void_why, "%s", why);
	for (size_t i = 0; i < sweep->cases.count; i++)
		if (is_done(sweep->cases.at[i].trial))
			trial_begin_anew(sweep->cases.at[i].trial);
}

int sweep_fork(struct sweep *sweep, struct err *err)
{
	const struct session *session = sweep->session;
	struct session_forks forks = {0};
	bool wanted = sweep->options.axes >> SWEEP_ALLOC & 1 && !sweep->options.no_fork;
	if (!wanted || session->coverage || session->world != WORLD_PRIVATE || geteuid() != 0)
		return 0;
	int rc = 0;
	for (uint32_t i = 0; !rc && i < sweep->count.map.images_count; i++)
		rc = add_image(sweep, &sweep->count.map.images[i], &forks);
	if (rc)
		err_set(err, -rc, "out of memory");
	else if (forks.batches.count)
		rc = session_fork(sweep->session, &forks, err);
	if (!rc) {
		count_states(sweep);
		if (forks.void_why[0])
			drop_all(sweep, forks.void_why);
		if (draw_sample(sweep) < 0)
			rc = err_set(err, ENOMEM, "out of memory");
	}
	batches_free(&forks);
	return rc;
}

static bool agrees(const struct sweep *sweep, const struct sweep_twice *twice)
{
	const struct trial *trial = twice->trial;
	const struct baseline *clean = &sweep->session->baselines.at[trial->baseline]->baseline;
	const struct trial_run *first = &twice->run, *second = &trial->run;
	if (trial->state == TRIAL_WAITING)
		return true;
	if (trial->state != TRIAL_JUDGED || trial->judgement.verdict != twice->judgement.verdict || first->exit_code != second->exit_code)
		return false;
	/* Where there are no outputs, what it prints is its result; else it is words about it. */
	bool told = clean->evidence.outputs.entries.count ? first->words == second->words : first->stdout_digest == second->stdout_digest;
	return (clean->unstable.words.count || first->outputs == second->outputs) && (!clean->stdout_stable || told);
}

/* There was no time for it: what came of it first stands. */
static void take_back(struct sweep_forks *forks, struct sweep_twice *twice)
{
	if (twice->trial->state != TRIAL_WAITING) {
		forks->again++;
		return;
	}
	twice->trial->judgement = twice->judgement;
	twice->trial->run = twice->run;
	twice->trial->state = TRIAL_JUDGED;
	twice->judgement = (struct judgement){0};
}

static void tell_done(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		struct trial *trial = sweep->cases.at[i].trial;
		bool twice = false;
		for (size_t j = 0; j < sweep->forks.twice.count; j++)
			twice |= sweep->forks.twice.at[j].trial == trial;
		if (is_done(trial) && !twice && sweep->session->progress)
			sweep->session->progress(sweep->session, trial, sweep->session->context);
	}
}

int sweep_fork_check(struct sweep *sweep, struct err *err)
{
	for (size_t i = 0; i < sweep->forks.twice.count; i++) {
		const struct sweep_twice *twice = &sweep->forks.twice.at[i];
		char why[300];
		if (agrees(sweep, twice))
			continue;
		snprintf(why, sizeof why, "%.200s came out otherwise as a case by itself", twice->trial->spec.name);
		drop_all(sweep, why);
		return sweep->session->interrupted ? 0 : session_run(sweep->session, err);
	}
	for (size_t i = 0; i < sweep->forks.twice.count; i++)
		take_back(&sweep->forks, &sweep->forks.twice.at[i]);
	if (sweep->forks.again == sweep->forks.twice.count) /* else the next sweep shall not rely on it */
		tell_done(sweep);
	return 0;
}

void sweep_fork_tell(const struct sweep_forks *forks, struct buf *out)
{
	size_t handed_on = 0;
	for (size_t i = 0; i < ALLOC_FORK_STATES; i++)
		handed_on += forks->handed_on[i];
	if (forks->void_why[0])
		buf_printf(out, "copies of the program were given up: %s\n", forks->void_why);
	if (forks->void_why[0] || !(forks->done + handed_on))
		return;
	buf_printf(out, "%zu allocations failed in copies of the running program (", forks->done);
	if (forks->again)
		buf_printf(out, "%zu of them again as cases by themselves: no difference", forks->again);
	if (forks->again < forks->twice.count)
		buf_printf(out, "%sthere was no time to do %zu %s again", forks->again ? "; " : "", forks->twice.count - forks->again,
			   forks->again ? "more" : "of them");
	buf_char(out, ')');
	if (handed_on)
		buf_printf(out, "; of %zu more", handed_on);
	for (size_t i = 0, told = 0; i < ALLOC_FORK_STATES; i++)
		if (forks->handed_on[i])
			buf_printf(out, "%s%zu %s", told++ ? ", " : ", which were left to be run by themselves, ", forks->handed_on[i],
				   schedule_fork_about((enum alloc_fork_state)i));
	buf_char(out, '\n');
}

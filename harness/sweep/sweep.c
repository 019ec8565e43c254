/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts, lists, chooses and runs. */
#include "harness/sweep/sweep.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/harmless.h"
#include "base/scope.h"
#include "harness/interrupts.h"
#include "harness/sweep/checkpoint.h"
#include "harness/sweep/cwd_watch.h"
#include "harness/sweep/program.h"

#include <errno.h>
#include <string.h>

/* What is called hung: this many times a run without faults, and no less than a second (reference: oracle 4). Before it is called so it
 * has run alone for longer: confirm.c. */
#define DEADLINE_TIMES 20
#define DEADLINE_MIN_NS NS_PER_S

void sweep_init(struct sweep *sweep, struct session *session, const struct sweep_options *options, struct case_spec *base)
{
	*sweep = (struct sweep){.session = session, .options = *options, .base = *base, .started_ns = clock_now_ns()};
	case_init(base);
	session->lenient = true;
}

static void case_free(struct sweep_case *one)
{
	free(one->name);
	free(one->rules);
	free(one->damage);
	free(one->alloc);
}

void sweep_free(struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++)
		case_free(&sweep->cases.at[i]);
	vec_free(&sweep->cases);
	sweep_forks_free(&sweep->forks);
	count_free(&sweep->count);
	count_free(&sweep->second);
	checkpoint_close(sweep->checkpoint);
	case_fini(&sweep->base);
	free(sweep->refused);
	buf_free(&sweep->litter);
}

bool sweep_is_late(const struct sweep *sweep)
{
	return sweep->options.budget_ns && clock_now_ns() - sweep->started_ns > sweep->options.budget_ns;
}

/* ---- counting ---- */

/* A trial of the base with these rules. */
static int probe_trial(struct sweep *sweep, const char *rules, struct trial **out, struct err *err)
{
	struct case_spec spec;
	if (case_copy(&sweep->base, &spec) < 0)
		return err_set(err, ENOMEM, "out of memory");
	/* To be counted, each request must come to the filesystem. A case has its rules for that: what they are about is not cached. */
	spec.uncached = true;
	int rc = case_set(&spec, "rules", rules, err);
	if (rc) {
		case_fini(&spec);
		return rc;
	}
	return session_add(sweep->session, &spec, out, err);
}

int sweep_probe(struct sweep *sweep, const char *rules, int64_t deadline_ns, bool clean, struct count *out, struct err *err)
{
	struct trial *trial;
	struct session *session = sweep->session;
	int rc = probe_trial(sweep, rules, &trial, err);
	if (rc)
		return rc;
	rc = session_prepare(session, err);
	rc = rc && rc != -ENOMEM ? -EINVAL : rc; /* what was asked for, and no fault of the machine's */
	if (!rc && trial->state != TRIAL_WAITING)
		rc = err_set(err, EINVAL, "%s", trial_why(trial));
	trial->spec.deadline_ns = deadline_ns;
	rc = rc ? rc : count_run(session, trial, clean, sweep->options.axes >> SWEEP_ALLOC & 1, out, err);
	session->interrupted |= rc == -EINTR;
	session_drop_last(session);
	return rc;
}

static int count_twice(struct sweep *sweep, struct cwd_look looks[3], struct err *err)
{
	int rc = cwd_look(sweep->base.cwd, &looks[0]);
	rc = rc ? rc : sweep_probe(sweep, COUNT_WATCH, 0, true, &sweep->count, err);
	rc = rc ? rc : cwd_look(sweep->base.cwd, &looks[1]);
	rc = rc ? rc : sweep_probe(sweep, COUNT_WATCH, 0, true, &sweep->second, err);
	return rc ? rc : cwd_look(sweep->base.cwd, &looks[2]);
}

/* What all cases change together they do not change at once, and a copy of the program does not change it behind its back. */
int sweep_count(struct sweep *sweep, struct err *err)
{
	struct cwd_look looks[3] = {0};
	int rc = count_twice(sweep, looks, err);
	if (!rc)
		sweep->bound = points_compare(&sweep->count.points, &sweep->second.points);
	if (!rc && cwd_changes(looks, &sweep->litter) && sweep->litter.length) {
		harmless(sweep->litter.at, "");
		sweep->session->jobs = 1;
		sweep->options.no_fork = true;
	}
	for (size_t i = 0; i < COUNT_OF(looks); i++)
		cwd_look_free(&looks[i]);
	return rc;
}

/* ---- listing ---- */

int sweep_add(struct sweep *sweep, enum sweep_axis axis, size_t point, char *name, char *rules, char *damage, char *alloc)
{
	struct sweep_case one = {.axis = axis, .point = point, .name = name, .rules = rules, .damage = damage, .alloc = alloc};
	one.bound = point != SIZE_MAX && sweep->count.points.list.at[point].bound;
	bool stop = interrupts_pending();
	struct sweep_case *slot = !stop && name && (rules || damage || alloc) ? vec_add(&sweep->cases) : NULL;
	if (!slot) {
		case_free(&one);
		return stop ? -EINTR : -ENOMEM;
	}
	*slot = one;
	return 0;
}

/* In what order they are run: as they were listed; but where not all of them will be, spread over everything. */
static uint64_t order_of(const struct sweep *sweep, const struct sweep_case *one)
{
	const struct draw_key key = {.seed = sweep->options.seed, .who = draw_text("order"), .path = draw_text(one->name)};
	return draw_u64(&key);
}

struct ordered {
	uint64_t key;
	struct sweep_case one;
};

static int by_key(const void *a, const void *b)
{
	const struct ordered *left = a, *right = b;
	int order = (left->key > right->key) - (left->key < right->key);
	return order ? order : strcmp(left->one.name, right->one.name);
}

static int spread(struct sweep *sweep)
{
	size_t count = sweep->cases.count;
	SCOPED_FREE struct ordered *all = calloc(count + 1, sizeof *all);
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		all[i] = (struct ordered){order_of(sweep, &sweep->cases.at[i]), sweep->cases.at[i]};
	qsort(all, count, sizeof *all, by_key);
	for (size_t i = 0; i < count; i++)
		sweep->cases.at[i] = all[i].one;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct sweep_case *const *)a)->name, (*(struct sweep_case *const *)b)->name);
}

/* Two of the same name are the same case (pairs are drawn). */
static int drop_doubles(struct sweep *sweep)
{
	size_t count = sweep->cases.count, kept = 0;
	SCOPED_FREE struct sweep_case **sorted = calloc(count + 1, sizeof(struct sweep_case *));
	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		sorted[i] = &sweep->cases.at[i];
	qsort(sorted, count, sizeof *sorted, by_name);
	for (size_t i = 1; i < count; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0) {
			case_free(sorted[i - 1]);
			*sorted[i - 1] = (struct sweep_case){0};
		}
	for (size_t i = 0; i < count; i++)
		if (sweep->cases.at[i].name)
			sweep->cases.at[kept++] = sweep->cases.at[i];
	sweep->cases.count = kept;
	return 0;
}

static void choose(struct sweep *sweep)
{
	uint64_t chosen = 0;
	for (size_t i = 0; i < sweep->cases.count; i++) {
		struct sweep_case *one = &sweep->cases.at[i];
		const struct draw_key key = {.seed = sweep->options.seed, .who = draw_text("sample"), .path = draw_text(one->name)};
		if (one->left != LEFT_NOT)
			continue;
		if (!draw_chance(&key, sweep->options.sample))
			one->left = LEFT_SAMPLE;
		else if (sweep->options.max && chosen >= sweep->options.max)
			one->left = LEFT_MAX;
		else
			chosen++;
	}
}

static int (*const adders[SWEEP_AXES])(struct sweep *sweep, struct err *err) = {
	[SWEEP_ALLOC] = sweep_add_allocs, [SWEEP_OP] = sweep_add_ops,	    [SWEEP_FILE] = sweep_add_files,
	[SWEEP_RANGE] = sweep_add_ranges, [SWEEP_CUT] = sweep_add_cuts,	    [SWEEP_KILL] = sweep_add_kills,
	[SWEEP_SPACE] = sweep_add_spaces, [SWEEP_DOUBLE] = sweep_add_doubles, [SWEEP_PAIRS] = sweep_add_pairs,
};

int sweep_list(struct sweep *sweep, struct err *err)
{
	int rc = 0;
	for (enum sweep_axis axis = 0; !rc && axis < SWEEP_AXES; axis++)
		if (sweep->options.axes >> axis & 1)
			rc = adders[axis](sweep, err);
	if (rc == -EINTR)
		return err_set(err, EINTR, "interrupted while cases were listed");
	if (!rc && drop_doubles(sweep) < 0)
		rc = err_set(err, ENOMEM, "out of memory");
	if (!rc && (sweep->options.budget_ns || sweep->options.max) && spread(sweep) < 0)
		rc = err_set(err, ENOMEM, "out of memory");
	if (!rc)
		choose(sweep);
	return rc;
}

/* ---- running ---- */

static int64_t deadline_of(const struct sweep *sweep)
{
	int64_t measured = DEADLINE_TIMES * sweep->count.run.wall_ns;
	if (sweep->base.deadline_ns)
		return sweep->base.deadline_ns;
	measured = (measured + NS_PER_MS - 1) / NS_PER_MS * NS_PER_MS; /* as a case prints it */
	return measured > DEADLINE_MIN_NS ? measured : DEADLINE_MIN_NS;
}

static int set_field(struct case_spec *spec, const char *key, const char *value, struct err *err)
{
	return value ? case_set(spec, key, value, err) : 0;
}

static int make_trial(struct sweep *sweep, struct sweep_case *one, struct err *err)
{
	struct case_spec spec;
	if (case_copy(&sweep->base, &spec) < 0)
		return err_set(err, ENOMEM, "out of memory");
	spec.deadline_ns = deadline_of(sweep);
	int rc = set_field(&spec, "name", one->name, err);
	rc = rc ? rc : set_field(&spec, "rules", one->rules, err);
	rc = rc ? rc : set_field(&spec, "damage", one->damage, err);
	rc = rc ? rc : set_field(&spec, "alloc", one->alloc, err);
	if (rc) {
		case_fini(&spec);
		return rc;
	}
	return session_add(sweep->session, &spec, &one->trial, err);
}

static int make_trials(struct sweep *sweep, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < sweep->cases.count; i++) {
		if (interrupts_pending())
			rc = err_set(err, EINTR, "interrupted while cases were made");
		else if (sweep->cases.at[i].left == LEFT_NOT)
			rc = make_trial(sweep, &sweep->cases.at[i], err);
	}
	return rc;
}

/* Each damage is a corpus of its own. No more than half of the time goes into that: the order is spread over all, so what is ready by then is
 * a sample of them. */
static int prepare(struct sweep *sweep, struct err *err)
{
	struct session *session = sweep->session;
	if (session->until_ns)
		session->prepare_until_ns = clock_now_ns() + (session->until_ns - clock_now_ns()) / 2;
	int rc = session_prepare(session, err);
	session->prepare_until_ns = 0;
	sweep_leave_unprepared(sweep);
	return rc;
}

/* ---- the whole ---- */

static void finished(const struct session *session, const struct trial *done, void *context)
{
	struct sweep *sweep = context;
	(void)session;
	/* Of one that is run again the two verdicts are held against each other first. */
	if (!sweep->confirming)
		checkpoint_add(sweep->checkpoint, done);
	if (sweep->progress)
		sweep->progress(sweep, done, sweep->context);
}

int sweep_begin(struct sweep *sweep, struct err *err)
{
	sweep->session->reuse = sweep->session->frugal = true;
	int rc = make_trials(sweep, err);
	if (!rc && sweep->options.checkpoint)
		sweep->program = program_digest(sweep) * 31 + program_corpus_digest(sweep);
	rc = rc ? rc : checkpoint_open(sweep, err);
	if (sweep->options.budget_ns)
		sweep->session->until_ns = sweep->started_ns + sweep->options.budget_ns;
	rc = rc ? rc : prepare(sweep, err);
	return rc ? rc : sweep_measure(sweep, err);
}

int sweep_run(struct sweep *sweep, struct err *err)
{
	struct session *session = sweep->session;
	session->progress = finished;
	session->context = sweep;
	int rc = session->interrupted ? 0 : sweep_fork(sweep, err);
	rc = rc ? rc : session_run(session, err);
	rc = rc ? rc : sweep_fork_check(sweep, err);
	sweep_leave_late(sweep);
	if (!rc && !session->interrupted && !sweep->options.no_confirm)
		rc = sweep_confirm(sweep, err);
	sweep_tell_left(sweep);
	sweep->wall_ns = clock_now_ns() - sweep->started_ns;
	return rc;
}

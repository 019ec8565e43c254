/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The report of a sweep, for people: what there was, what was run, and what of it went wrong. */
#include "base/clock.h"
#include "base/scope.h"
#include "harness/report.h"
#include "harness/sweep/groups.h"
#include "harness/sweep/sites.h"
#include "harness/sweep/sweep.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Where more cases than these of a hundred did not meet the point that they are for, the counting was wrong, and the sweep says little. */
#define DIVERGED_PERCENT 2

struct sums {
	size_t restored, cases, run, passed, failed, unexercised, troubled, left[LEFT_REASONS];
	size_t verdicts[VERDICT_CLASSES];
	size_t bound[SWEEP_AXES]; /* cases of points that only one run had */
};

static void add_case(struct sums *sums, const struct sweep_case *one)
{
	const struct trial *trial = one->trial;
	sums->cases++;
	sums->bound[one->axis] += one->bound;
	sums->left[one->left]++;
	if (one->left != LEFT_NOT || !trial)
		return;
	bool judged = trial->state == TRIAL_JUDGED, idle = judged && trial->judgement.verdict == VERDICT_UNEXERCISED;
	sums->run++;
	sums->restored += one->restored;
	sums->passed += judged && trial->judgement.passed;
	sums->unexercised += idle;
	sums->failed += judged && !idle && !trial->judgement.passed;
	sums->troubled += trial->state == TRIAL_TROUBLED;
	if (judged)
		sums->verdicts[trial->judgement.verdict]++;
}

static struct sums sum(const struct sweep *sweep, uint32_t axes)
{
	struct sums sums = {0};
	for (size_t i = 0; i < sweep->cases.count; i++)
		if (axes >> sweep->cases.at[i].axis & 1)
			add_case(&sums, &sweep->cases.at[i]);
	return sums;
}

/* ---- what there was ---- */

/* What allocated and is in no case. */
static void tell_unseen(const struct count *count, struct buf *out)
{
	uint64_t beyond = count->map.unmapped + count->allocations.uncounted;
	if (count->allocations.own_malloc)
		buf_printf(out, "  with a malloc of its own, so that its allocations are not counted, and not swept: %s (%" PRIu64 " in all)\n",
			   count->allocations.own_malloc_program, count->allocations.own_malloc);
	if (beyond)
		buf_printf(out, "  %" PRIu64 " processes were too many for the map of stacks, and their allocations are not swept\n", beyond);
}

static void tell_counted(const struct sweep *sweep, const struct sums *sums, struct buf *out)
{
	const struct points *points = &sweep->count.points;
	buf_printf(out, "without faults: %.3g s, %zu file operations", (double)sweep->count.run.wall_ns / NS_PER_S, points->list.count);
	if (sweep->options.axes >> SWEEP_ALLOC & 1)
		buf_printf(out, ", %" PRIu64 " allocations of %" PRIu64 " call stacks", sweep->count.allocations.allocations, sweep->stacks);
	buf_char(out, '\n');
	if (sweep->alike)
		buf_printf(out, "  %" PRIu64 " allocations have the stack of another, which stands for them (--exhaustive: each by itself)\n",
			   sweep->alike);
	if (sweep->cut)
		buf_printf(out, "  %" PRIu64 " allocations have stacks that end in code without unwind tables: each is a case by itself\n", sweep->cut);
	tell_unseen(&sweep->count, out);
	if (sweep->unrecorded)
		buf_printf(out, "  %" PRIu64 " allocations did not fit the map of stacks, and are not swept\n", sweep->unrecorded);
	if (sweep->unsteady)
		buf_printf(out, "  %" PRIu64 " process%s allocate%s by threads, or not twice the same: allocations have names by stack and occurrence there\n",
			   sweep->unsteady, sweep->unsteady == 1 ? "" : "es", sweep->unsteady == 1 ? "s" : "");
	if (sums->bound[SWEEP_ALLOC])
		buf_printf(out, "  %zu allocation%s on the schedule: only one of two runs had %s\n", sums->bound[SWEEP_ALLOC],
			   sums->bound[SWEEP_ALLOC] == 1 ? " depends" : "s depend", sums->bound[SWEEP_ALLOC] == 1 ? "it" : "them");
	if (sweep->bound)
		buf_printf(out, "  %zu operations depend on the schedule: a second run did not make them\n", sweep->bound);
	if (sweep->unprobed)
		buf_printf(out, "  %zu operations have no cases on the axis double: the time was up, or the run with the first fault could not be counted\n",
			   sweep->unprobed);
	if (points->lost)
		buf_printf(out, "  %" PRIu64 " operations did not fit the trace, and are not swept\n", points->lost);
	if (points->unnameable)
		buf_printf(out, "  %" PRIu64 " operations are on names that are no UTF-8, which no rule can say\n", points->unnameable);
	sweep_tell_measure(sweep, out);
	buf_char(out, '\n');
}

static void tell_axes(const struct sweep *sweep, struct buf *out)
{
	buf_printf(out, "%-8s %8s %8s %8s %8s %8s %8s\n", "axis", "cases", "run", "passed", "failed", "not met", "left out");
	for (enum sweep_axis axis = 0; axis < SWEEP_AXES; axis++) {
		if (!(sweep->options.axes >> axis & 1))
			continue;
		const struct sums sums = sum(sweep, 1u << axis);
		buf_printf(out, "%-8s %8zu %8zu %8zu %8zu %8zu %8zu\n", sweep_axis_name(axis), sums.cases, sums.run, sums.passed,
			   sums.failed + sums.troubled, sums.unexercised, sums.cases - sums.run);
	}
}

static void tell_left(const struct sweep *sweep, const struct sums *sums, struct buf *out)
{
	const char *before = "\n";
	for (enum sweep_left why = LEFT_NOT + 1; why < LEFT_REASONS; why++)
		if (sums->left[why]) {
			buf_printf(out, "%sleft out: %zu: %s%s%s\n", before, sums->left[why], sweep_left_about(why),
				   why == LEFT_REFUSED ? "; the first: " : "", why == LEFT_REFUSED && sweep->refused ? sweep->refused : "");
			before = "";
		}
}

/* ---- what went wrong ---- */

/* By which functions it came to the allocation that failed. */
static void tell_stack(const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	struct code_stack stack;
	if (!symbols || !one->stack)
		return;
	sites_stack(one->map, one->stack, &stack);
	buf_text(out, "    stack:    ");
	symbols_stack(symbols, &stack, true, out);
	buf_char(out, '\n');
}

/* ---- what it took ---- */

#define KINDS_TOLD 8

struct kind_told {
	struct buf name;
	size_t cases;
};

struct kinds_told {
	VEC(struct kind_told) list;
};

static void free_kinds(struct kinds_told *kinds)
{
	for (size_t i = 0; i < kinds->list.count; i++)
		buf_free(&kinds->list.at[i].name);
	vec_free(&kinds->list);
}

static void add_kind(struct kinds_told *kinds, struct buf *name)
{
	for (size_t i = 0; i < kinds->list.count; i++)
		if (strcmp(buf_string(&kinds->list.at[i].name), buf_string(name)) == 0) {
			kinds->list.at[i].cases++;
			buf_free(name);
			return;
		}
	struct kind_told *kind = vec_add(&kinds->list);
	if (kind)
		*kind = (struct kind_told){*name, 1};
	else
		buf_free(name);
}

static int by_cases(const void *a, const void *b)
{
	const struct kind_told *left = a, *right = b;
	int order = (left->cases < right->cases) - (left->cases > right->cases);
	return order ? order : strcmp(buf_string(&left->name), buf_string(&right->name));
}

/* Every kind of place from which it comes to the same: who mends one of them has not mended the others. */
static void tell_kinds(const struct sweep *sweep, const struct alike *group, struct symbols *symbols, struct buf *out)
{
	SCOPED(free_kinds) struct kinds_told kinds = {0};
	for (size_t i = 0; i < group->cases.count; i++) {
		struct buf name = {0};
		sites_kind(sweep, &sweep->cases.at[group->cases.at[i]], symbols, &name);
		add_kind(&kinds, &name);
	}
	if (kinds.list.count < 2)
		return;
	qsort(kinds.list.at, kinds.list.count, sizeof *kinds.list.at, by_cases);
	buf_text(out, "    at:       ");
	for (size_t i = 0; i < kinds.list.count && i < KINDS_TOLD; i++)
		buf_printf(out, "%s%s (%zu)", i ? ", " : "", buf_string(&kinds.list.at[i].name), kinds.list.at[i].cases);
	if (kinds.list.count > KINDS_TOLD)
		buf_printf(out, " and %zu more", kinds.list.count - KINDS_TOLD);
	buf_char(out, '\n');
}

/* Whoever repeats it may have to try more than once. */
static void tell_bound(const struct sweep *sweep, const struct alike *group, struct buf *out)
{
	size_t bound = 0;
	for (size_t i = 0; i < group->cases.count; i++)
		bound += sweep->cases.at[group->cases.at[i]].bound;
	if (bound)
		buf_printf(out, "    note:     %zu of them bound to the schedule: only one of the two runs without faults had the point\n", bound);
}

static void tell_formless(const struct sweep_case *one, enum verdict_class verdict, struct buf *out)
{
	if (verdict == VERDICT_WRONG && groups_is_formless(one))
		buf_printf(out, "    note:     nothing is known of the form of %s: whether anybody could notice is for you to judge\n", one->file);
}

static void tell_group(const struct sweep *sweep, const struct alike *group, size_t number, bool colour, struct buf *out)
{
	const struct sweep_case *smallest = &sweep->cases.at[group->cases.at[0]];
	size_t confirmed = 0;
	for (size_t i = 0; i < group->cases.count; i++)
		confirmed += sweep->cases.at[group->cases.at[i]].confirmed;
	buf_printf(out, "\n%zu. %s: %zu case%s%s", number, verdict_class_name(group->verdict), group->cases.count,
		   group->cases.count == 1 ? "" : "s", group->flaky ? ", not repeatable" : "");
	if (confirmed)
		buf_printf(out, ", %zu run again alone", confirmed);
	buf_text(out, "\n");
	report_trial(smallest->trial, colour, out);
	struct symbols *symbols = session_symbols(sweep->session);
	tell_stack(smallest, symbols, out);
	tell_kinds(sweep, group, symbols, out);
	tell_bound(sweep, group, out);
	tell_formless(smallest, group->verdict, out);
}

static void tell_groups(const struct sweep *sweep, bool colour, struct buf *out)
{
	SCOPED(groups_free) struct groups groups = {0};
	if (groups_make(sweep, &groups) < 0) {
		buf_text(out, "failures cannot be told: out of memory\n");
		return;
	}
	for (size_t i = 0; i < groups.list.count; i++)
		tell_group(sweep, &groups.list.at[i], i + 1, colour, out);
}

static void tell_troubles(const struct sweep *sweep, bool colour, struct buf *out)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		const struct trial *trial = sweep->cases.at[i].trial;
		if (!trial || trial->state != TRIAL_TROUBLED)
			continue;
		buf_char(out, '\n');
		report_trial(trial, colour, out);
		return;
	}
}

static void tell_sum(const struct sweep *sweep, const struct sums *sums, struct buf *out)
{
	buf_printf(out, "\n%zu of %zu cases run in %.3g s (%.0f a second): %zu passed", sums->run, sums->cases,
		   (double)sweep->wall_ns / NS_PER_S, (double)sums->run / ((double)sweep->wall_ns / NS_PER_S), sums->passed);
	for (enum verdict_class verdict = 0; verdict < VERDICT_CLASSES; verdict++)
		if (sums->verdicts[verdict])
			buf_printf(out, ", %zu %s", sums->verdicts[verdict], verdict_class_name(verdict));
	if (sweep->unconfirmed)
		buf_printf(out, "; %zu that hung were not run again alone, for there was no time (--budget)", sweep->unconfirmed);
	if (sums->restored)
		buf_printf(out, "; %zu of them by an earlier sweep (--checkpoint)", sums->restored);
	if (sums->troubled)
		buf_printf(out, ", %zu could not be judged", sums->troubled);
	buf_text(out, sweep->session->interrupted ? " (interrupted)\n" : "\n");
	if (sums->run && sums->unexercised * 100 > sums->run * DIVERGED_PERCENT)
		buf_printf(out, "%zu cases did not meet their point: the subject does not do the same twice, and this sweep says little\n",
			   sums->unexercised);
}

void sweep_report(const struct sweep *sweep, bool colour, struct buf *out)
{
	const struct sums sums = sum(sweep, UINT32_MAX);
	tell_counted(sweep, &sums, out);
	tell_axes(sweep, out);
	tell_left(sweep, &sums, out);
	sweep_fork_tell(&sweep->forks, out);
	tell_groups(sweep, colour, out);
	tell_troubles(sweep, colour, out);
	tell_sum(sweep, &sums, out);
}

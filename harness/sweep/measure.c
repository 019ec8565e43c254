/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Before the first case: runs without faults that all are measured by, what they cannot tell, and how long it will take. */
#include "base/clock.h"
#include "base/harmless.h"
#include "harness/session_work.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <unistd.h>

/* Of a case, besides its program: volumes of its own, and a look at what is left. */
#define CASE_COST_NS (5 * NS_PER_MS)
/* What takes longer is worth a word on how to do less. */
#define LONG_NS (600 * NS_PER_S)
#define NAMES_TOLD 3

/* They all have the same base. */
static const struct baseline_entry *entry_of(const struct sweep *sweep)
{
	return sweep->session->baselines.count ? sweep->session->baselines.at[sweep->session->baselines.count - 1] : NULL;
}

const struct baseline *sweep_baseline(const struct sweep *sweep)
{
	const struct baseline_entry *entry = entry_of(sweep);
	return entry && entry->usable ? &entry->baseline : NULL;
}

static size_t waiting(const struct sweep *sweep)
{
	size_t count = 0;
	for (size_t i = 0; i < sweep->cases.count; i++)
		count += sweep->cases.at[i].trial && sweep->cases.at[i].trial->state == TRIAL_WAITING;
	return count;
}

int sweep_measure(struct sweep *sweep, struct err *err)
{
	const struct work nothing = {0};
	if (sweep_is_late(sweep) || !waiting(sweep))
		return 0;
	int rc = session_work(sweep->session, &nothing, err);
	const struct baseline_entry *entry = entry_of(sweep);
	if (rc || !entry || entry->usable || sweep->session->interrupted)
		return rc;
	return err_set(err, ECANCELED, "the third time %s", entry->why);
}

/* ---- what it cannot tell ---- */

static void tell_unstable(const struct baseline *clean, struct buf *out)
{
	size_t count = clean->unstable.words.count;
	if (!count)
		return;
	buf_printf(out, "  %zu of %zu outputs %s not the same twice (", count, clean->evidence.outputs.entries.count, count == 1 ? "is" : "are");
	size_t names = out->length;
	for (size_t i = 0; i < count && i < NAMES_TOLD; i++)
		buf_printf(out, "%s%s", i ? ", " : "", clean->unstable.words.at[i] ? clean->unstable.words.at[i] : "?");
	if (!out->failed)
		harmless(out->at + names, "");
	buf_printf(out, "%s): no case is judged by what %s\n", count > NAMES_TOLD ? " ..." : "", count == 1 ? "it holds" : "they hold");
}

static void tell_litter(const struct sweep *sweep, struct buf *out)
{
	if (!sweep->litter.length)
		return;
	buf_printf(out,
		   "  something in the current directory changes with each run (%s): no case has it to itself, so they are run one after the other, "
		   "and each finds what those before have left there. Let it write to {out} or {tmp}, or start elsewhere\n",
		   sweep->litter.at);
}

void sweep_tell_measure(const struct sweep *sweep, struct buf *out)
{
	tell_litter(sweep, out);
	const struct baseline *clean = sweep_baseline(sweep);
	const struct trial *trial = sweep->session->trials.count ? sweep->session->trials.at[0] : NULL;
	if (!clean || !trial)
		return;
	const char *why = judge_is_blind(&trial->spec, trial->subject, clean);
	tell_unstable(clean, out);
	if (why)
		buf_printf(out,
			   "  nothing can be compared: %s. So no case that ends with status 0 passes; crashes, hangs and what is left behind are "
			   "found all the same. --check 'COMMAND {}' looks at outputs instead\n",
			   why);
	if (!clean->repeats)
		buf_text(out, "  run again over its own outputs it does not do the same: whether it recovers from a failure is looked at in no case\n");
}

/* ---- how long ---- */

static int64_t shorter(int64_t a, int64_t b)
{
	return b > 0 && b < a ? b : a;
}

/* The counting runs note every allocation, and one of the others may have been the first to touch the disk. */
static int64_t usual_ns(const struct sweep *sweep)
{
	const struct baseline *clean = sweep_baseline(sweep);
	int64_t time = shorter(sweep->count.run.wall_ns, sweep->second.run.wall_ns);
	if (clean)
		time = shorter(shorter(time, clean->evidence.found.runs[RUN_MAIN].wall_ns), clean->evidence.found.runs[RUN_AGAIN].wall_ns);
	return time;
}

static void put_time(int64_t ns, struct buf *out)
{
	double seconds = (double)ns / NS_PER_S;
	if (seconds < 120)
		buf_printf(out, "%.2g s", seconds < 1 ? 1 : seconds);
	else if (seconds < 7200)
		buf_printf(out, "%.0f min", seconds / 60);
	else
		buf_printf(out, "%.1f h", seconds / 3600);
}

void sweep_tell_estimate(const struct sweep *sweep, struct buf *out)
{
	size_t count = waiting(sweep);
	unsigned jobs = sweep->session->jobs ? sweep->session->jobs : 1;
	int64_t usual = usual_ns(sweep);
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	double at_once = processors > 0 && (unsigned)processors < jobs ? (double)processors : jobs; /* more of them only fill gaps */
	double all = (double)count * (double)(usual + CASE_COST_NS) / at_once;
	int64_t estimate = all < (double)INT64_MAX / 2 ? (int64_t)all : INT64_MAX / 2, spent = clock_now_ns() - sweep->started_ns;
	if (!count)
		return;
	buf_printf(out, "%zu cases of %.2g s, %u at once: ", count, (double)usual / NS_PER_S, jobs);
	put_time(estimate, out);
	buf_printf(out, " and more where it hangs or fails; %.2g s for runs without faults are behind us\n", (double)spent / NS_PER_S);
	if (estimate < LONG_NS || sweep->options.budget_ns)
		return;
	buf_printf(out, "  that is long: --sample 5%%, --budget 10m or --max 500 run a part of them, spread over all%s; --checkpoint FILE lets it "
			"go on another time\n", sweep->options.exhaustive ? "; without --exhaustive there are fewer" : "");
}

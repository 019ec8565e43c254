/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts triggers into words. */
#include "base/clock.h"
#include "base/quoted.h"
#include "base/real.h"
#include "faults/kinds.h"

#include <inttypes.h>

static const char *suffix_of(uint64_t ordinal)
{
	static const char *const suffixes[] = {"th", "st", "nd", "rd"};
	return suffixes[ordinal % 10 < 4 && ordinal / 10 % 10 != 1 ? ordinal % 10 : 0];
}

void when_explain_ordinals(const struct ordinals *nth, const char *what, struct buf *out)
{
	if (nth->first == nth->last)
		buf_printf(out, "; only %s %" PRIu64, what, nth->first);
	else if (nth->first > 1 || nth->last != UINT64_MAX || nth->step > 1) {
		buf_printf(out, "; %s %" PRIu64, what, nth->first);
		if (nth->last == UINT64_MAX)
			buf_text(out, " and later");
		else
			buf_printf(out, " to %" PRIu64, nth->last);
		if (nth->step > 1)
			buf_printf(out, ", every %" PRIu64 "%s", nth->step, suffix_of(nth->step));
	}
}

/* As when.c draws: a property of the file once, reads and writes by their place, all else by ordinal. */
const char *when_drawn_by(const struct rule *rule)
{
	const opset placed = OP_BIT(read) | OP_BIT(write) | OP_BIT(fallocate);
	if (rule->kind->steady)
		return "file";
	if (rule->when.draw == DRAW_BY_ORDINAL || !(rule->on & placed))
		return "ordinal";
	return rule->on & ~placed ? "place or ordinal" : "place";
}

static double seconds(int64_t ns)
{
	return (double)ns / NS_PER_S;
}

static void explain_counts(const struct rule *rule, struct buf *out)
{
	const struct when *when = &rule->when;
	when_explain_ordinals(&when->nth, "request", out);
	if (when->sequence)
		buf_printf(out, "; requests of each file in the sequence %s (w passes, x strikes)", when->sequence->text);
	if (when->times != UINT64_MAX)
		buf_printf(out, "; at most %" PRIu64 " times a file", when->times);
	if (when->total != UINT64_MAX)
		buf_printf(out, "; at most %" PRIu64 " times over all files", when->total);
	if (when->per_ns)
		buf_printf(out, " in each %s s", REAL(seconds(when->per_ns)));
	if (when->every_ns)
		buf_printf(out, "; at most once in %s s over all files", REAL(seconds(when->every_ns)));
	if (when->probability < 1)
		buf_printf(out, "; with probability %s, drawn by %s", REAL(when->probability), when_drawn_by(rule));
}

static void explain_bytes(const struct range *bytes, const char *of, struct buf *out)
{
	if (!bytes->first && bytes->end == UINT64_MAX)
		return;
	buf_printf(out, "; after %" PRIu64 " bytes of %s have been moved", bytes->first, of);
	if (bytes->end != UINT64_MAX)
		buf_printf(out, ", up to %" PRIu64, bytes->end);
}

static void explain_handles(const struct ordinals *handles, const char *where, struct buf *out)
{
	if (!handles->first)
		return;
	buf_printf(out, "; with %" PRIu64, handles->first);
	if (handles->last == UINT64_MAX)
		buf_text(out, " or more");
	else if (handles->last != handles->first)
		buf_printf(out, " to %" PRIu64, handles->last);
	if (handles->step > 1)
		buf_printf(out, " (every %" PRIu64 "%s)", handles->step, suffix_of(handles->step));
	buf_printf(out, " open handles of %s", where);
}

static void explain_after_rule(const struct when *when, struct buf *out)
{
	if (!when->after_rule.name)
		return;
	buf_text(out, "; once ");
	buf_name(out, when->after_rule.name);
	buf_text(out, " has struck");
	if (when->after_rule.hits > 1)
		buf_printf(out, " %" PRIu64 " times", when->after_rule.hits);
	if (when->after_rule.for_ns != INT64_MAX)
		buf_printf(out, ", for %s s", REAL(seconds(when->after_rule.for_ns)));
}

static void explain_window(const struct when *when, struct buf *out)
{
	if (!when->after_ns && when->until_ns == INT64_MAX)
		return;
	buf_printf(out, "; from %s s", REAL(seconds(when->after_ns)));
	if (when->until_ns != INT64_MAX)
		buf_printf(out, " to %s s", REAL(seconds(when->until_ns)));
}

void when_explain(const struct rule *rule, struct buf *out)
{
	const struct when *when = &rule->when;
	explain_counts(rule, out);
	explain_bytes(&when->bytes, "the file", out);
	explain_bytes(&when->total_bytes, "all its files", out);
	explain_window(when, out);
	who_explain(when->by, "by", out);
	who_explain(when->not_by, "not by", out);
	explain_handles(&when->concurrent, "the file", out);
	explain_handles(&when->total_concurrent, "the mount", out);
	explain_after_rule(when, out);
	if (when->trigger_file)
		buf_printf(out, "; while %s is there", when->trigger_file);
	if (when_is_bound_to_schedule(when))
		buf_text(out, "; which requests these are depends on the schedule");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts rules into words. */
#include "base/buf.h"
#include "base/clock.h"
#include "faults/kinds.h"
#include "faults/plan.h"

#include <inttypes.h>

static void explain_range(const struct range *range, const char *unit, struct buf *out)
{
	if (range->end == UINT64_MAX)
		buf_printf(out, "%s from %" PRIu64 " on", unit, range->first);
	else
		buf_printf(out, "%s %" PRIu64 " to %" PRIu64, unit, range->first, range->end - 1);
}

static const char *suffix_of(uint64_t ordinal)
{
	static const char *const suffixes[] = {"th", "st", "nd", "rd"};
	return suffixes[ordinal % 10 < 4 && ordinal / 10 % 10 != 1 ? ordinal % 10 : 0];
}

static void explain_ordinals(const struct ordinals *nth, const char *what, struct buf *out)
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

/* As plan.c draws: a property of the file once, reads and writes by their place, all else by ordinal. */
static const char *drawn_by(const struct rule *rule)
{
	const opset placed = OP_BIT(read) | OP_BIT(write) | OP_BIT(fallocate);
	if (rule->kind->steady)
		return "file";
	if (rule->when.draw == DRAW_BY_ORDINAL || !(rule->on & placed))
		return "ordinal";
	return rule->on & ~placed ? "place or ordinal" : "place";
}

static void explain_when(const struct rule *rule, struct buf *out)
{
	const struct when *when = &rule->when;
	explain_ordinals(&when->nth, "request", out);
	if (when->times != UINT64_MAX)
		buf_printf(out, "; at most %" PRIu64 " times a file", when->times);
	if (when->probability < 1)
		buf_printf(out, "; with probability %.6g, drawn by %s", when->probability, drawn_by(rule));
	if (when->after_ns || when->until_ns != INT64_MAX) {
		buf_printf(out, "; from %.6g s", (double)when->after_ns / NS_PER_S);
		if (when->until_ns != INT64_MAX)
			buf_printf(out, " to %.6g s", (double)when->until_ns / NS_PER_S);
	}
}

void plan_explain_rule(const struct rule *rule, struct buf *out)
{
	char ops[OPS_TEXT_SIZE];
	buf_printf(out, "%s: %s%s%s: %s", rule->name, rule->volume ? rule->volume : "", rule->volume ? ":" : "",
		   rule->path ? glob_text(rule->path) : "**", ops_text(rule->on, ops));
	if (rule->ranged) {
		buf_text(out, ", ");
		explain_range(&rule->range, rule->on == OP_BIT(readdir) ? "entries" : "bytes", out);
	}
	buf_text(out, ": ");
	rule->kind->explain(rule, out);
	explain_when(rule, out);
}

void plan_explain_allocation(const struct alloc_rule *rule, struct buf *out)
{
	buf_printf(out, "%s: allocations", rule->name);
	if (rule->size.first || rule->size.end != UINT64_MAX) {
		buf_text(out, " of ");
		explain_range(&rule->size, "bytes", out);
	}
	buf_text(out, " fail with ENOMEM");
	explain_ordinals(&rule->nth, "allocation", out);
	if (rule->times != UINT64_MAX)
		buf_printf(out, "; at most %" PRIu64 " times a process", rule->times);
	if (rule->probability < 1)
		buf_printf(out, "; with probability %.6g", rule->probability);
	if (rule->comm)
		buf_printf(out, "; in programs named %s", rule->comm);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts rules into words. */
#include "base/buf.h"
#include "base/quoted.h"
#include "base/real.h"
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

void plan_explain_rule(const struct rule *rule, struct buf *out)
{
	char ops[OPS_TEXT_SIZE];
	buf_name(out, rule->name);
	buf_printf(out, ": %s%s%s: %s", rule->volume ? rule->volume : "", rule->volume ? ":" : "",
		   rule->path ? glob_text(rule->path) : "**", ops_summary(rule->on, ops));
	if (rule->ranged) {
		buf_text(out, ", ");
		explain_range(&rule->range, rule->on == OP_BIT(readdir) ? "entries" : "bytes", out);
	}
	buf_text(out, ": ");
	rule->kind->explain(rule, out);
	if (rule->heal_sector)
		buf_printf(out, "; a write of a whole sector of %u bytes heals it", rule->heal_sector);
	when_explain(rule, out);
	if (rule->must_fire)
		buf_text(out, "; must strike");
}

/* Of all that a process allocates, whatever else the rule says. */
static void explain_ordinal(const struct alloc_rule *rule, struct buf *out)
{
	size_t before = out->length;
	if (!rule->ordinal.first)
		return;
	when_explain_ordinals(&rule->ordinal, "number", out);
	if (out->length > before)
		buf_text(out, " of all in the process");
	if (rule->stack)
		buf_printf(out, "; none if number %" PRIu64 " has not the stack %016" PRIx64, rule->ordinal.first, rule->stack);
}

void plan_explain_allocation(const struct alloc_rule *rule, struct buf *out)
{
	buf_name(out, rule->name);
	buf_text(out, ": allocations");
	if (rule->size.first || rule->size.end != UINT64_MAX) {
		buf_text(out, " of ");
		explain_range(&rule->size, "bytes", out);
	}
	if (rule->stack && !rule->ordinal.first)
		buf_printf(out, " with the stack %016" PRIx64, rule->stack);
	buf_text(out, " fail with ENOMEM");
	explain_ordinal(rule, out);
	when_explain_ordinals(&rule->nth, rule->ordinal.first ? "of these allocation" : "allocation", out);
	if (rule->times != UINT64_MAX)
		buf_printf(out, "; at most %" PRIu64 " times a process", rule->times);
	if (rule->probability < 1)
		buf_printf(out, "; with probability %s", REAL(rule->probability));
	if (rule->comm)
		buf_printf(out, "; in programs named %s", rule->comm);
	if (rule->program[0])
		buf_printf(out, "; in programs whose file is named %s", rule->program);
	if (rule->process)
		buf_printf(out, "; in process %" PRIu64 " of its program", rule->process);
}

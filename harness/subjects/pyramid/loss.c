/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts and names losses. */
#include "pyramid/loss.h"

#include "common/report.h"
#include "pyramid/name.h"

#include <stdio.h>

enum { NAMED_MOST = 10 }; /* lines for things of which there can be very many; a last line counts the rest */

/* The positions [from, to) are not there. */
static void add(struct loss *loss, uint64_t from, uint64_t to)
{
	if (from >= to)
		return;
	if (loss->count == 0)
		loss->first = from;
	loss->count += to - from;
}

struct loss loss_of(const struct stack *stack, unsigned level, uint64_t index)
{
	uint64_t begin = index << level;
	uint64_t end = (index + 1) << level;
	if (end > stack_length(stack))
		end = stack_length(stack);
	struct loss loss = {0};
	for (size_t i = stack_seek(stack, begin); i < stack->count && stack_position(stack, i) < end; i++) {
		if (stack->slices[i].skipped)
			continue;
		add(&loss, begin, stack_position(stack, i));
		begin = stack_position(stack, i) + 1;
	}
	add(&loss, begin, end);
	return loss;
}

static void report_gap(const struct stack *stack, uint64_t position)
{
	char name[NAME_MAX + 1];
	stack_name(stack, position, name);
	struct failure gap;
	failure_set(&gap, CODE_READ, name, "the sequence lacks this number");
	report_warning(&gap, NULL);
}

bool loss_report_gaps(const struct stack *stack)
{
	uint64_t named = 0;
	for (size_t i = 1; i < stack->count; i++) {
		uint64_t p = stack_position(stack, i - 1) + 1;
		for (; p < stack_position(stack, i) && named < NAMED_MOST; p++, named++)
			report_gap(stack, p);
	}
	uint64_t all = stack_length(stack) - stack->count;
	if (all > named)
		report_note("the sequence lacks %llu more numbers", (unsigned long long)(all - named));
	return all > 0;
}

/* "slice_0007.png", or "slice_0007.png and 3 more". */
struct lost {
	char text[NAME_MAX + 32];
};

static struct lost lost(const struct stack *stack, const struct loss *loss)
{
	struct lost lost;
	char first[NAME_MAX + 1];
	stack_name(stack, loss->first, first);
	int length = snprintf(lost.text, sizeof lost.text, "%s", first);
	if (loss->count > 1)
		snprintf(lost.text + length, sizeof lost.text - (size_t)length, " and %llu more",
			 (unsigned long long)(loss->count - 1));
	return lost;
}

void loss_report_degraded(const struct stack *stack, const char *name, const struct loss *loss)
{
	report_note("degraded %s: made without %s", name, lost(stack, loss).text);
}

static void report_missing(const struct pyramid *pyramid, unsigned level, uint64_t index)
{
	char name[NAME_OUTPUT];
	name_output(level, index, pyramid->codec->suffix, name);
	struct loss all = loss_of(&pyramid->stack, level, index);
	report_note("missing %s: nothing to make it from without %s", name, lost(&pyramid->stack, &all).text);
}

void loss_report_missing(const struct pyramid *pyramid, unsigned level, uint64_t from, uint64_t to)
{
	for (int named = 0; from < to && named < NAMED_MOST; from++, named++)
		report_missing(pyramid, level, from);
	if (from >= to)
		return;
	char first[NAME_OUTPUT];
	char last[NAME_OUTPUT];
	name_output(level, from, pyramid->codec->suffix, first);
	name_output(level, to - 1, pyramid->codec->suffix, last);
	report_note("missing %s to %s as well", first, last);
}

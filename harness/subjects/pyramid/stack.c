/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the slices of a stack. */
#include "pyramid/stack.h"

#include "common/scan.h"
#include "pyramid/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMATS_MOST = 8 };

/* All names in the directory that could be slices. */
struct candidates {
	struct name *at;
	size_t count;
};

static int compare_prefix(const struct name *a, const struct name *b)
{
	size_t shorter = a->prefix_length < b->prefix_length ? a->prefix_length : b->prefix_length;
	int order = memcmp(a->whole, b->whole, shorter);
	if (order)
		return order;
	return (a->prefix_length > b->prefix_length) - (a->prefix_length < b->prefix_length);
}

static int by_prefix_and_number(const void *left, const void *right)
{
	const struct name *a = left;
	const struct name *b = right;
	int order = compare_prefix(a, b);
	if (order == 0)
		order = (a->number > b->number) - (a->number < b->number);
	return order ? order : strcmp(a->whole, b->whole);
}

static int parse_all(struct candidates *found, const struct names *names)
{
	found->at = calloc(names->count + 1, sizeof *found->at);
	if (!found->at)
		return -1;
	for (size_t i = 0; i < names->count; i++)
		found->count += name_parse(names->at[i], &found->at[found->count]);
	if (found->count)
		qsort(found->at, found->count, sizeof *found->at, by_prefix_and_number);
	return 0;
}

/* Keep the names with the commonest prefix; of equals, the first. They are sorted by it. */
static struct candidates commonest_prefix(const struct candidates *all)
{
	struct candidates best = {0};
	size_t begin = 0;
	for (size_t i = 1; i <= all->count; i++) {
		if (i < all->count && compare_prefix(&all->at[begin], &all->at[i]) == 0)
			continue;
		if (i - begin > best.count)
			best = (struct candidates){all->at + begin, i - begin};
		begin = i;
	}
	return best;
}

/* The commonest format among all candidates; of equals, the first in its list. -1: there is no image. */
static int commonest_format(const struct candidates *all)
{
	size_t counts[FORMATS_MOST] = {0};
	for (size_t i = 0; i < all->count; i++) {
		int format = name_format(&all->at[i]);
		if (format >= 0)
			counts[format]++;
	}
	int best = -1;
	for (int i = 0; name_format_at(i); i++)
		if (counts[i] && (best < 0 || counts[i] > counts[best]))
			best = i;
	return best;
}

static int add_slice(struct stack *stack, const struct name *name, struct failure *why)
{
	if (name->number == NAME_ABSURD)
		return failure_set(why, CODE_TOO_LARGE, name->whole, "its number is absurd");
	const struct slice *last = stack->count ? &stack->slices[stack->count - 1] : NULL;
	if (last && last->number == name->number)
		return failure_set(why, CODE_CORRUPTED, name->whole, "has the same number as %s", last->name);
	stack->slices[stack->count++] = (struct slice){.name = name->whole, .number = name->number};
	return 0;
}

static int choose(struct stack *stack, const struct candidates *all, const char *dir, struct failure *why)
{
	if (all->count == 0)
		return failure_set(why, CODE_NOTHING_TO_DO, dir, "no file is named like a slice");
	int format = commonest_format(all);
	if (format < 0)
		return failure_set(why, CODE_BAD_FORMAT, dir, "no file has the extension of an image");
	stack->suffix = name_format_at(format);
	struct candidates same = commonest_prefix(all);
	stack->slices = calloc(same.count, sizeof *stack->slices);
	if (!stack->slices)
		return failure_memory(why, dir, "the list of slices");
	for (size_t i = 0; i < same.count; i++)
		if (name_format(&same.at[i]) == format && add_slice(stack, &same.at[i], why))
			return -1;
	if (stack->count == 0)
		return failure_set(why, CODE_NOTHING_TO_DO, dir, "no .%s file has the commonest prefix", stack->suffix);
	return 0;
}

int stack_find(struct stack *stack, const char *dir, struct failure *why)
{
	*stack = (struct stack){0};
	if (scan_names(&stack->names, dir, why))
		return -1;
	struct candidates all = {0};
	if (parse_all(&all, &stack->names))
		return failure_memory(why, dir, "the list of names");
	int rc = choose(stack, &all, dir, why);
	free(all.at);
	return rc;
}

uint64_t stack_position(const struct stack *stack, size_t index)
{
	return stack->slices[index].number - stack->slices[0].number;
}

uint64_t stack_length(const struct stack *stack)
{
	return stack_position(stack, stack->count - 1) + 1;
}

size_t stack_seek(const struct stack *stack, uint64_t position)
{
	size_t low = 0;
	size_t high = stack->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (stack_position(stack, middle) < position)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void stack_name(const struct stack *stack, uint64_t position, char name[NAME_MAX + 1])
{
	size_t index = stack_seek(stack, position);
	if (index < stack->count && stack_position(stack, index) == position) {
		snprintf(name, NAME_MAX + 1, "%s", stack->slices[index].name);
		return;
	}
	struct name first;
	name_parse(stack->slices[0].name, &first);
	snprintf(name, NAME_MAX + 1, "%.*s%0*llu.%s", (int)first.prefix_length, first.whole, (int)first.digits,
		 (unsigned long long)(first.number + position), first.extension);
}

void stack_free(struct stack *stack)
{
	free(stack->slices);
	names_free(&stack->names);
	*stack = (struct stack){0};
}

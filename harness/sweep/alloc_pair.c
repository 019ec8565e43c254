/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds a process of one run against that of another. */
#include "harness/sweep/alloc_pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct alloc_map_image *alloc_pair_find(const struct alloc_map *map, const struct alloc_map_image *image)
{
	for (uint32_t i = 0; i < map->images_count; i++)
		if (map->images[i].number == image->number && strcmp(map->images[i].program, image->program) == 0)
			return &map->images[i];
	return NULL;
}

static int by_hash(const void *a, const void *b)
{
	const struct alloc_map_stack *left = *(const struct alloc_map_stack *const *)a, *right = *(const struct alloc_map_stack *const *)b;
	return (left->hash > right->hash) - (left->hash < right->hash);
}

static const struct alloc_map_stack *stack_of(const struct alloc_pair *pair, uint64_t hash)
{
	const struct alloc_map_stack wanted = {.hash = hash}, *key = &wanted;
	if (!pair->other || !pair->other->stacks_count)
		return NULL;
	const struct alloc_map_stack **found = bsearch(&key, pair->sorted, pair->other->stacks_count, sizeof(const struct alloc_map_stack *), by_hash);
	return found ? *found : NULL;
}

uint64_t alloc_pair_count(const struct alloc_pair *pair, uint64_t hash)
{
	const struct alloc_map_stack *stack = stack_of(pair, hash);
	return stack ? stack->count : 0;
}

/* Of an allocation that the sequence had no room for it is known only where it was the first of its stack. */
bool alloc_pair_agrees(const struct alloc_pair *pair, uint64_t ordinal, uint64_t hash)
{
	const struct alloc_map_image *other = pair->other;
	if (!other || !ordinal)
		return false;
	if (ordinal > other->points_count || !other->points[ordinal - 1].recorded) {
		const struct alloc_map_stack *stack = stack_of(pair, hash);
		return stack && stack->first == ordinal;
	}
	uint32_t at = other->points[ordinal - 1].stack;
	return at < other->stacks_count && other->stacks[at].hash == hash;
}

static bool is_steady(const struct alloc_pair *pair)
{
	const struct alloc_map_image *one = pair->one, *other = pair->other;
	if (!one || !other || one->threaded || other->threaded || one->allocations != other->allocations ||
	    one->stacks_count != other->stacks_count)
		return false;
	for (uint32_t i = 0; i < one->stacks_count; i++)
		if (!alloc_pair_agrees(pair, one->stacks[i].first, one->stacks[i].hash))
			return false;
	for (uint64_t i = 0; i < one->points_count; i++)
		if (one->points[i].recorded && one->points[i].stack < one->stacks_count &&
		    !alloc_pair_agrees(pair, i + 1, one->stacks[one->points[i].stack].hash))
			return false;
	return true;
}

int alloc_pair_make(const struct alloc_map_image *one, const struct alloc_map_image *other, struct alloc_pair *out)
{
	uint32_t count = other ? other->stacks_count : 0;
	*out = (struct alloc_pair){.one = one, .other = other, .sorted = calloc((size_t)count + 1, sizeof(const struct alloc_map_stack *))};
	if (!out->sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++)
		out->sorted[i] = &other->stacks[i];
	if (count)
		qsort(out->sorted, count, sizeof(const struct alloc_map_stack *), by_hash);
	out->steady = is_steady(out);
	return 0;
}

void alloc_pair_free(struct alloc_pair *pair)
{
	free(pair->sorted);
	*pair = (struct alloc_pair){0};
}

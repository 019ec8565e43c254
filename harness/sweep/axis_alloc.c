/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The axis alloc: each allocation fails, or the first of each call stack. */
#include "base/scope.h"
#include "base/utf8.h"
#include "harness/sweep/alloc_pair.h"
#include "harness/sweep/sites.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* One allocation, or the first of its stack, as the pair has it. */
struct spot {
	const struct alloc_pair *pair;
	const struct alloc_map *map; /* that the stack is of */
	const struct alloc_map_image *image;
	const struct alloc_map_stack *stack;
	uint64_t ordinal; /* 0: not known */
	uint64_t nth;	  /* among those of the stack */
	bool bound;	  /* only one run had it */
};

/* Words of a rule are separated by commas, and a list of rules by blanks and semicolons; and they are UTF-8. */
static bool is_sayable(const char *program)
{
	return program[0] && utf8_is_text(program) && !strpbrk(program, ",; \t=");
}

static void put_rule(const struct spot *spot, bool persistent, struct buf *rule)
{
	if (is_sayable(spot->image->program))
		buf_printf(rule, "program=%s,", spot->image->program);
	if (spot->image->number)
		buf_printf(rule, "process=%" PRIu32 ",", spot->image->number);
	if (!spot->pair->steady)
		buf_printf(rule, "stack=%016" PRIx64 ",nth=%" PRIu64 "%s", spot->stack->hash, spot->nth, persistent ? ".." : "");
	else if (persistent)
		buf_printf(rule, "ordinal=%" PRIu64 "..", spot->ordinal);
	else
		buf_printf(rule, "ordinal=%" PRIu64 ",stack=%016" PRIx64, spot->ordinal, spot->stack->hash);
}

/* What gcc puts into a program for --coverage allocates when the program exits, and more where no counts are there yet. */
static bool is_of_gcov(const struct sweep *sweep, const struct spot *spot)
{
	struct symbols *symbols = sweep->session->coverage ? session_symbols(sweep->session) : NULL;
	struct code_stack stack;
	struct symbol name;
	if (!symbols)
		return false;
	sites_stack(spot->map, spot->stack, &stack);
	for (uint32_t i = 0; i < stack.count; i++) {
		const struct code_place place = code_stack_at(&stack, i);
		if (symbols_find(symbols, &place, &name, 1) && (strncmp(name.function, "__gcov_", 7) == 0 || strncmp(name.function, "gcov_", 5) == 0))
			return true;
	}
	return false;
}

/* Names of cases are UTF-8, so that a checkpoint knows them again; their stacks tell them apart. */
static void put_program(const char *program, struct buf *name)
{
	for (size_t left = strlen(program), width; left; program += width, left -= width) {
		width = utf8_width(program, left);
		buf_add(name, width ? program : "?", width ? width : 1);
		width += !width;
	}
}

/* "sox:1 calloc#63 40429bb96219cf40"; where the number says nothing "xz:1 malloc 40429bb96219cf40#2", the second of that stack. */
static void put_name(const struct spot *spot, bool persistent, struct buf *name)
{
	const char *on = persistent ? ".." : "";
	put_program(spot->image->program, name);
	buf_printf(name, ":%" PRIu32 " %s", spot->image->number, schedule_function_name(spot->stack->function));
	if (spot->pair->steady)
		buf_printf(name, "#%" PRIu64 "%s %016" PRIx64, spot->ordinal, on, spot->stack->hash);
	else
		buf_printf(name, " %016" PRIx64 "#%" PRIu64 "%s", spot->stack->hash, spot->nth, on);
}

static int add_point(struct sweep *sweep, const struct spot *spot, bool persistent)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	put_name(spot, persistent, &name);
	put_rule(spot, persistent, &rule);
	if (name.failed || rule.failed)
		return -ENOMEM;
	int rc = sweep_add(sweep, SWEEP_ALLOC, SIZE_MAX, strdup(name.at), NULL, NULL, strdup(rule.at));
	if (rc)
		return rc;
	struct sweep_case *one = &sweep->cases.at[sweep->cases.count - 1];
	one->stack = spot->stack;
	one->map = spot->map;
	one->bound = spot->bound;
	one->left = is_of_gcov(sweep, spot) ? LEFT_GCOV : LEFT_NOT;
	/* Where its turn came in both runs it may come again: a copy looks whether it does. */
	one->image = !persistent && alloc_pair_agrees(spot->pair, spot->ordinal, spot->stack->hash) ? spot->pair->one : NULL;
	one->ordinal = spot->ordinal;
	one->nth = spot->nth;
	return 0;
}

static int add_both(struct sweep *sweep, const struct spot *spot)
{
	int rc = add_point(sweep, spot, false);
	return rc || !sweep->options.persistent ? rc : add_point(sweep, spot, true);
}

/* ---- of what the first run had ---- */

/* Each by itself; or only those whose callers nobody knows, and that are not the first of what is taken for one stack: these have none in
 * common. */
static int add_each(struct sweep *sweep, const struct alloc_pair *pair, bool unknown_alone)
{
	const struct alloc_map_image *image = pair->one;
	SCOPED_FREE uint64_t *met = calloc((size_t)image->stacks_count + 1, sizeof *met);
	int rc = met ? 0 : -ENOMEM;
	for (uint64_t n = 1; !rc && n <= image->points_count; n++) {
		const struct alloc_map_point *point = &image->points[n - 1];
		if (!point->recorded || point->stack >= image->stacks_count)
			continue;
		const struct alloc_map_stack *stack = &image->stacks[point->stack];
		uint64_t nth = ++met[point->stack];
		if (unknown_alone && (!stack->cut || nth == 1))
			continue;
		const struct spot spot = {pair, &sweep->count.map, image, stack, n, nth, nth > alloc_pair_count(pair, stack->hash)};
		rc = add_both(sweep, &spot);
	}
	return rc;
}

static int add_stacks(struct sweep *sweep, const struct alloc_pair *pair)
{
	int rc = 0;
	for (uint32_t i = 0; !rc && i < pair->one->stacks_count; i++) {
		const struct alloc_map_stack *stack = &pair->one->stacks[i];
		const struct spot spot = {pair, &sweep->count.map, pair->one, stack, stack->first, 1, !alloc_pair_count(pair, stack->hash)};
		rc = add_both(sweep, &spot);
		sweep->cut += stack->cut ? stack->count : 0;
		sweep->alike += stack->cut ? 0 : stack->count - 1;
	}
	return rc ? rc : add_each(sweep, pair, true);
}

/* ---- of what the second alone had ---- */

/* `pair` has the second run's image as its first. */
static int add_others(struct sweep *sweep, const struct alloc_pair *pair)
{
	const struct alloc_map_image *image = pair->one;
	int rc = 0;
	for (uint32_t i = 0; !rc && i < image->stacks_count; i++) {
		const struct alloc_map_stack *stack = &image->stacks[i];
		uint64_t known = alloc_pair_count(pair, stack->hash), end = sweep->options.exhaustive ? stack->count : 1;
		sweep->stacks += !known;
		for (uint64_t nth = known + 1; !rc && nth <= end; nth++) {
			const struct spot spot = {pair, &sweep->second.map, image, stack, 0, nth, true};
			rc = add_both(sweep, &spot);
		}
	}
	return rc;
}

static int add_second(struct sweep *sweep)
{
	const struct alloc_map *map = &sweep->second.map;
	int rc = 0;
	for (uint32_t i = 0; !rc && i < map->images_count; i++) {
		struct alloc_pair pair;
		rc = alloc_pair_make(&map->images[i], alloc_pair_find(&sweep->count.map, &map->images[i]), &pair);
		if (!rc && !pair.steady)
			rc = add_others(sweep, &pair);
		alloc_pair_free(&pair);
	}
	return rc;
}

static int add_first(struct sweep *sweep, const struct alloc_map_image *image)
{
	struct alloc_pair pair;
	int rc = alloc_pair_make(image, alloc_pair_find(&sweep->second.map, image), &pair);
	sweep->unsteady += !rc && !pair.steady;
	if (!rc)
		rc = sweep->options.exhaustive ? add_each(sweep, &pair, false) : add_stacks(sweep, &pair);
	alloc_pair_free(&pair);
	return rc;
}

int sweep_add_allocs(struct sweep *sweep, struct err *err)
{
	const struct alloc_map *map = &sweep->count.map;
	int rc = 0;
	for (uint32_t i = 0; !rc && i < map->images_count; i++) {
		sweep->stacks += map->images[i].stacks_count;
		sweep->unrecorded += map->images[i].unrecorded + map->images[i].unplaced;
		rc = add_first(sweep, &map->images[i]);
	}
	rc = rc ? rc : add_second(sweep);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

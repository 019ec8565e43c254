/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The axis alloc: each allocation fails, or the first of each call stack. */
#include "base/scope.h"
#include "base/utf8.h"
#include "harness/sweep/sites.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The image of the other run that is the same process. */
static const struct alloc_map_image *same_image(const struct alloc_map *map, const struct alloc_map_image *image)
{
	for (uint32_t i = 0; i < map->images_count; i++)
		if (map->images[i].number == image->number && strcmp(map->images[i].program, image->program) == 0)
			return &map->images[i];
	return NULL;
}

/* Has the allocation of this number the same stack in both? Then its number is a name for it; else only its stack is. */
static bool is_steady(const struct sweep *sweep, const struct alloc_map_image *image, uint64_t ordinal, uint64_t hash)
{
	const struct alloc_map_image *other = same_image(&sweep->second.map, image);
	if (!other || ordinal > other->points_count)
		return false;
	const struct alloc_map_point *point = &other->points[ordinal - 1];
	return point->recorded && point->stack < other->stacks_count && other->stacks[point->stack].hash == hash;
}

/* Words of a rule are separated by commas, and a list of rules by blanks and semicolons; and they are UTF-8. */
static bool is_sayable(const char *program)
{
	return program[0] && utf8_is_text(program) && !strpbrk(program, ",; \t=");
}

static void put_rule(const struct alloc_map_image *image, uint64_t ordinal, uint64_t hash, bool steady, bool persistent, struct buf *rule)
{
	if (is_sayable(image->program))
		buf_printf(rule, "program=%s,", image->program);
	if (image->number)
		buf_printf(rule, "process=%" PRIu32 ",", image->number);
	if (steady)
		buf_printf(rule, "ordinal=%" PRIu64 "%s,", ordinal, persistent ? ".." : "");
	if (!steady || !persistent)
		buf_printf(rule, "stack=%016" PRIx64 "%s", hash, steady || persistent ? "" : ",nth=1");
	if (rule->length && rule->at[rule->length - 1] == ',')
		rule->at[--rule->length] = '\0';
}

/* What gcc puts into a program for --coverage allocates when the program exits, and more where no counts are there yet. */
static bool is_of_gcov(const struct sweep *sweep, const struct alloc_map_stack *from)
{
	struct symbols *symbols = sweep->session->coverage ? session_symbols(sweep->session) : NULL;
	struct code_stack stack;
	struct symbol name;
	if (!symbols)
		return false;
	sites_stack(&sweep->count.map, from, &stack);
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

static int add_point(struct sweep *sweep, const struct alloc_map_image *image, const struct alloc_map_stack *stack, uint64_t ordinal,
		     bool persistent)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rule = {0};
	bool steady = is_steady(sweep, image, ordinal, stack->hash);
	put_program(image->program, &name);
	buf_printf(&name, ":%" PRIu32 " %s#%" PRIu64 "%s %016" PRIx64, image->number,
		   schedule_function_name(stack->function), ordinal, persistent ? ".." : "", stack->hash);
	put_rule(image, ordinal, stack->hash, steady, persistent, &rule);
	if (name.failed || rule.failed)
		return -ENOMEM;
	int rc = sweep_add(sweep, SWEEP_ALLOC, SIZE_MAX, strdup(name.at), NULL, NULL, strdup(rule.at));
	if (rc)
		return rc;
	struct sweep_case *one = &sweep->cases.at[sweep->cases.count - 1];
	one->stack = stack;
	one->left = is_of_gcov(sweep, stack) ? LEFT_GCOV : LEFT_NOT;
	one->image = steady && !persistent ? image : NULL;
	one->ordinal = ordinal;
	return 0;
}

static int add_both(struct sweep *sweep, const struct alloc_map_image *image, const struct alloc_map_stack *stack, uint64_t ordinal)
{
	int rc = add_point(sweep, image, stack, ordinal, false);
	return rc || !sweep->options.persistent ? rc : add_point(sweep, image, stack, ordinal, true);
}

/* Allocations whose callers nobody knows have no stack in common: each is by itself, if its number is a name for it. */
static int add_cut(struct sweep *sweep, const struct alloc_map_image *image)
{
	int rc = 0;
	for (uint64_t n = 1; !rc && n <= image->points_count; n++) {
		const struct alloc_map_point *point = &image->points[n - 1];
		const struct alloc_map_stack *stack = point->stack < image->stacks_count ? &image->stacks[point->stack] : NULL;
		if (!point->recorded || !stack || !stack->cut || n == stack->first || !is_steady(sweep, image, n, stack->hash))
			continue;
		rc = add_both(sweep, image, stack, n);
		sweep->cut++;
		sweep->alike--;
	}
	return rc;
}

static int add_stacks(struct sweep *sweep, const struct alloc_map_image *image)
{
	int rc = 0;
	for (uint32_t i = 0; !rc && i < image->stacks_count; i++) {
		rc = add_both(sweep, image, &image->stacks[i], image->stacks[i].first);
		sweep->cut += image->stacks[i].cut;
		sweep->alike += image->stacks[i].count - 1;
	}
	return rc ? rc : add_cut(sweep, image);
}

static int add_all(struct sweep *sweep, const struct alloc_map_image *image)
{
	int rc = 0;
	for (uint64_t n = 1; !rc && n <= image->points_count; n++) {
		const struct alloc_map_point *point = &image->points[n - 1];
		if (point->recorded && point->stack < image->stacks_count)
			rc = add_both(sweep, image, &image->stacks[point->stack], n);
	}
	return rc;
}

int sweep_add_allocs(struct sweep *sweep, struct err *err)
{
	const struct alloc_map *map = &sweep->count.map;
	int rc = 0;
	for (uint32_t i = 0; !rc && i < map->images_count; i++) {
		const struct alloc_map_image *image = &map->images[i];
		sweep->stacks += image->stacks_count;
		sweep->unrecorded += image->unrecorded + image->unplaced;
		rc = sweep->options.exhaustive ? add_all(sweep, image) : add_stacks(sweep, image);
	}
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

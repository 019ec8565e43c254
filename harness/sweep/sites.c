/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names sites. */
#include "harness/sweep/sites.h"

#include "base/scope.h"

#include <ctype.h>
#include <string.h>

void sites_put_line(const char *text, struct buf *out)
{
	size_t length = strcspn(text, "\n");
	for (size_t i = 0; i < length; i++) {
		if (!isdigit((unsigned char)text[i])) {
			buf_char(out, text[i]);
			continue;
		}
		while (i + 1 < length && isdigit((unsigned char)text[i + 1]))
			i++;
		buf_char(out, '#');
	}
}

void sites_stack(const struct alloc_map *map, const struct alloc_map_stack *from, struct code_stack *out)
{
	memset(out, 0, sizeof *out);
	for (uint32_t i = 0; i < from->frames_count; i++) {
		const char *module = alloc_map_module(map, from->frames[i]);
		struct code_place place = {.offset = alloc_frame_offset(from->frames[i]), .returned = true};
		snprintf(place.module, sizeof place.module, "%s", module ? module : "");
		if (!code_stack_add(out, &place))
			break;
	}
}

static void put_function(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	struct code_stack stack;
	sites_stack(&sweep->count.map, one->stack, &stack);
	symbols_first(symbols, &stack, out);
}

void sites_name(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	SCOPED(buf_free) struct buf name = {0};
	bool single = one->point != SIZE_MAX && one->axis != SWEEP_DOUBLE && one->axis != SWEEP_PAIRS;
	if (one->stack && symbols) {
		put_function(sweep, one, symbols, out);
		return;
	}
	if (single)
		sweep_point_name(&sweep->count.points.list.at[one->point], &name);
	sites_put_line(single ? buf_string(&name) : one->name, out);
}

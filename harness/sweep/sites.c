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

static bool is_word_at(const char *text, const char *at, size_t length)
{
	return (at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length]);
}

/* Replace what stands there as a word. */
static void put_without(const char *text, const char *word, size_t length, struct buf *out)
{
	const char *begin = text;
	while (*text)
		if (length && strncmp(text, word, length) == 0 && is_word_at(begin, text, length)) {
			buf_char(out, '*');
			text += length;
		} else {
			buf_char(out, *text++);
		}
}

void sites_without_file(const char *text, const char *path, struct buf *out)
{
	SCOPED(buf_free) struct buf once = {0};
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t stem = strcspn(name, ".");
	put_without(text, path, (size_t)(name - path) + stem, &once);
	put_without(buf_string(&once), name, stem, out);
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

static void put_function(const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	struct code_stack stack;
	sites_stack(one->map, one->stack, &stack);
	symbols_first(symbols, &stack, out);
}

/* What is done to a file, without where in it: "truncated", "EIO". */
static const char *what_is_done(const struct sweep_case *one)
{
	const char *word = one->name + strlen("in:") + strlen(one->file) + 1;
	const char *last = strrchr(word, ' ');
	return one->axis == SWEEP_RANGE && last ? last + 1 : word;
}

static void put_damage(const struct sweep_case *one, struct buf *out)
{
	buf_printf(out, "%s%s", one->axis == SWEEP_RANGE ? "block " : "", what_is_done(one));
}

static bool is_at_point(const struct sweep_case *one)
{
	return one->point != SIZE_MAX && one->axis != SWEEP_DOUBLE && one->axis != SWEEP_PAIRS;
}

void sites_name(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	SCOPED(buf_free) struct buf name = {0};
	if (one->stack && symbols) {
		put_function(one, symbols, out);
		return;
	}
	if (is_at_point(one))
		sweep_point_name(&sweep->count.points.list.at[one->point], &name);
	else if (one->file)
		buf_printf(&name, "in:%s %s", one->file, what_is_done(one));
	else
		buf_text(&name, one->name);
	sites_put_line(buf_string(&name), out);
}

void sites_kind(const struct sweep *sweep, const struct sweep_case *one, struct symbols *symbols, struct buf *out)
{
	if (one->stack && symbols) {
		put_function(one, symbols, out);
	} else if (is_at_point(one)) {
		const struct point *p = &sweep->count.points.list.at[one->point];
		buf_printf(out, "%s of %s", ops_name(p->op), p->volume);
	} else if (one->file) {
		put_damage(one, out);
	} else {
		buf_text(out, sweep_axis_name(one->axis));
	}
}

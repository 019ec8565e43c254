/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads points out of a trace. */
#include "harness/sweep/points.h"

#include "base/draw.h"
#include "base/utf8.h"
#include "harness/trace_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- numbers of requests ---- */

/* How many there were of each (volume, path, operation): open addressing, by hash. */
struct tally {
	const struct points *points;
	uint32_t *slots; /* index of the last point of its kind, plus 1 */
	size_t room;	 /* a power of two */
	size_t used;
};

static uint64_t hash_of(const struct point *p)
{
	return draw_u64(&(struct draw_key){.who = draw_text(p->volume), .path = draw_text(p->path), .where = p->op});
}

static bool same_kind(const struct point *a, const struct point *b)
{
	return a->op == b->op && strcmp(a->path, b->path) == 0 && strcmp(a->volume, b->volume) == 0;
}

static uint32_t *slot_of(const struct tally *t, const struct point *p)
{
	size_t at = hash_of(p) & (t->room - 1);
	while (t->slots[at] && !same_kind(&t->points->list.at[t->slots[at] - 1], p))
		at = (at + 1) & (t->room - 1);
	return &t->slots[at];
}

static int grow(struct tally *t)
{
	struct tally wider = {.points = t->points, .room = t->room ? 2 * t->room : 1024, .used = t->used};
	wider.slots = calloc(wider.room, sizeof *wider.slots);
	if (!wider.slots)
		return -ENOMEM;
	for (size_t i = 0; i < t->room; i++)
		if (t->slots[i])
			*slot_of(&wider, &t->points->list.at[t->slots[i] - 1]) = t->slots[i];
	free(t->slots);
	*t = wider;
	return 0;
}

/* Number the last point of the list. */
static int number_last(struct tally *t)
{
	size_t index = t->points->list.count - 1;
	struct point *p = &t->points->list.at[index];
	if (t->used * 2 >= t->room && grow(t) < 0)
		return -ENOMEM;
	uint32_t *slot = slot_of(t, p);
	p->nth = *slot ? t->points->list.at[*slot - 1].nth + 1 : 1;
	t->used += !*slot;
	*slot = (uint32_t)index + 1;
	return 0;
}

/* ---- reading ---- */

/* Behind the last name there is nothing that a rule could touch: such a request is not counted for one (struct site). */
static bool is_end_of_listing(enum op op, const struct trace_entry *entry)
{
	return op == OP_readdir && entry->record.offset && !entry->record.result;
}

static int add(struct points *points, const struct trace_entry *entry, struct tally *tally)
{
	enum op op = ops_find(entry->op);
	if (op == OP_COUNT || !entry->volume[0] || is_end_of_listing(op, entry))
		return 0;
	if (!utf8_is_text(entry->path) || (entry->path2 && !utf8_is_text(entry->path2))) {
		points->unnameable++;
		return 0;
	}
	struct point *p = vec_add(&points->list);
	if (!p)
		return -ENOMEM;
	*p = (struct point){.volume = strdup(entry->volume), .path = strdup(entry->path), .op = op,
			    .path2 = entry->path2 ? strdup(entry->path2) : NULL,
			    .offset = entry->path2 ? 0 : entry->record.offset, .length = entry->record.length,
			    .result = entry->record.result, .buffered = entry->record.flags & WIRE_TRACE_BUFFERED};
	return !p->volume || !p->path || (entry->path2 && !p->path2) ? -ENOMEM : number_last(tally);
}

int points_read(int trace_fd, uint64_t from, struct points *out, struct err *err)
{
	char path[40];
	struct trace_file *file;
	struct trace_entry entry;
	struct tally tally = {.points = out};
	*out = (struct points){0};
	snprintf(path, sizeof path, "/proc/self/fd/%d", trace_fd);
	int rc = trace_file_open(path, &file, err);
	if (rc)
		return rc;
	while ((rc = trace_file_next(file, &entry, err)) > 0)
		if (entry.number >= from && add(out, &entry, &tally) < 0) {
			rc = err_set(err, ENOMEM, "out of memory");
			break;
		}
	const struct trace_tally told = trace_file_tally(file);
	out->lost = told.overwritten + told.torn;
	trace_file_close(file);
	free(tally.slots);
	if (rc)
		points_free(out);
	return rc;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->list.count; i++) {
		free(points->list.at[i].volume);
		free(points->list.at[i].path);
		free(points->list.at[i].path2);
	}
	vec_free(&points->list);
}

/* ---- two runs ---- */

static int by_name(const void *a, const void *b)
{
	const struct point *left = *(struct point *const *)a, *right = *(struct point *const *)b;
	int order = strcmp(left->volume, right->volume);
	order = order ? order : strcmp(left->path, right->path);
	order = order ? order : (int)left->op - (int)right->op;
	return order ? order : (left->nth > right->nth) - (left->nth < right->nth);
}

size_t points_compare(struct points *points, const struct points *other)
{
	size_t count = other->list.count, bound = 0;
	struct point **sorted = calloc(count + 1, sizeof(struct point *));
	for (size_t i = 0; sorted && i < count; i++)
		sorted[i] = &other->list.at[i];
	if (sorted)
		qsort(sorted, count, sizeof *sorted, by_name);
	for (size_t i = 0; i < points->list.count; i++) {
		struct point *p = &points->list.at[i];
		p->bound = !sorted || !bsearch(&p, sorted, count, sizeof *sorted, by_name);
		bound += p->bound;
	}
	free(sorted);
	return bound;
}

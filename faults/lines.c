/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the lines that requests stand in. */
#include "faults/lines.h"

#include "base/clock.h"
#include "base/draw.h"
#include "base/nearest.h"
#include "faults/kinds.h"
#include "faults/live.h"
#include "faults/spread.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define LINES_ROOM_FIRST 64

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* No line is ever busy for longer than this: what comes more waits as long. */
static int64_t sum_of(int64_t time, int64_t more)
{
	int64_t sum;
	bool over = __builtin_add_overflow(time, more, &sum) || sum > 2 * SPREAD_NS_MAX;
	return over ? 2 * SPREAD_NS_MAX : sum;
}

int64_t line_take(int64_t *free_at_ns, int64_t now_ns, int64_t cost_ns, int64_t credit_ns)
{
	int64_t earliest = now_ns - credit_ns;
	int64_t start = *free_at_ns ? later_of(*free_at_ns, earliest) : earliest;
	*free_at_ns = sum_of(start, cost_ns);
	int64_t wait = *free_at_ns - now_ns;
	if (wait < LINE_GRAIN_NS)
		return 0;
	return wait < SPREAD_NS_MAX ? wait : SPREAD_NS_MAX;
}

int64_t line_cost_ns(uint64_t units, uint64_t rate)
{
	return (int64_t)fmin(round((double)units * (double)NS_PER_S / (double)rate), (double)SPREAD_NS_MAX);
}

/* ---- many ---- */

void lines_fini(struct lines *lines)
{
	free(lines->at);
	*lines = (struct lines){0};
}

static struct line_slot *slot_of(const struct lines *lines, uint64_t key)
{
	uint64_t index = key & (lines->room - 1);
	while (lines->at[index].key && lines->at[index].key != key)
		index = (index + 1) & (lines->room - 1);
	return &lines->at[index];
}

static bool is_idle(const struct line_slot *slot, int64_t now_ns)
{
	return slot->free_at_ns + slot->credit_ns <= now_ns;
}

/* Forget the idle ones, and have room for twice as many as are left. */
static bool make_room(struct lines *lines, int64_t now_ns)
{
	struct lines tidy = {.room = LINES_ROOM_FIRST};
	uint32_t busy = 0;
	for (uint32_t i = 0; i < lines->room; i++)
		busy += lines->at[i].key && !is_idle(&lines->at[i], now_ns);
	while (tidy.room < 4 * (busy + 1))
		tidy.room *= 2;
	tidy.at = calloc(tidy.room, sizeof *tidy.at);
	if (!tidy.at)
		return false;
	for (uint32_t i = 0; i < lines->room; i++)
		if (lines->at[i].key && !is_idle(&lines->at[i], now_ns)) {
			*slot_of(&tidy, lines->at[i].key) = lines->at[i];
			tidy.used++;
		}
	lines_fini(lines);
	*lines = tidy;
	return true;
}

int64_t *lines_at(struct lines *lines, uint64_t key, int64_t now_ns, int64_t credit_ns)
{
	if (2 * lines->used >= lines->room && !make_room(lines, now_ns))
		return NULL;
	struct line_slot *slot = slot_of(lines, key ? key : 1);
	if (!slot->key) {
		*slot = (struct line_slot){.key = key ? key : 1};
		lines->used++;
	}
	slot->credit_ns = credit_ns;
	return &slot->free_at_ns;
}

static uint64_t key_of(const struct asking *asked, enum line_per per, enum line_way way)
{
	const struct site *site = asked->site;
	struct draw_key key = {.who = asked->rule->id, .lane = LINE_WAYS * per + way, .path = draw_text(site->volume)};
	if (per == LINE_PER_FILE)
		key.where = draw_text(site->path);
	else if (per == LINE_PER_HANDLE)
		key.where = site->handle;
	return draw_u64(&key);
}

int64_t line_pass(const struct asking *asked, enum line_per per, enum line_way way, int64_t cost_ns, int64_t credit_ns)
{
	int64_t unshared = 0, now = asked->site->now_ns;
	if (!asked->live)
		return line_take(&unshared, now, cost_ns, 0);
	int64_t *own = per == LINE_PER_RULE ? NULL : lines_at(&asked->live->lines, key_of(asked, per, way), now, credit_ns);
	return line_take(own ? own : &asked->live->rules[asked->rule->index].free_at_ns[way], now, cost_ns, credit_ns);
}

/* ---- words ---- */

struct per_entry {
	const char *name;
	enum line_per per;
};

static const struct per_entry pers[] = {{"rule", LINE_PER_RULE}, {"mount", LINE_PER_RULE}, {"volume", LINE_PER_VOLUME},
					{"file", LINE_PER_FILE}, {"handle", LINE_PER_HANDLE}};

int line_per_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct per_entry *entry = named_in(pers, COUNT_OF(pers), sizeof pers[0], text);
	if (!entry)
		return yaml_error(at, err, "'per' takes rule, mount, volume, file or handle, not '%s'", text);
	*(enum line_per *)into = entry->per;
	return 0;
}

const char *line_per_text(enum line_per per)
{
	static const char *const texts[] = {"shared by all that it touches", "for each volume", "for each file", "for each open handle"};
	return texts[per];
}

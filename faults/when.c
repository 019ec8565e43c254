/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides by triggers. */
#include "faults/when.h"

#include "base/draw.h"
#include "faults/kinds.h"
#include "faults/live.h"

/* Every request. */
const struct when when_always = {
	.nth = {.first = 1, .last = UINT64_MAX, .step = 1},
	.times = UINT64_MAX,
	.probability = 1,
	.bytes = {.first = 0, .end = UINT64_MAX},
	.total_bytes = {.first = 0, .end = UINT64_MAX},
	.total = UINT64_MAX,
	.until_ns = INT64_MAX,
	.concurrent = {.first = 0, .last = UINT64_MAX, .step = 1},
	.total_concurrent = {.first = 0, .last = UINT64_MAX, .step = 1},
	.after_rule = {.index = PLAN_NO_RULE, .hits = 1, .for_ns = INT64_MAX},
};

/* ---- conditions ---- */

static const struct live_rule *state_of(const struct asking *asking)
{
	return asking->live ? &asking->live->rules[asking->rule->index] : NULL;
}

static bool is_in_window(const struct when *when, int64_t now_ns)
{
	return now_ns >= when->after_ns && now_ns < when->until_ns;
}

static bool has_followed(const struct asking *asking)
{
	const struct when *when = &asking->rule->when;
	const struct live_rule *state = state_of(asking);
	if (!when->after_rule.name)
		return true;
	return state && state->followed_at_ns != INT64_MAX &&
	       asking->site->now_ns - state->followed_at_ns < when->after_rule.for_ns;
}

static bool is_for_caller(const struct asking *asking)
{
	const struct when *when = &asking->rule->when;
	const struct who_known *known = asking->live ? &asking->live->world.who : NULL;
	return who_is(when->by, asking->site, known) && who_is_not(when->not_by, asking->site, known);
}

static bool is_crowded(const struct when *when, const struct site *site)
{
	return ordinals_have(&when->concurrent, site->opens) && ordinals_have(&when->total_concurrent, site->opens_all);
}

static bool is_triggered(const struct asking *asking)
{
	const char *path = asking->rule->when.trigger_file;
	const struct live *live = asking->live;
	return !path || (live && live->world.exists && live->world.exists(live->world.data, path));
}

/* What costs a system call comes last. */
bool when_holds(const struct asking *asking)
{
	const struct when *when = &asking->rule->when;
	return is_in_window(when, asking->site->now_ns) && is_crowded(when, asking->site) && has_followed(asking) &&
	       is_for_caller(asking) && is_triggered(asking);
}

/* ---- bytes ---- */

bool when_counts_bytes(const struct when *when)
{
	return when->bytes.first || when->bytes.end != UINT64_MAX || when->total_bytes.first || when->total_bytes.end != UINT64_MAX;
}

uint64_t when_bytes_wanted(const struct site *site)
{
	if (site->op != OP_read)
		return site->length;
	uint64_t there = site->size > site->offset ? site->size - site->offset : 0;
	return site->length < there ? site->length : there;
}

/* Narrow [*first, *end), bytes of a request, to those in a range of bytes moved, of which `moved` came before it. */
static void narrow(const struct range *range, uint64_t moved, uint64_t *first, uint64_t *end)
{
	if (range->first > moved && range->first - moved > *first)
		*first = range->first - moved;
	uint64_t left = range->end > moved ? range->end - moved : 0;
	if (range->end != UINT64_MAX && left < *end)
		*end = left;
}

uint64_t when_first_byte(const struct asking *asking, uint64_t first, uint64_t end)
{
	const struct when *when = &asking->rule->when;
	const struct live_rule *state = state_of(asking);
	uint64_t wanted = when_bytes_wanted(asking->site);
	if (wanted < end)
		end = wanted;
	narrow(&when->bytes, asking->tally->moved, &first, &end);
	narrow(&when->total_bytes, state ? state->moved : 0, &first, &end);
	return first < end ? first : UINT64_MAX;
}

/* ---- choosing ---- */

uint64_t when_draw_place(const struct asking *asking)
{
	const struct rule *rule = asking->rule;
	const struct site *site = asking->site;
	bool placed = site->op == OP_read || site->op == OP_write || site->op == OP_fallocate;
	bool by_offset = rule->when.draw == DRAW_BY_OFFSET || (rule->when.draw == DRAW_AUTO && placed);
	return rule->kind->steady ? 0 : by_offset ? site->offset : asking->tally->seen;
}

static bool is_drawn(const struct asking *asking)
{
	const struct rule *rule = asking->rule;
	if (rule->when.probability >= 1)
		return true;
	const struct draw_key key = {
		.seed = asking->plan->seed,
		.who = rule->id,
		.path = draw_text(asking->site->path),
		.where = when_draw_place(asking),
	};
	return draw_chance(&key, rule->when.probability);
}

/* May a rule strike once more, after all that it struck of all files? */
static bool has_some_left(const struct asking *asking)
{
	const struct when *when = &asking->rule->when;
	const struct live_rule *state = state_of(asking);
	int64_t now_ns = asking->site->now_ns;
	if (when->total == UINT64_MAX && !when->every_ns)
		return true;
	if (!state || (when->every_ns && state->fired && now_ns - state->fired_at_ns < when->every_ns))
		return false;
	bool is_new = when->per_ns && state->fired && now_ns / when->per_ns != state->fired_at_ns / when->per_ns;
	return is_new || (when->per_ns ? state->fired_in_stretch : state->fired) < when->total;
}

bool when_chooses(const struct asking *asking)
{
	const struct when *when = &asking->rule->when;
	const struct tally *tally = asking->tally;
	return ordinals_have(&when->nth, tally->seen) && (!when->sequence || sequence_has(when->sequence, tally->seen)) &&
	       tally->fired < when->times && has_some_left(asking) && is_drawn(asking);
}

static bool counts_handles(const struct ordinals *ordinals)
{
	return ordinals->first > 0;
}

bool when_is_bound_to_schedule(const struct when *when)
{
	return when->after_rule.name || when->trigger_file || when->total != UINT64_MAX || when->every_ns ||
	       when->total_bytes.first || when->total_bytes.end != UINT64_MAX || counts_handles(&when->concurrent) ||
	       counts_handles(&when->total_concurrent);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the state of rules and groups. */
#include "faults/live.h"

#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

int live_init(struct live *live, const struct plan *plan)
{
	*live = (struct live){.plan = plan};
	live->rules = calloc(plan->rules.count + 1, sizeof *live->rules);
	live->groups = calloc(plan->groups.count + 1, sizeof *live->groups);
	if (!live->rules || !live->groups)
		return -ENOMEM;
	for (size_t i = 0; i < plan->rules.count; i++)
		live->rules[i].on = true;
	for (size_t i = 0; i < plan->groups.count; i++)
		live->groups[i] = plan->groups.at[i].on;
	live_reset(live);
	return 0;
}

void live_fini(struct live *live)
{
	lines_fini(&live->lines);
	free(live->rules);
	free(live->groups);
	mended_clear(&live->mended);
	*live = (struct live){0};
}

static const struct live_rule untouched = {
	.first_hit_ns = INT64_MAX,
	.followed_at_ns = INT64_MAX,
	.reset_ns = INT64_MIN,
	.out = {.seen_ns = INT64_MIN, .ended_ns = INT64_MIN, .healed_ns = INT64_MIN},
};

/* Healed places are kept by the index of their rule. */
static void take_over_mended(struct live *live, struct live *former)
{
	live->mended = former->mended;
	former->mended = (struct mended){0};
	for (size_t i = 0; i < live->mended.files.count; i++) {
		struct mended_file *file = &live->mended.files.at[i];
		const struct rule *rule = plan_rule_of_serial(live->plan, former->plan->rules.at[file->rule]->serial);
		if (rule)
			file->rule = rule->index;
		else
			mended_drop(&live->mended, i--);
	}
}

void live_take_over(struct live *live, struct live *former)
{
	if (live->plan && former->plan) {
		live->lines = former->lines; /* by the names of rules */
		former->lines = (struct lines){0};
		take_over_mended(live, former);
	}
	for (size_t i = 0; live->plan && former->plan && i < live->plan->rules.count; i++) {
		const struct rule *old = plan_rule_of_serial(former->plan, live->plan->rules.at[i]->serial);
		if (old)
			live->rules[i] = former->rules[old->index];
	}
	for (size_t i = 0; live->plan && former->plan && i < live->plan->groups.count; i++)
		for (size_t k = 0; k < former->plan->groups.count; k++)
			if (strcmp(live->plan->groups.at[i].name, former->plan->groups.at[k].name) == 0)
				live->groups[i] = former->groups[k];
}

void live_reset(struct live *live)
{
	mended_clear(&live->mended);
	lines_fini(&live->lines);
	for (size_t i = 0; live->plan && i < live->plan->rules.count; i++) {
		bool on = live->rules[i].on;
		live->rules[i] = untouched;
		live->rules[i].on = on;
	}
}

bool live_is_on(const struct live *live, const struct rule *rule)
{
	return !live || (live->rules[rule->index].on && (rule->group == PLAN_NO_GROUP || live->groups[rule->group]));
}

/* The group of this name, or PLAN_NO_GROUP. */
static size_t group_named(const struct live *live, const char *name)
{
	for (size_t i = 0; live->plan && i < live->plan->groups.count; i++)
		if (strcmp(live->plan->groups.at[i].name, name) == 0)
			return i;
	return PLAN_NO_GROUP;
}

/* Is the rule meant by the name of a group, if it is one, or by its own? */
static bool is_meant(const struct rule *rule, size_t group, const char *name)
{
	return group != PLAN_NO_GROUP ? rule->group == group : strcmp(name, "*") == 0 || strcmp(rule->name, name) == 0;
}

size_t live_switch(struct live *live, const char *name, bool on)
{
	size_t count = 0, group = group_named(live, name);
	if (group != PLAN_NO_GROUP)
		live->groups[group] = on;
	for (size_t i = 0; live->plan && i < live->plan->rules.count; i++) {
		if (!is_meant(live->plan->rules.at[i], group, name))
			continue;
		if (group == PLAN_NO_GROUP)
			live->rules[i].on = on;
		live->rules[i].out.healed_ns = INT64_MIN;
		count++;
	}
	return count;
}

void live_fired(struct live *live, const struct rule *rule, int64_t now_ns)
{
	struct live_rule *state = &live->rules[rule->index];
	int64_t per_ns = rule->when.per_ns;
	if (per_ns && now_ns / per_ns != state->fired_at_ns / per_ns)
		state->fired_in_stretch = 0;
	state->fired++;
	state->fired_in_stretch++;
	state->fired_at_ns = now_ns;
}

void live_count_cut(struct live *live, const struct rule *rule)
{
	live->rules[rule->index].cuts++;
}

void live_count(struct live *live, const struct rule *rule, int64_t now_ns)
{
	struct live_rule *state = &live->rules[rule->index];
	if (!state->hits++)
		state->first_hit_ns = now_ns;
	for (uint32_t i = rule->first_follower; i != PLAN_NO_RULE; i = live->plan->rules.at[i]->next_follower)
		if (state->hits == live->plan->rules.at[i]->when.after_rule.hits)
			live->rules[i].followed_at_ns = now_ns;
}

/* ---- outages ---- */

static const struct outage *outage_of(const struct rule *rule)
{
	return rule->kind->outage ? rule->kind->outage(rule) : NULL;
}

size_t live_heal(struct live *live, const char *name, int64_t now_ns)
{
	size_t count = 0, group = group_named(live, name);
	for (size_t i = 0; live->plan && i < live->plan->rules.count; i++) {
		const struct rule *rule = live->plan->rules.at[i];
		struct live_rule *state = &live->rules[i];
		struct span span;
		bool begun = now_ns >= rule->when.after_ns; /* of one that is to come nothing can be over */
		if (!is_meant(rule, group, name) || !outage_of(rule) || !begun)
			continue;
		if (live_is_out(live, rule, outage_of(rule), now_ns, &span))
			state->out.ended_ns = now_ns;
		state->out.healed_ns = now_ns;
		count++;
	}
	return count;
}

/* An outage lasts no longer than its rule's own window. */
static void end_with_rule(const struct rule *rule, struct span *span)
{
	if (span->end_ns > rule->when.until_ns)
		span->end_ns = rule->when.until_ns;
}

bool live_outage(const struct live *live, const struct rule *rule, const struct outage *outage, int64_t now_ns, struct span *out)
{
	const struct live_rule *state = live ? &live->rules[rule->index] : &untouched;
	if (!live_is_on(live, rule) || !window_latest(&outage->window, now_ns, out) || now_ns >= out->end_ns ||
	    out->start_ns <= state->out.healed_ns)
		return false;
	end_with_rule(rule, out);
	return true;
}

bool live_is_healed(const struct live *live, const struct rule *rule, int64_t now_ns, int64_t *next_ns)
{
	const struct outage *outage = outage_of(rule);
	struct span span;
	if (!outage || !live_is_on(live, rule) || !window_latest(&outage->window, now_ns, &span))
		return false;
	end_with_rule(rule, &span);
	*next_ns = outage->window.every_ns ? span.start_ns + outage->window.every_ns : INT64_MAX;
	return now_ns < span.end_ns && span.start_ns <= live->rules[rule->index].out.healed_ns;
}

bool live_is_out(struct live *live, const struct rule *rule, const struct outage *outage, int64_t now_ns, struct span *out)
{
	bool is_out = live_outage(live, rule, outage, now_ns, out);
	if (is_out && live)
		live->rules[rule->index].out.seen_ns = now_ns;
	return is_out;
}

int64_t live_last_outage_ns(const struct live *live, const struct rule *rule)
{
	const struct live_rule *state = &live->rules[rule->index];
	return state->out.seen_ns > state->out.ended_ns ? state->out.seen_ns : state->out.ended_ns;
}

bool live_holds(struct live *live, const struct rule *rule, bool by_outage, int64_t now_ns)
{
	struct span span;
	return by_outage ? live_is_out(live, rule, outage_of(rule), now_ns, &span) : live_is_on(live, rule);
}

bool live_mend(struct live *live, const struct rule *rule, const struct site *site, uint64_t end)
{
	const uint64_t sector = rule->heal_sector;
	if (!sector)
		return false;
	struct range run = {.first = (site->offset + sector - 1) / sector * sector, .end = end / sector * sector};
	if (run.first >= run.end || run.end <= rule->range.first || run.first >= rule->range.end)
		return false;
	struct range bad = mended_gap(&live->mended, site->file, rule->index, run);
	return bad.first < bad.end && mended_add(&live->mended, site->file, rule->index, run) == 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the state of rules and groups. */
#include "faults/live.h"

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
	free(live->rules);
	free(live->groups);
	*live = (struct live){0};
}

void live_reset(struct live *live)
{
	for (size_t i = 0; live->plan && i < live->plan->rules.count; i++)
		live->rules[i] = (struct live_rule){.on = live->rules[i].on, .first_hit_ns = INT64_MAX, .followed_at_ns = INT64_MAX};
}

bool live_is_on(const struct live *live, const struct rule *rule)
{
	return !live || (live->rules[rule->index].on && (rule->group == PLAN_NO_GROUP || live->groups[rule->group]));
}

/* Returns how many rules are in the group. */
static size_t switch_group(struct live *live, size_t group, bool on)
{
	size_t count = 0;
	live->groups[group] = on;
	for (size_t i = 0; i < live->plan->rules.count; i++)
		count += live->plan->rules.at[i]->group == group;
	return count;
}

size_t live_switch(struct live *live, const char *name, bool on)
{
	size_t count = 0;
	for (size_t i = 0; live->plan && i < live->plan->groups.count; i++)
		if (strcmp(live->plan->groups.at[i].name, name) == 0)
			return switch_group(live, i, on);
	for (size_t i = 0; live->plan && i < live->plan->rules.count; i++)
		if (strcmp(name, "*") == 0 || strcmp(live->plan->rules.at[i]->name, name) == 0) {
			live->rules[i].on = on;
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

void live_count_cut(struct live *live, const struct rule *rule, int64_t now_ns)
{
	struct live_rule *state = &live->rules[rule->index];
	if (!state->hits++)
		state->first_hit_ns = now_ns;
}

void live_count(struct live *live, const struct rule *rule, int64_t now_ns)
{
	struct live_rule *state = &live->rules[rule->index];
	live_count_cut(live, rule, now_ns);
	state->struck++;
	for (uint32_t i = rule->first_follower; i != PLAN_NO_RULE; i = live->plan->rules.at[i]->next_follower)
		if (state->struck == live->plan->rules.at[i]->when.after_rule.hits)
			live->rules[i].followed_at_ns = now_ns;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Ties rules to those that they wait for (`after_rule`), and refuses those that would wait for ever. */
#include "base/nearest.h"
#include "base/scope.h"
#include "faults/kinds.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All rules, by name. */
struct by_name {
	struct rule **at;
	size_t count;
};

static int compare_rules(const void *a, const void *b)
{
	return strcmp((*(struct rule *const *)a)->name, (*(struct rule *const *)b)->name);
}

static int compare_name(const void *name, const void *rule)
{
	return strcmp(name, (*(struct rule *const *)rule)->name);
}

static struct yaml_at where_it_stands(struct yaml_at plan_at, const struct rule *rule)
{
	struct yaml_at rules = yaml_get(plan_at, "rules");
	struct yaml_at at = {rules.doc, rules.node->type == YAML_LIST ? rules.node->items[rule->index] : rules.node};
	return yaml_get(yaml_get(at, "when"), "after_rule");
}

static int join_one(struct yaml_at at, const struct plan *plan, const struct by_name *names, struct rule *rule, struct err *err)
{
	char hint[NEAREST_HINT_SIZE];
	const char *name = rule->when.after_rule.name;
	struct rule **found = bsearch(name, names->at, names->count, sizeof(struct rule *), compare_name);
	if (!found)
		return yaml_error(at, err, "the plan has no rule '%s'%s", name, nearest_hint(hint, plan_nearest_rule(plan, name)));
	struct rule *first = *found;
	if (first->when.total < rule->when.after_rule.hits && !first->when.per_ns)
		return yaml_error(at, err, "this rule can never strike ('%s' strikes %llu times at most)", name,
				  (unsigned long long)first->when.total);
	if (rule->when.until_ns <= first->when.after_ns)
		return yaml_error(at, err, "this rule can never strike (its time is over before that of '%s')", name);
	rule->when.after_rule.index = first->index;
	rule->next_follower = first->first_follower;
	first->first_follower = rule->index;
	return 0;
}

/* Follow each rule to the one that waits for nobody. Each is passed once: `seen` says from where. */
static const struct rule *find_cycle(const struct plan *plan, uint32_t *seen)
{
	for (uint32_t i = 0; i < plan->rules.count; i++)
		for (uint32_t at = i; at != PLAN_NO_RULE; at = plan->rules.at[at]->when.after_rule.index) {
			if (seen[at] == i + 1)
				return plan->rules.at[at];
			if (seen[at])
				break;
			seen[at] = i + 1;
		}
	return NULL;
}

static int refuse_cycles(struct yaml_at plan_at, const struct plan *plan, struct err *err)
{
	SCOPED_FREE uint32_t *seen = calloc(plan->rules.count, sizeof *seen);
	if (!seen)
		return err_set(err, ENOMEM, "out of memory");
	const struct rule *rule = find_cycle(plan, seen);
	if (!rule)
		return 0;
	return yaml_error(where_it_stands(plan_at, rule), err, "'%s' waits for itself, and can never strike%s%s%s", rule->name,
			  rule->when.after_rule.index == rule->index ? "" : " (by way of '",
			  rule->when.after_rule.index == rule->index ? "" : rule->when.after_rule.name,
			  rule->when.after_rule.index == rule->index ? "" : "')");
}

static bool any_waits(const struct plan *plan)
{
	for (size_t i = 0; i < plan->rules.count; i++)
		if (plan->rules.at[i]->when.after_rule.name)
			return true;
	return false;
}

int when_join_rules(struct yaml_at plan_at, struct plan *plan, struct err *err)
{
	if (!any_waits(plan))
		return 0;
	SCOPED_FREE struct rule **sorted = calloc(plan->rules.count, sizeof *sorted);
	if (!sorted)
		return err_set(err, ENOMEM, "out of memory");
	memcpy(sorted, plan->rules.at, plan->rules.count * sizeof *sorted);
	qsort(sorted, plan->rules.count, sizeof *sorted, compare_rules);
	const struct by_name names = {sorted, plan->rules.count};
	int rc = 0;
	for (size_t i = 0; !rc && i < plan->rules.count; i++) {
		struct rule *rule = plan->rules.at[i];
		if (rule->when.after_rule.name)
			rc = join_one(where_it_stands(plan_at, rule), plan, &names, rule, err);
	}
	return rc ? rc : refuse_cycles(plan_at, plan, err);
}

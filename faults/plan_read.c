/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads plans from YAML. */
#include "base/nearest.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "faults/plan.h"
#include "faults/plan_check.h"
#include "faults/plan_rules.h"
#include "faults/rule_index.h"

#include <errno.h>
#include <string.h>

/* ---- groups ---- */

/* One key of `groups`: a name, and whether it is on at first. */
static int read_one_group(struct plan *plan, struct yaml_at name, struct yaml_at value, struct err *err)
{
	struct group *group = vec_add(&plan->groups);
	if (!group)
		return err_set(err, ENOMEM, "out of memory");
	int rc = yaml_line(name, &group->name, err);
	return rc ? rc : yaml_bool(value, &group->on, err);
}

static int read_groups(struct yaml_at at, void *into, struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "'groups' is a mapping of names to on or off");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read_one_group(into, (struct yaml_at){at.doc, at.node->items[i]},
				    (struct yaml_at){at.doc, at.node->items[i + 1]}, err);
	return rc;
}

static int find_group(struct yaml_at at, const struct plan *plan, uint32_t *index, struct err *err)
{
	const char *name = yaml_scalar(at, err);
	for (*index = 0; *index < plan->groups.count; ++*index)
		if (strcmp(plan->groups.at[*index].name, name) == 0)
			return 0;
	const char *near = nearest_in(plan->groups.at, plan->groups.count, sizeof *plan->groups.at, name);
	char hint[NEAREST_HINT_SIZE];
	return yaml_error(at, err, "the plan has no group '%s'%s", name,
			  near ? nearest_hint(hint, near) : " (name it and its first state in 'groups': {NAME: on})");
}

/* Turn the names of groups that rules give into numbers. */
static int join_groups(struct yaml_at root, const struct plan *plan, struct err *err)
{
	struct yaml_at rules = yaml_get(root, "rules");
	int rc = 0;
	for (size_t i = 0; !rc && i < plan->rules.count; i++) {
		struct yaml_at rule = {rules.doc, rules.node->type == YAML_LIST ? rules.node->items[i] : rules.node};
		struct yaml_at group = yaml_get(rule, "group");
		if (group.node)
			rc = find_group(group, plan, &plan->rules.at[i]->group, err);
	}
	return rc;
}

/* ---- the plan ---- */

/* What is durable is decided while programs write, before any cut: by one promise. */
static int check_cuts(struct yaml_at root, const struct plan *plan, struct err *err)
{
	const struct rule *first = NULL;
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (rule->kind != &kind_cut)
			continue;
		if (first && first->effect.cut.model != rule->effect.cut.model)
			return yaml_error(root, err, "rules %s and %s cut the power of different models of a filesystem: a plan has one",
					  first->name, rule->name);
		first = first ? first : rule;
	}
	return 0;
}

static const struct yaml_field plan_fields[] = {
	{"version", yaml_version1, 0, true},
	YAML_FIELD(struct plan, "name", name, yaml_line),
	YAML_FIELD(struct plan, "title", title, yaml_line),
	YAML_FIELD(struct plan, "seed", seed, yaml_number),
	{"groups", read_groups, 0, false},
	{"rules", rules_yaml, 0, false},
	{"allocations", alloc_rules_yaml, 0, false},
};

static int take_document(const struct yaml *doc, struct plan **out, struct err *err)
{
	struct plan *plan = calloc(1, sizeof *plan);
	if (!plan)
		return err_set(err, ENOMEM, "out of memory");
	int rc = yaml_fields(yaml_root(doc), "plan", plan_fields, COUNT_OF(plan_fields), plan, err);
	if (!rc)
		rc = join_groups(yaml_root(doc), plan, err);
	if (!rc)
		rc = when_join_rules(yaml_root(doc), plan, err);
	if (!rc)
		rc = plan_check(plan, yaml_root(doc), err);
	if (!rc)
		rc = check_cuts(yaml_root(doc), plan, err);
	if (!rc && !plan->rules.count && !plan->allocations.count)
		rc = yaml_error(yaml_root(doc), err, "the plan has neither rules nor allocations: it would inject nothing");
	if (!rc && !plan->name && !(plan->name = strdup(doc->name)))
		rc = err_set(err, ENOMEM, "out of memory");
	if (rc) {
		plan_free(plan);
		return rc;
	}
	plan_index(plan);
	*out = plan;
	return 0;
}

int plan_parse(const char *name, const char *text, size_t length, struct plan **out, struct err *err)
{
	*out = NULL;
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = yaml_parse(name, text, length, &doc, err);
	return rc ? rc : take_document(doc, out, err);
}

int plan_load(const char *path, struct plan **out, struct err *err)
{
	*out = NULL;
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = yaml_load(path, &doc, err);
	return rc ? rc : take_document(doc, out, err);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->rules.count; i++)
		plan_rule_free(plan->rules.at[i]);
	for (size_t i = 0; i < plan->groups.count; i++)
		free(plan->groups.at[i].name);
	for (size_t i = 0; i < plan->allocations.count; i++)
		plan_allocation_clear(&plan->allocations.at[i]);
	for (size_t i = 0; i < plan->doubts.count; i++)
		free(plan->doubts.at[i]);
	rule_index_free(plan->index);
	free(plan->by_serial);
	vec_free(&plan->rules);
	vec_free(&plan->doubts);
	vec_free(&plan->groups);
	vec_free(&plan->allocations);
	free(plan->name);
	free(plan->title);
	free(plan);
}

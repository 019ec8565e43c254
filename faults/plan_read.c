/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads plans from YAML, and refuses rules that could never strike. */
#include "base/buf.h"
#include "base/draw.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "faults/loss.h"
#include "faults/plan.h"
#include "faults/plan_check.h"
#include "faults/rule_index.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

/* Operations whose requests have a place in the file. */
#define OPSET_LOCKS (OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock) | OP_BIT(unlock))
#define OPSET_PLACED (OP_BIT(read) | OP_BIT(write) | OP_BIT(fallocate) | OPSET_LOCKS)

/* ---- rules ---- */

static int read_volume(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	size_t good = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (text[good])
		return yaml_error(at, err, "'%s' is no name of a volume (in, out, ...)", text);
	return yaml_text(at, into, err);
}

static int read_range(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	if (rule->ranged)
		return yaml_error(at, err, "'offset' and 'entries' both limit the place: give one");
	rule->ranged = true;
	return yaml_byte_range(at, &rule->range, err);
}

struct heal_text {
	struct ops_choice on;
	uint32_t sector;
};

static const struct yaml_field heal_fields[] = {
	YAML_REQUIRED(struct heal_text, "on", on, ops_yaml),
	YAML_FIELD(struct heal_text, "sector", sector, loss_sector_yaml),
};

static int read_heal(struct yaml_at at, void *into, struct err *err)
{
	struct heal_text text = {.sector = 512};
	int rc = at.node->type == YAML_MAP ? yaml_fields(at, "'heal'", heal_fields, COUNT_OF(heal_fields), &text, err)
					   : ops_yaml(at, &text.on, err);
	if (!rc && (text.on.grouped || text.on.named != OP_BIT(write)))
		return yaml_error(at, err, "only a write heals a bad sector: heal: write");
	((struct rule *)into)->heal_sector = text.sector;
	return rc;
}

/* The name of the group is looked up when the whole plan is read: `groups` may stand behind `rules`. */
static int read_group(struct yaml_at at, void *into, struct err *err)
{
	(void)into;
	return yaml_scalar(at, err) ? 0 : -EINVAL;
}

static int take_kind(const struct kind *kind, struct yaml_at at, struct rule *rule, struct err *err)
{
	if (rule->kind)
		return yaml_error(at, err, "a rule has one effect, this one has '%s' and '%s' (write two rules)",
				  rule->kind->name, kind->name);
	rule->kind = kind;
	return kind->read(at, rule, err);
}

#define KIND_READER(key)                                                                \
	static int read_##key(struct yaml_at at, void *into, struct err *err)           \
	{                                                                               \
		return take_kind(&kind_##key, at, into, err);                           \
	}
KINDS(KIND_READER)

#define KIND_FIELD(key) {#key, read_##key, 0, false},

static const struct yaml_field rule_fields[] = {
	YAML_FIELD(struct rule, "name", name, yaml_line),
	{"group", read_group, 0, false},
	YAML_FIELD(struct rule, "volume", volume, read_volume),
	YAML_FIELD(struct rule, "path", path, yaml_glob),
	YAML_FIELD(struct rule, "on", choice, ops_yaml),
	{"offset", read_range, 0, false},
	{"entries", read_range, 0, false},
	{"heal", read_heal, 0, false},
	YAML_FIELD(struct rule, "when", when, when_yaml),
	YAML_FIELD(struct rule, "must_fire", must_fire, yaml_bool),
	KINDS(KIND_FIELD)
};

static bool can_fail_with(const struct rule *rule, int error)
{
	for (int i = 0; i < rule->effect.fail.count; i++)
		if (rule->effect.fail.errors[i] == error)
			return true;
	return false;
}

/* What a rule of its kind may name. The kernel makes of a lock's EINTR an error of its own, 512, which programs then get
 * (fuse_setlk() in fs/fuse/file.c). */
static opset allowed_to(const struct rule *rule)
{
	bool interrupts = rule->kind == &kind_fail && can_fail_with(rule, EINTR);
	return rule->kind->allowed & ~(interrupts ? OP_BIT(setlk) | OP_BIT(flock) | OP_BIT(unlock) : 0);
}

static int check_ops(struct yaml_at at, struct rule *rule, struct err *err)
{
	const struct kind *kind = rule->kind;
	opset can = allowed_to(rule);
	opset asked = rule->choice.named | rule->choice.grouped;
	if (!asked && !kind->usual)
		return yaml_error(at, err, "'%s' needs 'on': which operations?", kind->name);
	/* A group may name more than a kind can do; what is named one by one must be possible. */
	opset impossible = rule->choice.named & ~can;
	rule->on = asked ? asked & can : kind->usual;
	if (!rule->on || impossible) {
		char allowed[OPS_TEXT_SIZE], wrong[OPS_TEXT_SIZE];
		return yaml_error(at, err, "'%s' has no effect on %s (only on %s)", kind->name,
				  ops_text(impossible ? impossible : asked, wrong), ops_text(can, allowed));
	}
	return 0;
}

/* What is served as `in` is a corpus: nothing there can be changed. */
static int check_volume(struct yaml_at at, const struct rule *rule, struct err *err)
{
	char ops[OPS_TEXT_SIZE];
	if (!rule->volume || strcmp(rule->volume, "in") != 0 || rule->on & ~OPSET_CHANGES)
		return 0;
	return yaml_error(at, err, "this rule can never strike (volume in is a corpus, and read-only: %s)", ops_text(rule->on, ops));
}

static int check_place(struct yaml_at at, const struct rule *rule, struct err *err)
{
	if (yaml_get(at, "entries").node && rule->on != OP_BIT(readdir))
		return yaml_error(at, err, "'entries' counts names in a listing: it goes with 'on: readdir' alone");
	if (yaml_get(at, "offset").node && rule->on & ~OPSET_PLACED)
		return yaml_error(at, err, "'offset' goes with operations on bytes alone: read, write, fallocate, locks");
	if (rule->volume && strcmp(rule->volume, "in") == 0 && loss_is_of_changes(rule))
		return yaml_error(at, err, "this rule can never strike (volume in is a corpus, and read-only: nothing in it was ever written)");
	if (rule->heal_sector && (rule->kind != &kind_fail || rule->on != OP_BIT(read)))
		return yaml_error(at, err, "'heal' goes with 'fail' and 'on: read' alone: a sector that cannot be read until it is written");
	if (rule->kind == &kind_corrupt && rule->effect.corrupt.mode == CORRUPT_STALE && rule->on != OP_BIT(read))
		return yaml_error(at, err, "stale bytes are what a reader gets: 'corrupt: stale' goes with 'on: read' alone");
	return when_check(at, rule, err);
}

/* The rules of a plan while they are read; names is a tsearch(3) tree, because a plan may have very many. */
struct rules_text {
	struct plan *plan;
	void *names;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void leave_name(void *name)
{
	(void)name; /* the rule's */
}

static int check_name(struct yaml_at at, void **names, struct rule *rule, struct err *err)
{
	if (!rule->name && asprintf(&rule->name, "rule-%u", rule->index + 1) < 0)
		return err_set(err, ENOMEM, "out of memory");
	rule->id = draw_text(rule->name);
	char **found = tsearch(rule->name, names, by_text);
	if (!found)
		return err_set(err, ENOMEM, "out of memory");
	return *found == rule->name ? 0 : yaml_error(at, err, "two rules are named '%s'", rule->name);
}

static int lacks_effect(struct yaml_at at, struct err *err)
{
	SCOPED(buf_free) struct buf names = {0};
	for (size_t i = 0; kinds_at(i); i++)
		buf_printf(&names, "%s%s", !i ? "" : kinds_at(i + 1) ? ", " : " or ", kinds_at(i)->name);
	return yaml_error(at, err, "the rule has no effect: give it %s", buf_string(&names));
}

static struct rule *rule_new(struct plan *plan)
{
	struct rule *rule = calloc(1, sizeof *rule);
	struct rule **slot = rule ? vec_add(&plan->rules) : NULL;
	if (!slot) {
		free(rule);
		return NULL;
	}
	rule->index = (uint32_t)(plan->rules.count - 1);
	rule->range.end = UINT64_MAX;
	rule->when = when_always;
	rule->group = PLAN_NO_GROUP;
	rule->first_follower = rule->next_follower = PLAN_NO_RULE;
	return *slot = rule;
}

static int read_rule(struct yaml_at at, void *into, struct err *err)
{
	struct rules_text *text = into;
	struct plan *plan = text->plan;
	if (plan->rules.count >= PLAN_RULES_MAX)
		return yaml_error(at, err, "more than %d rules", PLAN_RULES_MAX);
	struct rule *rule = rule_new(plan);
	if (!rule)
		return err_set(err, ENOMEM, "out of memory");
	int rc = yaml_fields(at, "rule", rule_fields, COUNT_OF(rule_fields), rule, err);
	if (!rc && !rule->kind)
		rc = lacks_effect(at, err);
	if (!rc)
		rc = check_name(at, &text->names, rule, err);
	if (!rc)
		rc = check_ops(at, rule, err);
	if (!rc)
		rc = check_volume(at, rule, err);
	return rc ? rc : check_place(at, rule, err);
}

/* ---- the plan ---- */

static int read_rules(struct yaml_at at, void *into, struct err *err)
{
	struct rules_text text = {.plan = into};
	int rc = yaml_each(at, read_rule, &text, err);
	tdestroy(text.names, leave_name);
	return rc;
}

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
	{"rules", read_rules, 0, false},
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

static void rule_free(struct rule *rule)
{
	free(rule->name);
	free(rule->volume);
	glob_free(rule->path);
	when_clear(&rule->when);
	free(rule);
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->rules.count; i++)
		rule_free(plan->rules.at[i]);
	for (size_t i = 0; i < plan->groups.count; i++)
		free(plan->groups.at[i].name);
	for (size_t i = 0; i < plan->allocations.count; i++)
		plan_allocation_clear(&plan->allocations.at[i]);
	for (size_t i = 0; i < plan->doubts.count; i++)
		free(plan->doubts.at[i]);
	rule_index_free(plan->index);
	vec_free(&plan->rules);
	vec_free(&plan->doubts);
	vec_free(&plan->groups);
	vec_free(&plan->allocations);
	free(plan->name);
	free(plan->title);
	free(plan);
}

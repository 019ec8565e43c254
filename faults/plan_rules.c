/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads rules, and refuses those that could never strike, as far as a single rule shows it. */
#include "faults/plan_rules.h"

#include "base/buf.h"
#include "base/draw.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "faults/loss.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

/* Operations whose requests have a place in the file. */
#define OPSET_LOCKS (OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock) | OP_BIT(unlock))
#define OPSET_PLACED (OP_BIT(read) | OP_BIT(write) | OP_BIT(fallocate) | OPSET_LOCKS)

/* ---- keys ---- */

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

/* Keys of `when` that people write beside it. */
#define CONDITIONS(X) X(nth) X(sequence) X(times) X(total) X(per) X(every) X(probability) X(draw) X(after) X(until) X(comm) X(pid) X(uid) \
	X(trigger_file) X(after_rule) X(concurrent)

#define CONDITION_READER(key)                                                           \
	static int misplaced_##key(struct yaml_at at, void *into, struct err *err)      \
	{                                                                               \
		(void)into;                                                             \
		return yaml_error(at, err, "'" #key "' belongs below 'when': when: {" #key ": ...}"); \
	}
CONDITIONS(CONDITION_READER)

/* What a program gets to see is the value of 'fail'. */
static int misnamed_error(struct yaml_at at, void *into, struct err *err)
{
	(void)into;
	return yaml_error(at, err, "a rule has no 'error' or 'errno' (it is written: fail: %s)",
			  at.node->type == YAML_SCALAR ? at.node->text : "EIO");
}

#define MISNAMED_ERROR(key) {#key, misnamed_error, 0, false},

#define CONDITION_FIELD(key) {#key, misplaced_##key, 0, false},

static const struct yaml_field rule_fields[] = {
	YAML_FIELD(struct rule, "name", name, yaml_line),
	{"group", read_group, 0, false},
	YAML_FIELD(struct rule, "volume", volume, read_volume),
	YAML_FIELD(struct rule, "path", path, yaml_glob),
	YAML_FIELD(struct rule, "on", choice, ops_yaml),
	{"offset", read_range, 0, false},
	{"entries", read_range, 0, false},
	MISNAMED_ERROR(error)
	MISNAMED_ERROR(errno)
	{"heal", read_heal, 0, false},
	YAML_FIELD(struct rule, "when", when, when_yaml),
	YAML_FIELD(struct rule, "must_fire", must_fire, yaml_bool),
	KINDS(KIND_FIELD)
	CONDITIONS(CONDITION_FIELD)
};

/* ---- what can never strike ---- */

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

/* ---- rules ---- */

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

int rules_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct rules_text text = {.plan = into};
	int rc = yaml_each(at, read_rule, &text, err);
	tdestroy(text.names, leave_name);
	return rc;
}

void plan_rule_free(struct rule *rule)
{
	free(rule->name);
	free(rule->volume);
	glob_free(rule->path);
	when_clear(&rule->when);
	free(rule);
}

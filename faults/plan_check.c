/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds the rules of a plan against one another. */
#include "faults/plan_check.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/scope.h"
#include "faults/kinds.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Pairs of rules that are looked at; a plan may have very many, and this is a help and no promise. */
#define PAIRS_MAX 4000000u
#define DOUBTS_MAX 20

#define DAY_NS (INT64_C(24) * 3600 * NS_PER_S)
#define YEAR_NS (365 * DAY_NS)
/* The kernel asks for no longer name, and libfuse's servers see none (NAME_MAX). */
#define COMPONENT_MAX 255

/* A rule that always ends what it is for. */
struct ender {
	const struct rule *rule;
	opset ended;
};

struct check {
	struct plan *plan;
	struct yaml_at rules; /* of the document */
	VEC(struct ender) enders; /* so far */
	uint64_t pairs;
	struct err *err;
};

static struct yaml_at place_of(const struct check *c, const struct rule *rule)
{
	struct yaml_at at = c->rules;
	if (at.node->type == YAML_LIST)
		at.node = at.node->items[rule->index];
	return at;
}

/* ---- rules that always end what they are for ---- */

/* Is there nothing in the rule that could keep it from striking? Told by its keys: one that this does not know may be a condition. */
static bool is_unconditional(struct yaml_at at, const struct rule *rule)
{
	static const char *const harmless[] = {"name", "volume", "path", "on", "must_fire"};
	if (at.node->type != YAML_MAP)
		return false;
	for (size_t i = 0; i < at.node->count; i += 2) {
		const char *key = at.node->items[i]->text;
		bool known = key && strcmp(key, rule->kind->name) == 0;
		for (size_t j = 0; key && j < COUNT_OF(harmless); j++)
			known |= strcmp(key, harmless[j]) == 0;
		if (!known)
			return false;
	}
	return true;
}

/* The operations that the rule ends whenever they are asked for. */
static opset ended_by(const struct check *c, const struct rule *rule)
{
	struct yaml_at at = place_of(c, rule);
	if (!is_unconditional(at, rule))
		return 0;
	if (rule->kind == &kind_missing)
		return rule->on & ((rule->effect.missing.lookup ? OP_BIT(lookup) : 0) |
				   (rule->effect.missing.readdir ? OP_BIT(listed) : 0));
	struct yaml_at value = yaml_get(at, rule->kind->name);
	bool ends = rule->kind == &kind_fail || rule->kind == &kind_deny || rule->kind == &kind_hang;
	return ends && value.node && value.node->type == YAML_SCALAR ? rule->on : 0;
}

/* ---- paths ---- */

static bool is_literal(const char *pattern, size_t length)
{
	return strcspn(pattern, "*?[]{}\\") >= length;
}

/* Does one pattern match all that another does? Only where that is plain to see. */
static bool covers(const struct glob *wide, const struct glob *narrow)
{
	const char *over = wide ? glob_text(wide) : "**", *under = narrow ? glob_text(narrow) : "**";
	size_t length = strlen(over);
	if (strcmp(over, "**") == 0 || strcmp(over, under) == 0)
		return true;
	if (is_literal(under, strlen(under)))
		return glob_match(wide, under);
	/* dir/ and all below it */
	return length > 3 && strcmp(over + length - 3, "/**") == 0 && is_literal(over, length - 3) &&
	       strncmp(over, under, length - 2) == 0;
}

static bool covers_place(const struct rule *wide, const struct rule *narrow)
{
	bool volume = !wide->volume || (narrow->volume && strcmp(wide->volume, narrow->volume) == 0);
	return volume && covers(wide->path, narrow->path);
}

/* ---- doubts ---- */

static int PRINTF(3, 4) doubt(struct check *c, const struct rule *rule, const char *format, ...)
{
	SCOPED(buf_free) struct buf text = {0};
	struct yaml_at at = place_of(c, rule);
	va_list args;
	if (c->plan->doubts.count >= DOUBTS_MAX)
		return 0;
	buf_printf(&text, "%s:%d:%d: rule '%s' ", at.doc->name, at.node->line + 1, at.node->column + 1, rule->name);
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	char **slot = vec_add(&c->plan->doubts);
	if (slot && (*slot = strdup(buf_string(&text))))
		return 0;
	return err_set(c->err, ENOMEM, "out of memory");
}

static int doubt_turn(struct check *c, const struct rule *rule, const struct rule *ender, const char *what)
{
	return doubt(c, rule, "will hardly strike: rule '%s' ends every %s of what it is for", ender->name, what);
}

/* What a program comes to only through an open file. */
#define OPSET_OPENED (OP_BIT(read) | OP_BIT(flush) | OP_BIT(lseek) | OP_BIT(write) | OP_BIT(fallocate) | OP_BIT(fsync))

static bool may_be_root(const struct rule *rule)
{
	return !rule->path || glob_match(rule->path, ".");
}

/* A file that cannot be looked up or opened is hardly read. It may be all the same: a new one, or one that was known before. */
static int doubt_access(struct check *c, const struct ender *ender, const struct rule *rule)
{
	opset ended = ender->ended;
	opset lookups = OP_BIT(lookup) | OP_BIT(create) | OP_BIT(mknod) | OP_BIT(mkdir) | OP_BIT(symlink) | OP_BIT(link) | OP_BIT(listed);
	if (ended & OP_BIT(lookup) && !(rule->on & (lookups | OP_BIT(rename))) && !may_be_root(rule))
		return doubt_turn(c, rule, ender->rule, "lookup");
	if (ended & OP_BIT(open) && !(rule->on & ~OPSET_OPENED) && (ended & OP_BIT(create) || !(rule->on & OPSET_CHANGES)))
		return doubt_turn(c, rule, ender->rule, "open");
	return 0;
}

/* ---- one rule ---- */

/* Has an earlier rule the last word wherever this one would have one? */
static int check_turn(struct check *c, const struct rule *rule)
{
	char ops[OPS_TEXT_SIZE];
	size_t doubts = c->plan->doubts.count;
	int rc = 0;
	for (size_t i = 0; !rc && i < c->enders.count && c->pairs < PAIRS_MAX; i++, c->pairs++) {
		const struct ender *ender = &c->enders.at[i];
		if (!covers_place(ender->rule, rule))
			continue;
		/* A rule with a group is there to be switched, and so perhaps is what stands before it. */
		if (!(rule->on & ~ender->ended) && rule->group != PLAN_NO_GROUP)
			return doubt_turn(c, rule, ender->rule, ops_text(rule->on, ops));
		if (!(rule->on & ~ender->ended))
			return yaml_error(place_of(c, rule), c->err,
					  "rule '%s' can never strike: rule '%s' before it ends every %s (put the narrower rule first)",
					  rule->name, ender->rule->name, ops_text(rule->on, ops));
		if (c->plan->doubts.count == doubts)
			rc = doubt_access(c, ender, rule);
	}
	return rc;
}

/* Numbers that are well formed, and that nothing comes to. */
static int check_numbers(struct check *c, const struct rule *rule)
{
	struct yaml_at at = place_of(c, rule);
	if (rule->ranged && rule->range.first > INT64_MAX)
		return yaml_error(at, c->err, "rule '%s' can never strike: it begins at byte %" PRIu64 ", and no file is longer than 2^63 - 1",
				  rule->name, rule->range.first);
	if (rule->when.nth.first > UINT32_MAX)
		return yaml_error(at, c->err, "rule '%s' can never strike: requests are counted to %" PRIu32 ", not to %" PRIu64, rule->name,
				  UINT32_MAX, rule->when.nth.first);
	if (rule->when.after_ns > YEAR_NS)
		return yaml_error(at, c->err, "rule '%s' can never strike: it waits for more than a year", rule->name);
	return 0;
}

/* The fewest characters of the longest component that the pattern takes; 0 where braces make several patterns of it. */
static size_t longest_component(const char *pattern)
{
	size_t longest = 0, length = 0;
	if (strchr(pattern, '{'))
		return 0;
	for (const char *at = pattern; *at; at++) {
		if (*at == '[' && strchr(at + 1 + strspn(at + 1, "!^]"), ']'))
			at = strchr(at + 1 + strspn(at + 1, "!^]"), ']');
		else if (*at == '\\' && at[1])
			at++;
		length = *at == '/' ? 0 : length + (*at != '*');
		longest = length > longest ? length : longest;
	}
	return longest;
}

static int check_names(struct check *c, const struct rule *rule)
{
	if (!rule->path || longest_component(glob_text(rule->path)) <= COMPONENT_MAX)
		return 0;
	return yaml_error(yaml_get(place_of(c, rule), "path"), c->err, "rule '%s' can never strike: no name has more than %d characters",
			  rule->name, COMPONENT_MAX);
}

static int doubt_numbers(struct check *c, const struct rule *rule)
{
	if (rule->kind == &kind_delay && rule->effect.delay.spread.latency_ns > DAY_NS)
		return doubt(c, rule, "delays by more than a day");
	return rule->when.after_ns > DAY_NS ? doubt(c, rule, "waits for more than a day") : 0;
}

static int check_rule(struct check *c, const struct rule *rule)
{
	int rc = check_numbers(c, rule);
	rc = rc ? rc : check_names(c, rule);
	rc = rc ? rc : check_turn(c, rule);
	rc = rc ? rc : doubt_numbers(c, rule);
	opset ended = rc ? 0 : ended_by(c, rule);
	if (!ended)
		return rc;
	struct ender *ender = vec_add(&c->enders);
	if (!ender)
		return err_set(c->err, ENOMEM, "out of memory");
	*ender = (struct ender){rule, ended};
	return 0;
}

int plan_check(struct plan *plan, struct yaml_at root, struct err *err)
{
	struct check check = {.plan = plan, .rules = yaml_get(root, "rules"), .err = err};
	int rc = 0;
	for (size_t i = 0; !rc && check.rules.node && i < plan->rules.count; i++)
		rc = check_rule(&check, plan->rules.at[i]);
	vec_free(&check.enders);
	return rc;
}

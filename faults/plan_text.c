/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes plans apart into lines, changes those, and puts them together again. */
#include "faults/plan_text.h"

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/nearest.h"
#include "base/quoted.h"
#include "base/scope.h"
#include "base/yaml.h"
#include "faults/kinds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- writing YAML, as JSON: scalars have no type of their own (base/yaml.h), so all of them may be texts ---- */

static void write_node(struct jsonw *j, const struct yaml_node *node)
{
	switch (node->type) {
	case YAML_MAP:
		jsonw_object(j);
		for (size_t i = 0; i + 1 < node->count; i += 2) {
			jsonw_key(j, node->items[i]->text);
			write_node(j, node->items[i + 1]);
		}
		jsonw_close(j);
		break;
	case YAML_LIST:
		jsonw_array(j);
		for (size_t i = 0; i < node->count; i++)
			write_node(j, node->items[i]);
		jsonw_close(j);
		break;
	case YAML_SCALAR:
	default:
		jsonw_text(j, node->text);
	}
}

/* A mapping, with a name, and a volume (NULL: none), where it has none. Caller frees; NULL when memory is out. */
static char *write_rule(const struct yaml_node *node, const char *name, const char *volume)
{
	struct buf text = {0};
	struct jsonw j = jsonw_to(&text);
	bool named = false, placed = !volume;
	jsonw_object(&j);
	for (size_t i = 0; i + 1 < node->count; i += 2) {
		named = named || strcmp(node->items[i]->text, "name") == 0;
		placed = placed || strcmp(node->items[i]->text, "volume") == 0;
		jsonw_key(&j, node->items[i]->text);
		write_node(&j, node->items[i + 1]);
	}
	if (!named)
		jsonw_key(&j, "name"), jsonw_text(&j, name);
	if (!placed)
		jsonw_key(&j, "volume"), jsonw_text(&j, volume);
	jsonw_close(&j);
	if (!text.failed)
		return text.at;
	buf_free(&text);
	return NULL;
}

/* ---- rules ---- */

static size_t find(const struct plan_text *text, const char *name)
{
	size_t i = 0;
	while (i < text->rules.count && strcmp(text->rules.at[i].name, name) != 0)
		i++;
	return i;
}

static void drop(struct rule_text *rule)
{
	free(rule->name);
	free(rule->text);
}

static void take_out(struct plan_text *text, size_t index)
{
	drop(&text->rules.at[index]);
	text->rules.count--;
	memmove(&text->rules.at[index], &text->rules.at[index + 1],
		(text->rules.count - index) * sizeof text->rules.at[0]);
}

/* Takes the rule. */
static int put_in(struct plan_text *text, size_t index, struct rule_text rule)
{
	if (!rule.name || !rule.text || !vec_add(&text->rules)) {
		drop(&rule);
		return -ENOMEM;
	}
	memmove(&text->rules.at[index + 1], &text->rules.at[index],
		(text->rules.count - 1 - index) * sizeof text->rules.at[0]);
	text->rules.at[index] = rule;
	return 0;
}

/* The name that a rule of a file gets by its place, unless another one has it. */
static char *free_name(const struct plan_text *text)
{
	char name[32];
	size_t number = text->rules.count;
	do
		snprintf(name, sizeof name, "rule-%zu", ++number);
	while (find(text, name) < text->rules.count);
	return strdup(name);
}

static int refuse_shape(struct yaml_at at, struct err *err)
{
	return yaml_error(at, err, "a rule is a mapping: {path: ..., on: ..., fail: EIO}");
}

/* ---- a whole text ---- */

static int take_rules(struct plan_text *out, struct yaml_at rules, struct err *err)
{
	const struct yaml_node *node = rules.node;
	size_t count = !node ? 0 : node->type == YAML_LIST ? node->count : 1;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = node->type == YAML_LIST ? node->items[i] : node;
		if (item->type != YAML_MAP)
			return refuse_shape((struct yaml_at){rules.doc, item}, err);
		struct yaml_at name = yaml_get((struct yaml_at){rules.doc, item}, "name");
		char number[32];
		snprintf(number, sizeof number, "rule-%zu", i + 1);
		const char *text = name.node && name.node->text ? name.node->text : number;
		const struct rule_text rule = {strdup(text), write_rule(item, text, NULL), ++out->serials};
		if (put_in(out, out->rules.count, rule) < 0)
			return err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

static char *write_head(struct yaml_at root)
{
	struct buf head = {0};
	for (size_t i = 0; i + 1 < root.node->count; i += 2) {
		if (strcmp(root.node->items[i]->text, "rules") == 0)
			continue;
		struct jsonw j = jsonw_to(&head);
		buf_printf(&head, "%s: ", root.node->items[i]->text);
		write_node(&j, root.node->items[i + 1]);
		buf_char(&head, '\n');
	}
	if (!head.failed)
		return head.at;
	buf_free(&head);
	return NULL;
}

int plan_text_parse(const char *name, const char *text, size_t length, struct plan_text *out, struct err *err)
{
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	struct plan *plan = NULL;
	*out = (struct plan_text){0};
	/* Read as a plan first: its complaints are the better ones. */
	int rc = plan_parse(name, text, length, &plan, err);
	plan_free(plan);
	if (!rc)
		rc = yaml_parse(name, text, length, &doc, err);
	if (!rc && !(out->head = write_head(yaml_root(doc))))
		rc = err_set(err, ENOMEM, "out of memory");
	if (!rc)
		rc = take_rules(out, yaml_get(yaml_root(doc), "rules"), err);
	if (rc)
		plan_text_free(out);
	return rc;
}

int plan_text_empty(struct plan_text *out)
{
	*out = (struct plan_text){.head = strdup("version: 1\n")};
	return out->head ? 0 : -ENOMEM;
}

int plan_text_copy(const struct plan_text *from, struct plan_text *out)
{
	*out = (struct plan_text){.head = strdup(from->head), .serials = from->serials};
	int rc = out->head ? 0 : -ENOMEM;
	for (size_t i = 0; !rc && i < from->rules.count; i++) {
		const struct rule_text *rule = &from->rules.at[i];
		rc = put_in(out, i, (struct rule_text){strdup(rule->name), strdup(rule->text), rule->serial});
	}
	if (rc)
		plan_text_free(out);
	return rc;
}

void plan_text_free(struct plan_text *text)
{
	for (size_t i = 0; i < text->rules.count; i++)
		drop(&text->rules.at[i]);
	vec_free(&text->rules);
	free(text->head);
	*text = (struct plan_text){0};
}

/* ---- changes ---- */

static int no_such_rule(const struct plan_text *text, const char *name, struct err *err)
{
	char hint[NEAREST_HINT_SIZE];
	const char *near = text->rules.count ? nearest_in(&text->rules.at[0].name, text->rules.count, sizeof text->rules.at[0], name)
					     : NULL;
	return err_set(err, ENOENT, "no rule is named '%s'%s", name, nearest_hint(hint, near));
}

/* Where the rule is to stand, `old` being where one of its name stands now (or behind the last): which is to be taken out. */
static int place_for(const struct plan_text *text, size_t old, enum plan_place place, const char *beside, size_t *index,
		     struct err *err)
{
	size_t at = place == PLAN_BEFORE || place == PLAN_AFTER ? find(text, beside) : 0;
	bool there = old < text->rules.count;
	switch (place) {
	case PLAN_AS_IT_IS:
		*index = old;
		return 0;
	case PLAN_FIRST:
		*index = 0;
		return 0;
	case PLAN_LAST:
		*index = text->rules.count - there;
		return 0;
	case PLAN_BEFORE:
	case PLAN_AFTER:
	default:
		if (at == text->rules.count)
			return no_such_rule(text, beside, err);
		*index = at + (place == PLAN_AFTER) - (there && old < at + (place == PLAN_AFTER));
		return 0;
	}
}

static int put_rule(struct plan_text *text, struct yaml_at at, enum plan_place place, const char *beside, const char *volume,
		    struct err *err)
{
	if (at.node->type != YAML_MAP)
		return refuse_shape(at, err);
	if (yaml_get(at, "rules").node)
		return yaml_error(at, err, "this is a whole plan, and no rule ('plan' puts it in the place of the one that there is)");
	struct yaml_at named = yaml_get(at, "name");
	if (named.node && !named.node->text)
		return yaml_error(named, err, "the name of a rule is a text");
	SCOPED_FREE char *name = named.node ? strdup(named.node->text) : free_name(text);
	size_t old = name ? find(text, name) : 0, index = 0;
	int rc = name ? place_for(text, old, place, beside, &index, err) : err_set(err, ENOMEM, "out of memory");
	if (rc)
		return rc;
	if (old < text->rules.count)
		take_out(text, old);
	const struct rule_text rule = {strdup(name), write_rule(at.node, name, volume), ++text->serials};
	return put_in(text, index, rule) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
}

int plan_text_put(struct plan_text *text, const char *yaml, size_t length, enum plan_place place, const char *beside,
		  const char *volume, struct err *err)
{
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = yaml_parse("rule", yaml, length, &doc, err);
	if (rc)
		return rc;
	struct yaml_at root = yaml_root(doc);
	if (root.node->type != YAML_LIST)
		return put_rule(text, root, place, beside, volume, err);
	if (root.node->count > PLAN_PUT_MAX)
		return err_set(err, E2BIG, "%zu rules at once are too many: at most %d (a whole plan may have more)", root.node->count,
			       PLAN_PUT_MAX);
	/* Several go into their place in the order that they are written in. */
	bool backwards = place == PLAN_FIRST || place == PLAN_AFTER;
	for (size_t i = 0; !rc && i < root.node->count; i++) {
		size_t item = backwards ? root.node->count - 1 - i : i;
		rc = put_rule(text, (struct yaml_at){doc, root.node->items[item]}, place, beside, volume, err);
	}
	return rc;
}

/* Does the key stay as it was, beside these changes? */
static bool is_kept(const char *key, struct yaml_at changes, bool new_kind)
{
	return !yaml_get(changes, key).node && !(new_kind && kinds_find(key));
}

static void write_member(struct jsonw *j, struct yaml_node *const pair[2])
{
	jsonw_key(j, pair[0]->text);
	write_node(j, pair[1]);
}

static bool is_empty(const struct yaml_node *value)
{
	return value->type == YAML_SCALAR && !value->text[0];
}

/* The rule of `old` with the changes; NULL when memory is out. */
static char *write_changed(const struct yaml_node *old, struct yaml_at changes)
{
	struct buf text = {0};
	struct jsonw j = jsonw_to(&text);
	bool new_kind = false;
	for (size_t i = 0; i + 1 < changes.node->count; i += 2)
		new_kind = new_kind || kinds_find(changes.node->items[i]->text);
	jsonw_object(&j);
	for (size_t i = 0; i + 1 < old->count; i += 2)
		if (is_kept(old->items[i]->text, changes, new_kind))
			write_member(&j, &old->items[i]);
	for (size_t i = 0; i + 1 < changes.node->count; i += 2)
		if (!is_empty(changes.node->items[i + 1]))
			write_member(&j, &changes.node->items[i]);
	jsonw_close(&j);
	if (!text.failed)
		return text.at;
	buf_free(&text);
	return NULL;
}

int plan_text_change(struct plan_text *text, const char *name, const char *yaml, size_t length, enum plan_place place,
		     const char *beside, struct err *err)
{
	SCOPED(yaml_scope) struct yaml *doc = NULL, *old = NULL;
	size_t index = find(text, name);
	if (index == text->rules.count)
		return no_such_rule(text, name, err);
	int rc = yaml_parse("change", yaml, length, &doc, err);
	if (!rc && yaml_root(doc).node->type != YAML_MAP)
		rc = yaml_error(yaml_root(doc), err, "a change is a mapping of keys of the rule: {fail: ENOSPC}");
	if (!rc && yaml_get(yaml_root(doc), "name").node)
		rc = yaml_error(yaml_get(yaml_root(doc), "name"), err, "a rule keeps its name (remove it, and set another one)");
	const char *before = text->rules.at[index].text;
	rc = rc ? rc : yaml_parse(name, before, strlen(before), &old, err);
	if (rc)
		return rc;
	SCOPED_FREE char *changed = write_changed(yaml_root(old).node, yaml_root(doc));
	return changed ? plan_text_put(text, changed, strlen(changed), place, beside, NULL, err) : err_set(err, ENOMEM, "out of memory");
}

bool plan_text_remove(struct plan_text *text, const char *name)
{
	size_t index = find(text, name);
	if (index == text->rules.count)
		return false;
	take_out(text, index);
	return true;
}

static int lines_of(const char *text)
{
	int count = 0;
	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* A complaint has the place in a text that nobody wrote, behind the name of a file that may have nothing to do with it: it is of a
 * rule, one line of that text, which the picture below it shows. */
static void blame_rule(const struct plan_text *text, const char *name, struct err *err)
{
	SCOPED(buf_free) struct buf rule = {0};
	size_t length = strlen(name);
	int line, column, end = 0;
	if (!err || strncmp(err->text, name, length) != 0 || sscanf(err->text + length, ":%d:%d: %n", &line, &column, &end) < 2 || !end)
		return;
	int index = line - lines_of(text->head) - 2; /* behind "rules:" */
	if (index < 0 || (size_t)index >= text->rules.count)
		return;
	const char *said = err->text + length + (size_t)end;
	memmove(err->text, said, strlen(said) + 1);
	buf_name(&rule, text->rules.at[index].name);
	err_context(err, "rule %s", buf_string(&rule));
}

int plan_text_read(const struct plan_text *text, const char *name, struct plan **out, struct err *err)
{
	SCOPED(buf_free) struct buf whole = {0};
	*out = NULL;
	if (!text->rules.count)
		return 0;
	buf_text(&whole, text->head);
	buf_text(&whole, "rules:\n");
	for (size_t i = 0; i < text->rules.count; i++)
		buf_printf(&whole, "- %s\n", text->rules.at[i].text);
	if (whole.failed)
		return err_set(err, ENOMEM, "out of memory");
	if (whole.length > YAML_TEXT_MAX)
		return err_set(err, EFBIG, "%s: %zu rules take %zu bytes with all their names and quotes, and may take %u", name,
			       text->rules.count, whole.length, YAML_TEXT_MAX);
	int rc = plan_parse(name, whole.at, whole.length, out, err);
	if (rc) {
		blame_rule(text, name, err);
		return rc;
	}
	for (size_t i = 0; i < (*out)->rules.count; i++)
		(*out)->rules.at[i]->serial = text->rules.at[i].serial;
	if (plan_sort_serials(*out) == 0)
		return 0;
	plan_free(take_ptr(out));
	return err_set(err, ENOMEM, "out of memory");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads the damage of a spec, and finds what a path suffers. */
#include "corpora/damage.h"

#include "base/draw.h"
#include "base/scope.h"
#include "corpora/corpus.h"
#include "corpora/damage_kinds.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Every entry is matched against every name; nobody writes more by hand. */
#define RULES_MAX 1000

void damage_fini(struct damage *damage)
{
	for (size_t i = 0; i < damage->rules.count; i++) {
		glob_free(damage->rules.at[i].path);
		free(damage->rules.at[i].text);
	}
	vec_free(&damage->rules);
}

/* ---- reading ---- */

static int take_kind(const struct damage_kind *kind, struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	if (rule->kind)
		return yaml_error(at, err, "a file has one damage, this entry has '%s' and '%s'", rule->kind->name, kind->name);
	rule->kind = kind;
	return kind->read(at, rule, err);
}

#define KIND_READER(key)                                                           \
	static int read_##key(struct yaml_at at, void *into, struct err *err)      \
	{                                                                          \
		return take_kind(&damage_kind_##key, at, into, err);               \
	}
DAMAGE_KINDS(KIND_READER)

#define KIND_ADDRESS(key) &damage_kind_##key,
static const struct damage_kind *const kinds[] = {DAMAGE_KINDS(KIND_ADDRESS)};

#define KIND_WORD(key) " " #key
#define KIND_FIELD(key) {#key, read_##key, 0, false},

static const struct yaml_field rule_fields[] = {
	YAML_REQUIRED(struct damage_rule, "path", path, yaml_glob),
	DAMAGE_KINDS(KIND_FIELD)
};

static int read_rule(struct yaml_at at, void *into, struct err *err)
{
	struct damage *damage = into;
	if (damage->rules.count >= RULES_MAX)
		return yaml_error(at, err, "more than %d damages", RULES_MAX);
	struct damage_rule *rule = vec_add(&damage->rules);
	if (!rule)
		return err_set(err, ENOMEM, "out of memory");
	int rc = yaml_fields(at, "damage", rule_fields, COUNT_OF(rule_fields), rule, err);
	if (!rc && !rule->kind)
		rc = yaml_error(at, err, "what is wrong with the file? Give it one of" DAMAGE_KINDS(KIND_WORD));
	return rc;
}

int damage_yaml(struct yaml_at at, void *into, struct err *err)
{
	struct damage *damage = into;
	damage->none = at.node->type == YAML_SCALAR && strcmp(at.node->text, "none") == 0;
	if (at.node->type == YAML_LIST)
		return yaml_each(at, read_rule, damage, err);
	if (damage->none) {
		damage_fini(damage);
		return 0;
	}
	return yaml_error(at, err, "'damage' takes a list of {path: PATTERN, KIND: VALUE}, or none");
}

void corpus_damages(void (*tell)(void *into, const char *entry, const char *class, const char *about), void *into)
{
	const struct lesion *lesion;
	char entry[64];
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i] != &damage_kind_break)
			tell(into, kinds[i]->name, "", kinds[i]->about);
	for (size_t i = 0; (lesion = lesion_at(i)); i++) {
		snprintf(entry, sizeof entry, "break: %s", lesion->name);
		tell(into, entry, truth_class_name(lesion->class), lesion->about);
	}
}

/* ---- finding ---- */

/* The entry that counts for a name: the last one that matches it and can strike this type. */
static const struct damage_rule *rule_of(const struct damage *damage, const char *path, mode_t type)
{
	for (size_t i = damage->rules.count; i-- > 0;) {
		const struct damage_rule *rule = &damage->rules.at[i];
		if ((S_ISREG(type) || rule->kind->removes) && glob_match(rule->path, path))
			return rule;
	}
	return NULL;
}

/* The entry that removes a directory above the path, or NULL. */
static const struct damage_rule *removed_above(const struct damage *damage, const char *path)
{
	char above[PATH_MAX];
	for (const char *slash = strchr(path, '/'); slash && slash - path < PATH_MAX; slash = strchr(slash + 1, '/')) {
		size_t length = (size_t)(slash - path);
		memcpy(above, path, length);
		above[length] = '\0';
		const struct damage_rule *rule = rule_of(damage, above, S_IFDIR);
		if (rule)
			return rule;
	}
	return NULL;
}

const struct damage_rule *damage_rule_for(const struct damage *damage, const char *path, mode_t type)
{
	if (!damage->rules.count || strcmp(path, ".") == 0)
		return NULL;
	const struct damage_rule *above = removed_above(damage, path);
	return above ? above : rule_of(damage, path, type);
}

struct wound damage_wound(const struct damage_rule *rule, uint64_t seed, const char *path, uint64_t size)
{
	bool touched = rule && (!rule->kind->touches || rule->kind->touches(rule, size));
	struct wound wound = {.rule = touched ? rule : NULL, .seed = seed, .path = draw_text(path), .size = size};
	if (touched)
		wound.lesion = rule->lesion;
	if (touched && rule->kind->aim)
		rule->kind->aim(&wound, path);
	return wound;
}

bool damage_needs_operation(const struct wound *wound)
{
	return wound->rule && wound->rule->kind->edit;
}

const char *damage_other(const struct wound *wound)
{
	return wound->rule && wound->rule->kind->other ? wound->rule->text : NULL;
}

int damage_operate(struct wound *wound, const struct reader *in, uint64_t other_size)
{
	SCOPED(anatomy_fini) struct anatomy anatomy = {0};
	int rc = wound->rule->kind->dissects ? anatomy_read(in, &anatomy) : 0;
	struct patch *patch = rc ? NULL : patch_new(in->size, wound->seed, wound->path);
	if (!patch)
		return rc ? rc : -ENOMEM;
	struct surgery surgery = {in, &anatomy, patch, other_size};
	rc = wound->rule->kind->edit(wound, &surgery);
	if (!rc)
		rc = patch_close(patch);
	if (!rc && patch_is_idle(patch, in))
		rc = -ENOENT;
	if (!rc) {
		wound->patch = patch;
		return 0;
	}
	patch_leave(patch);
	/* What a file of a stranger's says of itself may make no sense to an edit: it stays as it is, then. */
	return rc == -ENODATA || rc == -EINVAL || rc == -EFBIG ? -ENOENT : rc;
}

void damage_wound_end(struct wound *wound)
{
	patch_leave(wound->patch);
	*wound = (struct wound){0};
}

int damage_class(const struct wound *wound, const struct reader *in, enum truth_class *out)
{
	SCOPED(anatomy_fini) struct anatomy anatomy = {0};
	int rc = wound->rule ? anatomy_read(in, &anatomy) : 0;
	if (!rc)
		*out = wound->rule ? wound->rule->kind->class(wound, &anatomy) : TRUTH_WHOLE;
	return rc;
}

bool damage_removes(const struct wound *wound)
{
	return wound->rule && wound->rule->kind->removes;
}

const char *damage_name(const struct wound *wound)
{
	return !wound->rule ? NULL : wound->lesion ? wound->lesion->name : wound->rule->kind->name;
}

uint64_t damage_size(const struct wound *wound)
{
	if (wound->patch)
		return wound->patch->size;
	return wound->rule && wound->rule->kind->size ? wound->rule->kind->size(wound->rule, wound->size) : wound->size;
}

bool damage_replaces(const struct wound *wound)
{
	return wound->rule->kind->replaces;
}

void damage_alter(const struct wound *wound, void *bytes, uint64_t offset, size_t length)
{
	if (wound->rule->kind->alter)
		wound->rule->kind->alter(wound, bytes, offset, length);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The damage of variants (corpora/variants.h): which one it is, the name of the file tells. */
#include "corpora/damage_kinds.h"

#include <stdlib.h>
#include <string.h>

/* Behind the stem, which stands in the rule's text. */
static const char *rest_of(const struct damage_rule *rule, const char *path)
{
	return path + strlen(rule->text);
}

static void number_aim(struct wound *wound, const char *path)
{
	wound->nth = strtoull(rest_of(wound->rule, path), NULL, 10);
}

static int truncate_edit(const struct wound *wound, struct surgery *surgery)
{
	if (wound->nth >= wound->size)
		return -ENOENT;
	return patch_with(surgery->patch, wound->nth, wound->size - wound->nth, PATCH_FILL, 0, 0);
}

const struct damage_kind damage_each_truncate = {
	.name = "truncate",
	.aim = number_aim,
	.edit = truncate_edit,
	.class = class_of_end,
};

static int flip_edit(const struct wound *wound, struct surgery *surgery)
{
	return lesion_flip(surgery, wound->nth / 8, (unsigned char)(1u << wound->nth % 8));
}

const struct damage_kind damage_each_flip = {
	.name = "flip",
	.aim = number_aim,
	.edit = flip_edit,
	.class = class_of_dropped,
};

static void break_aim(struct wound *wound, const char *path)
{
	char name[64];
	const char *rest = rest_of(wound->rule, path);
	size_t length = strcspn(rest, ".");
	if (length >= sizeof name)
		return;
	memcpy(name, rest, length);
	name[length] = '\0';
	wound->lesion = lesion_named(name);
}

const struct damage_kind damage_each_break = {
	.name = "break",
	.dissects = true,
	.aim = break_aim,
	.edit = damage_edit_break,
	.class = class_of_lesion,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The kinds of damage that edit a file: more bytes, fewer, others' bytes, broken structures. */
#include "corpora/damage_kinds.h"

#include "base/draw.h"
#include "base/least.h"
#include "base/nearest.h"

#include <errno.h>
#include <string.h>

/* `AT` of a map: where all entries of damage have it. */
static int read_place(struct yaml_at at, void *into, struct err *err)
{
	return damage_read_place(at, into, err);
}

static int some_bytes(struct yaml_at at, const struct damage_rule *rule, struct err *err)
{
	return rule->bytes ? 0 : yaml_error(at, err, "0 bytes: a damage that does nothing");
}

/* ---- insert, delete, trailing ---- */

static const struct yaml_field insert_fields[] = {
	{"at", read_place, 0, true},
	YAML_REQUIRED(struct damage_rule, "bytes", bytes, yaml_size),
};

static int insert_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	int rc = yaml_fields(at, "'insert'", insert_fields, COUNT_OF(insert_fields), rule, err);
	return rc ? rc : some_bytes(at, rule, err);
}

static int insert_edit(const struct wound *wound, struct surgery *surgery)
{
	return patch_with(surgery->patch, damage_place(wound->rule, wound->size), 0, PATCH_RANDOM, 0, wound->rule->bytes);
}

const struct damage_kind damage_kind_insert = {
	.name = "insert",
	.about = "random bytes more, in the middle",
	.read = insert_read,
	.edit = insert_edit,
	.class = class_of_displaced,
};

static int delete_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	return yaml_byte_range(at, &rule->range, err);
}

static int delete_edit(const struct wound *wound, struct surgery *surgery)
{
	const struct range *range = &wound->rule->range;
	uint64_t end = min_of(range->end, wound->size);
	return range->first < end ? patch_with(surgery->patch, range->first, end - range->first, PATCH_FILL, 0, 0) : -ENOENT;
}

const struct damage_kind damage_kind_delete = {
	.name = "delete",
	.about = "bytes fewer",
	.read = delete_read,
	.edit = delete_edit,
	.class = class_of_displaced,
};

static int bytes_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	int rc = yaml_size(at, &rule->bytes, err);
	return rc ? rc : some_bytes(at, rule, err);
}

static int trailing_edit(const struct wound *wound, struct surgery *surgery)
{
	return patch_with(surgery->patch, wound->size, 0, PATCH_RANDOM, 0, wound->rule->bytes);
}

const struct damage_kind damage_kind_trailing = {
	.name = "trailing",
	.about = "random bytes behind the end",
	.read = bytes_read,
	.edit = trailing_edit,
	.class = class_of_maybe,
};

/* ---- swap ---- */

/* Two of the whole blocks of the file, drawn, change places. */
static int swap_edit(const struct wound *wound, struct surgery *surgery)
{
	struct draw_key key = {.seed = wound->seed, .who = draw_text("damage: swap"), .path = wound->path};
	const uint64_t block = wound->rule->bytes, blocks = wound->size / block;
	if (blocks < 2)
		return -ENOENT;
	uint64_t one = draw_u64(&key) % blocks;
	key.lane = 1;
	uint64_t other = (one + 1 + draw_u64(&key) % (blocks - 1)) % blocks;
	int rc = patch_with(surgery->patch, one * block, block, PATCH_SAME, other * block, block);
	return rc ? rc : patch_with(surgery->patch, other * block, block, PATCH_SAME, one * block, block);
}

const struct damage_kind damage_kind_swap = {
	.name = "swap",
	.about = "two blocks have changed places",
	.read = bytes_read,
	.edit = swap_edit,
	.class = class_of_dropped,
};

/* ---- another file ---- */

static const struct yaml_field splice_fields[] = {
	YAML_REQUIRED(struct damage_rule, "with", text, yaml_text),
	{"at", read_place, 0, true},
};

static int splice_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	return yaml_fields(at, "'splice'", splice_fields, COUNT_OF(splice_fields), rule, err);
}

static int splice_edit(const struct wound *wound, struct surgery *surgery)
{
	uint64_t at = damage_place(wound->rule, wound->size);
	surgery->patch->other = strdup(wound->rule->text);
	if (!surgery->patch->other)
		return -ENOMEM;
	uint64_t rest = surgery->other_size > at ? surgery->other_size - at : 0;
	return patch_with(surgery->patch, at, wound->size - at, PATCH_OTHER, at, rest);
}

const struct damage_kind damage_kind_splice = {
	.name = "splice",
	.about = "from some place on it is another file",
	.other = true,
	.read = splice_read,
	.edit = splice_edit,
	.class = class_of_displaced,
};

static int copy_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	return yaml_text(at, &rule->text, err);
}

const struct damage_kind damage_kind_copy = {
	.name = "copy",
	.about = "it is another file altogether",
	.other = true,
	.read = copy_read,
	.edit = splice_edit, /* from its first byte on */
	.class = class_of_maybe,
};

/* ---- broken structures ---- */

static int break_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	const char *name = yaml_scalar(at, err);
	char hint[NEAREST_HINT_SIZE];
	if (!name)
		return -EINVAL;
	rule->lesion = lesion_named(name);
	return rule->lesion ? 0 : yaml_error(at, err, "there is no break '%s'%s (ordeal corpus damages lists them)", name,
					     nearest_hint(hint, lesion_nearest(name)));
}

int damage_edit_break(const struct wound *wound, struct surgery *surgery)
{
	const struct lesion *lesion = wound->lesion;
	return lesion && surgery->anatomy->medium == lesion->medium ? lesion->cut(lesion, surgery) : -ENOENT;
}

const struct damage_kind damage_kind_break = {
	.name = "break",
	.about = "a part of its structure is wrong",
	.dissects = true,
	.read = break_read,
	.edit = damage_edit_break,
	.class = class_of_lesion,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The kinds of damage at rest. */
#include "corpora/damage_kinds.h"

#include "base/draw.h"
#include "base/least.h"

#include <errno.h>
#include <string.h>

int damage_read_true(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	(void)rule;
	bool yes;
	int rc = yaml_bool(at, &yes, err);
	if (!rc && !yes)
		return yaml_error(at, err, "a damage that does nothing: leave the entry out");
	return rc;
}

static bool touches_any_byte(const struct damage_rule *rule, uint64_t size)
{
	(void)rule;
	return size > 0;
}

static bool touches_range(const struct damage_rule *rule, uint64_t size)
{
	return rule->range.first < size;
}

/* ---- the end of the file ---- */

int damage_read_place(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (!strchr(text, '%'))
		return yaml_size(at, &rule->kept, err);
	rule->kept = UINT64_MAX;
	return yaml_probability(at, &rule->portion, err);
}

uint64_t damage_place(const struct damage_rule *rule, uint64_t size)
{
	return rule->kept == UINT64_MAX ? (uint64_t)((double)size * rule->portion) : min_of(rule->kept, size);
}

static int truncate_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	int rc = damage_read_place(at, rule, err);
	if (!rc && rule->kept == UINT64_MAX && rule->portion >= 1)
		return yaml_error(at, err, "truncated at its full size: a damage that does nothing");
	return rc;
}

static bool truncate_touches(const struct damage_rule *rule, uint64_t size)
{
	return damage_place(rule, size) < size;
}

const struct damage_kind damage_kind_truncate = {
	.name = "truncate",
	.about = "it ends early",
	.read = truncate_read,
	.touches = truncate_touches,
	.size = damage_place,
	.class = class_of_end,
};

static uint64_t empty_size(const struct damage_rule *rule, uint64_t size)
{
	(void)rule, (void)size;
	return 0;
}

const struct damage_kind damage_kind_empty = {
	.name = "empty",
	.about = "it has no bytes",
	.read = damage_read_true,
	.touches = touches_any_byte,
	.size = empty_size,
	.class = class_of_other,
};

/* ---- other bytes altogether ---- */

static void garbage_alter(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length)
{
	patch_random(wound->seed, wound->path, "damage: garbage", bytes, length, offset);
}

const struct damage_kind damage_kind_garbage = {
	.name = "garbage",
	.about = "random bytes, as many as there were",
	.replaces = true,
	.read = damage_read_true,
	.touches = touches_any_byte,
	.alter = garbage_alter,
	.class = class_of_other,
};

static int text_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	return yaml_text(at, &rule->text, err);
}

static uint64_t text_size(const struct damage_rule *rule, uint64_t size)
{
	(void)size;
	return strlen(rule->text);
}

static void text_alter(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length)
{
	memcpy(bytes, wound->rule->text + offset, length);
}

const struct damage_kind damage_kind_text = {
	.name = "text",
	.about = "it holds these words instead",
	.replaces = true,
	.read = text_read,
	.size = text_size,
	.alter = text_alter,
	.class = class_of_other,
};

/* ---- some wrong bytes ---- */

static int range_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	return yaml_byte_range(at, &rule->range, err);
}

static void fill(const struct wound *wound, int byte, unsigned char *bytes, uint64_t offset, size_t length)
{
	const struct range *range = &wound->rule->range;
	uint64_t first = range->first > offset ? range->first : offset;
	uint64_t end = min_of(range->end, offset + length);
	if (first < end)
		memset(bytes + (first - offset), byte, end - first);
}

static void zero_alter(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length)
{
	fill(wound, 0, bytes, offset, length);
}

static void ones_alter(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length)
{
	fill(wound, 0xff, bytes, offset, length);
}

const struct damage_kind damage_kind_zero = {
	.name = "zero",
	.about = "a range of bytes is zero",
	.read = range_read,
	.touches = touches_range,
	.alter = zero_alter,
	.class = class_of_range,
};

const struct damage_kind damage_kind_ones = {
	.name = "ones",
	.about = "a range of bytes is 0xff",
	.read = range_read,
	.touches = touches_range,
	.alter = ones_alter,
	.class = class_of_range,
};

static const struct yaml_field flip_fields[] = {
	YAML_REQUIRED(struct damage_rule, "in", range, yaml_byte_range),
	YAML_FIELD(struct damage_rule, "every", every, yaml_size),
};

static int flip_read(struct yaml_at at, struct damage_rule *rule, struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_byte_range(at, &rule->range, err);
	int rc = yaml_fields(at, "'flip'", flip_fields, COUNT_OF(flip_fields), rule, err);
	if (!rc && yaml_get(at, "every").node && !rule->every)
		return yaml_error(at, err, "'every' must be 1 byte at least");
	return rc;
}

uint64_t damage_flip_place(const struct wound *wound, uint64_t start, uint64_t span, unsigned char *bit)
{
	const struct draw_key key = {
		.seed = wound->seed, .who = draw_text("damage: flip"), .path = wound->path, .where = start};
	uint64_t drawn = draw_u64(&key);
	*bit = (unsigned char)(1u << (drawn & 7));
	return start + (drawn >> 3) % span;
}

/* Flip the one bit of a block of the file, if it lies within [offset, offset + length). */
static void flip_block(const struct wound *wound, uint64_t start, uint64_t span, unsigned char *bytes, uint64_t offset,
		       size_t length)
{
	unsigned char bit;
	uint64_t place = damage_flip_place(wound, start, span, &bit);
	if (place >= offset && place - offset < length)
		bytes[place - offset] ^= bit;
}

static void flip_alter(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length)
{
	const struct range *range = &wound->rule->range;
	const uint64_t end = min_of(range->end, wound->size);
	const uint64_t whole = end - range->first;
	const uint64_t every = wound->rule->every ? min_of(wound->rule->every, whole) : whole;
	uint64_t start = range->first;
	if (offset > start)
		start += (offset - start) / every * every;
	for (; start < end && start < offset + length; start += every)
		flip_block(wound, start, min_of(every, end - start), bytes, offset, length);
}

const struct damage_kind damage_kind_flip = {
	.name = "flip",
	.about = "one bit is wrong, or one in each block",
	.read = flip_read,
	.touches = touches_range,
	.alter = flip_alter,
	.class = class_of_flip,
};

/* ---- no file ---- */

const struct damage_kind damage_kind_remove = {
	.name = "remove",
	.about = "the name is gone",
	.removes = true,
	.class = class_of_maybe,
	.read = damage_read_true,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* corrupt: bytes change on the way to the reader.
 *
 * What happens to a byte is a function of (seed, rule, path, offset) alone: the same wrong bits at every read, whatever
 * the block size, as with a stuck bit or a bad sector that the disk did not notice. `flip` changes exactly one bit in each
 * block of `every` bytes (by default 4 KiB, a page), counted from the start of the rule's byte range, so that no file that
 * the rule can touch stays whole by luck. */
#include "faults/kinds.h"

#include "base/draw.h"
#include "base/nearest.h"

#include <errno.h>

struct mode_entry {
	const char *name;
	enum corrupt_mode mode;
};

static const struct mode_entry modes[] = {
	{"flip", CORRUPT_FLIP}, {"zero", CORRUPT_ZERO}, {"ones", CORRUPT_ONES}, {"garbage", CORRUPT_GARBAGE}};

#define EVERY_USUAL 4096

static int mode_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct mode_entry *entry = named_in(modes, COUNT_OF(modes), sizeof modes[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "corrupt takes flip, zero, ones or garbage, not '%s'%s", text,
				  nearest_hint(hint, nearest_in(modes, COUNT_OF(modes), sizeof modes[0], text)));
	*(enum corrupt_mode *)into = entry->mode;
	return 0;
}

static const struct yaml_field corrupt_fields[] = {
	YAML_REQUIRED(struct rule, "mode", effect.corrupt.mode, mode_read),
	YAML_FIELD(struct rule, "every", effect.corrupt.every, yaml_size),
};

static int corrupt_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.corrupt.every = EVERY_USUAL;
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'corrupt'", corrupt_fields, COUNT_OF(corrupt_fields), rule, err)
			 : mode_read(at, &rule->effect.corrupt.mode, err);
	if (!rc && (rule->effect.corrupt.every < 1 || rule->effect.corrupt.every > 1u << 30))
		return yaml_error(at, err, "'every' must be from 1 to 1GiB");
	return rc;
}

static bool corrupt_apply(const struct asking *asked, struct verdict *out)
{
	const struct site *site = asked->site;
	if (site->offset >= site->size)
		return false;
	out->altering[out->altering_count++] = asked->rule;
	return true;
}

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Flip one bit in each block of `every` bytes that [offset, offset + length) meets. The place is drawn over the part of
 * the block that the file really has, so a short last block is hit too. */
static uint64_t flip(const struct asking *asked, unsigned char *bytes, uint64_t offset, uint64_t length)
{
	const struct rule *rule = asked->rule;
	const uint64_t every = rule->effect.corrupt.every, first = rule->range.first;
	uint64_t last = min_of(rule->range.end, asked->site->size);
	if (last < offset + length)
		last = offset + length; /* the file grew since it was asked for its size */
	uint64_t changed = 0;
	for (uint64_t block = (offset - first) / every; first + block * every < offset + length; block++) {
		uint64_t start = first + block * every;
		uint64_t span = min_of(every, last - start);
		const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id,
					     .path = draw_text(asked->site->path), .where = block, .lane = 1};
		uint64_t drawn = draw_u64(&key);
		uint64_t place = start + (drawn >> 3) % span;
		if (place < offset || place >= offset + length)
			continue;
		bytes[place - offset] ^= (unsigned char)(1u << (drawn & 7));
		changed++;
	}
	return changed;
}

static unsigned char garbage_at(const struct asking *asked, uint64_t offset)
{
	const struct draw_key key = {.seed = asked->plan->seed, .who = asked->rule->id,
				     .path = draw_text(asked->site->path), .where = offset / 8, .lane = 2};
	return (unsigned char)(draw_u64(&key) >> (offset % 8 * 8));
}

static uint64_t overwrite(const struct asking *asked, unsigned char *bytes, uint64_t offset, uint64_t length)
{
	const enum corrupt_mode mode = asked->rule->effect.corrupt.mode;
	uint64_t changed = 0;
	for (uint64_t i = 0; i < length; i++) {
		unsigned char with = mode == CORRUPT_ZERO   ? 0
				     : mode == CORRUPT_ONES ? 0xff
							    : garbage_at(asked, offset + i);
		changed += bytes[i] != with;
		bytes[i] = with;
	}
	return changed;
}

static uint64_t corrupt_alter(const struct asking *asked, unsigned char *bytes, uint64_t offset, uint64_t length)
{
	return asked->rule->effect.corrupt.mode == CORRUPT_FLIP ? flip(asked, bytes, offset, length)
								: overwrite(asked, bytes, offset, length);
}

static void corrupt_explain(const struct rule *rule, struct buf *out)
{
	switch (rule->effect.corrupt.mode) {
	case CORRUPT_FLIP:
		buf_printf(out, "deliver one flipped bit in every %llu bytes",
			   (unsigned long long)rule->effect.corrupt.every);
		break;
	case CORRUPT_ZERO:
		buf_text(out, "deliver zeroes");
		break;
	case CORRUPT_ONES:
		buf_text(out, "deliver bytes of 0xff");
		break;
	case CORRUPT_GARBAGE:
		buf_text(out, "deliver random bytes, the same at every read");
		break;
	}
}

const struct kind kind_corrupt = {
	.name = "corrupt",
	.summary = "bytes change on the way: flip, zero, ones, garbage",
	.allowed = OP_BIT(read),
	.usual = OP_BIT(read),
	.read = corrupt_read,
	.apply = corrupt_apply,
	.alter = corrupt_alter,
	.explain = corrupt_explain,
};

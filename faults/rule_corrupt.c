/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* corrupt: bytes change on the way to the reader, or on the way to the disk.
 *
 * What happens to a byte is a function of (seed, rule, path, offset) alone: the same wrong bits at every read, whatever
 * the block size, as with a bad sector that the disk did not notice. `flip` changes exactly one bit in each
 * block of `every` bytes (by default 4 KiB, a page), counted from the start of the rule's byte range, so that no file that
 * the rule can touch stays whole by luck. `stuck` has one bit in each block that reads as 0, or as 1, whatever was written.
 * `random` draws anew at each request, as a bad cable does: the same bytes read again may be right. `stale` shows what the block
 * held before it was last written: only who remembers that can do it (fusefs/durable.h), so it has nothing to alter here. */
#include "faults/kinds.h"

#include "base/draw.h"
#include "base/least.h"
#include "base/nearest.h"

#include <errno.h>
#include <string.h>

struct mode_entry {
	const char *name;
	enum corrupt_mode mode;
};

static const struct mode_entry modes[] = {
	{"flip", CORRUPT_FLIP}, {"stuck", CORRUPT_STUCK}, {"random", CORRUPT_RANDOM}, {"zero", CORRUPT_ZERO},
	{"ones", CORRUPT_ONES}, {"garbage", CORRUPT_GARBAGE}, {"stale", CORRUPT_STALE}};

#define EVERY_USUAL 4096

static int mode_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct mode_entry *entry = named_in(modes, COUNT_OF(modes), sizeof modes[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!entry)
		return yaml_error(at, err, "corrupt takes flip, stuck, random, zero, ones, garbage or stale, not '%s'%s", text,
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
	bool stale = asked->rule->effect.corrupt.mode == CORRUPT_STALE;
	if ((site->op == OP_read && site->offset >= site->size) || (site->op == OP_write && stale))
		return false;
	out->altering_ordinals[out->altering_count] = asked->tally ? asked->tally->seen : 0;
	out->altering[out->altering_count++] = asked->rule;
	return true;
}

/* What a block's drawn bit does to a byte. */
static unsigned char bent(enum corrupt_mode mode, unsigned char byte, uint64_t drawn)
{
	unsigned char bit = (unsigned char)(1u << (drawn & 7));
	if (mode != CORRUPT_STUCK)
		return byte ^ bit;
	return drawn >> 63 ? byte | bit : (unsigned char)(byte & ~bit);
}

/* Bend one bit in each block of `every` bytes that [offset, offset + length) meets. The place is drawn over the part of
 * the block that the file really has, so a short last block is hit too. */
static uint64_t bend(const struct asking *asked, unsigned char *bytes, uint64_t offset, uint64_t length)
{
	const struct rule *rule = asked->rule;
	const enum corrupt_mode mode = rule->effect.corrupt.mode;
	const uint64_t every = rule->effect.corrupt.every, first = rule->range.first;
	uint64_t last = min_of(rule->range.end, asked->site->size);
	if (last < offset + length)
		last = offset + length; /* the file grew since it was asked for its size */
	uint64_t changed = 0;
	for (uint64_t block = (offset - first) / every; first + block * every < offset + length; block++) {
		uint64_t start = first + block * every;
		uint64_t span = min_of(every, last - start);
		const struct draw_key key = {.seed = asked->plan->seed, .who = rule->id,
					     .path = draw_text(asked->site->path), .where = block,
					     .lane = mode == CORRUPT_RANDOM ? 16 + asked->site->ordinal : 1};
		uint64_t drawn = draw_u64(&key);
		uint64_t place = start + (drawn >> 3) % span;
		if (place < offset || place >= offset + length)
			continue;
		unsigned char *byte = &bytes[place - offset], was = *byte;
		*byte = bent(mode, was, drawn);
		changed += *byte != was;
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
	switch (asked->rule->effect.corrupt.mode) {
	case CORRUPT_FLIP:
	case CORRUPT_STUCK:
	case CORRUPT_RANDOM:
		return bend(asked, bytes, offset, length);
	case CORRUPT_ZERO:
	case CORRUPT_ONES:
	case CORRUPT_GARBAGE:
		return overwrite(asked, bytes, offset, length);
	case CORRUPT_STALE:
		break;
	}
	return 0;
}

static const char *const words[] = {
	[CORRUPT_FLIP] = "one flipped bit in every %llu bytes",
	[CORRUPT_STUCK] = "one stuck bit in every %llu bytes",
	[CORRUPT_RANDOM] = "one flipped bit in every %llu bytes, another one each time",
	[CORRUPT_ZERO] = "zeroes",
	[CORRUPT_ONES] = "bytes of 0xff",
	[CORRUPT_GARBAGE] = "random bytes, the same at every read",
	[CORRUPT_STALE] = "what the block held before it was last written",
};

static void corrupt_explain(const struct rule *rule, struct buf *out)
{
	buf_text(out, rule->on & OP_BIT(read) ? rule->on & OP_BIT(write) ? "deliver and store " : "deliver " : "store ");
	const char *word = words[rule->effect.corrupt.mode];
	const char *number = strstr(word, "%llu");
	if (number)
		buf_printf(out, "%.*s%llu%s", (int)(number - word), word, (unsigned long long)rule->effect.corrupt.every, number + 4);
	else
		buf_text(out, word);
}

const struct kind kind_corrupt = {
	.name = "corrupt",
	.summary = "bytes change on the way: flip, stuck, random, zero, ones, garbage, stale",
	.allowed = OP_BIT(read) | OP_BIT(write),
	.usual = OP_BIT(read),
	.read = corrupt_read,
	.apply = corrupt_apply,
	.alter = corrupt_alter,
	.explain = corrupt_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What may be expected of a program that meets a damaged file: by what guards the bytes that are wrong. */
#include "corpora/damage_kinds.h"

#define BLOCKS_LOOKED_AT 4096 /* of a flip in each block; of more, the whole range counts */

static enum truth_class by_guard(enum guard guard)
{
	return guard == GUARD_SUMMED ? TRUTH_REFUSE : guard == GUARD_SENSE ? TRUTH_WARN : TRUTH_UNSEEN;
}

static enum truth_class worse_of(enum truth_class a, enum truth_class b)
{
	return a > b ? a : b;
}

/* A medium that nobody knows has no form that could be wrong. */
enum truth_class class_of_other(const struct wound *wound, const struct anatomy *anatomy)
{
	(void)wound;
	return anatomy->medium == MEDIUM_OTHER ? TRUTH_WARN : TRUTH_REFUSE;
}

/* How the end of each medium is told: what is cut off before `needs` must be missed. Behind it, and in a WAV, whose readers mostly take
 * what samples there are, it may be. */
enum truth_class class_of_end(const struct wound *wound, const struct anatomy *anatomy)
{
	static const char *const needs[MEDIA] = {[MEDIUM_PNG] = "IEND", [MEDIUM_RIFF] = "data"};
	uint64_t size = damage_size(wound);
	const struct part *part = needs[anatomy->medium] ? anatomy_part(anatomy, needs[anatomy->medium], 0) : NULL;
	if (anatomy->medium == MEDIUM_OTHER)
		return TRUTH_WARN;
	return part && size >= part->data - (anatomy->medium == MEDIUM_PNG ? 8 : 0) ? TRUTH_WARN : TRUTH_REFUSE;
}

static uint64_t end_of(const struct wound *wound)
{
	return wound->rule->range.end < wound->size ? wound->rule->range.end : wound->size;
}

enum truth_class class_of_range(const struct wound *wound, const struct anatomy *anatomy)
{
	return by_guard(anatomy_guard(anatomy, wound->rule->range.first, end_of(wound)));
}

enum truth_class class_of_flip(const struct wound *wound, const struct anatomy *anatomy)
{
	const uint64_t first = wound->rule->range.first, end = end_of(wound), whole = end - first;
	const uint64_t every = wound->rule->every && wound->rule->every < whole ? wound->rule->every : whole;
	enum truth_class class = TRUTH_UNSEEN;
	unsigned char bit;
	if (whole / every > BLOCKS_LOOKED_AT)
		return class_of_range(wound, anatomy);
	for (uint64_t start = first; start < end; start += every) {
		uint64_t place = damage_flip_place(wound, start, every < end - start ? every : end - start, &bit);
		class = worse_of(class, by_guard(anatomy_guard(anatomy, place, place + 1)));
	}
	return class;
}

enum truth_class class_of_dropped(const struct wound *wound, const struct anatomy *anatomy)
{
	enum truth_class class = TRUTH_UNSEEN;
	for (size_t i = 0; wound->patch && i < wound->patch->edits.count; i++) {
		const struct patch_edit *edit = &wound->patch->edits.at[i];
		class = worse_of(class, by_guard(anatomy_guard(anatomy, edit->at, edit->at + edit->drop)));
	}
	return class;
}

/* All behind the first edit stands elsewhere, and the size does not go with what the file says of itself. */
enum truth_class class_of_displaced(const struct wound *wound, const struct anatomy *anatomy)
{
	if (!wound->patch || !wound->patch->edits.count)
		return TRUTH_WARN;
	return worse_of(TRUTH_WARN, by_guard(anatomy_guard(anatomy, wound->patch->edits.at[0].at, wound->size)));
}

/* More behind the end, another file of perhaps the same kind, no file: whoever looks may miss something, nobody has to. */
enum truth_class class_of_maybe(const struct wound *wound, const struct anatomy *anatomy)
{
	(void)wound, (void)anatomy;
	return TRUTH_WARN;
}

enum truth_class class_of_lesion(const struct wound *wound, const struct anatomy *anatomy)
{
	(void)anatomy;
	return wound->lesion->class;
}

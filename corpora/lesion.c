/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* All lesions, and the words that they are written in. */
#include "corpora/lesion.h"

#include "base/nearest.h"
#include "corpora/numbers.h"

#include <string.h>

static const struct lesion_table *const tables[] = {&lesions_png, &lesions_riff, &lesions_flac, &lesions_tiff, &lesions_bmp};

const char *truth_class_name(enum truth_class class)
{
	static const char *const names[] = {
		[TRUTH_WHOLE] = "whole", [TRUTH_UNSEEN] = "unseen", [TRUTH_WARN] = "warn", [TRUTH_REFUSE] = "refuse"};
	return names[class];
}

const struct lesion *lesion_at(size_t index)
{
	for (size_t t = 0; t < sizeof tables / sizeof tables[0]; t++) {
		if (index < tables[t]->count)
			return &tables[t]->at[index];
		index -= tables[t]->count;
	}
	return NULL;
}

const struct lesion *lesion_named(const char *name)
{
	const struct lesion *lesion;
	for (size_t i = 0; (lesion = lesion_at(i)); i++)
		if (strcmp(lesion->name, name) == 0)
			return lesion;
	return NULL;
}

const char *lesion_nearest(const char *name)
{
	const struct lesion *lesion;
	const char *near = NULL;
	for (size_t i = 0; !near && (lesion = lesion_at(i)); i++)
		near = nearest_in(&lesion->name, 1, sizeof lesion->name, name);
	return near;
}

int lesion_flip(struct surgery *surgery, uint64_t at, unsigned char bits)
{
	unsigned char byte;
	int rc = reader_exactly(surgery->in, &byte, 1, at);
	if (rc)
		return rc;
	byte ^= bits;
	return patch_bytes(surgery->patch, at, 1, &byte, 1);
}

int lesion_drop(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = anatomy_part(surgery->anatomy, self->part, 0);
	return part ? patch_with(surgery->patch, part->at, part->length, PATCH_FILL, 0, 0) : -ENOENT;
}

int lesion_number(struct surgery *surgery, uint64_t at, uint64_t number, int bytes, bool big_endian)
{
	unsigned char text[8];
	if (big_endian)
		number_put_be(text, number, bytes);
	else
		number_put_le(text, number, bytes);
	return patch_bytes(surgery->patch, at, (uint64_t)bytes, text, (size_t)bytes);
}

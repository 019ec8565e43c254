/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The levels of the pyramid. */
#include "pyramid/levels.h"

#include "pyramid/name.h"
#include "pyramid/output.h"

int levels_plan(struct pyramid *pyramid, uint32_t stop_size, struct failure *why)
{
	uint32_t width = pyramid->width;
	uint32_t height = pyramid->height;
	if (width < 2 || height < 2)
		return failure_set(why, CODE_BAD_FORMAT, pyramid->stack.slices[0].name, "%ux%u pixels cannot be halved",
				   width, height);
	do {
		width /= 2;
		height /= 2;
		pyramid->levels[++pyramid->level_count] = (struct level){.width = width, .height = height};
	} while ((width >= stop_size || height >= stop_size) && width >= 2 && height >= 2);
	return 0;
}

uint64_t levels_length(const struct pyramid *pyramid, unsigned level)
{
	return ((stack_length(&pyramid->stack) - 1) >> level) + 1;
}

static void halve(const struct kernel *kernel, const struct image *first, const struct image *second, struct image *out)
{
	for (uint32_t y = 0; y < out->height; y++) {
		void *rows[4] = {image_row(first, 2 * y), image_row(first, 2 * y + 1), image_row(second, 2 * y),
				 image_row(second, 2 * y + 1)};
		const uint8_t *const rows8[4] = {rows[0], rows[1], rows[2], rows[3]};
		const uint16_t *const rows16[4] = {rows[0], rows[1], rows[2], rows[3]};
		void *to = image_row(out, y);
		if (out->depth == 8)
			kernel->pair8(rows8, out->width, to);
		else
			kernel->pair16(rows16, out->width, to);
	}
}

static int no_memory(const struct pyramid *pyramid, unsigned level, uint64_t index, struct failure *why)
{
	char name[NAME_OUTPUT];
	name_output(level, index, pyramid->codec->suffix, name);
	return failure_memory(why, name, "the image");
}

/* Make an output and pass it on. With --resume a sound one stays, and what was computed is passed on all the same. Level 1
 * has been asked for sound ones before its slices were read. Takes ownership. */
static int deliver(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why)
{
	struct image existing = {0};
	int rc = level > 1 ? output_keep(pyramid, level, index, image->depth, &existing, why) : 0;
	image_free(&existing);
	if (rc == 0)
		rc = output_make(pyramid, level, index, image, why);
	if (rc < 0) {
		image_free(image);
		return rc;
	}
	return levels_pass_on(pyramid, level, index, image, why);
}

static int halve_both(const struct pyramid *pyramid, unsigned level, uint64_t index, struct image *first,
		      struct image *second, struct image *half, struct failure *why)
{
	if (first->depth != second->depth && (image_widen(first) || image_widen(second)))
		return no_memory(pyramid, level, index, why);
	const struct level *at = &pyramid->levels[level];
	if (image_make(half, at->width, at->height, first->depth))
		return no_memory(pyramid, level, index, why);
	halve(pyramid->kernel, first, second, half);
	return 0;
}

/* Make an output of two neighbours, or of one given twice. Takes ownership of both. */
static int join(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *first, struct image *second,
		struct failure *why)
{
	struct image half;
	int rc = halve_both(pyramid, level, index, first, second, &half, why);
	image_free(first);
	image_free(second);
	return rc ? rc : deliver(pyramid, level, index, &half, why);
}

int levels_flush(struct pyramid *pyramid, unsigned level, struct failure *why)
{
	struct level *at = &pyramid->levels[level];
	if (!at->waiting.pixels)
		return 0;
	struct image lone = image_take(&at->waiting);
	return join(pyramid, level, at->waiting_index / 2, &lone, &lone, why);
}

static int pair_up(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *second, struct failure *why)
{
	struct image first = image_take(&pyramid->levels[level].waiting);
	return join(pyramid, level, index / 2, &first, second, why);
}

int levels_feed(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why)
{
	struct level *at = &pyramid->levels[level];
	if (at->waiting.pixels && at->waiting_index / 2 == index / 2)
		return pair_up(pyramid, level, index, image, why);
	if (levels_flush(pyramid, level, why)) {
		image_free(image);
		return -1;
	}
	at->waiting = image_take(image);
	at->waiting_index = index;
	return index % 2 ? levels_flush(pyramid, level, why) : 0;
}

int levels_pass_on(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why)
{
	if (level < pyramid->level_count)
		return levels_feed(pyramid, level + 1, index, image, why);
	image_free(image);
	return 0;
}

int levels_finish(struct pyramid *pyramid, struct failure *why)
{
	for (unsigned level = 1; level <= pyramid->level_count; level++) {
		if (levels_flush(pyramid, level, why))
			return -1;
		output_end(pyramid, level, levels_length(pyramid, level));
	}
	return 0;
}

void levels_free(struct pyramid *pyramid)
{
	for (unsigned level = 1; level <= pyramid->level_count; level++)
		image_free(&pyramid->levels[level].waiting);
}

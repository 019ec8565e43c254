/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps or writes the files of the pyramid. */
#include "pyramid/output.h"

#include "common/atomic.h"
#include "common/report.h"
#include "pyramid/loss.h"
#include "pyramid/name.h"
#include "pyramid/stored.h"

#include <errno.h>
#include <stdio.h>

void output_end(struct pyramid *pyramid, unsigned level, uint64_t end)
{
	loss_report_missing(pyramid, level, pyramid->levels[level].next, end);
	pyramid->levels[level].next = end;
}

static void count(struct pyramid *pyramid, unsigned level, uint64_t index)
{
	output_end(pyramid, level, index);
	pyramid->levels[level].next = index + 1;
	pyramid->run->outputs++;
}

static int check(const struct level *level, const char *name, uint32_t depth, const struct image *image,
		 struct failure *why)
{
	if (image->width == level->width && image->height == level->height && image->depth == depth)
		return 0;
	return failure_set(why, CODE_CORRUPTED, name, "is %ux%u of %u bits, not %ux%u of %u bits", image->width,
			   image->height, image->depth, level->width, level->height, depth);
}

static int load_existing(const struct pyramid *pyramid, const struct level *level, const char *name, uint32_t depth,
			 struct image *image, struct failure *why)
{
	if (stored_load(pyramid->codec, pyramid->run->options->out, name, image, why))
		return -1;
	int rc = check(level, name, depth, image, why);
	if (rc)
		image_free(image);
	return rc;
}

int output_keep(struct pyramid *pyramid, unsigned level, uint64_t index, uint32_t depth, struct image *image,
		struct failure *why)
{
	if (!pyramid->run->options->resume)
		return 0;
	char name[NAME_OUTPUT];
	name_output(level, index, pyramid->codec->suffix, name);
	if (load_existing(pyramid, &pyramid->levels[level], name, depth, image, why)) {
		if (why->code == CODE_CANCELLED)
			return -1;
		if (why->error != ENOENT)
			report_warning(why, "made anew");
		return 0;
	}
	int rc = image->partial ? 0 : atomic_forget(pyramid->run->options->out, name, why);
	if (image->partial || rc) {
		image_free(image);
		return rc;
	}
	count(pyramid, level, index);
	return 1;
}

int output_make(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why)
{
	char name[NAME_OUTPUT];
	name_output(level, index, pyramid->codec->suffix, name);
	struct loss loss = loss_of(&pyramid->stack, level, index);
	image->partial = loss.count > 0;
	if (stored_save(pyramid->codec, &pyramid->run->made, name, image, why))
		return -1;
	if (loss.count)
		loss_report_degraded(&pyramid->stack, name, &loss);
	count(pyramid, level, index);
	return 0;
}

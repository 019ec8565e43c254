/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Loads slices. */
#include "pyramid/slice.h"

#include "pyramid/stored.h"

static int check_size(const struct pyramid *pyramid, const char *name, const struct image *image, struct failure *why)
{
	if (image->width == pyramid->width && image->height == pyramid->height)
		return 0;
	return failure_set(why, CODE_CORRUPTED, name, "is %ux%u, the stack is %ux%u", image->width, image->height,
			   pyramid->width, pyramid->height);
}

static int load(struct pyramid *pyramid, size_t index, struct image *image, struct failure *why)
{
	return stored_load(pyramid->codec, pyramid->run->options->in, pyramid->stack.slices[index].name, image, why);
}

int slice_load_first(struct pyramid *pyramid, struct failure *why)
{
	struct image *first = &pyramid->first;
	if (load(pyramid, 0, first, why))
		return -1;
	pyramid->width = first->width;
	pyramid->height = first->height;
	pyramid->depth = first->depth;
	return 0;
}

int slice_load(struct pyramid *pyramid, size_t index, struct image *image, struct failure *why)
{
	if (index == 0) {
		*image = image_take(&pyramid->first);
		return 0;
	}
	if (load(pyramid, index, image, why))
		return -1;
	int rc = check_size(pyramid, pyramid->stack.slices[index].name, image, why);
	if (rc)
		image_free(image);
	return rc;
}

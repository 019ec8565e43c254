/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A grey image in memory. */
#include "pyramid/image.h"

#include <stdlib.h>

uint64_t image_size(const struct image *image)
{
	return (uint64_t)image->width * image->height * (image->depth / 8); /* below 2^64: PNG sides have 31 bits */
}

int image_make(struct image *image, uint32_t width, uint32_t height, uint32_t depth)
{
	*image = (struct image){.width = width, .height = height, .depth = depth};
	image->pixels = malloc((size_t)image_size(image));
	return image->pixels ? 0 : -1;
}

int image_widen(struct image *image)
{
	if (image->depth == 16)
		return 0;
	struct image wide;
	if (image_make(&wide, image->width, image->height, 16))
		return -1;
	wide.partial = image->partial;
	size_t count = (size_t)image_size(image);
	uint16_t *to = (uint16_t *)(void *)wide.pixels;
	for (size_t i = 0; i < count; i++)
		to[i] = (uint16_t)(image->pixels[i] << 8);
	image_free(image);
	*image = wide;
	return 0;
}

struct image image_take(struct image *image)
{
	struct image taken = *image;
	image->pixels = NULL;
	return taken;
}

void image_free(struct image *image)
{
	free(image->pixels);
	image->pixels = NULL;
}

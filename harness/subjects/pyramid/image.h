/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A grey image in memory. One thread. */
#pragma once

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { IMAGE_MOST = 1 << 30 }; /* bytes of pixels; more is absurd for one slice */

struct image {
	uint32_t width, height; /* pixels */
	uint32_t depth;         /* bits a pixel: 8 or 16 (in the byte order of the machine) */
	bool partial;           /* made without some of the slices it stands for; a codec stores it */
	uint8_t *pixels;        /* owned; row after row without gaps; NULL: no image */
};

/* Bytes of all its pixels; more than IMAGE_MOST when they would not fit in memory that is sensible. */
uint64_t image_size(const struct image *image);

static inline size_t image_row_size(const struct image *image)
{
	return (size_t)image->width * (image->depth / 8);
}

static inline uint8_t *image_row(const struct image *image, uint32_t y)
{
	return image->pixels + y * image_row_size(image);
}

/* An image of so many pixels, their values undefined. Its size must be from 1 to IMAGE_MOST. 0, or -1 for want of memory. */
int image_make(struct image *image, uint32_t width, uint32_t height, uint32_t depth) MUST_USE;

/* Turn 8 bits into 16 by shifting left 8. 0 (also when it has 16 already), or -1 for want of memory. */
int image_widen(struct image *image) MUST_USE;

/* Hand it over: what is left behind is no image. */
struct image image_take(struct image *image);

void image_free(struct image *image); /* leaves no image; so may be called twice */

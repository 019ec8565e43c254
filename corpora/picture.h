/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Image files of closed form: what one holds, and what a format makes of it. For this folder only.
 *
 * Unless they are packed nothing is compressed, so sizes and places are arithmetic, and any byte can be made without those before it. Formats (one
 * file each: png_stored.c, bmp.c, tiff.c) know nothing of content: they ask for rows. Plain data; any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum picture_colour { PICTURE_GREY, PICTURE_RGB, PICTURE_RGBA, PICTURE_PALETTE, PICTURE_COLOURS };
enum picture_order { PICTURE_ORDER_USUAL, PICTURE_ORDER_LITTLE, PICTURE_ORDER_BIG };

struct picture {
	uint32_t width, height; /* of a page, pixels: 1 or more */
	uint32_t pages;		/* all alike */
	uint32_t bits;		/* of a sample: 8 or 16 */
	enum picture_colour colour;

	/* How a format lays it out. 0 is the format's usual. */
	bool interlaced;
	enum picture_order order;
	uint32_t rows_per_strip;
};

#define PICTURE_PALETTE_SIZE 256

struct picture_pixels {
	/* Makes one row of one page: picture_row_size() bytes, the samples of a pixel side by side (red, green, blue, alpha; an
	 * index into the palette), those of 16 bits big-endian. Called by the thread that reads. */
	void (*row)(void *from, uint32_t page, uint32_t y, unsigned char *out);
	void *from;
	const unsigned char (*palette)[3]; /* PICTURE_PALETTE_SIZE entries, red, green, blue; for PICTURE_PALETTE alone */

	/* Where a format may remember a checksum of all pixels; 0: not known yet. Any thread may write it. May be NULL. */
	_Atomic uint32_t *checksum;
};

struct picture_format {
	const char *name;   /* as a parameter: "png" */
	const char *suffix; /* of files: ".png" */

	/* What it has: colours as bits (1 << PICTURE_GREY) for samples of 8 and 16 bits; and the other members of a picture. */
	unsigned colours8, colours16;
	bool interlaces, has_order, has_strips;
	uint32_t pages_max;
	uint64_t size_max; /* bytes of a file; UINT64_MAX: any */

	/* Of a picture that picture_check() lets pass. */
	uint64_t (*size)(const struct picture *picture);

	/* Reads one file, by one thread; keeps what it made last. Copies both descriptions, borrows what they point to. Caller
	 * closes. Returns 0 or -ENOMEM. */
	int (*open)(const struct picture *picture, const struct picture_pixels *pixels, void **file);
	void (*close)(void *file);

	/* As corpus_file_read(). Cannot fail. */
	ssize_t (*read)(void *file, void *bytes, size_t length, uint64_t offset);

	/* Write the same picture with its data compressed, to a descriptor from where it stands. Same pixels everywhere; same bytes where
	 * zlib is the same. NULL: the format has no such thing. 0 or a negative errno. */
	int (*pack)(const struct picture *picture, const struct picture_pixels *pixels, int fd);
};

extern const struct picture_format picture_png, picture_bmp, picture_tiff;

/* By name; NULL: there is none. */
const struct picture_format *picture_format(const char *name);

/* The name of a colour ("rgb"), and the colour of a name: -1 where there is none. */
const char *picture_colour_name(enum picture_colour colour);
int picture_colour(const char *name);

/* Refuse what the format lacks, in one line that says which formats have it. 0 or -EINVAL. */
int picture_check(const struct picture_format *format, const struct picture *picture, struct err *err) MUST_USE;

/* Samples of a pixel; bytes of a pixel, and of a row. */
static inline uint32_t picture_channels(const struct picture *picture)
{
	return picture->colour == PICTURE_RGB ? 3 : picture->colour == PICTURE_RGBA ? 4 : 1;
}

static inline uint32_t picture_pixel_size(const struct picture *picture)
{
	return picture_channels(picture) * (picture->bits / 8);
}

static inline uint32_t picture_row_size(const struct picture *picture)
{
	return picture->width * picture_pixel_size(picture);
}

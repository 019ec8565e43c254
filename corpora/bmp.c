/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes BMP files: the oldest header that all readers know, rows from the bottom up, each filled up to four bytes. Structures
 * are those of wingdi.h: BITMAPFILEHEADER, BITMAPINFOHEADER, RGBQUAD. */
#include "corpora/raster.h"

#include <string.h>

#define FILE_HEAD 14u
#define INFO_HEAD 40u
#define PALETTE_BYTES (4u * PICTURE_PALETTE_SIZE)
#define PIXELS_PER_METRE 2835u /* 72 an inch */

static uint32_t palette_bytes(const struct picture *picture)
{
	return picture->colour == PICTURE_RGB ? 0 : PALETTE_BYTES;
}

/* Grey is a palette too: blue, green, red and a zero. */
static void put_palette(const struct raster *raster, struct raster_pen *pen)
{
	for (unsigned i = 0; i < PICTURE_PALETTE_SIZE; i++) {
		const unsigned char grey[3] = {(unsigned char)i, (unsigned char)i, (unsigned char)i};
		const unsigned char *rgb = raster->picture.colour == PICTURE_PALETTE ? raster->pixels.palette[i] : grey;
		raster_put32(pen, (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]);
	}
}

static void make_head(const struct raster *raster, uint32_t page, unsigned char *at)
{
	(void)page;
	const struct picture *picture = &raster->picture;
	const uint32_t palette = palette_bytes(picture);
	struct raster_pen pen = {.at = at};
	raster_put16(&pen, 'B' | 'M' << 8);
	raster_put32(&pen, (uint32_t)raster->pieces.size);
	raster_put32(&pen, 0); /* reserved */
	raster_put32(&pen, FILE_HEAD + INFO_HEAD + palette); /* where the rows begin */

	raster_put32(&pen, INFO_HEAD);
	raster_put32(&pen, picture->width);
	raster_put32(&pen, picture->height);
	raster_put16(&pen, 1); /* planes */
	raster_put16(&pen, 8 * picture_channels(picture));
	raster_put32(&pen, 0); /* BI_RGB: not compressed */
	raster_put32(&pen, raster->layout.row * picture->height);
	raster_put32(&pen, PIXELS_PER_METRE);
	raster_put32(&pen, PIXELS_PER_METRE);
	raster_put32(&pen, palette / 4); /* entries of the palette, and how many matter */
	raster_put32(&pen, palette / 4);
	if (palette)
		put_palette(raster, &pen);
}

static void make_row(const struct raster *raster, uint32_t page, uint32_t index, unsigned char *at)
{
	const uint32_t size = picture_row_size(&raster->picture);
	raster->pixels.row(raster->pixels.from, page, raster->picture.height - 1 - index, at);
	memset(at + size, 0, raster->layout.row - size);
	for (uint32_t x = 0; raster->picture.colour == PICTURE_RGB && x < size; x += 3) {
		unsigned char red = at[x];
		at[x] = at[x + 2];
		at[x + 2] = red;
	}
}

static struct raster_layout layout_of(const struct picture *picture)
{
	return (struct raster_layout){
		.head = FILE_HEAD + INFO_HEAD + palette_bytes(picture),
		.row = (picture_row_size(picture) + 3) / 4 * 4,
		.make_head = make_head,
		.make_row = make_row,
	};
}

static uint64_t size_of(const struct picture *picture)
{
	const struct raster_layout layout = layout_of(picture);
	return raster_size(&layout, picture);
}

static int open_bmp(const struct picture *picture, const struct picture_pixels *pixels, void **file)
{
	const struct raster_layout layout = layout_of(picture);
	return raster_open(&layout, picture, pixels, file);
}

const struct picture_format picture_bmp = {
	.name = "bmp",
	.suffix = ".bmp",
	.colours8 = 1u << PICTURE_GREY | 1u << PICTURE_RGB | 1u << PICTURE_PALETTE,
	.pages_max = 1,
	.size_max = UINT32_MAX,
	.size = size_of,
	.open = open_bmp,
	.close = raster_close,
	.read = raster_read,
};

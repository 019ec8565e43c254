/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Image files whose rows stand one behind another as they are: BMP, TIFF. For this folder only.
 *
 *     front | head, rows, tail | head, rows, tail | ...
 *
 * The front is the file's, the rest is each page's. */
#pragma once

#include "corpora/picture.h"
#include "corpora/pieces.h"

struct raster;

struct raster_layout {
	uint32_t front; /* bytes; may be 0 */
	uint32_t head;
	uint32_t row;  /* of a row as it stands in the file */
	uint32_t tail; /* zeroes behind the last row: 0 to 3 */
	void (*make_front)(const struct raster *raster, unsigned char *at); /* may be NULL where there is none */
	void (*make_head)(const struct raster *raster, uint32_t page, unsigned char *at);
	void (*make_row)(const struct raster *raster, uint32_t page, uint32_t index, unsigned char *at); /* of those in the file */
};

struct raster {
	struct picture picture;
	struct picture_pixels pixels;
	struct raster_layout layout;
	uint32_t run;  /* rows that are made at once: a piece */
	uint32_t runs; /* of a page */
	uint64_t page; /* bytes of one */
	const struct raster_places *places; /* NULL: pages and rows stand where arithmetic says */
	struct pieces pieces;
	unsigned char room[];
};

/* Where a page that is compressed stands, and its parts. */
struct raster_places {
	uint32_t number;     /* of the page */
	uint64_t page, next; /* offsets of it and of the one behind it */
	uint32_t *at, *bytes; /* of each strip */
};

/* Bytes of a page, and of a file. */
uint64_t raster_page_size(const struct raster_layout *layout, const struct picture *picture);
uint64_t raster_size(const struct raster_layout *layout, const struct picture *picture);

/* Members of struct picture_format: open and the rest. */
int raster_open(const struct raster_layout *layout, const struct picture *picture, const struct picture_pixels *pixels, void **file);
void raster_close(void *file);
ssize_t raster_read(void *file, void *bytes, size_t length, uint64_t offset);

/* Numbers of either byte order, one behind another. */
struct raster_pen {
	unsigned char *at;
	bool big;
};
void raster_put16(struct raster_pen *pen, uint32_t number);
void raster_put32(struct raster_pen *pen, uint32_t number);

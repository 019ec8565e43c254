/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes baseline TIFF files, not compressed, in either byte order: TIFF 6.0 (Adobe, 1992), whose sections and numbers are
 * named below. A page is its directory, what does not fit the directory's entries, and its strips one behind another. */
#include "corpora/tiff_pages.h"
#include "corpora/tiff_tags.h"

#include <endian.h>
#include <string.h>

#define ENTRY_SIZE 12u
#define ENTRIES_MAX 18
#define PAGES_MAX 65535 /* PageNumber is of 16 bits: section 12 */
#define STRIP_USUAL 65536u

enum { TYPE_SHORT = 3, TYPE_LONG = 4, TYPE_RATIONAL = 5 }; /* section 2 */

/* ---- directories ---- */

/* One entry of a directory: a single value, or values[count] that are made by number. */
struct entry {
	uint16_t tag, type;
	uint32_t count;
	uint32_t (*value)(const struct raster *raster, uint32_t page, uint32_t i); /* NULL: each is `plain` */
	uint32_t plain;
};

struct directory {
	struct entry at[ENTRIES_MAX]; /* by tag, ascending */
	uint32_t count;
};

static uint32_t bytes_of(const struct entry *entry)
{
	return entry->count * (entry->type == TYPE_SHORT ? 2 : entry->type == TYPE_LONG ? 4 : 8);
}

static uint32_t directory_size(const struct directory *d)
{
	uint32_t size = 2 + d->count * ENTRY_SIZE + 4;
	for (uint32_t i = 0; i < d->count; i++)
		size += bytes_of(&d->at[i]) > 4 ? bytes_of(&d->at[i]) : 0;
	return size;
}

static void add(struct directory *d, uint16_t tag, uint16_t type, uint32_t count, uint32_t plain)
{
	d->at[d->count++] = (struct entry){.tag = tag, .type = type, .count = count, .plain = plain};
}

static void add_made(struct directory *d, uint16_t tag, uint16_t type, uint32_t count,
		     uint32_t (*value)(const struct raster *raster, uint32_t page, uint32_t i))
{
	d->at[d->count++] = (struct entry){.tag = tag, .type = type, .count = count, .value = value};
}

/* ---- strips ---- */

uint32_t tiff_rows_per_strip(const struct picture *picture)
{
	const uint32_t fit = STRIP_USUAL / picture_row_size(picture);
	const uint32_t rows = picture->rows_per_strip ? picture->rows_per_strip : fit ? fit : 1;
	return rows < picture->height ? rows : picture->height;
}

uint32_t tiff_strips(const struct picture *picture)
{
	return (picture->height + tiff_rows_per_strip(picture) - 1) / tiff_rows_per_strip(picture);
}

static uint64_t page_offset(const struct raster *raster, uint32_t page)
{
	if (raster->places)
		return page == raster->places->number ? raster->places->page : raster->places->next;
	return raster->layout.front + page * raster->page;
}

static uint32_t strip_offset(const struct raster *raster, uint32_t page, uint32_t i)
{
	if (raster->places)
		return raster->places->at[i];
	const uint64_t rows = (uint64_t)i * tiff_rows_per_strip(&raster->picture);
	return (uint32_t)(page_offset(raster, page) + raster->layout.head + rows * raster->layout.row);
}

static uint32_t strip_size(const struct raster *raster, uint32_t page, uint32_t i)
{
	(void)page;
	if (raster->places)
		return raster->places->bytes[i];
	const uint32_t rows = tiff_rows_per_strip(&raster->picture), left = raster->picture.height - i * rows;
	return (left < rows ? left : rows) * raster->layout.row;
}

/* ---- other values ---- */

static uint32_t page_number(const struct raster *raster, uint32_t page, uint32_t i)
{
	return i == 0 ? page : raster->picture.pages;
}

/* All reds, all greens, all blues; each of 16 bits: section 5. */
static uint32_t palette_value(const struct raster *raster, uint32_t page, uint32_t i)
{
	(void)page;
	return raster->pixels.palette[i % PICTURE_PALETTE_SIZE][i / PICTURE_PALETTE_SIZE] * 257u;
}

static struct directory directory_of(const struct picture *picture, bool packed)
{
	/* 1: black is zero; 2: RGB; 3: palette. */
	static const uint32_t photometric[] = {[PICTURE_GREY] = 1, [PICTURE_RGB] = 2, [PICTURE_RGBA] = 2, [PICTURE_PALETTE] = 3};
	const uint32_t channels = picture_channels(picture);
	struct directory d = {0};
	if (picture->pages > 1)
		add(&d, TIFF_NEW_SUBFILE_TYPE, TYPE_LONG, 1, 2); /* a page of several */
	add(&d, TIFF_WIDTH, TYPE_LONG, 1, picture->width);
	add(&d, TIFF_HEIGHT, TYPE_LONG, 1, picture->height);
	add(&d, TIFF_BITS, TYPE_SHORT, channels, picture->bits);
	add(&d, TIFF_COMPRESSION, TYPE_SHORT, 1, packed ? 8 : 1); /* none, or deflate: TIFF Technical Note 2 of Photoshop, 2002 */
	add(&d, TIFF_PHOTOMETRIC, TYPE_SHORT, 1, photometric[picture->colour]);
	add_made(&d, TIFF_STRIP_OFFSETS, TYPE_LONG, tiff_strips(picture), strip_offset);
	add(&d, TIFF_SAMPLES_PER_PIXEL, TYPE_SHORT, 1, channels);
	add(&d, TIFF_ROWS_PER_STRIP, TYPE_LONG, 1, tiff_rows_per_strip(picture));
	add_made(&d, TIFF_STRIP_BYTE_COUNTS, TYPE_LONG, tiff_strips(picture), strip_size);
	add(&d, TIFF_X_RESOLUTION, TYPE_RATIONAL, 1, 72);
	add(&d, TIFF_Y_RESOLUTION, TYPE_RATIONAL, 1, 72);
	add(&d, TIFF_RESOLUTION_UNIT, TYPE_SHORT, 1, 2); /* an inch */
	if (picture->pages > 1)
		add_made(&d, TIFF_PAGE_NUMBER, TYPE_SHORT, 2, page_number);
	if (picture->colour == PICTURE_PALETTE)
		add_made(&d, TIFF_COLOR_MAP, TYPE_SHORT, 3 * PICTURE_PALETTE_SIZE, palette_value);
	if (picture->colour == PICTURE_RGBA)
		add(&d, TIFF_EXTRA_SAMPLES, TYPE_SHORT, 1, 2); /* alpha that the colours do not have in them: section 18 */
	return d;
}

/* ---- making ---- */

static void put_values(const struct raster *raster, uint32_t page, const struct entry *entry, struct raster_pen *pen)
{
	for (uint32_t i = 0; i < entry->count; i++) {
		const uint32_t value = entry->value ? entry->value(raster, page, i) : entry->plain;
		if (entry->type == TYPE_SHORT)
			raster_put16(pen, value);
		else
			raster_put32(pen, value);
		if (entry->type == TYPE_RATIONAL)
			raster_put32(pen, 1); /* the denominator */
	}
}

static bool is_big(const struct raster *raster)
{
	return raster->picture.order == PICTURE_ORDER_BIG;
}

void tiff_make_front(const struct raster *raster, unsigned char *at)
{
	struct raster_pen pen = {.at = at, .big = is_big(raster)};
	raster_put16(&pen, is_big(raster) ? 'M' | 'M' << 8 : 'I' | 'I' << 8);
	raster_put16(&pen, 42);
	raster_put32(&pen, TIFF_FILE_HEAD); /* where the first directory is */
}

/* A value of up to four bytes stands in its entry, at the left; a longer one behind the directory. */
void tiff_make_head(const struct raster *raster, uint32_t page, unsigned char *at)
{
	const struct directory d = directory_of(&raster->picture, raster->places);
	const uint32_t fixed = 2 + d.count * ENTRY_SIZE + 4;
	struct raster_pen pen = {.at = at, .big = is_big(raster)}, behind = {.at = at + fixed, .big = is_big(raster)};
	const bool last = page + 1 == raster->picture.pages;
	memset(at, 0, fixed);
	raster_put16(&pen, d.count);
	for (uint32_t i = 0; i < d.count; i++) {
		unsigned char *next = pen.at + ENTRY_SIZE;
		raster_put16(&pen, d.at[i].tag);
		raster_put16(&pen, d.at[i].type);
		raster_put32(&pen, d.at[i].count);
		if (bytes_of(&d.at[i]) <= 4) {
			put_values(raster, page, &d.at[i], &pen);
		} else {
			raster_put32(&pen, (uint32_t)(page_offset(raster, page) + (uint64_t)(behind.at - at)));
			put_values(raster, page, &d.at[i], &behind);
		}
		pen.at = next;
	}
	raster_put32(&pen, last ? 0 : (uint32_t)page_offset(raster, page + 1));
}

void tiff_make_row(const struct raster *raster, uint32_t page, uint32_t index, unsigned char *at)
{
	raster->pixels.row(raster->pixels.from, page, index, at);
	if (raster->picture.bits == 8 || is_big(raster))
		return;
	for (uint32_t i = 0; i < raster->layout.row; i += 2) {
		uint16_t sample;
		memcpy(&sample, at + i, sizeof sample);
		sample = __builtin_bswap16(sample);
		memcpy(at + i, &sample, sizeof sample);
	}
}

static struct raster_layout layout_of(const struct picture *picture)
{
	const struct directory d = directory_of(picture, false);
	return (struct raster_layout){
		.front = TIFF_FILE_HEAD,
		.head = directory_size(&d),
		.row = picture_row_size(picture),
		.tail = (uint32_t)((uint64_t)picture_row_size(picture) * picture->height % 2), /* directories begin at even places */
		.make_front = tiff_make_front,
		.make_head = tiff_make_head,
		.make_row = tiff_make_row,
	};
}

static uint64_t size_of(const struct picture *picture)
{
	const struct raster_layout layout = layout_of(picture);
	return raster_size(&layout, picture);
}

int tiff_open(const struct picture *picture, const struct picture_pixels *pixels, void **file)
{
	const struct raster_layout layout = layout_of(picture);
	return raster_open(&layout, picture, pixels, file);
}

const struct picture_format picture_tiff = {
	.name = "tiff",
	.suffix = ".tif",
	.colours8 = 1u << PICTURE_GREY | 1u << PICTURE_RGB | 1u << PICTURE_RGBA | 1u << PICTURE_PALETTE,
	.colours16 = 1u << PICTURE_GREY | 1u << PICTURE_RGB | 1u << PICTURE_RGBA,
	.has_order = true,
	.has_strips = true,
	.pages_max = PAGES_MAX,
	.size_max = UINT32_MAX, /* places in it are of 32 bits */
	.size = size_of,
	.open = tiff_open,
	.close = raster_close,
	.read = raster_read,
	.pack = tiff_pack,
};

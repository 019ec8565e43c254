/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Thumbnails of the first page of TIFF files (TIFF 6.0) that are not compressed, in strips: 8 and 16 bit, grey, RGB and palette. */
#include "base/scope.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 4096u
#define COLOURS 256u

enum tag {
	WIDTH = 256, HEIGHT = 257, BITS = 258, COMPRESSION = 259, PHOTOMETRIC = 262, STRIPS = 273, SAMPLES = 277, ROWS = 278, PLANAR = 284,
	COLOUR_MAP = 320
};
enum photometric { WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE };

struct field {
	uint32_t count, size, at, first; /* size: of one value, in bytes; at: where they are, in the file; first: the first of them */
};

struct tiff {
	const struct thumb_file *file;
	bool big_endian;
	uint32_t width, height, bits, samples, photometric, rows; /* rows: of a strip */
	struct field strips, map;
	unsigned char palette[COLOURS][3];
};

static bool knows(const struct thumb_file *file)
{
	return (file->head_length >= 8 && (memcmp(file->head, "II*\0", 4) == 0 || memcmp(file->head, "MM\0*", 4) == 0)) ||
	       thumb_has_suffix(file, ".tif") || thumb_has_suffix(file, ".tiff");
}

static uint32_t number(const struct tiff *tiff, const unsigned char *at, uint32_t bytes)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < bytes; i++)
		n = n << 8 | at[tiff->big_endian ? i : bytes - 1 - i];
	return n;
}

/* The value in this place of a field; 0 where the file ends before. */
static uint32_t value(const struct tiff *tiff, const struct field *field, uint32_t index)
{
	unsigned char bytes[4];
	const uint64_t at = field->at + (uint64_t)index * field->size;
	if (index >= field->count || thumb_read(tiff->file, bytes, field->size, at) < (ssize_t)field->size)
		return 0;
	return number(tiff, bytes, field->size);
}

/* ---- the directory of the first page ---- */

static void take_entry(struct tiff *tiff, const unsigned char entry[12], uint32_t at, uint32_t *planar, uint32_t *compression)
{
	const uint32_t type = number(tiff, entry + 2, 2);
	struct field field = {.count = number(tiff, entry + 4, 4), .size = type == 3 ? 2 : type == 4 ? 4 : 1};
	field.at = (uint64_t)field.count * field.size <= 4 ? at + 8 : number(tiff, entry + 8, 4);
	field.first = value(tiff, &field, 0);
	switch ((enum tag)number(tiff, entry, 2)) {
	case WIDTH:
		tiff->width = field.first;
		break;
	case HEIGHT:
		tiff->height = field.first;
		break;
	case BITS:
		tiff->bits = field.first;
		break;
	case COMPRESSION:
		*compression = field.first;
		break;
	case PHOTOMETRIC:
		tiff->photometric = field.first;
		break;
	case STRIPS:
		tiff->strips = field;
		break;
	case SAMPLES:
		tiff->samples = field.first;
		break;
	case ROWS:
		tiff->rows = field.first;
		break;
	case PLANAR:
		*planar = field.first;
		break;
	case COLOUR_MAP:
		tiff->map = field;
		break;
	default:
		break;
	}
}

/* Whether it can be drawn; otherwise says why not. */
static bool read_directory(struct tiff *tiff, struct thumb *thumb)
{
	unsigned char entry[12];
	uint32_t planar = 1, compression = 1, at = number(tiff, tiff->file->head + 4, 4);
	uint32_t count = thumb_read(tiff->file, entry, 2, at) == 2 ? number(tiff, entry, 2) : 0;
	if (!count || count > ENTRIES_MAX) {
		thumb_say(thumb, "no directory at byte %u", at);
		return false;
	}
	for (at += 2; count && thumb_read(tiff->file, entry, 12, at) == 12; count--, at += 12)
		take_entry(tiff, entry, at, &planar, &compression);
	if (count)
		thumb_say(thumb, "the directory is cut");
	buf_printf(&thumb->facts, "%u x %u, %u bit, %s", tiff->width, tiff->height, tiff->bits,
		   tiff->photometric == RGB ? "RGB" : tiff->photometric == PALETTE ? "palette" : "grey");
	if (compression != 1 || planar != 1 || (tiff->bits != 8 && tiff->bits != 16) || tiff->photometric > PALETTE || !tiff->samples ||
	    tiff->samples > 4 || (tiff->photometric == RGB && tiff->samples < 3) || (tiff->photometric == PALETTE && tiff->bits != 8)) {
		thumb_say(thumb, "compression %u, %u samples of %u bit: not drawn here", compression, tiff->samples, tiff->bits);
		return false;
	}
	return thumb_can_be_drawn(thumb, tiff->width, tiff->height);
}

/* All reds, then all greens, then all blues, of 16 bit each. */
static void read_palette(struct tiff *tiff)
{
	for (uint32_t i = 0; i < 3 * COLOURS && tiff->photometric == PALETTE; i++)
		tiff->palette[i % COLOURS][i / COLOURS] = (unsigned char)(value(tiff, &tiff->map, i) >> 8);
}

/* ---- pixels ---- */

/* In 8 bit, rounded as libpng does. */
static unsigned char sample(const struct tiff *tiff, const unsigned char *at)
{
	return tiff->bits == 8 ? *at : (unsigned char)((number(tiff, at, 2) * 255 + 32895) >> 16);
}

static void to_rgba(const struct tiff *tiff, const unsigned char *row, unsigned char *rgba)
{
	const uint32_t bytes = tiff->bits / 8;
	for (uint32_t x = 0; x < tiff->width; x++, row += (size_t)bytes * tiff->samples, rgba += 4) {
		const unsigned char first = sample(tiff, row);
		for (uint32_t i = 0; i < 3; i++)
			rgba[i] = tiff->photometric == RGB	       ? sample(tiff, row + (size_t)i * bytes)
				  : tiff->photometric == PALETTE       ? tiff->palette[first][i]
				  : tiff->photometric == WHITE_IS_ZERO ? (unsigned char)(0xff - first)
								       : first;
		rgba[3] = 0xff;
	}
}

static int draw_rows(const struct tiff *tiff, struct thumb_shrink *shrink, struct thumb *thumb)
{
	const size_t size = (size_t)tiff->width * tiff->samples * (tiff->bits / 8);
	const uint32_t rows = tiff->rows && tiff->rows < tiff->height ? tiff->rows : tiff->height;
	SCOPED_FREE unsigned char *row = malloc(size), *rgba = malloc((size_t)tiff->width * 4);
	if (!row || !rgba)
		return -ENOMEM;
	for (uint32_t y = 0, strip = 0; y < tiff->height; y++) {
		if (y % rows == 0)
			strip = value(tiff, &tiff->strips, y / rows);
		if (!strip || thumb_read(tiff->file, row, size, strip + (uint64_t)(y % rows) * size) < (ssize_t)size) {
			thumb_say(thumb, "row %u of %u is not in the file", y, tiff->height);
			thumb->torn = true;
			continue;
		}
		to_rgba(tiff, row, rgba);
		thumb_shrink_row(shrink, y, rgba);
	}
	return 0;
}

static int draw(const struct thumb_file *file, struct thumb *thumb)
{
	struct thumb_shrink shrink;
	struct tiff tiff = {.file = file, .big_endian = file->head[0] == 'M', .bits = 1, .samples = 1};
	if (file->head_length < 8 || (memcmp(file->head, "II*\0", 4) != 0 && memcmp(file->head, "MM\0*", 4) != 0)) {
		thumb_say(thumb, "no TIFF head");
		return 0;
	}
	if (!read_directory(&tiff, thumb))
		return 0;
	read_palette(&tiff);
	int rc = thumb_shrink_begin(&shrink, tiff.width, tiff.height);
	if (!rc)
		rc = draw_rows(&tiff, &shrink, thumb);
	if (!rc)
		rc = thumb_put_image(thumb, &shrink);
	thumb_shrink_free(&shrink);
	return rc;
}

const struct thumb_kind thumb_tiff = {knows, draw};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Thumbnails of BMP files that are not compressed: 8 bit with a palette, 24 and 32 bit. Structures are those of wingdi.h
 * (BITMAPFILEHEADER, BITMAPINFOHEADER, RGBQUAD). */
#include "base/scope.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEADS_BYTES 54u
#define COLOURS 256u

struct bitmap {
	uint32_t width, height, bits, row; /* row: bytes of one */
	uint64_t pixels; /* where they begin */
	bool from_top;
	unsigned char palette[COLOURS][4]; /* blue, green, red, nothing */
};

static uint32_t le32(const unsigned char *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool knows(const struct thumb_file *file)
{
	const bool head = file->head_length >= HEADS_BYTES && memcmp(file->head, "BM", 2) == 0 && le32(file->head + 14) < 256; /* no text */
	return head || thumb_has_suffix(file, ".bmp");
}

/* Whether it can be drawn; otherwise says why not. */
static bool read_head(const struct thumb_file *file, struct bitmap *b, struct thumb *thumb)
{
	const unsigned char *head = file->head;
	if (file->head_length < HEADS_BYTES || memcmp(head, "BM", 2) != 0) {
		thumb_say(thumb, "no BMP head");
		return false;
	}
	const uint32_t height = le32(head + 22), info = le32(head + 14);
	b->pixels = le32(head + 10);
	b->width = le32(head + 18);
	b->from_top = height > INT32_MAX;
	b->height = b->from_top ? 0 - height : height;
	b->bits = head[28] | (uint32_t)head[29] << 8;
	buf_printf(&thumb->facts, "%u x %u, %u bit%s", b->width, b->height, b->bits, b->bits == 8 ? ", palette" : "");
	if (le32(head + 30) != 0 || (b->bits != 8 && b->bits != 24 && b->bits != 32)) {
		thumb_say(thumb, "%u bit, compression %u: not drawn here", b->bits, le32(head + 30));
		return false;
	}
	if (!thumb_can_be_drawn(thumb, b->width, b->height))
		return false;
	b->row = (b->width * b->bits + 31) / 32 * 4;
	if (b->bits == 8 && thumb_read(file, b->palette, sizeof b->palette, UINT64_C(14) + info) < 0)
		thumb_say(thumb, "the palette cannot be read");
	return true;
}

static void to_rgba(const struct bitmap *b, const unsigned char *row, unsigned char *rgba)
{
	for (uint32_t x = 0; x < b->width; x++, rgba += 4) {
		const unsigned char *bgr = b->bits == 8 ? b->palette[row[x]] : row + (size_t)x * (b->bits / 8);
		rgba[0] = bgr[2];
		rgba[1] = bgr[1];
		rgba[2] = bgr[0];
		rgba[3] = 0xff;
	}
}

static int draw_rows(const struct thumb_file *file, const struct bitmap *b, struct thumb_shrink *shrink, struct thumb *thumb)
{
	SCOPED_FREE unsigned char *row = malloc(b->row), *rgba = malloc((size_t)b->width * 4);
	if (!row || !rgba)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->height; i++) {
		if (thumb_read(file, row, b->row, b->pixels + (uint64_t)i * b->row) < (ssize_t)b->row) {
			thumb_say(thumb, "the pixels end in row %u of %u%s", i, b->height, b->from_top ? "" : " from below");
			thumb->torn = true;
			return 0;
		}
		to_rgba(b, row, rgba);
		thumb_shrink_row(shrink, b->from_top ? i : b->height - 1 - i, rgba);
	}
	return 0;
}

static int draw(const struct thumb_file *file, struct thumb *thumb)
{
	struct bitmap b = {0};
	struct thumb_shrink shrink;
	if (!read_head(file, &b, thumb))
		return 0;
	int rc = thumb_shrink_begin(&shrink, b.width, b.height);
	if (!rc)
		rc = draw_rows(file, &b, &shrink, thumb);
	if (!rc)
		rc = thumb_put_image(thumb, &shrink);
	thumb_shrink_free(&shrink);
	return rc;
}

const struct thumb_kind thumb_bmp = {knows, draw};

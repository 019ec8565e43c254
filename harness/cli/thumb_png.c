/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Thumbnails of PNG files, and as PNG files. No function here has variables of its own that change between setjmp() and the longjmp() of
 * libpng: all stands in what it is given. */
#include "harness/cli/thumb.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Interlaced pictures stand in memory as a whole. */
#define PIXELS_MAX_INTERLACED (UINT64_C(8) << 20)

/* What one chunk may grow to, and how many are kept (text, profiles). */
#define CHUNK_BYTES_MAX (4u << 20)
#define CHUNKS_MAX 64

/* libpng takes so many bytes of a chunk at once, and gives up all of them where the file ends among them: of a small file, whose every row
 * shows, few. */
#define STEP_BYTES 16
#define STEP_BYTES_LARGE 8192
#define LARGE_BYTES (1u << 20)

#define SMALL_SIDE 96 /* smaller pictures are shown larger, by whole factors */

struct reading {
	png_structp png;
	png_infop info;
	const struct thumb_file *file;
	struct thumb *thumb;
	struct thumb_shrink shrink;
	uint64_t offset, ahead; /* read so far; where the bytes below begin */
	unsigned char bytes[16384];
	size_t bytes_length;
	unsigned char *pixels; /* a row, or all of an interlaced picture */
	uint32_t width, height, row, rows; /* rows that have come */
	int passes, pass, rc;
};

static bool knows(const struct thumb_file *file)
{
	return (file->head_length >= 8 && memcmp(file->head, "\x89PNG\r\n\x1a\n", 8) == 0) || thumb_has_suffix(file, ".png");
}

/* ---- what libpng calls ---- */

static void on_error(png_structp png, png_const_charp text)
{
	struct reading *r = png_get_error_ptr(png);
	if (r->passes > 1 && r->rows < r->height)
		thumb_say(r->thumb, "%s (pass %d of %d)", text, r->pass, r->passes);
	else if (r->height && r->rows < r->height)
		thumb_say(r->thumb, "%s (row %u of %u)", text, r->rows, r->height);
	else
		thumb_say(r->thumb, "%s", text);
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	struct reading *r = png_get_error_ptr(png);
	thumb_say(r->thumb, "%s", text);
}

/* As many of the bytes at the offset as stand ready. */
static size_t ready(const struct reading *r)
{
	const bool within = r->offset >= r->ahead && r->offset < r->ahead + r->bytes_length;
	return within ? (size_t)(r->ahead + r->bytes_length - r->offset) : 0;
}

static void on_read(png_structp png, png_bytep bytes, png_size_t length)
{
	struct reading *r = png_get_io_ptr(png);
	for (size_t part; length; bytes += part, length -= part, r->offset += part) {
		if (!ready(r)) {
			ssize_t got = thumb_read(r->file, r->bytes, sizeof r->bytes, r->offset);
			if (got <= 0)
				png_error(png, got ? strerror((int)-got) : "the file ends too early");
			r->ahead = r->offset;
			r->bytes_length = (size_t)got;
		}
		part = ready(r) < length ? ready(r) : length;
		memcpy(bytes, r->bytes + (r->offset - r->ahead), part);
	}
}

/* ---- reading ---- */

static const char *colour_name(int colour)
{
	switch (colour) {
	case PNG_COLOR_TYPE_GRAY:
		return "grey";
	case PNG_COLOR_TYPE_GRAY_ALPHA:
		return "grey and alpha";
	case PNG_COLOR_TYPE_PALETTE:
		return "palette";
	case PNG_COLOR_TYPE_RGB:
		return "RGB";
	default:
		return "RGB and alpha";
	}
}

/* Whatever it is, make it 8 bit RGBA. */
static void want_rgba(png_structp png)
{
	png_set_expand(png);
	png_set_scale_16(png);
	png_set_gray_to_rgb(png);
	png_set_add_alpha(png, 0xff, PNG_FILLER_AFTER);
}

static int prepare(struct reading *r, bool interlaced)
{
	want_rgba(r->png);
	r->passes = png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	const size_t rows = interlaced ? r->height : 1;
	r->pixels = png_get_rowbytes(r->png, r->info) == (size_t)r->width * 4 ? calloc(rows * r->width, 4) : NULL;
	r->rc = r->pixels ? thumb_shrink_begin(&r->shrink, r->width, r->height) : -ENOMEM;
	return r->rc;
}

/* 0: go on. */
static int read_head(struct reading *r)
{
	png_read_info(r->png, r->info);
	r->width = png_get_image_width(r->png, r->info);
	r->height = png_get_image_height(r->png, r->info);
	const bool interlaced = png_get_interlace_type(r->png, r->info) != PNG_INTERLACE_NONE;
	buf_printf(&r->thumb->facts, "%u x %u, %d bit, %s%s", r->width, r->height, png_get_bit_depth(r->png, r->info),
		   colour_name(png_get_color_type(r->png, r->info)), interlaced ? ", interlaced" : "");
	if (interlaced && (uint64_t)r->width * r->height > PIXELS_MAX_INTERLACED)
		thumb_say(r->thumb, "too large to be shown, as it is interlaced");
	else if (thumb_can_be_drawn(r->thumb, r->width, r->height))
		return prepare(r, interlaced);
	return 1;
}

static void read_rows(struct reading *r)
{
	for (r->pass = 0; r->pass < r->passes; r->pass++)
		for (r->row = 0; r->row < r->height; r->row++) {
			unsigned char *row = r->passes > 1 ? r->pixels + (size_t)r->row * r->width * 4 : r->pixels;
			png_read_row(r->png, row, NULL);
			if (r->passes == 1)
				thumb_shrink_row(&r->shrink, r->row, row);
			if (r->pass == r->passes - 1)
				r->rows = r->row + 1;
		}
}

static void read_png(struct reading *r)
{
	if (setjmp(png_jmpbuf(r->png)))
		return;
	png_set_read_fn(r->png, r, on_read);
	png_set_user_limits(r->png, THUMB_PICTURE_SIDE_MAX, THUMB_PICTURE_SIDE_MAX);
	png_set_chunk_malloc_max(r->png, CHUNK_BYTES_MAX);
	png_set_chunk_cache_max(r->png, CHUNKS_MAX);
	png_set_benign_errors(r->png, 1);
	png_set_compression_buffer_size(r->png, r->file->size < LARGE_BYTES ? STEP_BYTES : STEP_BYTES_LARGE);
	if (read_head(r) != 0)
		return;
	read_rows(r);
	png_read_end(r->png, NULL);
}

static int draw(const struct thumb_file *file, struct thumb *thumb)
{
	struct reading *r = calloc(1, sizeof *r);
	if (!r)
		return -ENOMEM;
	r->file = file;
	r->thumb = thumb;
	r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_error, on_warning);
	r->info = r->png ? png_create_info_struct(r->png) : NULL;
	if (r->info)
		read_png(r);
	else
		r->rc = -ENOMEM;
	for (uint32_t y = 0; r->shrink.cells && r->passes > 1 && y < r->height; y++)
		thumb_shrink_row(&r->shrink, y, r->pixels + (size_t)y * r->width * 4);
	thumb->torn = r->shrink.cells && r->rows < r->height;
	if (r->shrink.cells && !r->rc)
		r->rc = thumb_put_image(thumb, &r->shrink);
	int rc = r->rc;
	thumb_shrink_free(&r->shrink);
	png_destroy_read_struct(&r->png, &r->info, NULL);
	free(r->pixels);
	free(r);
	return rc;
}

const struct thumb_kind thumb_png = {knows, draw};

/* ---- writing ---- */

static void on_write(png_structp png, png_bytep bytes, png_size_t length)
{
	buf_add(png_get_io_ptr(png), bytes, length);
}

static void on_flush(png_structp png)
{
	(void)png;
}

static unsigned char mean(uint64_t sum, uint64_t count)
{
	return count ? (unsigned char)(sum / count) : 0;
}

static void fill_row(const struct thumb_shrink *shrink, uint32_t y, unsigned char *rgba)
{
	const struct thumb_cell *cell = &shrink->cells[(size_t)y * shrink->columns];
	for (uint32_t x = 0; x < shrink->columns; x++, cell++, rgba += 4) {
		rgba[0] = mean(cell->red, cell->alpha);
		rgba[1] = mean(cell->green, cell->alpha);
		rgba[2] = mean(cell->blue, cell->alpha);
		rgba[3] = mean(cell->alpha, cell->count);
	}
}

static int write_png(png_structp png, png_infop info, const struct thumb_shrink *shrink, struct buf *out)
{
	unsigned char row[THUMB_SIDE * 4];
	if (setjmp(png_jmpbuf(png)))
		return -ENOMEM;
	png_set_write_fn(png, out, on_write, on_flush);
	png_set_IHDR(png, info, shrink->columns, shrink->rows, 8, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		     PNG_FILTER_TYPE_DEFAULT);
	png_write_info(png, info);
	for (uint32_t y = 0; y < shrink->rows; y++) {
		fill_row(shrink, y, row);
		png_write_row(png, row);
	}
	png_write_end(png, NULL);
	return 0;
}

int thumb_put_image(struct thumb *thumb, const struct thumb_shrink *shrink)
{
	struct buf bytes = {0};
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	int rc = info ? write_png(png, info, shrink, &bytes) : -ENOMEM;
	const uint32_t longer = shrink->columns > shrink->rows ? shrink->columns : shrink->rows;
	const uint32_t factor = longer < SMALL_SIDE ? SMALL_SIDE / longer : 1;
	if (!rc && !bytes.failed)
		thumb_add_data(&thumb->picture, "image/png", bytes.at, bytes.length, shrink->columns * factor, shrink->rows * factor);
	png_destroy_write_struct(&png, &info);
	rc = bytes.failed ? -ENOMEM : rc;
	buf_free(&bytes);
	return rc;
}

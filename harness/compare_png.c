/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decodes PNG files, in their own depth of 8 or 16 bits. No function has variables of its own that change between setjmp() and the
 * longjmp() of libpng: all stands in what it is given. */
#include "harness/compare.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES_MAX (4u << 20)
#define SIDE_MAX (1u << 20)

struct reading {
	png_structp png;
	png_infop info;
	struct compare_bytes left;
	struct compare_image *out;
	unsigned char *bytes; /* as libpng has them */
	png_bytep *rows;
	char *said;
	int rc;
};

static void on_error(png_structp png, png_const_charp text)
{
	struct reading *r = png_get_error_ptr(png);
	snprintf(r->said, COMPARE_SAID_MAX, "%.150s", text);
	r->rc = -EILSEQ;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
	(void)png, (void)text;
}

static void on_read(png_structp png, png_bytep bytes, png_size_t length)
{
	struct reading *r = png_get_io_ptr(png);
	if (length > r->left.length)
		png_error(png, "the file ends too early");
	memcpy(bytes, r->left.at, length);
	r->left.at += length;
	r->left.length -= length;
}

static void want_rgba(png_structp png)
{
	png_set_expand(png);
	png_set_gray_to_rgb(png);
	png_set_add_alpha(png, 0xffff, PNG_FILLER_AFTER);
}

static int make_room(struct reading *r)
{
	struct compare_image *out = r->out;
	size_t row = png_get_rowbytes(r->png, r->info);
	out->rgba = calloc((size_t)out->width * out->height, 4 * sizeof *out->rgba);
	r->bytes = calloc(out->height, row);
	r->rows = calloc(out->height, sizeof *r->rows);
	if (!out->rgba || !r->bytes || !r->rows)
		return -ENOMEM;
	for (size_t y = 0; y < out->height; y++)
		r->rows[y] = r->bytes + y * row;
	return 0;
}

static void read_all(struct reading *r)
{
	if (setjmp(png_jmpbuf(r->png)))
		return;
	png_set_read_fn(r->png, r, on_read);
	png_set_user_limits(r->png, SIDE_MAX, SIDE_MAX);
	png_set_chunk_malloc_max(r->png, CHUNK_BYTES_MAX);
	png_read_info(r->png, r->info);
	r->out->width = png_get_image_width(r->png, r->info);
	r->out->height = png_get_image_height(r->png, r->info);
	if ((uint64_t)r->out->width * r->out->height > COMPARE_PIXELS_MAX)
		png_error(r->png, "too many pixels");
	want_rgba(r->png);
	png_set_interlace_handling(r->png);
	png_read_update_info(r->png, r->info);
	r->out->depth = png_get_bit_depth(r->png, r->info);
	if (png_get_channels(r->png, r->info) != 4 || make_room(r) < 0)
		png_error(r->png, "out of memory");
	png_read_image(r->png, r->rows);
	png_read_end(r->png, NULL);
}

static void unpack(const struct reading *r)
{
	size_t samples = (size_t)r->out->width * r->out->height * 4;
	for (size_t i = 0; i < samples; i++)
		r->out->rgba[i] = r->out->depth == 16 ? (uint16_t)(r->bytes[2 * i] << 8 | r->bytes[2 * i + 1]) : r->bytes[i];
}

int compare_read_png(struct compare_bytes file, struct compare_image *out, char said[COMPARE_SAID_MAX])
{
	struct reading r = {.left = file, .out = out, .said = said};
	if (file.length < 8 || memcmp(file.at, "\x89PNG\r\n\x1a\n", 8) != 0)
		return -ENOTSUP;
	r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
	r.info = r.png ? png_create_info_struct(r.png) : NULL;
	r.rc = r.info ? 0 : -ENOMEM;
	if (r.info)
		read_all(&r);
	else
		snprintf(said, COMPARE_SAID_MAX, "out of memory");
	if (!r.rc)
		unpack(&r);
	png_destroy_read_struct(&r.png, &r.info, NULL);
	free(r.bytes);
	free(r.rows);
	return r.rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes PNG files piece by piece: the head, each IDAT chunk with its CRC, the end.
 *
 * Only the Adler-32 at the end (RFC 1950) needs every row: it is put together from the chunks that were made anyway and from
 * those that nobody asked for, and remembered by whoever owns the picture. */
#include "corpora/png_rows.h"

#include "base/scope.h"
#include "corpora/numbers.h"

#include <errno.h>
#include <libdeflate.h>
#include <string.h>
#include <zlib.h>

#define ADLER_START 1u /* of no bytes: RFC 1950, 8.2 */

struct png {
	struct picture picture;
	struct picture_pixels pixels;
	struct png_layout layout;
	struct pieces pieces;
	unsigned char *row;  /* room for a row of any pass, with its filter byte */
	unsigned char *line; /* room for a row of the picture, of which a pass has some pixels */
	uint32_t adlers[];   /* of the rows of each chunk; 0: not known yet */
};

/* ---- chunks ---- */

static unsigned char *put_be32(unsigned char *at, uint32_t number)
{
	number_put_be(at, number, 4);
	return at + 4;
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t length)
{
	memcpy(at, bytes, length);
	return at + length;
}

/* Write length and type of a chunk; the data follow. */
static unsigned char *chunk_begin(unsigned char *at, const char *type, uint32_t length)
{
	return put(put_be32(at, length), type, 4);
}

/* Write the CRC behind the data; it covers them and the type. `from` is where the chunk begins. */
static unsigned char *chunk_end(unsigned char *at, const unsigned char *from)
{
	return put_be32(at, libdeflate_crc32(0, from + 4, (size_t)(at - from - 4)));
}

unsigned char *png_chunk(unsigned char *at, const char *type, const void *data, uint32_t length)
{
	unsigned char *body = chunk_begin(at, type, length);
	return chunk_end(length ? put(body, data, length) : body, at);
}

size_t png_head(const struct picture *picture, const struct picture_pixels *pixels, unsigned char *at)
{
	static const unsigned char signature[8] = "\x89PNG\r\n\x1a\n";
	/* Table 11.1 of the PNG specification. */
	static const unsigned char types[] = {[PICTURE_GREY] = 0, [PICTURE_RGB] = 2, [PICTURE_RGBA] = 6, [PICTURE_PALETTE] = 3};
	/* Deflate, adaptive filters, no interlace or Adam7: 11.2.2. */
	const unsigned char kind[5] = {(unsigned char)picture->bits, types[picture->colour], 0, 0, picture->interlaced};
	unsigned char ihdr[PNG_IHDR_SIZE], *end = put(at, signature, sizeof signature);
	put(put_be32(put_be32(ihdr, picture->width), picture->height), kind, sizeof kind);
	end = png_chunk(end, "IHDR", ihdr, sizeof ihdr);
	if (picture->colour == PICTURE_PALETTE)
		end = png_chunk(end, "PLTE", pixels->palette, 3 * PICTURE_PALETTE_SIZE);
	return (size_t)(end - at);
}

/* ---- rows ---- */

/* One row of a pass with its filter byte in front: 0, none. */
static void make_row(const struct png *png, const struct png_pass *pass, uint32_t index, unsigned char *at)
{
	const size_t pixel = picture_pixel_size(&png->picture);
	const uint32_t y = pass->y + index * pass->dy;
	*at++ = 0;
	if (pass->dx == 1) {
		png->pixels.row(png->pixels.from, 0, y, at);
		return;
	}
	png->pixels.row(png->pixels.from, 0, y, png->line);
	for (uint32_t i = 0; i < pass->width; i++, at += pixel)
		memcpy(at, png->line + (pass->x + (size_t)i * pass->dx) * pixel, pixel);
}

/* The Adler-32 of the rows of a chunk that nobody has read, made for this alone. */
static uint32_t adler_of(const struct png *png, const struct png_pass *pass, uint32_t chunk)
{
	uint32_t adler = ADLER_START;
	for (uint32_t i = 0; i < png_rows_in(pass, chunk); i++) {
		make_row(png, pass, (chunk - pass->first) * pass->rows + i, png->row);
		adler = libdeflate_adler32(adler, png->row, pass->row);
	}
	return adler;
}

/* The Adler-32 of the whole picture, if somebody has read its end before; else 0. */
static uint32_t adler_known(const struct png *png)
{
	return png->pixels.checksum ? *png->pixels.checksum : 0;
}

static uint32_t adler_whole(struct png *png)
{
	if (adler_known(png))
		return adler_known(png);
	uLong whole = ADLER_START;
	for (uint32_t i = 0; i < png->layout.chunks; i++) {
		const struct png_pass *pass = png_pass_of(&png->layout, i);
		if (!png->adlers[i])
			png->adlers[i] = adler_of(png, pass, i);
		whole = adler32_combine(whole, png->adlers[i], (z_off_t)png_rows_in(pass, i) * pass->row);
	}
	if (png->pixels.checksum)
		*png->pixels.checksum = (uint32_t)whole;
	return (uint32_t)whole;
}

static void note_adler(struct png *png, uint32_t chunk, const unsigned char *data, size_t length)
{
	if (!png->adlers[chunk] && !adler_known(png))
		png->adlers[chunk] = libdeflate_adler32(ADLER_START, data, length);
}

/* ---- pieces ---- */

/* A stored block of `length` bytes: RFC 1951, 3.2.4. */
static unsigned char *block_begin(unsigned char *at, bool last, uint32_t length)
{
	const unsigned char head[PNG_BLOCK_HEAD] = {
		last, (unsigned char)length, (unsigned char)(length >> 8), (unsigned char)~length, (unsigned char)(~length >> 8)};
	return put(at, head, sizeof head);
}

/* One row that is too long for a block. */
static unsigned char *make_long_row(struct png *png, const struct png_pass *pass, uint32_t chunk, bool last, unsigned char *at)
{
	make_row(png, pass, chunk - pass->first, png->row);
	note_adler(png, chunk, png->row, pass->row);
	for (uint32_t done = 0; done < pass->row; done += PNG_BLOCK_MAX) {
		const uint32_t left = pass->row - done, length = left < PNG_BLOCK_MAX ? left : PNG_BLOCK_MAX;
		at = block_begin(at, last && length == left, length);
		at = put(at, png->row + done, length);
	}
	return at;
}

static unsigned char *make_rows(struct png *png, const struct png_pass *pass, uint32_t chunk, bool last, unsigned char *at)
{
	const uint32_t rows = png_rows_in(pass, chunk), data = rows * pass->row;
	at = block_begin(at, last, data);
	for (uint32_t i = 0; i < rows; i++)
		make_row(png, pass, (chunk - pass->first) * pass->rows + i, at + (size_t)i * pass->row);
	note_adler(png, chunk, at, data);
	return at + data;
}

static void make_idat(struct png *png, uint32_t chunk, uint32_t size, unsigned char *at)
{
	const struct png_pass *pass = png_pass_of(&png->layout, chunk);
	const unsigned char *from = at;
	const bool last = chunk + 1 == png->layout.chunks;
	at = chunk_begin(at, "IDAT", size - PNG_CHUNK_FRAME);
	if (chunk == 0)
		at = put(at, "\x78\x01", PNG_ZLIB_HEAD); /* deflate, window of 32 KiB, fastest: RFC 1950, 2.2 */
	at = (pass->blocks > 1 ? make_long_row : make_rows)(png, pass, chunk, last, at);
	if (last)
		at = put_be32(at, adler_whole(png));
	chunk_end(at, from);
}

static void make_piece(void *self, const struct piece *piece, unsigned char *at)
{
	struct png *png = self;
	if (piece->index == 0)
		png_head(&png->picture, &png->pixels, at);
	else if (piece->index > png->layout.chunks)
		png_chunk(at, "IEND", NULL, 0);
	else
		make_idat(png, (uint32_t)piece->index - 1, piece->size, at);
}

static struct piece piece_at(const void *self, uint64_t offset)
{
	return png_piece_at(&((const struct png *)self)->layout, offset);
}

/* ---- the format ---- */

static uint64_t size_of(const struct picture *picture)
{
	struct png_layout layout;
	png_layout(picture, &layout);
	return layout.size;
}

static int open_png(const struct picture *picture, const struct picture_pixels *pixels, void **file)
{
	struct png_layout layout;
	png_layout(picture, &layout);
	const size_t adlers = sizeof(uint32_t) * layout.chunks, room = png_piece_max(&layout), row = picture_row_size(picture);
	struct png *png = malloc(sizeof *png + adlers + room + 1 + row + row);
	if (!png)
		return -ENOMEM;
	*png = (struct png){.picture = *picture, .pixels = *pixels, .layout = layout};
	memset(png->adlers, 0, adlers);
	unsigned char *rooms = (unsigned char *)png->adlers + adlers;
	png->row = rooms + room;
	png->line = png->row + 1 + row;
	png->pieces = (struct pieces){
		.of = png, .size = layout.size, .at = piece_at, .make = make_piece, .room = rooms, .kept = PIECES_NONE};
	*file = png;
	return 0;
}

static ssize_t read_png(void *file, void *bytes, size_t length, uint64_t offset)
{
	struct png *png = file;
	return pieces_read(&png->pieces, bytes, length, offset);
}

int png_each_row(const struct picture *picture, const struct picture_pixels *pixels, png_row_visit *visit, void *into)
{
	void *file;
	int rc = open_png(picture, pixels, &file);
	if (rc)
		return rc;
	const struct png *png = file;
	for (uint32_t p = 0; p < png->layout.count; p++)
		for (uint32_t i = 0; !rc && i < png->layout.passes[p].height; i++) {
			make_row(png, &png->layout.passes[p], i, png->row);
			rc = visit(into, png->row, png->layout.passes[p].row, i == 0);
		}
	free(file);
	return rc;
}

const struct picture_format picture_png = {
	.name = "png",
	.suffix = ".png",
	.colours8 = 1u << PICTURE_GREY | 1u << PICTURE_RGB | 1u << PICTURE_RGBA | 1u << PICTURE_PALETTE,
	.colours16 = 1u << PICTURE_GREY | 1u << PICTURE_RGB | 1u << PICTURE_RGBA,
	.interlaces = true,
	.pages_max = 1,
	.size_max = UINT64_MAX,
	.size = size_of,
	.open = open_png,
	.close = free,
	.read = read_png,
	.pack = png_pack,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes PNG files piece by piece: the head, each IDAT chunk, the end. */
#include "corpora/png_stored.h"

#include <errno.h>
#include <libdeflate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- the layout ---- */

#define BLOCK_MAX 65535u     /* bytes that a stored block can hold: its length has 16 bits */
#define CHUNK_FRAME 12u	     /* length, type and CRC around the data of a chunk */
#define BLOCK_HEAD 5u	     /* type, length and its complement before the data of a block */
#define ZLIB_HEAD 2u	     /* in the first IDAT */
#define ZLIB_TAIL 4u	     /* the Adler-32, in the last IDAT */
#define ADLER_START 1u	     /* of no bytes: RFC 1950, 8.2 */
#define IHDR_SIZE 13u
#define HEAD_SIZE (8u + CHUNK_FRAME + IHDR_SIZE) /* signature and IHDR */
#define END_SIZE CHUNK_FRAME			 /* IEND */

struct layout {
	uint32_t height;
	uint32_t row;	 /* bytes of a row with its filter byte */
	uint32_t rows;	 /* of a chunk; the last may have fewer */
	uint32_t chunks; /* IDAT */
	uint64_t size;	 /* of the file */
};

/* The pieces of a file: 0 is the head, then come the chunks, then IEND. */
struct piece {
	uint32_t index;
	uint64_t offset;
	uint32_t size;
};

static struct layout layout_of(uint32_t width, uint32_t height, uint32_t bits)
{
	struct layout l = {.height = height, .row = 1 + width * (bits / 8)};
	l.rows = BLOCK_MAX / l.row;
	l.chunks = (height + l.rows - 1) / l.rows;
	l.size = HEAD_SIZE + ZLIB_HEAD + (uint64_t)l.chunks * (CHUNK_FRAME + BLOCK_HEAD) + (uint64_t)height * l.row +
		 ZLIB_TAIL + END_SIZE;
	return l;
}

uint64_t png_stored_size(uint32_t width, uint32_t height, uint32_t bits)
{
	return layout_of(width, height, bits).size;
}

static uint32_t rows_in(const struct layout *l, uint32_t chunk)
{
	uint32_t before = chunk * l->rows;
	return l->height - before < l->rows ? l->height - before : l->rows;
}

static struct piece piece_number(const struct layout *l, uint32_t index)
{
	if (index == 0)
		return (struct piece){.index = 0, .offset = 0, .size = HEAD_SIZE};
	if (index > l->chunks)
		return (struct piece){.index = index, .offset = l->size - END_SIZE, .size = END_SIZE};
	uint32_t chunk = index - 1;
	uint32_t stride = CHUNK_FRAME + BLOCK_HEAD + l->rows * l->row;
	return (struct piece){
		.index = index,
		.offset = HEAD_SIZE + (uint64_t)chunk * stride + (chunk ? ZLIB_HEAD : 0),
		.size = CHUNK_FRAME + (chunk ? 0 : ZLIB_HEAD) + BLOCK_HEAD + rows_in(l, chunk) * l->row +
			(index == l->chunks ? ZLIB_TAIL : 0),
	};
}

/* The piece that holds a byte of the file. */
static struct piece piece_at(const struct layout *l, uint64_t offset)
{
	if (offset < HEAD_SIZE)
		return piece_number(l, 0);
	if (offset >= l->size - END_SIZE)
		return piece_number(l, l->chunks + 1);
	/* All chunks have one length, but for the zlib header in the first and the Adler-32 in the last, whose bytes would be
	 * counted to a chunk that is not there. */
	uint32_t stride = CHUNK_FRAME + BLOCK_HEAD + l->rows * l->row;
	uint64_t into = offset - HEAD_SIZE;
	uint64_t chunk = into < ZLIB_HEAD ? 0 : (into - ZLIB_HEAD) / stride;
	return piece_number(l, 1 + (uint32_t)(chunk < l->chunks ? chunk : l->chunks - 1));
}

/* ---- writing pieces ---- */

struct png_stored {
	struct png_image image;
	struct layout layout;
	uint32_t kept;	      /* index of the piece in `piece`; UINT32_MAX: none */
	unsigned char *piece; /* room for the largest */
	unsigned char *row;   /* room for one row */
	uint32_t adlers[];    /* of the rows of each chunk; 0: not known yet */
};

static unsigned char *put_be32(unsigned char *at, uint32_t number)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (unsigned char)(number >> shift);
	return at;
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

static void make_head(const struct png_image *image, unsigned char *at)
{
	static const unsigned char signature[8] = "\x89PNG\r\n\x1a\n";
	/* Colour type 0 is grey; then deflate, adaptive filters, no interlace: PNG specification, 11.2.2. */
	const unsigned char kind[5] = {(unsigned char)image->bits, 0, 0, 0, 0};
	unsigned char *ihdr = put(at, signature, sizeof signature);
	at = chunk_begin(ihdr, "IHDR", IHDR_SIZE);
	at = put_be32(at, image->width);
	at = put_be32(at, image->height);
	at = put(at, kind, sizeof kind);
	chunk_end(at, ihdr);
}

static void make_end(unsigned char *at)
{
	chunk_end(chunk_begin(at, "IEND", 0), at);
}

/* One row with its filter byte in front: 0, none. */
static void make_row(const struct png_image *image, uint32_t y, unsigned char *at)
{
	*at = 0;
	image->row(image->pixels, y, at + 1);
}

/* The Adler-32 of the rows of a chunk that nobody has read, made for this alone. */
static uint32_t adler_of(const struct png_stored *png, uint32_t chunk)
{
	const struct layout *l = &png->layout;
	uint32_t adler = ADLER_START;
	for (uint32_t i = 0; i < rows_in(l, chunk); i++) {
		make_row(&png->image, chunk * l->rows + i, png->row);
		adler = libdeflate_adler32(adler, png->row, l->row);
	}
	return adler;
}

/* The Adler-32 of the whole image, if somebody has read its end before; else 0. */
static uint32_t adler_known(const struct png_stored *png)
{
	return png->image.adler ? *png->image.adler : 0;
}

static uint32_t adler_whole(struct png_stored *png)
{
	const struct layout *l = &png->layout;
	if (adler_known(png))
		return adler_known(png);
	uLong whole = ADLER_START;
	for (uint32_t i = 0; i < l->chunks; i++) {
		if (!png->adlers[i])
			png->adlers[i] = adler_of(png, i);
		whole = adler32_combine(whole, png->adlers[i], (z_off_t)rows_in(l, i) * l->row);
	}
	if (png->image.adler)
		*png->image.adler = (uint32_t)whole;
	return (uint32_t)whole;
}

/* A stored block of `length` bytes: RFC 1951, 3.2.4. */
static unsigned char *block_begin(unsigned char *at, bool last, uint32_t length)
{
	const unsigned char head[BLOCK_HEAD] = {
		last, (unsigned char)length, (unsigned char)(length >> 8), (unsigned char)~length, (unsigned char)(~length >> 8)};
	return put(at, head, sizeof head);
}

static void make_idat(struct png_stored *png, uint32_t chunk, uint32_t size, unsigned char *at)
{
	const struct layout *l = &png->layout;
	const unsigned char *from = at;
	const uint32_t rows = rows_in(l, chunk), data = rows * l->row;
	const bool last = chunk + 1 == l->chunks;
	at = chunk_begin(at, "IDAT", size - CHUNK_FRAME);
	if (chunk == 0)
		at = put(at, "\x78\x01", ZLIB_HEAD); /* deflate, window of 32 KiB, fastest: RFC 1950, 2.2 */
	at = block_begin(at, last, data);
	for (uint32_t i = 0; i < rows; i++)
		make_row(&png->image, chunk * l->rows + i, at + (size_t)i * l->row);
	if (!png->adlers[chunk] && !adler_known(png))
		png->adlers[chunk] = libdeflate_adler32(ADLER_START, at, data);
	at += data;
	if (last)
		at = put_be32(at, adler_whole(png));
	chunk_end(at, from);
}

static void make_piece(struct png_stored *png, const struct piece *piece, unsigned char *at)
{
	if (piece->index == 0)
		make_head(&png->image, at);
	else if (piece->index > png->layout.chunks)
		make_end(at);
	else
		make_idat(png, piece->index - 1, piece->size, at);
}

/* ---- reading ---- */

int png_stored_open(const struct png_image *image, struct png_stored **out)
{
	struct layout l = layout_of(image->width, image->height, image->bits);
	size_t room = CHUNK_FRAME + ZLIB_HEAD + BLOCK_HEAD + (size_t)l.rows * l.row + ZLIB_TAIL;
	size_t adlers = sizeof(uint32_t) * l.chunks;
	struct png_stored *png = malloc(sizeof *png + adlers + room + l.row);
	if (!png)
		return -ENOMEM;
	*png = (struct png_stored){.image = *image, .layout = l, .kept = UINT32_MAX};
	memset(png->adlers, 0, adlers);
	png->piece = (unsigned char *)png->adlers + adlers;
	png->row = png->piece + room;
	*out = png;
	return 0;
}

void png_stored_close(struct png_stored *png)
{
	free(png);
}

/* Copy what the piece has of [offset, offset + length). Returns how much that is. */
static size_t read_piece(struct png_stored *png, const struct piece *piece, unsigned char *bytes, size_t length,
			 uint64_t offset)
{
	size_t skip = (size_t)(offset - piece->offset);
	if (skip == 0 && length >= piece->size && png->kept != piece->index) {
		make_piece(png, piece, bytes);
		return piece->size;
	}
	if (png->kept != piece->index) {
		make_piece(png, piece, png->piece);
		png->kept = piece->index;
	}
	size_t part = piece->size - skip < length ? piece->size - skip : length;
	memcpy(bytes, png->piece + skip, part);
	return part;
}

ssize_t png_stored_read(struct png_stored *png, void *bytes, size_t length, uint64_t offset)
{
	uint64_t size = png->layout.size;
	if (offset >= size)
		return 0;
	if (length > size - offset)
		length = (size_t)(size - offset);
	for (size_t done = 0; done < length;) {
		struct piece piece = piece_at(&png->layout, offset + done);
		done += read_piece(png, &piece, (unsigned char *)bytes + done, length - done, offset + done);
	}
	return (ssize_t)length;
}

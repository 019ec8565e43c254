/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where everything stands in a PNG file that is not compressed. For this folder only.
 *
 * Each IDAT chunk holds whole rows in stored deflate blocks (RFC 1951, 3.2.4): as many as fit the 65535 bytes of one block,
 * or one row that is longer, in several blocks. So sizes and places are arithmetic, and each chunk is made alone:
 *
 *     signature, IHDR, PLTE | IDAT: zlib header, block, rows | IDAT: block, rows | ... | IDAT: last block, rows, Adler-32 | IEND
 *
 * An interlaced image is seven small images one behind another (PNG specification, 8.2), none of which shares a chunk. */
#pragma once

#include "corpora/picture.h"
#include "corpora/pieces.h"

#define PNG_BLOCK_MAX 65535u /* bytes that a stored block can hold: its length has 16 bits */
#define PNG_CHUNK_FRAME 12u  /* length, type and CRC around the data of a chunk */
#define PNG_BLOCK_HEAD 5u    /* type, length and its complement before the data of a block */
#define PNG_ZLIB_HEAD 2u     /* in the first IDAT */
#define PNG_ZLIB_TAIL 4u     /* the Adler-32, in the last IDAT */
#define PNG_IHDR_SIZE 13u
#define PNG_PASSES_MAX 7

/* The pixels at x + i * dx, y + j * dy, as an image of their own. Without interlacing there is one pass, of all pixels. */
struct png_pass {
	uint32_t x, dx, y, dy;
	uint32_t width, height; /* at least 1: passes without pixels are left out */
	uint32_t row;		/* bytes of a row with its filter byte */
	uint32_t rows;		/* of a chunk; the last of the pass may have fewer */
	uint32_t blocks;	/* of a chunk */
	uint32_t first, chunks; /* IDAT, counted through the file */
	uint64_t offset;	/* of its first chunk, were there no zlib header */
};

struct png_layout {
	struct png_pass passes[PNG_PASSES_MAX];
	uint32_t count;	 /* of passes */
	uint32_t head;	 /* bytes before the first IDAT */
	uint32_t chunks; /* IDAT */
	uint64_t size;	 /* of the file */
};

void png_layout(const struct picture *picture, struct png_layout *out);

/* The pieces of a file: 0 is the head, then come the chunks, then IEND. */
struct piece png_piece_at(const struct png_layout *layout, uint64_t offset);

/* Room for the largest piece. */
size_t png_piece_max(const struct png_layout *layout);

/* The pass that a chunk is of, and how many rows it holds. */
const struct png_pass *png_pass_of(const struct png_layout *layout, uint32_t chunk);
uint32_t png_rows_in(const struct png_pass *pass, uint32_t chunk);

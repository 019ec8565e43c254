/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where everything stands in a PNG file that is not compressed, by arithmetic. */
#include "corpora/png_layout.h"

#define SIGNATURE_AND_IHDR (8u + PNG_CHUNK_FRAME + PNG_IHDR_SIZE)
#define PLTE_SIZE (PNG_CHUNK_FRAME + 3u * PICTURE_PALETTE_SIZE)
#define END_SIZE PNG_CHUNK_FRAME /* IEND */

/* ---- passes ---- */

struct grid {
	uint32_t x, dx, y, dy;
};

static const struct grid whole = {0, 1, 0, 1};

/* Adam7: PNG specification, 8.2. */
static const struct grid adam7[PNG_PASSES_MAX] = {
	{0, 8, 0, 8}, {4, 8, 0, 8}, {0, 4, 4, 8}, {2, 4, 0, 4}, {0, 2, 2, 4}, {1, 2, 0, 2}, {0, 1, 1, 2},
};

/* How many of every `step`th from `first` are below `count`. */
static uint32_t points(uint32_t count, uint32_t first, uint32_t step)
{
	return count > first ? (count - first + step - 1) / step : 0;
}

/* Bytes of a chunk with so many rows, without the zlib header and the Adler-32. */
static uint32_t chunk_size(const struct png_pass *pass, uint32_t rows)
{
	return PNG_CHUNK_FRAME + pass->blocks * PNG_BLOCK_HEAD + rows * pass->row;
}

/* Bytes of all its chunks, in the same way. */
static uint64_t pass_size(const struct png_pass *pass)
{
	return (uint64_t)pass->chunks * (PNG_CHUNK_FRAME + pass->blocks * PNG_BLOCK_HEAD) + (uint64_t)pass->height * pass->row;
}

/* Append a pass, if it has pixels. */
static void add_pass(struct png_layout *l, const struct picture *picture, const struct grid *grid)
{
	struct png_pass pass = {.x = grid->x, .dx = grid->dx, .y = grid->y, .dy = grid->dy, .first = l->chunks, .offset = l->size};
	pass.width = points(picture->width, grid->x, grid->dx);
	pass.height = points(picture->height, grid->y, grid->dy);
	if (!pass.width || !pass.height)
		return;
	pass.row = 1 + pass.width * picture_pixel_size(picture);
	pass.rows = pass.row <= PNG_BLOCK_MAX ? PNG_BLOCK_MAX / pass.row : 1;
	pass.blocks = (pass.row + PNG_BLOCK_MAX - 1) / PNG_BLOCK_MAX;
	pass.chunks = (pass.height + pass.rows - 1) / pass.rows;
	l->chunks += pass.chunks;
	l->size += pass_size(&pass);
	l->passes[l->count++] = pass;
}

void png_layout(const struct picture *picture, struct png_layout *out)
{
	*out = (struct png_layout){.head = SIGNATURE_AND_IHDR + (picture->colour == PICTURE_PALETTE ? PLTE_SIZE : 0)};
	out->size = out->head;
	if (!picture->interlaced)
		add_pass(out, picture, &whole);
	for (size_t i = 0; picture->interlaced && i < PNG_PASSES_MAX; i++)
		add_pass(out, picture, &adam7[i]);
	out->size += PNG_ZLIB_HEAD + PNG_ZLIB_TAIL + END_SIZE;
}

/* ---- pieces ---- */

const struct png_pass *png_pass_of(const struct png_layout *layout, uint32_t chunk)
{
	uint32_t i = layout->count - 1;
	while (chunk < layout->passes[i].first)
		i--;
	return &layout->passes[i];
}

uint32_t png_rows_in(const struct png_pass *pass, uint32_t chunk)
{
	uint32_t before = (chunk - pass->first) * pass->rows;
	return pass->height - before < pass->rows ? pass->height - before : pass->rows;
}

static struct piece chunk_piece(const struct png_layout *l, const struct png_pass *pass, uint32_t chunk)
{
	const uint64_t before = (uint64_t)(chunk - pass->first) * chunk_size(pass, pass->rows);
	return (struct piece){
		.index = 1 + (uint64_t)chunk,
		.offset = pass->offset + before + (chunk ? PNG_ZLIB_HEAD : 0),
		.size = chunk_size(pass, png_rows_in(pass, chunk)) + (chunk ? 0 : PNG_ZLIB_HEAD) +
			(chunk + 1 == l->chunks ? PNG_ZLIB_TAIL : 0),
	};
}

struct piece png_piece_at(const struct png_layout *l, uint64_t offset)
{
	if (offset < l->head)
		return (struct piece){.index = 0, .offset = 0, .size = l->head};
	if (offset >= l->size - END_SIZE)
		return (struct piece){.index = 1 + (uint64_t)l->chunks, .offset = l->size - END_SIZE, .size = END_SIZE};
	/* All chunks of a pass have one length, but for the zlib header in the first and the Adler-32 in the last, whose bytes
	 * would be counted to a chunk that is not there. */
	uint64_t place = offset < l->head + PNG_ZLIB_HEAD ? l->head : offset - PNG_ZLIB_HEAD;
	uint32_t i = l->count - 1;
	while (place < l->passes[i].offset)
		i--;
	const struct png_pass *pass = &l->passes[i];
	uint64_t chunk = (place - pass->offset) / chunk_size(pass, pass->rows);
	return chunk_piece(l, pass, pass->first + (uint32_t)(chunk < pass->chunks ? chunk : pass->chunks - 1));
}

size_t png_piece_max(const struct png_layout *layout)
{
	size_t most = layout->head;
	for (uint32_t i = 0; i < layout->count; i++) {
		size_t size = chunk_size(&layout->passes[i], layout->passes[i].rows) + PNG_ZLIB_HEAD + PNG_ZLIB_TAIL;
		most = size > most ? size : most;
	}
	return most;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes image files of plain rows piece by piece: the front, each page's head, each run of rows. */
#include "corpora/raster.h"

#include "base/scope.h"
#include "corpora/numbers.h"

#include <string.h>

/* A piece of rows has about as many bytes. */
#define RUN_BYTES 65536u

/* ---- places ---- */

uint64_t raster_page_size(const struct raster_layout *layout, const struct picture *picture)
{
	return layout->head + (uint64_t)layout->row * picture->height + layout->tail;
}

uint64_t raster_size(const struct raster_layout *layout, const struct picture *picture)
{
	return layout->front + raster_page_size(layout, picture) * picture->pages;
}

/* Rows in a run of a page. */
static uint32_t rows_in(const struct raster *r, uint32_t run)
{
	uint32_t before = run * r->run;
	return r->picture.height - before < r->run ? r->picture.height - before : r->run;
}

/* Pieces are counted: the front, then of each page the head and its runs. */
static struct piece piece_of_page(const struct raster *r, uint64_t page, uint64_t into)
{
	const uint64_t offset = r->layout.front + page * r->page, index = 1 + page * (1 + (uint64_t)r->runs);
	if (into < r->layout.head)
		return (struct piece){.index = index, .offset = offset, .size = r->layout.head};
	const uint64_t stride = (uint64_t)r->run * r->layout.row, at = (into - r->layout.head) / stride;
	const uint32_t run = (uint32_t)(at < r->runs ? at : r->runs - 1); /* the tail is the last run's */
	return (struct piece){
		.index = index + 1 + run,
		.offset = offset + r->layout.head + run * stride,
		.size = rows_in(r, run) * r->layout.row + (run + 1 == r->runs ? r->layout.tail : 0),
	};
}

static struct piece piece_at(const void *self, uint64_t offset)
{
	const struct raster *r = self;
	if (offset < r->layout.front)
		return (struct piece){.index = 0, .offset = 0, .size = r->layout.front};
	offset -= r->layout.front;
	return piece_of_page(r, offset / r->page, offset % r->page);
}

/* ---- making ---- */

static void make_run(const struct raster *r, uint32_t page, uint32_t run, unsigned char *at)
{
	for (uint32_t i = 0; i < rows_in(r, run); i++, at += r->layout.row)
		r->layout.make_row(r, page, run * r->run + i, at);
	if (run + 1 == r->runs)
		memset(at, 0, r->layout.tail);
}

static void make_piece(void *self, const struct piece *piece, unsigned char *at)
{
	const struct raster *r = self;
	if (piece->index == 0) {
		r->layout.make_front(r, at);
		return;
	}
	const uint64_t index = piece->index - 1, in_page = 1 + (uint64_t)r->runs;
	const uint32_t page = (uint32_t)(index / in_page), part = (uint32_t)(index % in_page);
	if (part)
		make_run(r, page, part - 1, at);
	else
		r->layout.make_head(r, page, at);
}

static void put_number(struct raster_pen *pen, uint32_t number, int bytes)
{
	(pen->big ? number_put_be : number_put_le)(pen->at, number, bytes);
	pen->at += bytes;
}

void raster_put16(struct raster_pen *pen, uint32_t number)
{
	put_number(pen, number, 2);
}

void raster_put32(struct raster_pen *pen, uint32_t number)
{
	put_number(pen, number, 4);
}

/* ---- reading ---- */

int raster_open(const struct raster_layout *layout, const struct picture *picture, const struct picture_pixels *pixels, void **file)
{
	const uint32_t fit = RUN_BYTES / layout->row, run = fit < 1 ? 1 : fit < picture->height ? fit : picture->height;
	const size_t rows = (size_t)run * layout->row + layout->tail;
	size_t room = rows > layout->head ? rows : layout->head;
	room = room > layout->front ? room : layout->front;
	struct raster *r = malloc(sizeof *r + room);
	if (!r)
		return -ENOMEM;
	*r = (struct raster){.picture = *picture, .pixels = *pixels, .layout = *layout, .run = run};
	r->runs = (picture->height + run - 1) / run;
	r->page = raster_page_size(layout, picture);
	r->pieces = (struct pieces){.of = r, .size = raster_size(layout, picture), .at = piece_at, .make = make_piece,
				    .room = r->room, .kept = PIECES_NONE};
	*file = r;
	return 0;
}

void raster_close(void *file)
{
	free(file);
}

ssize_t raster_read(void *file, void *bytes, size_t length, uint64_t offset)
{
	struct raster *r = file;
	return pieces_read(&r->pieces, bytes, length, offset);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes PNG files whose data are compressed: rows filtered as PNG specification, 12.7 advises, deflated by zlib. */
#include "corpora/png_rows.h"

#include "base/buf.h"
#include "base/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define IDAT_BYTES 32768u
#define LEVEL 6

struct packing {
	int fd;
	uint32_t pixel; /* bytes */
	z_stream z;
	unsigned char *above;	 /* the row before, as it was; zeroes before the first of a pass */
	unsigned char *tried[3]; /* the same row under each filter, with its filter byte */
	unsigned char data[IDAT_BYTES], chunk[IDAT_BYTES + PNG_CHUNK_FRAME];
};

/* ---- filters ---- */

enum { NONE, SUB, UP, FILTERS };

static uint64_t weight(const unsigned char *row, uint32_t length)
{
	uint64_t sum = 0;
	for (uint32_t i = 1; i < length; i++)
		sum += row[i] < 128 ? row[i] : 256u - row[i];
	return sum;
}

/* The filter whose bytes, taken as signed, have the least sum of absolute values. */
static const unsigned char *filter(struct packing *p, const unsigned char *row, uint32_t length)
{
	unsigned char *none = p->tried[NONE], *sub = p->tried[SUB], *up = p->tried[UP];
	memcpy(none, row, length);
	sub[0] = SUB, up[0] = UP;
	for (uint32_t i = 1; i < length; i++) {
		sub[i] = (unsigned char)(row[i] - (i > p->pixel ? row[i - p->pixel] : 0));
		up[i] = (unsigned char)(row[i] - p->above[i]);
	}
	size_t best = NONE;
	for (size_t i = SUB; i < FILTERS; i++)
		if (weight(p->tried[i], length) < weight(p->tried[best], length))
			best = i;
	return p->tried[best];
}

/* ---- writing ---- */

static int put(struct packing *p, const void *bytes, size_t length)
{
	const struct buf view = {.at = (char *)(uintptr_t)bytes, .length = length};
	return buf_write_fd(&view, p->fd);
}

static int put_idat(struct packing *p)
{
	const uint32_t length = IDAT_BYTES - p->z.avail_out;
	const unsigned char *end = png_chunk(p->chunk, "IDAT", p->data, length);
	p->z.next_out = p->data;
	p->z.avail_out = IDAT_BYTES;
	return put(p, p->chunk, (size_t)(end - p->chunk));
}

static int deflate_row(struct packing *p, const unsigned char *row, uint32_t length, int flush)
{
	int rc = 0, state;
	p->z.next_in = (unsigned char *)(uintptr_t)row;
	p->z.avail_in = length;
	do {
		state = deflate(&p->z, flush);
		if (!p->z.avail_out || state == Z_STREAM_END)
			rc = put_idat(p);
	} while (!rc && (p->z.avail_in || (flush == Z_FINISH && state != Z_STREAM_END)));
	return rc;
}

static int pack_row(void *self, const unsigned char *row, uint32_t length, bool first)
{
	struct packing *p = self;
	if (first)
		memset(p->above, 0, length);
	int rc = deflate_row(p, filter(p, row, length), length, Z_NO_FLUSH);
	memcpy(p->above, row, length);
	return rc;
}

static int pack(const struct picture *picture, const struct picture_pixels *pixels, struct packing *p)
{
	unsigned char head[PNG_HEAD_MAX], end[PNG_CHUNK_FRAME];
	int rc = put(p, head, png_head(picture, pixels, head));
	if (!rc)
		rc = png_each_row(picture, pixels, pack_row, p);
	if (!rc)
		rc = deflate_row(p, NULL, 0, Z_FINISH);
	if (!rc)
		rc = put(p, end, (size_t)(png_chunk(end, "IEND", NULL, 0) - end));
	return rc;
}

int png_pack(const struct picture *picture, const struct picture_pixels *pixels, int fd)
{
	const size_t row = picture_row_size(picture) + 1;
	SCOPED_FREE struct packing *p = calloc(1, sizeof *p);
	SCOPED_FREE unsigned char *rows = calloc(1 + FILTERS, row);
	if (!p || !rows || deflateInit(&p->z, LEVEL) != Z_OK)
		return -ENOMEM;
	p->fd = fd;
	p->pixel = picture_pixel_size(picture);
	p->above = rows;
	for (size_t i = 0; i < FILTERS; i++)
		p->tried[i] = rows + (i + 1) * row;
	p->z.next_out = p->data;
	p->z.avail_out = IDAT_BYTES;
	int rc = pack(picture, pixels, p);
	deflateEnd(&p->z);
	return rc;
}

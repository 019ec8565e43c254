/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes TIFF files whose strips are deflated. */
#include "corpora/tiff_pages.h"

#include "base/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

struct packing {
	int fd;
	uint64_t base, at; /* where the file begins in the descriptor, and how far it is written */
	struct raster *raster;
	struct raster_places places;
	z_stream z;
	unsigned char *row, *head;
	unsigned char data[65536];
};

static int put_at(const struct packing *p, const void *bytes, size_t length, uint64_t offset)
{
	for (size_t done = 0; done < length;) {
		ssize_t put = pwrite(p->fd, (const char *)bytes + done, length - done, (off_t)(p->base + offset + done));
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		done += (size_t)put;
	}
	return 0;
}

/* What deflate has so far; all of it where it shall end. */
static int put_deflated(struct packing *p, int flush)
{
	int rc = 0, state;
	do {
		p->z.next_out = p->data;
		p->z.avail_out = sizeof p->data;
		state = deflate(&p->z, flush);
		const size_t length = sizeof p->data - p->z.avail_out;
		rc = put_at(p, p->data, length, p->at);
		p->at += length;
	} while (!rc && (!p->z.avail_out || p->z.avail_in || (flush == Z_FINISH && state != Z_STREAM_END)));
	return rc;
}

static int pack_strip(struct packing *p, uint32_t page, uint32_t strip)
{
	const struct picture *picture = &p->raster->picture;
	const uint32_t rows = tiff_rows_per_strip(picture), first = strip * rows;
	const uint64_t begun = p->at;
	int rc = deflateReset(&p->z) == Z_OK ? 0 : -EIO;
	for (uint32_t y = first; !rc && y < first + rows && y < picture->height; y++) {
		tiff_make_row(p->raster, page, y, p->row);
		p->z.next_in = p->row;
		p->z.avail_in = p->raster->layout.row;
		rc = put_deflated(p, Z_NO_FLUSH);
	}
	if (!rc)
		rc = put_deflated(p, Z_FINISH);
	p->places.at[strip] = (uint32_t)begun;
	p->places.bytes[strip] = (uint32_t)(p->at - begun);
	return rc ? rc : p->at > UINT32_MAX ? -EFBIG : 0;
}

/* The head of a page stands before its strips, and says where they are: it is written last. */
static int pack_page(struct packing *p, uint32_t page)
{
	int rc = 0;
	p->places.page = p->at;
	p->at += p->raster->layout.head;
	for (uint32_t i = 0; !rc && i < tiff_strips(&p->raster->picture); i++)
		rc = pack_strip(p, page, i);
	p->at += p->at % 2;
	p->places.next = p->at;
	p->places.number = page;
	if (!rc)
		tiff_make_head(p->raster, page, p->head);
	return rc ? rc : put_at(p, p->head, p->raster->layout.head, p->places.page);
}

static int pack_all(struct packing *p)
{
	int rc = 0;
	tiff_make_front(p->raster, p->data);
	rc = put_at(p, p->data, TIFF_FILE_HEAD, 0);
	p->at = TIFF_FILE_HEAD;
	for (uint32_t page = 0; !rc && page < p->raster->picture.pages; page++)
		rc = pack_page(p, page);
	return rc || ftruncate(p->fd, (off_t)(p->base + p->at)) == 0 ? rc : -errno;
}

int tiff_pack(const struct picture *picture, const struct picture_pixels *pixels, int fd)
{
	const uint32_t count = tiff_strips(picture);
	const off_t base = lseek(fd, 0, SEEK_CUR);
	void *file;
	int rc = base < 0 ? -errno : tiff_open(picture, pixels, &file);
	if (rc)
		return rc;
	struct raster *raster = file;
	SCOPED_FREE struct packing *p = calloc(1, sizeof *p);
	SCOPED_FREE unsigned char *rooms = malloc(raster->layout.row + raster->layout.head);
	SCOPED_FREE uint32_t *places = calloc(count, 2 * sizeof *places);
	if (p && rooms && places && deflateInit(&p->z, Z_DEFAULT_COMPRESSION) == Z_OK) {
		p->fd = fd, p->base = (uint64_t)base, p->raster = raster;
		p->row = rooms, p->head = rooms + raster->layout.row;
		p->places.at = places, p->places.bytes = places + count;
		raster->places = &p->places;
		rc = pack_all(p);
		deflateEnd(&p->z);
	} else {
		rc = -ENOMEM;
	}
	raster_close(raster);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Grey PNG files of closed form: any byte can be made without those before it. For this folder only.
 *
 * The image data are not compressed. Each IDAT chunk holds one stored deflate block of whole rows (RFC 1951, 3.2.4), as
 * many as fit its 65535 bytes, so sizes and places are arithmetic and each chunk is made alone, with its CRC. Only the
 * Adler-32 at the end (RFC 1950) needs every row: it is put together from the chunks that were made anyway and from those
 * that nobody asked for, and remembered by whoever owns the image.
 *
 *     signature, IHDR | IDAT: zlib header, block, rows | IDAT: block, rows | ... | IDAT: last block, rows, Adler-32 | IEND
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct png_image {
	uint32_t width, height, bits; /* a row must fit a block: width * bits / 8 < 65535; bits 8 or 16 */
	/* Makes the samples of a row, big-endian: width * bits / 8 bytes. */
	void (*row)(const void *pixels, uint32_t y, unsigned char *out);
	const void *pixels;
	_Atomic uint32_t *adler; /* where the image's Adler-32 is remembered; 0: not known yet. Any thread may write it. */
};

/* Size of the file, bytes. */
uint64_t png_stored_size(uint32_t width, uint32_t height, uint32_t bits);

/* Reads one file, by one thread. Keeps the chunk that it made last. */
struct png_stored;

/* Copies the description, borrows what it points to. Caller closes. Returns 0 or -ENOMEM. */
int png_stored_open(const struct png_image *image, struct png_stored **out) MUST_USE;
void png_stored_close(struct png_stored *png);

/* As corpus_file_read(). Cannot fail. */
ssize_t png_stored_read(struct png_stored *png, void *bytes, size_t length, uint64_t offset);

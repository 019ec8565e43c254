/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tags of TIFF 6.0, and the entries of a file's first directory (section 2). For this folder only. */
#pragma once

#include "corpora/anatomy.h"
#include "corpora/numbers.h"

enum tiff_tag {
	TIFF_NEW_SUBFILE_TYPE = 254,
	TIFF_WIDTH = 256,
	TIFF_HEIGHT = 257,
	TIFF_BITS = 258,
	TIFF_COMPRESSION = 259,
	TIFF_PHOTOMETRIC = 262,
	TIFF_STRIP_OFFSETS = 273,
	TIFF_SAMPLES_PER_PIXEL = 277,
	TIFF_ROWS_PER_STRIP = 278,
	TIFF_STRIP_BYTE_COUNTS = 279,
	TIFF_X_RESOLUTION = 282,
	TIFF_Y_RESOLUTION = 283,
	TIFF_RESOLUTION_UNIT = 296,
	TIFF_PAGE_NUMBER = 297,
	TIFF_COLOR_MAP = 320,
	TIFF_EXTRA_SAMPLES = 338,
};

/* A number in the byte order of the file. */
static inline uint64_t tiff_number(const struct anatomy *anatomy, const unsigned char *at, int bytes)
{
	return anatomy->big_endian ? number_be(at, bytes) : number_le(at, bytes);
}

/* An entry and its values: BYTE (1), SHORT (2 bytes) or LONG (4 bytes) each. */
struct tiff_values {
	uint64_t entry; /* where its 12 bytes are */
	uint64_t at;	/* where the values are: in the entry, where they fit */
	uint64_t count;
	int bytes; /* of each */
};

/* 0, -ENOENT where the directory has no such tag (or it is of another type), or as reader_exactly(). */
int tiff_values(const struct reader *in, const struct anatomy *anatomy, enum tiff_tag tag, struct tiff_values *out) MUST_USE;
int tiff_value(const struct reader *in, const struct anatomy *anatomy, const struct tiff_values *values, uint64_t index,
	       uint64_t *out) MUST_USE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where the parts of a media file are, and which of them a checksum guards. For this folder only.
 *
 * Read from the bytes of any file, made or the user's: so damage can be done to a named part, and it is known who could notice it.
 * Files come from strangers: whatever they say of themselves is held against their size. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"
#include "corpora/reader.h"

#include <stdbool.h>

/* Told by the first bytes. */
enum medium { MEDIUM_OTHER, MEDIUM_PNG, MEDIUM_RIFF, MEDIUM_FLAC, MEDIUM_TIFF, MEDIUM_BMP, MEDIA };

/* "PNG"; of OTHER "unknown". Static. */
const char *medium_name(enum medium medium);

/* Who can notice that a byte is wrong? */
enum guard {
	GUARD_NONE,   /* nobody: samples without a checksum, padding */
	GUARD_SENSE,  /* a careful reader may: it says something of the file, which might not go with the rest */
	GUARD_SUMMED, /* every reader must: a checksum or a constant guards it */
};

#define PART_NAME_MAX 15
#define PARTS_MAX 65536 /* a file that has more is not looked into further */

struct part {
	char name[PART_NAME_MAX + 1]; /* "IHDR", "fmt ", "STREAMINFO", "frames", "IFD", "strips", "pixels" ... */
	uint64_t at, length;	      /* with what frames it: type, length, checksum */
	uint64_t data, data_length;   /* without */
	enum guard frame_guard, guard;
};

struct anatomy {
	enum medium medium;
	bool big_endian; /* of a TIFF */
	VEC(struct part) parts; /* by place; of a file that is not whole, as far as it is sound */
};

/* 0, -ENOMEM, or what the source says. A file of no known kind has no parts. anatomy_fini() in any case. */
int anatomy_read(const struct reader *in, struct anatomy *out) MUST_USE;
void anatomy_fini(struct anatomy *anatomy);

/* The nth (from 0) part of this name, the last one where nth is SIZE_MAX; NULL where there is none. Borrowed. */
const struct part *anatomy_part(const struct anatomy *anatomy, const char *name, size_t nth);

/* The best guard of any byte of [first, end). Of a medium that is not known: SENSE. */
enum guard anatomy_guard(const struct anatomy *anatomy, uint64_t first, uint64_t end);

/* For the readers of one medium each: add a part; one that reaches beyond the file is cut. 0 or -ENOMEM. */
int anatomy_add(struct anatomy *anatomy, const struct reader *in, const struct part *part) MUST_USE;
int anatomy_png(const struct reader *in, struct anatomy *out) MUST_USE;
int anatomy_riff(const struct reader *in, struct anatomy *out) MUST_USE;
int anatomy_flac(const struct reader *in, struct anatomy *out) MUST_USE;
int anatomy_tiff(const struct reader *in, struct anatomy *out) MUST_USE;
int anatomy_bmp(const struct reader *in, struct anatomy *out) MUST_USE;

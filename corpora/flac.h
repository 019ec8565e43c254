/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* FLAC files of closed form: any byte can be made without those before it. For this folder only.
 *
 * The samples are not compressed: blocks of FLAC_BLOCK frames, in verbatim subframes (RFC 9639, 9.2.4), each with its
 * checksums, so that sizes and places are arithmetic and each block is made alone. Only the MD5 in STREAMINFO needs every sample:
 * it is made when it is read for the first time, and remembered by whoever owns the file. It is left 0, which means "not known",
 * where there are more than FLAC_MD5_MAX bytes of samples: nobody should wait minutes for byte 26.
 *
 *     fLaC | STREAMINFO | block 0 | block 1 | ... | last block, which may be shorter
 */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FLAC_BLOCK 4096
#define FLAC_MD5_SIZE 16
#define FLAC_MD5_MAX (UINT64_C(256) << 20)

struct flac_shape {
	uint32_t rate, channels, bits; /* rate below 2^20; channels 1 to 8; bits 8, 16 or 24 */
	uint64_t frames;	       /* 1 to 2^36 - 1 */
};

/* An MD5 that is made once, in two halves: 0 where it is not known yet. Any thread may make it, all make the same. */
struct flac_md5 {
	_Atomic uint64_t halves[2];
};

struct flac_track {
	struct flac_shape shape;
	/* Makes frames [first, first + count) of all channels in turn, integers of `bits` bits. */
	void (*samples)(const void *from, uint64_t first, size_t count, int32_t *out);
	const void *from;
	struct flac_md5 *md5;
};

/* Size of the file, bytes. */
uint64_t flac_size(const struct flac_shape *shape);

/* Reads one file, by one thread. Keeps the block that it made last. */
struct flac;

/* Copies the description, borrows what it points to. Caller closes. Returns 0 or -ENOMEM. */
int flac_open(const struct flac_track *track, struct flac **out) MUST_USE;
void flac_close(struct flac *flac);

/* As corpus_file_read(). Cannot fail. */
ssize_t flac_read(struct flac *flac, void *bytes, size_t length, uint64_t offset);

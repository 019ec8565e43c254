/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that are made piece by piece, each alone, and read from anywhere. For this folder only.
 *
 * A read that wants a whole piece has it made in place; of others the piece that was made last is kept, so reading in order
 * makes each piece once whatever the length of a read. One file belongs to one thread at a time. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A stretch of the file. */
struct piece {
	uint64_t index, offset;
	uint32_t size; /* 1 or more */
};

struct pieces {
	void *of; /* what is handed to the functions */
	uint64_t size; /* of the file */
	struct piece (*at)(const void *of, uint64_t offset); /* the piece that holds this byte */
	void (*make)(void *of, const struct piece *piece, unsigned char *at);

	unsigned char *room; /* for the largest piece; the owner's */
	uint64_t kept;	     /* index of the piece that stands there; PIECES_NONE at first */
};

#define PIECES_NONE UINT64_MAX

/* As corpus_file_read(). Cannot fail. */
ssize_t pieces_read(struct pieces *pieces, void *bytes, size_t length, uint64_t offset);

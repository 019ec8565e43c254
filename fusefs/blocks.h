/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What blocks of files held before: copies of 4 KiB, kept apart from the files.
 *
 * A store has slots for copies: in memory up to STORE_MEMORY_MAX, behind that in a file of no name in TMPDIR, up to
 * STORE_SLOTS_MAX in all. A map says which slot has which block of one file. Blocks of nothing but zeroes take no slot. One thread. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COPY_BYTES 4096u
#define STORE_MEMORY_MAX (UINT64_C(64) << 20)  /* bytes */
#define STORE_SLOTS_MAX (1u << 20)	       /* 4 GiB */

struct store {
	int memory_fd, spill_fd; /* -1: not needed yet */
	uint32_t used, in_use;	 /* slots ever used; slots used now */
	struct {
		uint32_t *at;
		size_t count, room;
	} unused;
};

#define STORE_EMPTY ((struct store){.memory_fd = -1, .spill_fd = -1})
void store_fini(struct store *store);

/* One block of a file. */
struct block {
	uint64_t index; /* of the block in the file, plus 1; 0: this place of the table is free */
	uint32_t slot;	/* plus 1; 0: nothing but zeroes */
	uint32_t marks; /* the owner's */
};

struct blocks {
	struct block *at; /* open addressing */
	uint32_t count, room;
};

/* The block of this number, or NULL. Borrowed until the next change of the map. */
struct block *blocks_find(const struct blocks *blocks, uint64_t index);

/* Keep a copy of a block that the map has not, or put another one in its place. 0, -ENOSPC when the store is full, or another
 * negative errno (nothing changed). */
int blocks_put(struct blocks *blocks, struct store *store, uint64_t index, const unsigned char bytes[COPY_BYTES], uint32_t marks)
	MUST_USE;

/* Read a copy. 0 or a negative errno. */
int blocks_get(const struct store *store, const struct block *block, unsigned char bytes[COPY_BYTES]) MUST_USE;

/* Forget one, or all. */
void blocks_drop(struct blocks *blocks, struct store *store, struct block *block);
void blocks_clear(struct blocks *blocks, struct store *store);

/* Visit all, in no order: for (struct block *b = NULL; (b = blocks_next(blocks, b));) */
struct block *blocks_next(const struct blocks *blocks, const struct block *after);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps copies of blocks. */
#include "fusefs/blocks.h"

#include "base/draw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- slots ---- */

void store_fini(struct store *store)
{
	if (store->memory_fd >= 0)
		close(store->memory_fd);
	if (store->spill_fd >= 0)
		close(store->spill_fd);
	free(store->unused.at);
	*store = STORE_EMPTY;
}

#define MEMORY_SLOTS (STORE_MEMORY_MAX / COPY_BYTES)

static int open_spill(void)
{
	const char *directory = getenv("TMPDIR");
	int fd = open(directory && *directory ? directory : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int open_memory(void)
{
	int fd = memfd_create("ordeal-blocks", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The file that has a slot, opened when it is first needed, and the slot's place in it. */
static int file_of(struct store *store, uint32_t slot, off_t *place)
{
	bool in_memory = slot < MEMORY_SLOTS;
	int *fd = in_memory ? &store->memory_fd : &store->spill_fd;
	if (*fd < 0) {
		int opened = in_memory ? open_memory() : open_spill();
		if (opened < 0)
			return opened;
		*fd = opened;
	}
	*place = (off_t)(in_memory ? slot : slot - MEMORY_SLOTS) * COPY_BYTES;
	return *fd;
}

static int put_slot(struct store *store, uint32_t slot, const unsigned char bytes[COPY_BYTES])
{
	off_t place;
	int fd = file_of(store, slot, &place);
	if (fd < 0)
		return fd;
	ssize_t put = pwrite(fd, bytes, COPY_BYTES, place);
	return put < 0 ? -errno : put != (ssize_t)COPY_BYTES ? -ENOSPC : 0;
}

/* A slot that has these bytes, plus 1; or a negative errno. The lowest are not looked for: the memory of a slot stays the
 * store's until its end. */
static int64_t take_slot(struct store *store, const unsigned char bytes[COPY_BYTES])
{
	bool again = store->unused.count > 0;
	uint32_t slot = again ? store->unused.at[store->unused.count - 1] : store->used;
	if (!again && slot >= STORE_SLOTS_MAX)
		return -ENOSPC;
	int rc = put_slot(store, slot, bytes);
	if (rc)
		return rc;
	if (again)
		store->unused.count--;
	else
		store->used++;
	store->in_use++;
	return (int64_t)slot + 1;
}

/* Without memory for the note the slot is lost until the store ends. */
static void leave_slot(struct store *store, uint32_t slot)
{
	if (!slot)
		return;
	store->in_use--;
	if (store->unused.count == store->unused.room) {
		size_t wanted = store->unused.room ? 2 * store->unused.room : 64;
		uint32_t *grown = reallocarray(store->unused.at, wanted, sizeof *grown);
		if (!grown)
			return;
		store->unused.at = grown;
		store->unused.room = wanted;
	}
	store->unused.at[store->unused.count++] = slot - 1;
}

/* ---- maps ---- */

static uint32_t home_of(const struct blocks *blocks, uint64_t key)
{
	const struct draw_key draw = {.where = key};
	return (uint32_t)draw_u64(&draw) & (blocks->room - 1);
}

/* Where the key is, or the free place where it belongs. */
static struct block *place_of(const struct blocks *blocks, uint64_t key)
{
	for (uint32_t i = home_of(blocks, key);; i = (i + 1) & (blocks->room - 1))
		if (blocks->at[i].index == key || !blocks->at[i].index)
			return &blocks->at[i];
}

static bool grow(struct blocks *blocks)
{
	struct blocks grown = {.room = blocks->room ? 2 * blocks->room : 16, .count = blocks->count};
	grown.at = calloc(grown.room, sizeof *grown.at);
	if (!grown.at)
		return false;
	for (uint32_t i = 0; i < blocks->room; i++)
		if (blocks->at[i].index)
			*place_of(&grown, blocks->at[i].index) = blocks->at[i];
	free(blocks->at);
	*blocks = grown;
	return true;
}

struct block *blocks_find(const struct blocks *blocks, uint64_t index)
{
	struct block *block = blocks->room ? place_of(blocks, index + 1) : NULL;
	return block && block->index ? block : NULL;
}

static bool is_zero(const unsigned char bytes[COPY_BYTES])
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, COPY_BYTES - 1) == 0;
}

int blocks_put(struct blocks *blocks, struct store *store, uint64_t index, const unsigned char bytes[COPY_BYTES], uint32_t marks)
{
	if (2 * (blocks->count + 1) > blocks->room && !grow(blocks))
		return -ENOMEM;
	struct block *block = place_of(blocks, index + 1);
	int64_t slot = 0;
	if (!is_zero(bytes) && (slot = take_slot(store, bytes)) < 0)
		return (int)slot;
	if (block->index)
		leave_slot(store, block->slot);
	else
		blocks->count++;
	*block = (struct block){.index = index + 1, .slot = (uint32_t)slot, .marks = marks};
	return 0;
}

int blocks_get(const struct store *store, const struct block *block, unsigned char bytes[COPY_BYTES])
{
	if (!block->slot) {
		memset(bytes, 0, COPY_BYTES);
		return 0;
	}
	off_t place;
	/* Its file is open: the slot is in it. */
	int fd = file_of((struct store *)(uintptr_t)store, block->slot - 1, &place);
	ssize_t got = fd < 0 ? -1 : pread(fd, bytes, COPY_BYTES, place);
	return fd < 0 ? fd : got == (ssize_t)COPY_BYTES ? 0 : -EIO;
}

/* Take one out, and let those move up that would not be found behind the gap. */
void blocks_drop(struct blocks *blocks, struct store *store, struct block *block)
{
	uint32_t mask = blocks->room - 1, gap = (uint32_t)(block - blocks->at);
	leave_slot(store, block->slot);
	blocks->count--;
	for (uint32_t i = (gap + 1) & mask; blocks->at[i].index; i = (i + 1) & mask) {
		uint32_t home = home_of(blocks, blocks->at[i].index);
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		blocks->at[gap] = blocks->at[i];
		gap = i;
	}
	blocks->at[gap] = (struct block){0};
}

void blocks_clear(struct blocks *blocks, struct store *store)
{
	for (uint32_t i = 0; i < blocks->room; i++)
		if (blocks->at[i].index)
			leave_slot(store, blocks->at[i].slot);
	free(blocks->at);
	*blocks = (struct blocks){0};
}

struct block *blocks_next(const struct blocks *blocks, const struct block *after)
{
	for (uint32_t i = after ? (uint32_t)(after - blocks->at) + 1 : 0; i < blocks->room; i++)
		if (blocks->at[i].index)
			return &blocks->at[i];
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Drops the records of what a sync has made durable. */
#include "fusefs/durable_records.h"

#include <string.h>

static void settle_bytes(struct durable *d, struct durable_file *file)
{
	/* xfs: the size that a failed sync has left behind is not dirty, and nobody writes it. */
	if (!file->size_clean || file->undo.count)
		file->resized = file->size_clean = false;
	blocks_clear(&file->undo, &d->store);
	file->shrunk_to = UINT64_MAX;
	file->commits = false;
}

/* The journal knows how short the file was made, and not yet what was written behind that. */
static void settle_truncation(struct durable *d, struct durable_file *file)
{
	unsigned char bytes[COPY_BYTES];
	for (struct block *block = NULL; (block = blocks_next(&file->undo, block));) {
		uint64_t start = (block->index - 1) * COPY_BYTES, size = file->shrunk_to;
		if (start + COPY_BYTES <= size || blocks_get(&d->store, block, bytes) < 0)
			continue;
		uint64_t kept = start < size ? size - start : 0;
		memset(bytes + kept, 0, COPY_BYTES - kept);
		if (blocks_put(&file->undo, &d->store, start / COPY_BYTES, bytes, 0) < 0)
			return;
	}
	file->size = file->shrunk_to;
	file->resized = true;
	file->shrunk_to = UINT64_MAX;
}

/* Ordered: the journal is committed. */
static void commit(struct durable *d)
{
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		while (d->names[i])
			durable_drop_name(d, &d->names[i]);
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i], *next; file; file = next) {
			next = file->next;
			file->remoded = false;
			if (file->commits)
				settle_bytes(d, file);
			else if (file->shrunk_to != UINT64_MAX)
				settle_truncation(d, file);
			durable_release(d, file);
		}
}

void durable_sync_file(struct durable *d, int fd, bool data_only)
{
	struct durable_file *file = durable_find(d, fd);
	if (file) {
		settle_bytes(d, file);
		if (!data_only)
			file->remoded = false;
		durable_release(d, file);
	}
	if (d->model == DURABLE_ORDERED)
		commit(d);
}

void durable_sync_range(struct durable *d, int fd, uint64_t offset, uint64_t length)
{
	struct durable_file *file = durable_find(d, fd);
	if (!file)
		return;
	for (uint64_t index = offset / COPY_BYTES; index < durable_blocks_end(offset + length); index++) {
		struct block *block = blocks_find(&file->undo, index);
		if (block)
			blocks_drop(&file->undo, &d->store, block);
	}
	file->resized = false;
	durable_release(d, file);
	if (d->model == DURABLE_ORDERED)
		commit(d);
}

/* The group of a name that the directory's sync keeps is kept as a whole. */
static void drop_group(struct durable *d, uint64_t group)
{
	for (uint32_t i = 0; group && i < DURABLE_BUCKETS; i++)
		for (struct durable_name **link = &d->names[i]; *link;)
			if ((*link)->group == group)
				durable_drop_name(d, link);
			else
				link = &(*link)->next;
}

void durable_sync_directory(struct durable *d, int fd)
{
	struct durable_file *directory = durable_find(d, fd);
	if (d->model == DURABLE_ORDERED) {
		commit(d);
		return;
	}
	for (uint32_t i = 0; directory && directory->names && i < DURABLE_BUCKETS; i++)
		for (struct durable_name **link = &d->names[i]; *link;) {
			if ((*link)->directory != directory) {
				link = &(*link)->next;
				continue;
			}
			uint64_t group = (*link)->group;
			directory->names++; /* it stays until the end of this */
			durable_drop_name(d, link);
			drop_group(d, group);
			directory->names--;
			link = &d->names[i];
		}
	if (directory) {
		directory->remoded = false;
		durable_release(d, directory);
	}
}

/* ext4 writes the bytes of a file that was truncated to nothing when it is closed (ext4_release_file()). */
void durable_closed(struct durable *d, int fd)
{
	struct durable_file *file = durable_find(d, fd);
	if (file && file->shrunk_to == 0)
		file->commits = true;
}

uint64_t durable_unsynced(struct durable *d, int fd)
{
	struct durable_file *file = durable_find(d, fd);
	return file ? file->undo.count + (file->resized && !file->size_clean) : 0;
}

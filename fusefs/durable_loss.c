/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes that were acknowledged and are not kept: lost writes, stale blocks, failed syncs. */
#include "fusefs/durable_records.h"

#include "base/least.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void durable_lose(struct durable *d, int fd, uint64_t offset, uint64_t length, uint32_t at, uint32_t who)
{
	struct stat st;
	unsigned char bytes[COPY_BYTES];
	struct durable_file *file = length ? durable_take(d, fd, &st) : NULL;
	SCOPED_FD int own = file ? durable_open(file, O_RDONLY) : -1;
	int rc = own < 0 ? own : 0;
	for (uint64_t index = offset / COPY_BYTES; file && !rc && index * COPY_BYTES < offset + length; index++) {
		struct block *block = blocks_find(&file->shadow, index);
		if (block) {
			block->marks = mark_of((block->marks & MARK_EVENTS) | at, who ? who : block->marks >> 3);
			continue;
		}
		rc = durable_read_block(own, index, bytes);
		if (!rc)
			rc = blocks_put(&file->shadow, &d->store, index, bytes, mark_of(at, who));
	}
	if (file && rc)
		durable_write_back(d);
}

void durable_kept(struct durable *d, int fd, const void *bytes, uint64_t offset, uint64_t length)
{
	unsigned char copy[COPY_BYTES];
	struct durable_file *file = durable_find(d, fd);
	if (!file || !file->shadow.count)
		return;
	for (uint64_t at = offset, end = offset + length; at < end;) {
		uint64_t within = at % COPY_BYTES, part = min_of(COPY_BYTES - within, end - at);
		struct block *block = blocks_find(&file->shadow, at / COPY_BYTES);
		if (block && blocks_get(&d->store, block, copy) == 0) {
			memcpy(copy + within, (const unsigned char *)bytes + (at - offset), part);
			if (blocks_put(&file->shadow, &d->store, at / COPY_BYTES, copy, block->marks) < 0) {
				durable_write_back(d);
				return;
			}
		}
		at += part;
	}
}

/* How many bytes of the block are not what the file has there; one that cannot be read has none of them. */
static uint64_t different(int fd, const unsigned char *bytes, uint64_t start, uint64_t length)
{
	unsigned char now[COPY_BYTES];
	ssize_t got = pread(fd, now, length, (off_t)start);
	uint64_t there = got < 0 ? 0 : (uint64_t)got, changed = length - there;
	for (uint64_t i = 0; i < there; i++)
		changed += now[i] != bytes[i];
	return changed;
}

/* Write a block back, as far as the file goes. `changed` gets the bytes that are different for it (NULL: nobody asks). */
static int put_back(int fd, uint64_t size, const struct store *store, const struct block *block, uint64_t *changed)
{
	unsigned char bytes[COPY_BYTES];
	uint64_t start = (block->index - 1) * COPY_BYTES;
	int rc = blocks_get(store, block, bytes);
	if (rc || start >= size)
		return rc;
	uint64_t length = min_of(COPY_BYTES, size - start);
	if (changed)
		*changed = different(fd, bytes, start, length);
	ssize_t put = pwrite(fd, bytes, length, (off_t)start);
	return put == (ssize_t)length ? 0 : put < 0 ? -errno : -ENOSPC;
}

/* ---- who is to be told ---- */

static void note_loss(struct durable_losses *losses, const struct durable_file *file, uint32_t who, uint64_t changed)
{
	struct durable_loss *loss = NULL;
	for (size_t i = losses->all.count; !loss && i-- > 0 && losses->all.at[i].file == file;)
		if (losses->all.at[i].who == who)
			loss = &losses->all.at[i];
	if (!loss)
		loss = vec_add(&losses->all);
	if (!loss)
		return;
	loss->file = file;
	loss->who = who;
	loss->changed += changed;
}

void durable_tell_losses(struct durable_losses *losses, const struct durable_listener *to, bool named)
{
	struct stat st;
	for (size_t i = 0; to && i < losses->all.count; i++) {
		const struct durable_loss *loss = &losses->all.at[i];
		if (named && (fstatat(loss->file->fd, "", &st, AT_EMPTY_PATH) < 0 || !st.st_nlink))
			continue;
		to->lost(to->data, loss->file->fd, loss->who, loss->changed);
	}
	vec_free(&losses->all);
}

/* Is the block as it is on the disk, or is it not durable? */
static bool is_durable(const struct durable_file *file, const struct block *block)
{
	bool grown = file->resized && (block->index - 1) * COPY_BYTES >= file->size;
	return !grown && !blocks_find(&file->undo, block->index - 1);
}

/* ---- the loss ---- */

void durable_lose_file(struct durable *d, struct durable_file *file, uint32_t at, bool undone, struct durable_losses *losses)
{
	struct stat st;
	SCOPED_FD int own = durable_open(file, O_RDWR);
	if (own < 0 || fstat(own, &st) < 0)
		return;
	for (struct block *block = blocks_next(&file->shadow, NULL); block;) {
		if (!(block->marks & at)) {
			block = blocks_next(&file->shadow, block);
			continue;
		}
		uint64_t changed = 0;
		if (put_back(own, (uint64_t)st.st_size, &d->store, block, &changed) < 0)
			d->written_back++; /* it stays as it is */
		else if (changed && block->marks >> 3 && (!undone || is_durable(file, block)))
			note_loss(losses, file, block->marks >> 3, changed);
		blocks_drop(&file->shadow, &d->store, block);
		block = blocks_next(&file->shadow, NULL);
	}
}

void durable_lose_now(struct durable *d, int fd, uint32_t at, const struct durable_listener *to)
{
	struct durable_losses losses = {0};
	struct durable_file *file = durable_find(d, fd);
	if (!file || !file->shadow.count)
		return;
	durable_lose_file(d, file, at, false, &losses);
	durable_tell_losses(&losses, to, false);
	durable_release(d, file);
}

uint64_t durable_stale(struct durable *d, int fd, unsigned char *bytes, uint64_t offset, uint64_t length)
{
	unsigned char old[COPY_BYTES];
	uint64_t changed = 0;
	struct durable_file *file = durable_find(d, fd);
	for (uint64_t at = offset, end = offset + length; file && at < end;) {
		uint64_t within = at % COPY_BYTES, part = min_of(COPY_BYTES - within, end - at);
		const struct block *block = blocks_find(&file->before, at / COPY_BYTES);
		unsigned char *here = bytes + (at - offset);
		if (block && blocks_get(&d->store, block, old) == 0) {
			for (uint64_t i = 0; i < part; i++)
				changed += here[i] != old[within + i];
			memcpy(here, old + within, part);
		}
		at += part;
	}
	return changed;
}

/* ---- failed syncs ---- */

/* What the disk holds is what there will be once the pages have left the cache. */
static void leave_new(struct durable *d, struct durable_file *file, enum durable_failure as, uint32_t lose_at)
{
	unsigned char bytes[COPY_BYTES];
	int rc = 0;
	for (struct block *block = NULL; !rc && (block = blocks_next(&file->undo, block));) {
		rc = blocks_get(&d->store, block, bytes);
		if (!rc)
			rc = blocks_put(&file->shadow, &d->store, block->index - 1, bytes, lose_at);
	}
	blocks_clear(&file->undo, &d->store);
	/* ext4 has committed the size with the blocks that it has set aside; xfs sets it when they are written. */
	if (as == DURABLE_FAIL_EXT4)
		file->resized = false;
	else
		file->size_clean = file->resized;
	file->shrunk_to = UINT64_MAX;
	if (rc)
		durable_write_back(d);
}

/* The file is what the disk holds. */
static void leave_old(struct durable *d, struct durable_file *file)
{
	struct stat st;
	SCOPED_FD int own = durable_open(file, O_WRONLY);
	if (own < 0 || (file->resized && ftruncate(own, (off_t)file->size) < 0) || fstat(own, &st) < 0)
		return;
	for (struct block *block = NULL; (block = blocks_next(&file->undo, block));)
		if (put_back(own, (uint64_t)st.st_size, &d->store, block, NULL) < 0)
			d->written_back++;
	blocks_clear(&file->undo, &d->store);
	file->resized = false;
	file->shrunk_to = UINT64_MAX;
}

void durable_sync_failed(struct durable *d, int fd, enum durable_failure as, uint32_t lose_at)
{
	struct durable_file *file = durable_find(d, fd);
	if (!file)
		return;
	file->errors = ++d->errors;
	if (as == DURABLE_FAIL_BTRFS)
		leave_old(d, file);
	else
		leave_new(d, file, as, lose_at);
}

bool durable_error_since(struct durable *d, int fd, uint64_t *seen)
{
	struct durable_file *file = durable_find(d, fd);
	bool untold = file && file->errors > *seen;
	if (untold)
		*seen = file->errors;
	return untold;
}

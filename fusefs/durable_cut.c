/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes back what is not durable: first the names (durable_cut_names.c), then the bytes, sizes and modes of the files that are left. */
#include "fusefs/durable_cut.h"

#include "base/fdname.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The size that the file comes to have: the durable one, or, by chance, what it had, or something between. */
static uint64_t choose_size(const struct cutting *c, const struct durable_file *file, uint64_t now)
{
	uint64_t draw = cutting_drawn(c, file->serial, 0, 2);
	if (!file->resized)
		return now;
	if (c->how->keep == DURABLE_KEEP_NONE || file->size_clean)
		return file->size;
	if (c->how->keep == DURABLE_KEEP_ALL)
		return now;
	if (now < file->size)
		return draw & 1 ? now : file->size;
	uint64_t grown = now - file->size, sectors = grown / c->how->sector + 1;
	uint64_t part = (draw >> 2) % sectors * c->how->sector;
	return draw % 3 == 0 ? file->size : draw % 3 == 1 ? now : file->size + (part < grown ? part : grown);
}

/* Is this sector of a changed block as it was written last? */
static bool sector_survives(const struct cutting *c, const struct durable_file *file, uint64_t offset, uint64_t now)
{
	if (c->how->keep != DURABLE_KEEP_RANDOM || offset >= now)
		return c->how->keep == DURABLE_KEEP_ALL;
	/* Ordered: what a file has grown by is there before its size says so. */
	if (c->d->model == DURABLE_ORDERED && file->resized && offset >= file->size)
		return true;
	return cutting_drawn(c, file->serial, offset / c->how->sector, 3) & 1;
}

static int take_back_block(struct cutting *c, struct durable_file *file, int fd, const struct block *block, uint64_t now, uint64_t size)
{
	unsigned char old[COPY_BYTES], bytes[COPY_BYTES];
	uint64_t start = (block->index - 1) * COPY_BYTES;
	if (start >= size)
		return 0;
	int rc = blocks_get(&c->d->store, block, old);
	if (!rc)
		rc = durable_read_block(fd, block->index - 1, bytes);
	for (uint64_t at = 0; !rc && at < COPY_BYTES; at += c->how->sector)
		if (!sector_survives(c, file, start + at, now))
			memcpy(bytes + at, old + at, c->how->sector);
	size_t length = size - start < COPY_BYTES ? size - start : COPY_BYTES;
	if (!rc && pwrite(fd, bytes, length, (off_t)start) != (ssize_t)length)
		rc = errno ? -errno : -ENOSPC;
	c->report.blocks += !rc;
	return rc;
}

static int take_back_bytes(struct cutting *c, struct durable_file *file)
{
	struct stat st;
	SCOPED_FD int fd = durable_open(file, O_RDWR);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	uint64_t now = (uint64_t)st.st_size, size = choose_size(c, file, now);
	int rc = size != now && ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
	for (struct block *block = NULL; !rc && (block = blocks_next(&file->undo, block));)
		rc = take_back_block(c, file, fd, block, now, size);
	return rc;
}

static int take_back_mode(const struct durable_file *file)
{
	char path[FD_NAME_SIZE];
	if (fchownat(file->fd, "", file->uid, file->gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return chmod(fd_name(file->fd, path), file->mode) < 0 ? -errno : 0;
}

static void take_back_file(struct cutting *c, struct durable_file *file)
{
	struct stat st;
	if (fstatat(file->fd, "", &st, AT_EMPTY_PATH) < 0 || !st.st_nlink)
		return;
	bool changed = file->undo.count || file->resized;
	int rc = changed && S_ISREG(st.st_mode) && (c->how->keep != DURABLE_KEEP_ALL || file->size_clean)
			 ? take_back_bytes(c, file) : 0;
	bool mode_stays = c->how->keep == DURABLE_KEEP_ALL ||
			  (c->how->keep == DURABLE_KEEP_RANDOM && cutting_drawn(c, file->serial, 0, 4) & 1);
	if (!rc && file->remoded && !mode_stays)
		rc = take_back_mode(file);
	if (rc)
		cutting_failed(c, -rc);
}

struct durable_report durable_cut(struct durable *d, const struct durable_how *how)
{
	struct cutting c = {.d = d, .how = how};
	struct durable_losses losses = {0};
	c.journal_kept = cutting_drawn(&c, 0, 0, 5) & 1;
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i]; file; file = file->next)
			if (file->shadow.count)
				durable_lose_file(d, file, MARK_EVENTS, how->keep == DURABLE_KEEP_NONE, &losses);
	cutting_names(&c);
	for (uint32_t i = 0; i < DURABLE_BUCKETS; i++)
		for (struct durable_file *file = d->files[i]; file; file = file->next)
			take_back_file(&c, file);
	durable_tell_losses(&losses, how->to, true);
	durable_settle(d);
	return c.report;
}

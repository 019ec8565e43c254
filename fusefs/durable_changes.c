/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps what was there before a change that nobody has synced yet. */
#include "fusefs/durable_records.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int durable_read_block(int fd, uint64_t index, unsigned char bytes[COPY_BYTES])
{
	size_t have = 0;
	while (have < COPY_BYTES) {
		ssize_t got = pread(fd, bytes + have, COPY_BYTES - have, (off_t)(index * COPY_BYTES + have));
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	memset(bytes + have, 0, COPY_BYTES - have);
	return 0;
}

static void note_size(struct durable_file *file, uint64_t size)
{
	if (!file->resized)
		file->size = size;
	file->resized = true;
	file->size_clean = false;
}

/* Keep one block as it is now. 0 or a negative errno. */
static int keep_block(struct durable *d, struct durable_file *file, int fd, uint64_t index)
{
	unsigned char bytes[COPY_BYTES];
	bool known = blocks_find(&file->undo, index);
	if (known && !d->keeps_previous)
		return 0;
	int rc = durable_read_block(fd, index, bytes);
	if (!rc && !known)
		rc = blocks_put(&file->undo, &d->store, index, bytes, 0);
	if (!rc && d->keeps_previous)
		rc = blocks_put(&file->before, &d->store, index, bytes, 0);
	return rc;
}

static bool lacks_block(const struct durable *d, const struct durable_file *file, uint64_t first, uint64_t end)
{
	for (uint64_t index = first; index < end; index++)
		if (d->keeps_previous || !blocks_find(&file->undo, index))
			return true;
	return false;
}

/* Keep blocks [first, end) as they are now. False: no room, nothing is remembered any more. */
static bool keep_blocks(struct durable *d, struct durable_file *file, uint64_t first, uint64_t end)
{
	if (!lacks_block(d, file, first, end))
		return true;
	SCOPED_FD int fd = durable_open(file, O_RDONLY);
	int rc = fd < 0 ? fd : 0;
	for (uint64_t index = first; !rc && index < end; index++)
		rc = keep_block(d, file, fd, index);
	if (rc)
		durable_write_back(d);
	return !rc;
}

void durable_before_write(struct durable *d, int fd, uint64_t offset, uint64_t length)
{
	struct stat st;
	struct durable_file *file = length ? durable_take(d, fd, &st) : NULL;
	if (!file || !keep_blocks(d, file, offset / COPY_BYTES, durable_blocks_end(offset + length)))
		return;
	if (offset + length > (uint64_t)st.st_size)
		note_size(file, (uint64_t)st.st_size);
}

/* Holes need no record: what is not there is zeroes before and after. Returns false where there was no room. */
static bool keep_data(struct durable *d, struct durable_file *file, uint64_t from, uint64_t to)
{
	SCOPED_FD int fd = durable_open(file, O_RDONLY);
	off_t at = (off_t)from;
	while (fd >= 0 && (uint64_t)at < to && (at = lseek(fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < to) {
		off_t end = lseek(fd, at, SEEK_HOLE);
		uint64_t last = end < 0 || (uint64_t)end > to ? to : (uint64_t)end;
		if (!keep_blocks(d, file, (uint64_t)at / COPY_BYTES, durable_blocks_end(last)))
			return false;
		at = (off_t)last;
	}
	if (fd < 0)
		durable_write_back(d);
	return fd >= 0;
}

/* What acknowledged bytes will be lost behind the new end are gone already. */
static void cut_shadow(struct durable *d, struct durable_file *file, uint64_t size)
{
	unsigned char bytes[COPY_BYTES];
	for (struct block *block = blocks_next(&file->shadow, NULL); block;) {
		uint64_t start = (block->index - 1) * COPY_BYTES;
		uint32_t marks = block->marks;
		if (start >= size) {
			blocks_drop(&file->shadow, &d->store, block);
			block = blocks_next(&file->shadow, NULL);
			continue;
		}
		if (size - start < COPY_BYTES && blocks_get(&d->store, block, bytes) == 0) {
			memset(bytes + (size - start), 0, COPY_BYTES - (size - start));
			if (blocks_put(&file->shadow, &d->store, start / COPY_BYTES, bytes, marks) < 0)
				block->slot = 0;
		}
		block = blocks_next(&file->shadow, block);
	}
}

void durable_before_resize(struct durable *d, int fd, uint64_t size)
{
	struct stat st;
	struct durable_file *file = durable_take(d, fd, &st);
	if (!file || !S_ISREG(st.st_mode))
		return;
	uint64_t now = (uint64_t)st.st_size;
	if (size < now && !keep_data(d, file, size, now))
		return;
	if (size < now && size < file->shrunk_to)
		file->shrunk_to = size;
	if (size < now)
		cut_shadow(d, file, size);
	if (size != now)
		note_size(file, now);
	durable_release(d, file);
}

void durable_before_mode(struct durable *d, int fd)
{
	struct stat st;
	struct durable_file *file = durable_take(d, fd, &st);
	if (!file || file->remoded)
		return;
	file->remoded = true;
	file->mode = st.st_mode & 07777;
	file->uid = st.st_uid;
	file->gid = st.st_gid;
}

void durable_before_name(struct durable *d, int directory, const char *name)
{
	if (!durable_take_name(d, directory, name))
		durable_take_name(d, directory, name);
}

static void join_groups(struct durable *d, uint64_t from, uint64_t to)
{
	for (uint32_t i = 0; from && i < DURABLE_BUCKETS; i++)
		for (struct durable_name *record = d->names[i]; record; record = record->next)
			if (record->group == from)
				record->group = to;
}

/* ext4 writes a file's bytes before the commit that has it take another one's name (ext4_rename(), ext4_alloc_da_blocks()). */
static void note_replacing(struct durable *d, int directory, const char *name, const struct durable_name *target)
{
	SCOPED_FD int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	bool replaces = fd >= 0 && faccessat(target->directory->fd, target->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	struct durable_file *file = replaces ? durable_find(d, fd) : NULL;
	if (file)
		file->commits = true;
}

static bool join_names(struct durable *d, int directory, const char *name, int to, const char *new_name)
{
	uint64_t before = d->written_back;
	struct durable_name *source = durable_take_name(d, directory, name);
	struct durable_name *target = source ? durable_take_name(d, to, new_name) : NULL;
	if (!target || d->written_back != before)
		return false;
	note_replacing(d, directory, name, target);
	uint64_t group = source->group ? source->group : target->group ? target->group : ++d->groups;
	if (target->group != group)
		join_groups(d, target->group, group);
	source->group = target->group = group;
	return true;
}

void durable_before_rename(struct durable *d, int directory, const char *name, int to, const char *new_name)
{
	if (!join_names(d, directory, name, to, new_name))
		join_names(d, directory, name, to, new_name);
}

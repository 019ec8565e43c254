/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts the room that a scratch volume takes. */
#include "fusefs/usage.h"

static uint64_t size_of(int fd)
{
	struct stat st;
	return fstat(fd, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;
}

struct usage usage_begin(struct volume *volume, int fd)
{
	if (!volume || !volume->counted)
		return (struct usage){0};
	return (struct usage){.volume = volume, .fd = fd, .before = size_of(fd)};
}

void usage_end(struct usage *usage)
{
	if (!usage->volume)
		return;
	uint64_t after = size_of(usage->fd);
	if (after > usage->before)
		usage_grown(usage->volume, after - usage->before);
	else
		usage_shrunk(usage->volume, usage->before - after);
}

void usage_grown(struct volume *volume, uint64_t bytes)
{
	volume->used_bytes += bytes;
}

void usage_shrunk(struct volume *volume, uint64_t bytes)
{
	/* What was there at the opening was not counted when it came. */
	volume->used_bytes -= bytes < volume->used_bytes ? bytes : volume->used_bytes;
}

void usage_file_made(struct volume *volume)
{
	volume->used_files++;
}

static void file_gone(struct volume *volume, const struct stat *st)
{
	if (S_ISREG(st->st_mode))
		usage_shrunk(volume, (uint64_t)st->st_size);
	volume->used_files -= volume->used_files > 0;
}

void usage_name_removed(struct volume *volume, const struct stat *st, bool open)
{
	bool last_name = S_ISDIR(st->st_mode) || st->st_nlink <= 1;
	if (volume->counted && last_name && !(open && S_ISREG(st->st_mode)))
		file_gone(volume, st);
}

void usage_closing(const struct handle *handle)
{
	struct volume *volume = handle->node->volume;
	struct stat st;
	bool last = handle->node->opens == 1;
	if (volume && volume->counted && last && handle->fd >= 0 && fstat(handle->fd, &st) == 0 && st.st_nlink == 0)
		file_gone(volume, &st);
}

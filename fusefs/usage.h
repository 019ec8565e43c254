/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a scratch volume with a space or statfs rule holds: bytes and files beyond those it held when it was opened.
 *
 * Counted by file sizes, as quotas of sparse-less filesystems do: a hole takes room. A file removed while open gives its room
 * back when it is closed. Volumes without such a rule are not counted, and cost nothing. */
#pragma once

#include "fusefs/node.h"
#include "fusefs/volume.h"

#include <sys/stat.h>

/* Around a change of a file's size. */
struct usage {
	struct volume *volume; /* NULL: not counted */
	int fd;
	uint64_t before;
};

struct usage usage_begin(struct volume *volume, int fd);
void usage_end(struct usage *usage);

void usage_grown(struct volume *volume, uint64_t bytes);
void usage_shrunk(struct volume *volume, uint64_t bytes);
void usage_file_made(struct volume *volume);

/* A name goes away: `st` is of the file as it still is, `open` whether it is open. Only regular files stay while open. */
void usage_name_removed(struct volume *volume, const struct stat *st, bool open);

/* A handle is about to be closed. */
void usage_closing(const struct handle *handle);

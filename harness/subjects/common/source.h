/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A file that is read.
 *
 * Its size is taken once, at open; data that end before or go on behind it are a corrupted file. A read that fails because
 * the handle went stale re-opens the file, and refuses it if it is then another one. One thread. */
#pragma once

#include "common/attr.h"
#include "common/bytes.h"
#include "common/failure.h"
#include "common/io.h"

struct source {
	const char *name; /* as reports call it; borrowed until close */
	char path[PATH_MAX];
	int fd; /* -1: to be re-opened */
	uint64_t size;
	struct timespec changed; /* with the size: what tells another file */
};

/* Open dir/name, a regular file. Close it if 0 was returned. */
int source_open(struct source *source, const char *dir, const char *name, struct failure *why) MUST_USE;

/* Read exactly `length` bytes. */
int source_read(struct source *source, uint64_t offset, void *buffer, size_t length, struct failure *why) MUST_USE;

/* Make sure that the data end where the size says. */
int source_at_end(struct source *source, struct failure *why) MUST_USE;

void source_close(struct source *source);

/* Read a whole file; more than `limit` bytes are refused as too large. Caller frees *bytes, also on failure. */
int source_slurp(struct bytes *bytes, const char *dir, const char *name, uint64_t limit, struct failure *why) MUST_USE;

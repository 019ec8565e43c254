/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes that are written once, in a row, and then read at random: what an archive unpacks to. For this folder only.
 *
 * A little stays in memory (memfd); more than SPOOL_MEMORY_MAX goes to a file without a name in $TMPDIR, or /tmp. Nothing is
 * left when the process dies. One thread writes; any thread reads afterwards. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SPOOL_MEMORY_MAX (UINT64_C(64) << 20)

struct spool {
	int fd;
	uint64_t length;
	bool on_disk;
};

int spool_open(struct spool *spool) MUST_USE;
void spool_close(struct spool *spool);

/* Add bytes at the end. Returns 0 or a negative errno. */
int spool_add(struct spool *spool, const void *bytes, size_t length) MUST_USE;

/* As corpus_file_read(). */
ssize_t spool_read(const struct spool *spool, void *bytes, size_t length, uint64_t offset);

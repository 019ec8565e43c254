/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that are made, or lie in an archive, kept in memory files of their own, so that the kernel can read them by itself
 * (passthrough.h).
 *
 * A file that is opened for the first time is made as it is read, straight into the replies, and the kernel's page cache has it then: most
 * files of a corpus are read once, and making them twice, or copying them, would be for nothing. Who comes again shows that the file is
 * one to keep: it is made as a whole at that open. Not large ones, because nobody else is served meanwhile. The ones not opened for
 * longest go when there are too many bytes. One of these for each volume; one thread. */
#pragma once

#include "corpora/corpus.h"

#include <stdint.h>

#define RETAIN_FILE_MAX (UINT64_C(32) << 20) /* bytes; made in 20 ms or less */
#define RETAIN_BYTES_MAX (UINT64_C(512) << 20)
#define RETAIN_SLOTS 4096

struct retain {
	struct retained {
		uint64_t ino; /* as the corpus has it; 0: free */
		uint64_t size, used_at;
		int fd; /* -1: opened once, not kept yet */
	} *slots; /* by hash; NULL until the first file */
	uint64_t bytes, clock;
};

void retain_fini(struct retain *retain);

/* The memory file with the bytes of an open file of a corpus, or -1 where it is not to be kept. Borrowed until the next call. */
int retain_fd(struct retain *retain, struct corpus_file *file, uint64_t ino, uint64_t size);

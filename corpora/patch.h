/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How a damaged file is put together: edits of an undamaged one. For this folder only.
 *
 * An edit drops a range of the undamaged file and puts something in its place: given bytes, one byte many times, random bytes, a range
 * of the same file, or of another one. Places are those of the undamaged file; edits may touch, but not overlap. Any byte can be read
 * without those before it. A patch is made by one thread, then shared by any number. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"
#include "corpora/reader.h"

#include <stdbool.h>

enum patch_with { PATCH_BYTES, PATCH_FILL, PATCH_RANDOM, PATCH_SAME, PATCH_OTHER };

struct patch_edit {
	uint64_t at, drop;    /* the range that goes */
	enum patch_with with; /* what comes instead */
	uint64_t length;      /* how much of it */
	uint64_t from;	      /* SAME, OTHER: its first byte there */
	unsigned char *bytes; /* BYTES; owned */
	unsigned char fill;   /* FILL */
};

struct patch {
	_Atomic unsigned users;
	VEC(struct patch_edit) edits; /* by place, once it is closed */
	uint64_t before, size;	      /* bytes of the file, undamaged and damaged */
	uint64_t seed, path;	      /* RANDOM: what is drawn for */
	char *other;		      /* OTHER: path of that file in the source; NULL: none. Owned. */
};

/* A patch without edits of a file of so many bytes, with one user; NULL when memory is out. */
struct patch *patch_new(uint64_t size, uint64_t seed, uint64_t path);
struct patch *patch_share(struct patch *patch);
void patch_leave(struct patch *patch); /* the last user frees it; NULL is fine */

/* Add an edit: 0 or -ENOMEM. patch_bytes() copies. */
int patch_bytes(struct patch *patch, uint64_t at, uint64_t drop, const void *bytes, size_t length) MUST_USE;
int patch_with(struct patch *patch, uint64_t at, uint64_t drop, enum patch_with with, uint64_t from, uint64_t length) MUST_USE;

/* No more edits come. 0; -ENOENT where they change nothing; -EINVAL where they overlap or lie outside; -EFBIG beyond 2^62 bytes. */
int patch_close(struct patch *patch) MUST_USE;

/* As corpus_file_read() of the damaged file; `other` is what PATCH_OTHER reads of (its `of` is NULL where there is none). */
ssize_t patch_read(const struct patch *patch, const struct reader *in, const struct reader *other, void *bytes, size_t length,
		   uint64_t offset);

/* Are all its edits bytes that stand there already? Looks at edits of up to 256 bytes each; of longer ones: no. */
bool patch_is_idle(const struct patch *patch, const struct reader *in);

/* Is any byte of [first, end) of the undamaged file dropped? What is put between two bytes touches none of them. */
bool patch_touches(const struct patch *patch, uint64_t first, uint64_t end);

/* Random bytes, the same for the same (seed, path, who, offset). */
void patch_random(uint64_t seed, uint64_t path, const char *who, unsigned char *bytes, size_t length, uint64_t offset);

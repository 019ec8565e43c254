/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What directories hold, as read; shared by all who list the same directory while it is unchanged. One thread. */
#pragma once

#include "base/attr.h"
#include "corpora/corpus.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct listing {
	struct corpus_names names;
	uint32_t users; /* handles, and the volume that keeps it */
	char *path;
	struct timespec mtime, ctime; /* of the directory, just before it was read */
	ino_t ino;		      /* another one may have come to its place, as old as it */
	struct listing *next;	      /* among those kept, used last first */
};

/* Listings that a volume keeps for whoever comes next. */
struct listings {
	struct listing *newest;
};
#define LISTINGS_MAX 16
#define LISTINGS_BYTES_MAX (16u << 20)

void listings_fini(struct listings *listings);

/* The kept listing of this path, with one user more; NULL where there is none, or the directory has changed since. `st` is how the
 * directory is now; NULL: it never changes. */
struct listing *listings_find(struct listings *listings, const char *path, const struct stat *st);

/* Keep a listing that was just read from a directory that is as `st` says (NULL: that never changes), if that can be told from how it
 * is later, and there is room. */
void listings_keep(struct listings *listings, struct listing *listing, const char *path, const struct stat *st);

/* The listing, or where others use it too a copy for one user alone, who then has that instead. NULL when memory is out. */
struct listing *listing_own(struct listing *listing);

/* One user less. NULL is fine. */
void listing_drop(struct listing *listing);

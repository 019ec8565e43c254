/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds what the kernel is to forget. One thread fills a job; from then on it belongs to the job's own. */
#pragma once

#include "base/vec.h"
#include "faults/plan.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct volume;

/* Bytes of a file. */
struct stretch {
	uint64_t ino;
	uint64_t offset, length; /* length 0: to the end */
	bool last;		 /* of the file's */
};

/* A name in a directory. */
struct entry {
	uint64_t parent;
	char *name; /* owned */
};

struct invalidation {
	struct invalidation *next;
	uint64_t number;
	int device_fd, event_fd;
	bool names; /* all names of the mount */
	VEC(uint64_t) attributes; /* of these nodes */
	VEC(struct stretch) bytes;
	VEC(struct entry) entries;
	atomic_size_t files_left; /* of those in `bytes` */
	size_t unreachable;	  /* open files that no message reaches */
	int64_t not_before_ns, until_ns;
	atomic_bool through; /* its thread has ended */
	bool left;	     /* nobody waits for it */
};

/* What hides the rules that only one of the plans has. Nodes without memory to note them are left out. */
void invalidate_find_change(struct server *server, const struct plan *before, const struct plan *now, struct invalidation *job);

/* What files that were open before some rules came may have cached while these were not in force: see invalidate_switched(). */
void invalidate_find_switched(struct server *server, const bool *before, struct invalidation *job);

/* The names of dropped volumes, unless a request on a name in the root of the mount is held; and of volumes that were dropped before,
 * the names of files that were in use then. */
void invalidate_find_dropped(struct server *server, struct invalidation *job);

/* Leave out what could have to wait for a request that a rule holds: where nobody could break the connection if we were killed then
 * (guard.h). What is left waits for the dispatcher at the most. */
void invalidate_find_prompt(struct server *server, struct invalidation *job);

/* One name. */
void invalidate_find_entry(struct invalidation *job, uint64_t parent, const char *name);

/* All of a volume, or (NULL) of the mount. */
void invalidate_find_all(struct server *server, const struct volume *volume, struct invalidation *job);

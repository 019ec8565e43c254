/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the kernel forget what would hide a change: what it has cached of names, attributes and bytes.
 *
 * What may wait in the kernel, and what must never (fs/fuse/inode.c, dir.c, and mm/truncate.c of Linux 6.18):
 *   names        FUSE_NOTIFY_INC_EPOCH (since 6.16) marks all names of the mount as old and waits for nothing. The notifications for
 *                single names (inval_entry, expire_entry) take the lock of the directory, which a lookup that waits for us holds; and
 *                while they wait, other lookups there wait behind them. They are not used. Without the epoch, names are cached for a
 *                second at the most (REMEMBER_CHANGING_S), and a change is in force when that has passed.
 *                The one exception are volumes that are dropped: their names are taken out of the root of the mount with inval_entry, so
 *                that the kernel lets go of all below, by a job's thread, and while no request on a name there is held.
 *   attributes   inval_inode with offset -1 waits for nothing.
 *   bytes        inval_inode waits for the lock of each page that is being read, and so for requests that we may hold. Bytes are
 *                only forgotten of files that are open (the others are dealt with when they are opened), around the ranges of
 *                requests that are held, and by a thread of the job's own that the dispatcher does not wait for: a request may come
 *                and be held in the meantime. guard.h has what happens if we are killed then.
 *
 * A job is through when its thread is, or counts as through after INVALIDATE_BOUND_NS; then it says how many open files it has not
 * reached. One thread (of those that call). */
#pragma once

#include "base/attr.h"
#include "faults/plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct node;
struct server;
struct invalidation;
struct volume;

#define INVALIDATE_BOUND_NS INT64_C(1000000000)

struct invalidator {
	int event_fd; /* readable when a job's thread is through */
	bool has_epoch;
	uint64_t number; /* jobs, ever */
	struct invalidation *jobs;
};

int invalidate_init(struct invalidator *invalidator) MUST_USE;

/* Wait for the jobs' threads (a second at the most), whose requests have been answered by then. Before the device is closed. */
void invalidate_fini(struct invalidator *invalidator);

/* Find out what this kernel can do. Called once the device is there. */
void invalidate_probe(struct server *server);

/* One plan has taken the place of another: forget what hides the rules that only one of them has. NULL: there is nothing to forget,
 * or no memory to remember what. */
struct invalidation *invalidate_change(struct server *server, const struct plan *before, const struct plan *now);

/* Rules that are in force now and were not before (by index; NULL: none was): what was read meanwhile by those who had files open before
 * the rules came is to be forgotten. All else that could hide a rule was forgotten when it came. NULL: likewise. */
struct invalidation *invalidate_switched(struct server *server, const bool *before);

/* So long after a change of rules names may still be remembered from before, in nanoseconds. */
int64_t invalidate_names_ns(const struct server *server);

/* Forget all of the mount. */
struct invalidation *invalidate_all(struct server *server);

/* Forget all of a volume that is dropped, its name too, so that the kernel lets go of its files. */
struct invalidation *invalidate_volume(struct server *server, const struct volume *volume);

/* A file of a dropped volume is not open any more: forget its name, so that the kernel lets go of it. (Nothing is held in the
 * directories of such a volume.) The node is no root. */
void invalidate_closed(struct server *server, const struct node *node);

/* Bytes of a file that were read under rules that are not in force any more. Nobody waits for it. */
void invalidate_bytes(struct server *server, const struct node *node, uint64_t offset, uint64_t length);

/* Is it through, or is its time up? NULL is. */
bool invalidate_is_over(const struct invalidation *job);

/* When that will be at the latest, CLOCK_MONOTONIC. */
int64_t invalidate_until_ns(const struct invalidation *job);

/* Open files that it has not reached until now. */
size_t invalidate_missed(const struct invalidation *job);

/* Nobody waits for the job any more. */
void invalidate_leave(struct invalidator *invalidator, struct invalidation *job);

/* Free the jobs that are through and that nobody waits for. Called when event_fd is readable. */
void invalidate_tidy(struct invalidator *invalidator);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Locks as programs ask for them: taken at once, waited for, given back.
 *
 * No thread waits with a request for a lock: it stands in a queue, and is answered when the lock comes free, or with EINTR when its
 * caller gets a signal. A process that dies gives its locks back by closing its files (flush, release). One thread. */
#pragma once

#include "base/attr.h"
#include "fusefs/fuse.h"
#include "fusefs/locks.h"

#include <stdbool.h>
#include <stdint.h>

struct node;
struct server;

/* Requests that may wait at once; further ones are refused with ENOLCK. */
#define WAITS_MAX 4096

struct wait;

struct waits {
	struct wait *first, *newest;
	uint32_t count;
	bool interrupted; /* one of them at least */
};

enum lock_kind { LOCK_RECORD, LOCK_WHOLE }; /* fcntl(2), flock(2) */
#define LOCK_KINDS 2

/* Take a lock, and answer: at once, or (`waits`) later. A wait that would never end is refused with EDEADLK. */
void waits_lock(struct server *server, fuse_req_t req, struct node *node, enum lock_kind kind, const struct lock *lock, bool waits);

/* Give a range back; 0 or a positive errno. */
int waits_unlock(struct server *server, struct node *node, enum lock_kind kind, const struct lock *range) MUST_USE;

/* What is in the way of a record lock; NULL: nothing. Borrowed until the next change. */
const struct lock *waits_conflict(const struct node *node, const struct lock *wanted);

/* A process has closed the file: its record locks end, whichever of its descriptors they were taken by (fcntl(2)). */
void waits_owner_left(struct server *server, struct node *node, uint64_t owner);

/* A handle is closed for good. */
void waits_handle_left(struct server *server, struct node *node, uint64_t handle);

/* Answer those whose callers got a signal. To be called when no request is being served. */
void waits_settle(struct server *server);

/* Answer all with ECONNABORTED. */
void waits_end(struct server *server);

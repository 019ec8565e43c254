/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The locks on one file: who holds which bytes, as fcntl(2) says of record locks.
 *
 * A table of locks and no more: it knows of no requests, and waits for nothing. Record locks (F_SETLK, F_OFD_SETLK) belong to an
 * owner, which the kernel names by a number: a process, or an open file description. flock(2) is the same with one range over
 * the whole file and the handle for owner; it has a table of its own, because the two do not meet (flock(2), NOTES).
 *
 * Locks are kept here and not taken on the backing file: whoever locks that file by another way is not seen and does not see us.
 * One thread. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ranges on one file; more are refused with ENOLCK. */
#define LOCKS_MAX 65536

struct lock {
	bool exclusive;
	uint64_t first, last; /* bytes, both included; `last` UINT64_MAX: to the end, wherever that is */
	uint64_t owner;
	uint64_t handle; /* it was set by; given back when that is closed for good */
	pid_t pid;	 /* for F_GETLK */
};

struct locks {
	VEC(struct lock) held; /* in no order; of one owner none overlap, and none of the same kind touch */
};

void locks_fini(struct locks *locks);

/* The lock that is in the way of this one, the lowest of several, or NULL. Borrowed until the next change. */
const struct lock *locks_conflict(const struct locks *locks, const struct lock *wanted);

/* The owner has this range as `wanted` says, whatever it had there before; or (unlock) has nothing there. What stands in the way
 * of others is not asked. 0, -ENOLCK or -ENOMEM (then nothing changed). */
int locks_set(struct locks *locks, const struct lock *wanted) MUST_USE;
int locks_unset(struct locks *locks, const struct lock *range) MUST_USE;

/* All of an owner's locks; all that were set by a handle. Returns whether there were any. */
bool locks_drop_owner(struct locks *locks, uint64_t owner);
bool locks_drop_handle(struct locks *locks, uint64_t handle);

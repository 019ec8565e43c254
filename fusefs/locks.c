/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps ranges by owner: cut where a new one falls on them, joined where they touch. */
#include "fusefs/locks.h"

#include <errno.h>

typedef VEC(struct lock) lock_list;

void locks_fini(struct locks *locks)
{
	vec_free(&locks->held);
}

static bool overlap(const struct lock *a, const struct lock *b)
{
	return a->first <= b->last && b->first <= a->last;
}

const struct lock *locks_conflict(const struct locks *locks, const struct lock *wanted)
{
	const struct lock *lowest = NULL;
	for (size_t i = 0; i < locks->held.count; i++) {
		const struct lock *held = &locks->held.at[i];
		bool meets = held->owner != wanted->owner && (held->exclusive || wanted->exclusive) && overlap(held, wanted);
		if (meets && (!lowest || held->first < lowest->first))
			lowest = held;
	}
	return lowest;
}

/* ---- changes: a new list is made beside the old one, so that a failure leaves that as it was ---- */

static bool append(lock_list *list, const struct lock *lock, uint64_t first, uint64_t last)
{
	struct lock *added = vec_add(list);
	if (!added)
		return false;
	*added = *lock;
	added->first = first;
	added->last = last;
	return true;
}

/* What is left of a lock beside a range. */
static bool append_rest(lock_list *list, const struct lock *lock, const struct lock *range)
{
	bool good = true;
	if (lock->first < range->first)
		good = append(list, lock, lock->first, range->first - 1);
	if (good && lock->last > range->last)
		good = append(list, lock, range->last + 1, lock->last);
	return good;
}

static bool joins(const struct lock *lock, const struct lock *wanted)
{
	bool touches = lock->last == UINT64_MAX || lock->last + 1 >= wanted->first;
	touches = touches && (wanted->last == UINT64_MAX || wanted->last + 1 >= lock->first);
	return lock->owner == wanted->owner && lock->exclusive == wanted->exclusive && touches;
}

/* Everything but what the owner has in the range; `grown` takes up what it joins. */
static bool copy_others(const struct locks *locks, lock_list *list, const struct lock *range, struct lock *grown)
{
	bool good = true;
	for (size_t i = 0; good && i < locks->held.count; i++) {
		const struct lock *lock = &locks->held.at[i];
		if (grown && joins(lock, grown)) {
			grown->first = lock->first < grown->first ? lock->first : grown->first;
			grown->last = lock->last > grown->last ? lock->last : grown->last;
		} else if (lock->owner == range->owner && overlap(lock, range)) {
			good = append_rest(list, lock, range);
		} else {
			good = append(list, lock, lock->first, lock->last);
		}
	}
	return good;
}

static int replace(struct locks *locks, lock_list *list, bool good)
{
	if (!good || list->count > LOCKS_MAX) {
		vec_free(list);
		return good ? -ENOLCK : -ENOMEM;
	}
	vec_free(&locks->held);
	locks->held.at = list->at;
	locks->held.count = list->count;
	locks->held.room = list->room;
	return 0;
}

int locks_set(struct locks *locks, const struct lock *wanted)
{
	lock_list list = {0};
	struct lock grown = *wanted;
	bool good = copy_others(locks, &list, wanted, &grown);
	good = good && append(&list, &grown, grown.first, grown.last);
	return replace(locks, &list, good);
}

int locks_unset(struct locks *locks, const struct lock *range)
{
	lock_list list = {0};
	return replace(locks, &list, copy_others(locks, &list, range, NULL));
}

/* ---- whole sets ---- */

/* Keep those that are neither of this owner nor of this handle (NULL: of any). Returns whether some went. */
static bool drop(struct locks *locks, const uint64_t *owner, const uint64_t *handle)
{
	size_t kept = 0, had = locks->held.count;
	for (size_t i = 0; i < had; i++) {
		const struct lock *lock = &locks->held.at[i];
		if ((!owner || lock->owner != *owner) && (!handle || lock->handle != *handle))
			locks->held.at[kept++] = *lock;
	}
	locks->held.count = kept;
	return kept < had;
}

bool locks_drop_owner(struct locks *locks, uint64_t owner)
{
	return drop(locks, &owner, NULL);
}

bool locks_drop_handle(struct locks *locks, uint64_t handle)
{
	return drop(locks, NULL, &handle);
}

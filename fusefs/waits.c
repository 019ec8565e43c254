/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A queue of requests for locks, in the order they came. */
#include "fusefs/waits.h"

#include "fusefs/backing.h"
#include "fusefs/server.h"

#include <errno.h>

struct wait {
	struct wait *next;
	struct server *server;
	fuse_req_t req;
	struct node *node; /* used once */
	enum lock_kind kind;
	struct lock lock;
	bool interrupted;
	bool seen; /* by the search for a deadlock */
};

/* ---- tables ---- */

static struct locks *table_of(const struct node *node, enum lock_kind kind)
{
	return node->locks ? &node->locks[kind] : NULL;
}

static struct locks *table_made(struct node *node, enum lock_kind kind)
{
	if (!node->locks)
		node->locks = calloc(LOCK_KINDS, sizeof *node->locks);
	return table_of(node, kind);
}

const struct lock *waits_conflict(const struct node *node, const struct lock *wanted)
{
	const struct locks *table = table_of(node, LOCK_RECORD);
	return table ? locks_conflict(table, wanted) : NULL;
}

/* ---- the queue ---- */

static void answer(struct wait *wait, int error)
{
	fuse_reply_err(wait->req, error);
	wait->node->uses--;
	backing_release(wait->server, wait->node);
	free(wait);
}

/* Take the one at `link` out of the queue. `before` is the one before it, NULL for the first. */
static struct wait *unlink_wait(struct waits *waits, struct wait **link, struct wait *before)
{
	struct wait *wait = *link;
	*link = wait->next;
	if (waits->newest == wait)
		waits->newest = before;
	waits->count--;
	return wait;
}

/* Take out the first for which `wanted` is true; NULL where there is none. */
static struct wait *take_wait(struct waits *waits, bool (*wanted)(const struct wait *, const void *), const void *with)
{
	struct wait *before = NULL;
	for (struct wait **link = &waits->first; *link; before = *link, link = &(*link)->next)
		if (wanted(*link, with))
			return unlink_wait(waits, link, before);
	return NULL;
}

/* Called by libfuse, perhaps while it holds the request's lock: do no more than note it. */
static void on_interrupt(fuse_req_t req, void *data)
{
	(void)req;
	struct wait *wait = data;
	wait->interrupted = true;
	wait->server->waits.interrupted = true;
}

static int enqueue(struct server *server, fuse_req_t req, struct node *node, enum lock_kind kind, const struct lock *lock)
{
	struct waits *waits = &server->waits;
	struct wait *wait = waits->count < WAITS_MAX ? malloc(sizeof *wait) : NULL;
	if (!wait)
		return ENOLCK;
	*wait = (struct wait){.server = server, .req = req, .node = node, .kind = kind, .lock = *lock};
	*(waits->newest ? &waits->newest->next : &waits->first) = wait;
	waits->newest = wait;
	waits->count++;
	node->uses++;
	fuse_req_interrupt_func(req, on_interrupt, wait);
	return 0;
}

/* ---- deadlock ---- */

/* The kernel follows no more than ten for its own locks (MAX_DEADLK_ITERATIONS in fs/locks.c). */
#define CHAIN_MAX 10

struct search {
	const struct waits *waits;
	uint64_t owner;
};

static bool leads_back(const struct search *search, const struct node *node, const struct lock *wanted, int depth);

static bool waits_for_us(const struct search *search, uint64_t owner, int depth)
{
	for (struct wait *wait = search->waits->first; wait; wait = wait->next) {
		if (wait->kind != LOCK_RECORD || wait->lock.owner != owner || wait->seen)
			continue;
		wait->seen = true;
		if (leads_back(search, wait->node, &wait->lock, depth + 1))
			return true;
	}
	return false;
}

/* Does whoever is first in the way wait for us, by way of others perhaps? */
static bool leads_back(const struct search *search, const struct node *node, const struct lock *wanted, int depth)
{
	const struct lock *held = waits_conflict(node, wanted);
	if (!held || depth > CHAIN_MAX)
		return false;
	return held->owner == search->owner || waits_for_us(search, held->owner, depth);
}

static bool would_deadlock(struct server *server, const struct node *node, const struct lock *wanted)
{
	for (struct wait *wait = server->waits.first; wait; wait = wait->next)
		wait->seen = false;
	return leads_back(&(struct search){&server->waits, wanted->owner}, node, wanted, 1);
}

/* ---- taking and giving back ---- */

static bool is_free(const struct wait *wait, const void *node)
{
	return wait->node == node && !locks_conflict(table_of(wait->node, wait->kind), &wait->lock);
}

/* Something has been given back: serve those who can have their lock now. Each may free another (a lock that becomes shared). */
static void wake(struct server *server, const struct node *node)
{
	struct wait *wait;
	while (server->waits.count && (wait = take_wait(&server->waits, is_free, node)))
		answer(wait, -locks_set(table_of(node, wait->kind), &wait->lock));
}

/* flock(2): one that changes its kind is given back first, and others may come between. */
static bool has_whole(struct server *server, struct node *node, struct locks *table, const struct lock *lock)
{
	for (size_t i = 0; i < table->held.count; i++)
		if (table->held.at[i].owner == lock->owner && table->held.at[i].exclusive == lock->exclusive)
			return true;
	if (locks_drop_owner(table, lock->owner))
		wake(server, node);
	return false;
}

/* Returns what to answer, or -1: later. */
static int take(struct server *server, fuse_req_t req, struct node *node, enum lock_kind kind, const struct lock *lock, bool waits)
{
	struct locks *table = table_made(node, kind);
	if (!table)
		return ENOLCK;
	if (kind == LOCK_WHOLE && has_whole(server, node, table, lock))
		return 0;
	if (!locks_conflict(table, lock))
		return -locks_set(table, lock);
	if (!waits)
		return EAGAIN;
	if (kind == LOCK_RECORD && would_deadlock(server, node, lock))
		return EDEADLK;
	int error = enqueue(server, req, node, kind, lock);
	return error ? error : -1;
}

void waits_lock(struct server *server, fuse_req_t req, struct node *node, enum lock_kind kind, const struct lock *lock, bool waits)
{
	int error = take(server, req, node, kind, lock, waits);
	if (error >= 0)
		fuse_reply_err(req, error);
	if (!error)
		wake(server, node);
}

int waits_unlock(struct server *server, struct node *node, enum lock_kind kind, const struct lock *range)
{
	struct locks *table = table_of(node, kind);
	int rc = table ? locks_unset(table, range) : 0;
	if (table && !rc)
		wake(server, node);
	return -rc;
}

void waits_owner_left(struct server *server, struct node *node, uint64_t owner)
{
	struct locks *table = table_of(node, LOCK_RECORD);
	if (table && locks_drop_owner(table, owner))
		wake(server, node);
}

void waits_handle_left(struct server *server, struct node *node, uint64_t handle)
{
	bool any = false;
	for (size_t i = 0; node->locks && i < LOCK_KINDS; i++)
		any = locks_drop_handle(&node->locks[i], handle) || any;
	if (any)
		wake(server, node);
}

/* ---- ends ---- */

static bool is_interrupted(const struct wait *wait, const void *with)
{
	(void)with;
	return wait->interrupted;
}

void waits_settle(struct server *server)
{
	struct wait *wait;
	while (server->waits.interrupted && (wait = take_wait(&server->waits, is_interrupted, NULL)))
		answer(wait, EINTR);
	server->waits.interrupted = false;
}

static bool is_any(const struct wait *wait, const void *with)
{
	(void)wait, (void)with;
	return true;
}

void waits_end(struct server *server)
{
	struct wait *wait;
	while ((wait = take_wait(&server->waits, is_any, NULL)))
		answer(wait, ECONNABORTED);
}

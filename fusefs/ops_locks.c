/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Locks: fcntl(2), flock(2).
 *
 * On a corpus record locks are granted and not remembered: only shared ones can be asked for there (the file is open for
 * reading), which never meet, and nobody tells us when they end, because files of a corpus are closed without a flush. */
#include "fusefs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_remembered(const struct request *r)
{
	return r->node->volume && !r->node->volume->corpus;
}

/* ---- fcntl(2) ---- */

static struct lock record_of(const struct fuse_file_info *fi, const struct flock *lock)
{
	return (struct lock){
		.exclusive = lock->l_type == F_WRLCK,
		.first = (uint64_t)lock->l_start,
		.last = lock->l_len ? (uint64_t)lock->l_start + (uint64_t)lock->l_len - 1 : UINT64_MAX,
		.owner = fi->lock_owner,
		.handle = fi->fh,
		.pid = lock->l_pid,
	};
}

static void reply_lock(struct request *r, const struct lock *lock)
{
	struct flock out = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
	if (lock) {
		out.l_type = lock->exclusive ? F_WRLCK : F_RDLCK;
		out.l_start = (off_t)lock->first;
		out.l_len = lock->last == UINT64_MAX ? 0 : (off_t)(lock->last - lock->first + 1);
		out.l_pid = lock->pid;
	}
	fuse_reply_lock(r->req, &out);
}

/* The lock that a `locked` rule pretends. It is ours: the kernel tells only of processes that there are. */
static void reply_phantom(struct request *r)
{
	const struct rule *rule = r->verdict.phantom;
	const struct lock phantom = {
		.exclusive = rule->effect.locked == LOCKED_EXCLUSIVE,
		.first = rule->range.first,
		.last = rule->range.end == UINT64_MAX ? UINT64_MAX : rule->range.end - 1,
		.pid = getpid(),
	};
	reply_lock(r, &phantom);
}

static void serve_getlk(struct request *r)
{
	if (r->verdict.phantom)
		reply_phantom(r);
	else
		reply_lock(r, is_remembered(r) ? waits_conflict(r->node, &r->lock) : NULL);
}

static void serve_setlk(struct request *r)
{
	if (!handles_get(&r->server->nodes, r->file.fh, r->node))
		fuse_reply_err(r->req, EBADF);
	else if (!is_remembered(r))
		fuse_reply_err(r->req, 0);
	else if (r->op == OP_unlock)
		fuse_reply_err(r->req, waits_unlock(r->server, r->node, LOCK_RECORD, &r->lock));
	else
		waits_lock(r->server, r->req, r->node, LOCK_RECORD, &r->lock, r->waits);
}

/* The kernel sends none that ends before it begins; who else does is told so. */
static bool begin_record(struct request *r, fuse_req_t req, enum op op, fuse_ino_t ino, const struct fuse_file_info *fi,
			 const struct flock *lock, void (*serve)(struct request *))
{
	if (!ops_begin(r, req, op, ino, serve))
		return false;
	r->file = *fi;
	r->lock = record_of(fi, lock);
	bool good = r->lock.first <= r->lock.last;
	if (!good)
		fuse_reply_err(req, EINVAL);
	return good;
}

void op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock)
{
	struct request r;
	if (begin_record(&r, req, OP_getlk, ino, fi, lock, serve_getlk))
		request_run(&r);
}

void op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock, int sleep)
{
	struct request r;
	if (!begin_record(&r, req, lock->l_type == F_UNLCK ? OP_unlock : OP_setlk, ino, fi, lock, serve_setlk))
		return;
	r.waits = sleep;
	request_run(&r);
}

/* ---- flock(2) ---- */

static void serve_flock(struct request *r)
{
	if (!handles_get(&r->server->nodes, r->file.fh, r->node))
		fuse_reply_err(r->req, EBADF);
	else if (r->op == OP_unlock)
		fuse_reply_err(r->req, waits_unlock(r->server, r->node, LOCK_WHOLE, &r->lock));
	else
		waits_lock(r->server, r->req, r->node, LOCK_WHOLE, &r->lock, r->waits);
}

void op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int how)
{
	struct request r;
	if (!ops_begin(&r, req, how & LOCK_UN ? OP_unlock : OP_flock, ino, serve_flock))
		return;
	r.file = *fi;
	r.lock = (struct lock){.exclusive = how & LOCK_EX, .last = UINT64_MAX, .owner = fi->fh, .handle = fi->fh};
	r.waits = !(how & LOCK_NB);
	request_run(&r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides what the kernel may keep. */
#include "fusefs/caching.h"

#include "fusefs/attributes.h"
#include "fusefs/passthrough.h"

#include <fcntl.h>

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* Is the file the same as when the kernel last read it? Remembers how it is now. Size and mtime can be put back by whoever
 * changes the bytes, ctime cannot; but two files made within a tick of the clock have the same one, and a directory that is
 * renamed brings one into the place of the other without a change to either. */
static bool is_unchanged(struct node *node, const struct stat *st)
{
	bool same = node->seen_dev == st->st_dev && node->seen_ino == st->st_ino && node->seen_size == st->st_size &&
		    same_time(node->seen_mtime, st->st_mtim) && same_time(node->seen_ctime, st->st_ctim);
	node->seen_dev = st->st_dev;
	node->seen_ino = st->st_ino;
	node->seen_size = st->st_size;
	node->seen_mtime = st->st_mtim;
	node->seen_ctime = st->st_ctim;
	return same;
}

static bool may_keep_cache(struct node *node, const struct handle *handle)
{
	struct stat st;
	if (node->distrusted)
		return false;
	if (!attributes_change_by_themselves(node->volume))
		return true;
	return fstat(handle_fd(handle), &st) == 0 && is_unchanged(node, &st);
}

void caching_begin_anew(struct node *node, uint64_t offset)
{
	struct bound *bound = volume_node_bound(node);
	if (bound)
		plan_anew(bound, offset);
}

static bool must_be_seen(const struct volume *volume, opset watched)
{
	if (volume->caching == CACHING_UNCACHED)
		return true;
	/* A read through the page cache that reaches the end asks for the size first, and fails if that fails (fuse_cache_read_iter() in
	 * fs/fuse/file.c): what a rule does to stat(2) is not to happen to read(2). */
	return volume->caching != CACHING_CACHED && watched & (OP_BIT(read) | OP_BIT(write) | OP_BIT(getattr));
}

static bool is_small(struct request *r, struct node *node, const struct handle *handle)
{
	struct stat st;
	int fd = handle_fd(handle);
	return (fd >= 0 ? fstat(fd, &st) : attributes_of(r->server, node, &st)) == 0 && st.st_size <= SMALL_FILE_BYTES;
}

/* Put all of a small file into the page cache (FUSE_NOTIFY_STORE). Only at a first open, when nobody can be reading it: the kernel
 * would wait for the page that we are asked for. Returns whether it is there now. */
static bool hand_over(struct request *r, struct node *node, struct handle *handle)
{
	struct server *server = r->server;
	if (node->stored || node->distrusted || node->opens > 1 || !node->volume->corpus || server->device.without >> FEATURE_STORE & 1 ||
	    !is_small(r, node, handle))
		return false;
	ssize_t got = handle_read(handle, server->transfer, SMALL_FILE_BYTES + 1, 0);
	if (got <= 0 || got > SMALL_FILE_BYTES)
		return false;
	struct fuse_bufvec bytes = FUSE_BUFVEC_INIT((size_t)got);
	bytes.buf[0].mem = server->transfer;
	node->stored = fuse_lowlevel_notify_store(server->session, node->id, 0, &bytes, FUSE_BUF_NO_SPLICE) == 0;
	server->counts.bytes_read += node->stored ? (uint64_t)got : 0;
	return node->stored;
}

int caching_choose(struct request *r, struct node *node, struct handle *handle)
{
	opset watched = volume_watched_ops(node);
	bool direct = must_be_seen(node->volume, watched);
	caching_begin_anew(node, UINT64_MAX);
	int rc = passthrough_choose(r, node, handle, &direct);
	r->file.direct_io = direct;
	bool cached = !direct && !handle->passthrough;
	r->file.keep_cache = cached && may_keep_cache(node, handle);
	if (cached && hand_over(r, node, handle))
		r->file.keep_cache = 1;
	node->distrusted = node->distrusted && r->file.keep_cache;
	/* On a scratch close(2) ends record locks, and who has written must hear what the filesystem below has to say then. */
	r->file.noflush = !(watched & OP_BIT(flush)) && node->volume->corpus && node->volume->caching != CACHING_UNCACHED;
	handle->silent_flush = r->file.noflush;
	return rc;
}

/* What was written through us is in the kernel's cache already; not so what others wrote while somebody read, nor what the kernel
 * wrote past its cache into the file below. */
void caching_closing(struct request *r, struct node *node, const struct handle *handle)
{
	struct stat st;
	if ((r->file.flags & O_ACCMODE) != O_RDONLY && !handle->passthrough && handle->fd >= 0 && fstat(handle->fd, &st) == 0)
		is_unchanged(node, &st);
}

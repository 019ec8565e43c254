/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Describes a request to the rules. */
#include "fusefs/request_site.h"

#include "fusefs/attributes.h"
#include "fusefs/power.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>

struct volume *request_volume(const struct request *r)
{
	return r->about ? r->about->volume : r->node->volume;
}

/* The file that is open, which need not be the one that has the name now. */
static bool stat_open(const struct request *r, struct stat *st)
{
	if (r->op != OP_read && r->op != OP_write)
		return false;
	const struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	int fd = handle && handle_is_whole(handle) ? handle_fd(handle) : -1;
	return fd >= 0 && fstat(fd, st) == 0;
}

static void measure(const struct request *r, struct site *site)
{
	struct stat st;
	int rc = stat_open(r, &st) ? 0
		 : r->about	   ? attributes_of(r->server, r->about, &st)
		 : r->name ? attributes_of_name(r->server, r->node, r->name, &st) : attributes_of(r->server, r->node, &st);
	bool file = rc == 0 && S_ISREG(st.st_mode);
	site->size = file ? (uint64_t)st.st_size : 0;
	site->file = file ? st.st_ino : 0;
	site->absent = r->op == OP_lookup && rc == ENOENT;
}

/* What a sync would have to write. */
static uint64_t unsynced(const struct request *r)
{
	struct durable *d = power_durable(r->server, r->node);
	struct handle *handle = d ? handles_get(&r->server->nodes, r->file.fh, r->node) : NULL;
	return handle && handle->fd >= 0 ? durable_unsynced(d, handle->fd) : 0;
}

/* Does the size of the file matter to a decision on this operation? */
static bool wants_size(enum op op)
{
	return op == OP_read || op == OP_write || op == OP_lookup || op == OP_getattr || op == OP_truncate ||
	       op == OP_fallocate;
}

static uint64_t beyond(uint64_t end, uint64_t size)
{
	return end > size ? end - size : 0;
}

/* Punching a hole takes no room, wherever it is; nor does zeroing where the size is kept. But to reserve room behind the end
 * is to need it. */
static bool takes_room(int64_t fallocate_mode)
{
	return !(fallocate_mode & FALLOC_FL_KEEP_SIZE) || fallocate_mode == FALLOC_FL_KEEP_SIZE;
}

static uint64_t growth_of(const struct request *r, uint64_t size)
{
	switch ((int)r->op) {
	case OP_write:
		return beyond(r->offset + r->size, size);
	case OP_truncate:
		return beyond((uint64_t)r->attributes.st_size, size);
	case OP_fallocate:
		return takes_room(r->mode) ? beyond(r->offset + r->length, size) : 0;
	default:
		return 0;
	}
}

/* Entries "." and ".." come first in a listing and do not count. */
static uint64_t entries_before(uint64_t position)
{
	return position > 2 ? position - 2 : 0;
}

static void place_of(const struct request *r, struct site *site)
{
	switch ((int)r->op) {
	case OP_read:
		/* The kernel names an owner for the reads that programs make, and none for its own (fuse_direct_io() and
		 * fuse_read_args_fill() in fs/fuse/file.c). */
		site->buffered = !r->file.lock_owner;
		site->offset = r->offset;
		site->length = r->size;
		break;
	case OP_write:
		site->buffered = r->file.writepage;
		site->offset = r->offset;
		site->length = r->size;
		break;
	case OP_fallocate:
		site->offset = r->offset;
		site->length = r->length;
		break;
	case OP_getlk:
	case OP_setlk:
	case OP_flock:
	case OP_unlock:
		site->offset = r->lock.first;
		site->length = r->lock.last == UINT64_MAX ? UINT64_MAX : r->lock.last - r->lock.first + 1;
		site->exclusive = r->lock.exclusive;
		site->waits = r->waits;
		break;
	case OP_readdir:
		site->offset = entries_before(r->offset);
		site->length = r->length > site->offset ? r->length - site->offset : 0;
		site->continues = r->offset != 0;
		break;
	default:
		break;
	}
}

static bool opens(enum op op)
{
	return op == OP_open || op == OP_opendir || op == OP_create;
}

/* What the kernel sends of its own accord has no caller, and root's numbers: it writes back what was changed in a shared mapping
 * (fuse_writepages() in fs/fuse/file.c), and releases what nobody has open any more (fuse_file_put()). */
static void fill_caller(const struct request *r, struct site *site)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(r->req);
	site->anonymous = r->op == OP_release || r->op == OP_releasedir || (r->op == OP_write && r->file.writepage);
	site->thread = ctx->pid;
	site->uid = ctx->uid;
	site->gid = ctx->gid;
}

/* What is open, and by which handle the request comes. */
static void fill_handles(const struct request *r, struct site *site)
{
	const struct node *node = r->about ? r->about : r->name ? NULL : r->node;
	site->opens = (node ? node->opens : 0) + opens(r->op);
	site->opens_all = r->server->nodes.handles_open + opens(r->op);
	const struct handle *handle = node ? handles_get(&r->server->nodes, r->file.fh, node) : NULL;
	if (!handle)
		return;
	site->handle = handle->id;
	site->opened_ns = handle->opened_ns - r->server->armed_at_ns;
	site->first_access = !handle->accessed && (r->op == OP_read || r->op == OP_write);
}

struct site request_site(const struct request *r, const char *path)
{
	const struct volume *volume = request_volume(r);
	struct site site = {
		.op = r->op,
		.volume = volume->name,
		.path = path,
		.used_bytes = volume->used_bytes,
		.used_files = volume->used_files,
		.now_ns = server_clock_ns(r->server),
	};
	if (wants_size(r->op)) {
		measure(r, &site);
		site.growth = growth_of(r, site.size);
	}
	if (r->op == OP_fsync)
		site.unsynced = unsynced(r);
	place_of(r, &site);
	fill_caller(r, &site);
	fill_handles(r, &site);
	return site;
}

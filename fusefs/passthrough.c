/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Registers descriptors with the kernel and keeps the opens of a file alike. */
#include "fusefs/passthrough.h"

#include "fusefs/attributes.h"
#include "fusefs/caching.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* What a rule may see or say about the file, so that the kernel's own reads would not show it: its bytes, and its size, which
 * ends reads through the page cache. */
#define IN_THE_WAY (OP_BIT(read) | OP_BIT(write) | OP_BIT(lookup) | OP_BIT(getattr))

/* A mapping of a file of the base goes on showing the base when the file is written to: overlayfs maps what lies below at that moment
 * ("Non-standard behavior" in Documentation/filesystems/overlayfs.rst). Our page cache shows what is written. (The kernel refuses
 * besides: an overlay is one filesystem more below us than STACK_DEPTH in device.c.)
 * Files that are both read and written, and those that are added to, are databases and logs: open for long, so that rules should get
 * at them that come later. What is counted must be seen, and what is written in the name of others, too. */
static bool scratch_may(const struct request *r, const struct volume *volume)
{
	return !volume->layered && !volume->counted && !volume->shared && (r->file.flags & O_ACCMODE) != O_RDWR && !(r->file.flags & O_APPEND);
}

static bool is_wanted(const struct request *r, struct node *node)
{
	const struct volume *volume = node->volume;
	return device_can_pass_through(&r->server->device) && (volume->corpus || scratch_may(r, volume)) &&
	       !(volume_watched_ops(node) & IN_THE_WAY);
}

/* O_DIRECT is left to us where it is the first: not every filesystem below can do it. */
static bool is_first_fit(const struct request *r, const struct node *node)
{
	return node->opens == 1 && !(r->file.flags & O_DIRECT);
}

/* Small files are better off in the page cache (caching.h). */
static bool is_small(const struct request *r, const struct node *node, int fd)
{
	struct stat st;
	return node->volume->corpus && !(r->server->device.without >> FEATURE_STORE & 1) && fstat(fd, &st) == 0 &&
	       st.st_size <= SMALL_FILE_BYTES;
}

/* The file that holds all bytes as they are served, or -1. Borrowed. */
static int file_below(struct request *r, struct node *node, struct handle *handle)
{
	struct stat st;
	if (handle_fd(handle) >= 0)
		return handle_is_whole(handle) && !is_small(r, node, handle_fd(handle)) ? handle_fd(handle) : -1;
	if (r->server->device.without >> FEATURE_RETAIN & 1 || !handle->file || attributes_of(r->server, node, &st) != 0 ||
	    st.st_size <= SMALL_FILE_BYTES)
		return -1;
	return retain_fd(&node->volume->retain, handle->file, st.st_ino, (uint64_t)st.st_size);
}

static void register_first(struct request *r, struct node *node, struct handle *handle)
{
	struct stat st;
	int fd = file_below(r, node, handle);
	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	int id = device_back(&r->server->device, r->server->session, fd);
	if (id <= 0)
		return;
	node->backing_id = id;
	node->dev = st.st_dev;
	node->ino = st.st_ino;
}

/* Somebody may have put another file in the place of the one that was registered. */
static bool is_other_file(const struct node *node, const struct handle *handle)
{
	struct stat st;
	return handle_fd(handle) >= 0 && handle_is_whole(handle) && fstat(handle_fd(handle), &st) == 0 && (st.st_dev != node->dev || st.st_ino != node->ino);
}

static bool can_be_direct(const struct handle *handle)
{
	int fd = handle_fd(handle);
	if (fd < 0)
		return true; /* memory can, wherever passthrough can (Linux 6.6) */
	int flags = fcntl(fd, F_GETFL);
	bool can = fcntl(fd, F_SETFL, flags | O_DIRECT) == 0;
	return can && fcntl(fd, F_SETFL, flags) == 0;
}

int passthrough_choose(struct request *r, struct node *node, struct handle *handle, bool *direct)
{
	if (!*direct && !node->backing_id && is_first_fit(r, node) && is_wanted(r, node))
		register_first(r, node, handle);
	if (!node->backing_id)
		return 0;
	/* The kernel opens the file below once more, with the flags of the caller. */
	if (r->file.flags & O_DIRECT && !can_be_direct(handle))
		return -EINVAL;
	*direct = *direct || r->file.flags & O_DIRECT || is_other_file(node, handle);
	handle->passthrough = true;
	r->server->device.answer_backing_id = node->backing_id;
	return 0;
}

void passthrough_leave(struct server *server, struct node *node)
{
	if (!node->backing_id || node->opens)
		return;
	device_unback(server->session, node->backing_id);
	node->backing_id = 0;
}

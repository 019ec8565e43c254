/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks whether requests are whole. */
#include "fusefs/framing.h"

#include "base/attr.h"
#include "fusefs/fuse.h"
#include "fusefs/server.h"

#include <errno.h>
#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* The value's size behind the name is not in the extended form, which is not asked for (FUSE_SETXATTR_EXT). */
#define SETXATTR_BYTES FUSE_COMPAT_SETXATTR_IN_SIZE

/* What is asked for with INIT begins with these; the rest came with the flag that tells of it. */
#define INIT_BYTES offsetof(struct fuse_init_in, flags2)

/* Of each operation: the bytes of its arguments, how many names follow, and whether they may be left out. Operations that are not
 * here have nothing that could be read too far: libfuse knows none of them. */
static const struct shape {
	uint32_t opcode, bytes, names;
} shapes[] = {
	{FUSE_LOOKUP, 0, 1},
	{FUSE_FORGET, sizeof(struct fuse_forget_in), 0},
	{FUSE_GETATTR, sizeof(struct fuse_getattr_in), 0},
	{FUSE_SETATTR, sizeof(struct fuse_setattr_in), 0},
	{FUSE_READLINK, 0, 0},
	{FUSE_SYMLINK, 0, 2},
	{FUSE_MKNOD, sizeof(struct fuse_mknod_in), 1},
	{FUSE_MKDIR, sizeof(struct fuse_mkdir_in), 1},
	{FUSE_UNLINK, 0, 1},
	{FUSE_RMDIR, 0, 1},
	{FUSE_RENAME, sizeof(struct fuse_rename_in), 2},
	{FUSE_LINK, sizeof(struct fuse_link_in), 1},
	{FUSE_OPEN, sizeof(struct fuse_open_in), 0},
	{FUSE_READ, sizeof(struct fuse_read_in), 0},
	{FUSE_WRITE, sizeof(struct fuse_write_in), 0},
	{FUSE_STATFS, 0, 0},
	{FUSE_RELEASE, sizeof(struct fuse_release_in), 0},
	{FUSE_FSYNC, sizeof(struct fuse_fsync_in), 0},
	{FUSE_SETXATTR, SETXATTR_BYTES, 1},
	{FUSE_GETXATTR, sizeof(struct fuse_getxattr_in), 1},
	{FUSE_LISTXATTR, sizeof(struct fuse_getxattr_in), 0},
	{FUSE_REMOVEXATTR, 0, 1},
	{FUSE_FLUSH, sizeof(struct fuse_flush_in), 0},
	{FUSE_INIT, INIT_BYTES, 0},
	{FUSE_OPENDIR, sizeof(struct fuse_open_in), 0},
	{FUSE_READDIR, sizeof(struct fuse_read_in), 0},
	{FUSE_RELEASEDIR, sizeof(struct fuse_release_in), 0},
	{FUSE_FSYNCDIR, sizeof(struct fuse_fsync_in), 0},
	{FUSE_GETLK, sizeof(struct fuse_lk_in), 0},
	{FUSE_SETLK, sizeof(struct fuse_lk_in), 0},
	{FUSE_SETLKW, sizeof(struct fuse_lk_in), 0},
	{FUSE_ACCESS, sizeof(struct fuse_access_in), 0},
	{FUSE_CREATE, sizeof(struct fuse_create_in), 1},
	{FUSE_INTERRUPT, sizeof(struct fuse_interrupt_in), 0},
	{FUSE_BMAP, sizeof(struct fuse_bmap_in), 0},
	{FUSE_DESTROY, 0, 0},
	{FUSE_IOCTL, sizeof(struct fuse_ioctl_in), 0},
	{FUSE_POLL, sizeof(struct fuse_poll_in), 0},
	{FUSE_NOTIFY_REPLY, sizeof(struct fuse_notify_retrieve_in), 0},
	{FUSE_BATCH_FORGET, sizeof(struct fuse_batch_forget_in), 0},
	{FUSE_FALLOCATE, sizeof(struct fuse_fallocate_in), 0},
	{FUSE_READDIRPLUS, sizeof(struct fuse_read_in), 0},
	{FUSE_RENAME2, sizeof(struct fuse_rename2_in), 2},
	{FUSE_LSEEK, sizeof(struct fuse_lseek_in), 0},
	{FUSE_COPY_FILE_RANGE, sizeof(struct fuse_copy_file_range_in), 0},
};

static const struct shape *shape_of(uint32_t opcode)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].opcode == opcode)
			return &shapes[i];
	return NULL;
}

/* Bytes that follow arguments and names, as the arguments say; more than there can be where they contradict themselves. */
static uint64_t tail_of(uint32_t opcode, const void *arguments)
{
	switch (opcode) {
	case FUSE_WRITE:
		return ((const struct fuse_write_in *)arguments)->size;
	case FUSE_SETXATTR:
		return ((const struct fuse_setxattr_in *)arguments)->size;
	case FUSE_IOCTL:
		return ((const struct fuse_ioctl_in *)arguments)->in_size;
	case FUSE_NOTIFY_REPLY:
		return UINT64_MAX; /* we never ask, and libfuse loses what was not asked for (do_notify_reply()) */
	case FUSE_BATCH_FORGET:
		return (uint64_t)((const struct fuse_batch_forget_in *)arguments)->count * sizeof(struct fuse_forget_one);
	case FUSE_INIT:
		return ((const struct fuse_init_in *)arguments)->flags & FUSE_INIT_EXT ? sizeof(struct fuse_init_in) - INIT_BYTES : 0;
	default:
		return 0;
	}
}

bool framing_is_whole(const void *request, size_t length)
{
	const struct fuse_in_header *in = request;
	if (length < sizeof *in || in->len != length)
		return false;
	const struct shape *shape = shape_of(in->opcode);
	if (!shape)
		return true;
	const char *at = (const char *)(in + 1), *end = (const char *)request + length;
	if ((size_t)(end - at) < shape->bytes)
		return false;
	uint64_t tail = tail_of(in->opcode, at);
	at += shape->bytes;
	for (uint32_t i = 0; i < shape->names; i++) {
		const char *zero = memchr(at, '\0', (size_t)(end - at));
		if (!zero)
			return false;
		at = zero + 1;
	}
	return tail <= (size_t)(end - at);
}

/* Nobody waits for an answer to these. */
static bool is_unanswered(uint32_t opcode)
{
	return opcode == FUSE_FORGET || opcode == FUSE_BATCH_FORGET || opcode == FUSE_INTERRUPT || opcode == FUSE_NOTIFY_REPLY;
}

void framing_serve(struct server *server, const struct fuse_buf *buf)
{
	if (framing_is_whole(buf->mem, buf->size)) {
		fuse_session_process_buf(server->session, buf);
		return;
	}
	const struct fuse_in_header *in = buf->mem;
	if (buf->size < sizeof *in || is_unanswered(in->opcode))
		return;
	const struct fuse_out_header out = {.len = sizeof out, .error = -EIO, .unique = in->unique};
	(void)!write(fuse_session_fd(server->session), &out, sizeof out);
}

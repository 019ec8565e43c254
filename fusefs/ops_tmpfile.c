/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files without a name: open(2) with O_TMPFILE, on scratch volumes. For rules it is a matter of the directory. */
#include "base/scope.h"
#include "fusefs/backing.h"
#include "fusefs/caller.h"
#include "fusefs/lookup.h"
#include "fusefs/ops.h"
#include "fusefs/usage.h"

#include <errno.h>
#include <fcntl.h>

/* O_EXCL stays: such a file must never be linked (open(2)). */
static int make_unnamed(struct request *r)
{
	int directory = backing_fd(r->server, r->node);
	if (directory < 0)
		return directory;
	SCOPED(caller_leave) struct caller caller = caller_assume_maker(r->req);
	int flags = r->file.flags & (O_ACCMODE | O_EXCL);
	int fd = openat(directory, ".", flags | O_TMPFILE | O_CLOEXEC, (mode_t)r->mode & 07777);
	return fd < 0 ? -errno : fd;
}

static void serve_tmpfile(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct node *node;
	struct stat st;
	SCOPED_FD int fd = make_unnamed(r);
	int error = fd < 0 ? -fd : lookup_unnamed(r->server, r->node, fd, &node, &st);
	struct handle *handle = error ? NULL : handles_add(&r->server->nodes, node);
	if (!handle) {
		fuse_reply_err(r->req, error ? error : ENOMEM);
		if (!error)
			backing_release(r->server, node);
		return;
	}
	usage_file_made(r->node->volume);
	handle->fd = take_fd(&fd);
	ops_reply_create(r, node, &st, handle);
}

void ops_make_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_tmpfile, parent, serve_tmpfile))
		return;
	r.mode = mode;
	r.file = *fi;
	request_run(&r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The table of operations, and what they share. */
#include "fusefs/ops.h"

#include "faults/kinds.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/features.h"
#include "fusefs/invalidate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Attributes come with the first names, and with later ones where the program has asked for those: who wants names alone need not wait
 * for attributes (fuse_use_readdirplus() in fs/fuse/readdir.c). */
#define READDIRPLUS (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO)

/* Never answered ENOSYS: the kernel would remember that for the life of the mount, and hide later faults. Operations that are
 * not in the table are such that the kernel does without them. */
static void op_init(void *userdata, struct fuse_conn_info *conn)
{
	struct server *server = userdata;
	conn->max_write = TRANSFER_MAX;
	conn->max_readahead = TRANSFER_MAX;
	conn->max_background = 1024; /* delayed readahead must not throttle the rest */
	conn->congestion_threshold = 768;
	/* Times and sizes come from us and change only with our knowledge. */
	conn->want &= ~(unsigned)(FUSE_CAP_AUTO_INVAL_DATA | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_READ |
				  FUSE_CAP_SPLICE_MOVE | READDIRPLUS);
	conn->want |= conn->capable & (FUSE_CAP_ASYNC_READ | FUSE_CAP_DONT_MASK);
	if (!(server->device.without >> FEATURE_READDIRPLUS & 1))
		conn->want |= conn->capable & READDIRPLUS;
	invalidate_probe(server);
	server->initialised = true;
}

const struct fuse_lowlevel_ops ops_table = {
	.init = op_init,
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_rmdir,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_releasedir,
	.fsyncdir = op_fsyncdir,
	.statfs = op_statfs,
	.setxattr = op_setxattr,
	.getxattr = op_getxattr,
	.listxattr = op_listxattr,
	.removexattr = op_removexattr,
	.access = op_access,
	.create = op_create,
	.fallocate = op_fallocate,
	.lseek = op_lseek,
	.copy_file_range = op_copy_file_range,
	.getlk = op_getlk,
	.setlk = op_setlk,
	.flock = op_flock,
};

/* What lets go of a file must always be heard. */
static bool closes(enum op op)
{
	return op == OP_flush || op == OP_release || op == OP_releasedir;
}

static bool is_gone(const struct node *node)
{
	return node->stale || (node->volume && node->volume->dropped);
}

bool ops_begin(struct request *r, fuse_req_t req, enum op op, fuse_ino_t ino, void (*serve)(struct request *))
{
	struct server *server = fuse_req_userdata(req);
	*r = (struct request){.server = server, .req = req, .op = op, .serve = serve};
	if (server->revalidations.expected.count)
		revalidate_over(server, fuse_req_ctx(req)->pid);
	r->node = nodes_get(&server->nodes, ino);
	if (r->node && (!is_gone(r->node) || closes(op)))
		return true;
	fuse_reply_err(req, ESTALE);
	return false;
}

static int check_name(const char *name)
{
	if (!name[0] || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strchr(name, '/'))
		return EINVAL;
	return strlen(name) > NAME_MAX ? ENAMETOOLONG : 0;
}

bool ops_begin_name(struct request *r, fuse_req_t req, enum op op, fuse_ino_t directory, const char *name,
		    void (*serve)(struct request *))
{
	if (!ops_begin(r, req, op, directory, serve))
		return false;
	r->name = name;
	int error = check_name(name);
	if (error)
		fuse_reply_err(req, error);
	return !error;
}

void ops_closed(struct server *server, const struct node *node)
{
	if (node->volume && node->volume->dropped && node->parent && !node->opens)
		invalidate_closed(server, node);
}

void ops_refused(struct request *r)
{
	const char *path = node_path(r->node);
	struct server *server = r->server;
	bool below = path && strcmp(path, ".") != 0;
	server->counts.refused++;
	snprintf(server->refused_last, sizeof server->refused_last, "%s %s%s%s", ops_name(r->op), below ? path : "",
		 below && r->name ? "/" : "", r->name ? r->name : below ? "" : ".");
}

bool ops_writable(struct request *r)
{
	bool writable = r->node->volume && !r->node->volume->corpus;
	if (!writable) {
		ops_refused(r);
		fuse_reply_err(r->req, EROFS);
	}
	return writable;
}

struct fuse_entry_param ops_entry(struct node *node, const struct stat *st)
{
	opset watched = volume_watched_ops(node);
	struct fuse_entry_param entry = {
		.ino = node->id,
		.generation = node->generation,
		.attr = *st,
		.attr_timeout = attributes_timeout(node->volume, watched),
		.entry_timeout = attributes_name_timeout(node->volume, watched),
	};
	entry.attr.st_ino = attributes_ino(node->volume, st->st_ino);
	return entry;
}

void ops_reply_entry(struct request *r, struct node *node, const struct stat *st)
{
	struct fuse_entry_param entry = ops_entry(node, st);
	revalidate_know(r->server, node);
	if (fuse_reply_entry(r->req, &entry) < 0) {
		/* The caller was killed: the kernel does not know of this reference. */
		node->lookups--;
		backing_release(r->server, node);
	}
}

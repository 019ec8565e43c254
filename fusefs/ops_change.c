/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Changes of the tree and of attributes, on scratch volumes. */
#include "base/scope.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/caller.h"
#include "fusefs/lookup.h"
#include "fusefs/ops.h"
#include "fusefs/power.h"
#include "fusefs/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/xattr.h>

/* ---- attributes ---- */

/* A setattr that sets nothing is what is left of chown(file, -1, -1), which still touches the file (chown_common() in fs/open.c), or
 * comes before a write to a file with suid or sgid (file_remove_privs() in fs/inode.c), which others than its owner may do. */
static bool sets_owner(int to_set)
{
	return to_set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) || !to_set;
}

/* setattr carries several changes at once; its operation is the weightiest. */
static enum op weightiest(int to_set)
{
	if (to_set & FUSE_SET_ATTR_SIZE)
		return OP_truncate;
	if (to_set & FUSE_SET_ATTR_MODE)
		return OP_chmod;
	if (sets_owner(to_set))
		return OP_chown;
	return OP_utimens;
}

static int set_size(struct request *r, const char *path)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	struct usage usage = {0};
	SCOPED_FD int counted = -1;
	if (r->node->volume->counted) {
		counted = open(path, O_RDONLY | O_CLOEXEC);
		usage = usage_begin(r->node->volume, counted);
	}
	int rc = handle && handle->fd >= 0 ? ftruncate(handle->fd, r->attributes.st_size)
					   : truncate(path, r->attributes.st_size);
	int error = rc < 0 ? errno : 0;
	usage_end(&usage);
	return error;
}

static struct timespec time_to_set(const struct request *r, int now, int given, struct timespec time)
{
	if (r->to_set & now)
		return (struct timespec){.tv_nsec = UTIME_NOW};
	return r->to_set & given ? time : (struct timespec){.tv_nsec = UTIME_OMIT};
}

static int set_times(struct request *r, const char *path)
{
	const struct timespec times[2] = {
		time_to_set(r, FUSE_SET_ATTR_ATIME_NOW, FUSE_SET_ATTR_ATIME, r->attributes.st_atim),
		time_to_set(r, FUSE_SET_ATTR_MTIME_NOW, FUSE_SET_ATTR_MTIME, r->attributes.st_mtim),
	};
	return utimensat(AT_FDCWD, path, times, 0) < 0 ? errno : 0;
}

static int set_owner(struct request *r, int fd)
{
	uid_t uid = r->to_set & FUSE_SET_ATTR_UID ? r->attributes.st_uid : (uid_t)-1;
	gid_t gid = r->to_set & FUSE_SET_ATTR_GID ? r->attributes.st_gid : (gid_t)-1;
	int error = fchownat(fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
	return r->to_set ? error : 0;
}

static int set_all(struct request *r)
{
	char path[FD_NAME_SIZE];
	int fd = backing_fd(r->server, r->node);
	int error = fd < 0 ? -fd : -backing_proc_path(r->server, r->node, path);
	power_before_attributes(r, fd);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	if (!error && sets_owner(r->to_set))
		error = set_owner(r, fd);
	if (!error && r->to_set & FUSE_SET_ATTR_MODE)
		error = chmod(path, r->attributes.st_mode & 07777) < 0 ? errno : 0;
	if (!error && r->to_set & FUSE_SET_ATTR_SIZE)
		error = set_size(r, path);
	if (!error && r->to_set & (FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW |
				   FUSE_SET_ATTR_MTIME_NOW))
		error = set_times(r, path);
	return error;
}

static void serve_setattr(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct stat st;
	int error = set_all(r);
	if (!error)
		error = attributes_of(r->server, r->node, &st);
	if (error) {
		fuse_reply_err(r->req, error);
		return;
	}
	st.st_ino = attributes_ino(r->node->volume, st.st_ino);
	fuse_reply_attr(r->req, &st, attributes_timeout(r->node->volume, volume_watched_ops(r->node)));
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, weightiest(to_set), ino, serve_setattr))
		return;
	r.attributes = *attr;
	r.to_set = to_set;
	if (fi)
		r.file = *fi;
	request_run(&r);
}

/* ---- new names ---- */

/* Make the name in the backing directory. 0 or a positive errno. */
static int make_name(struct request *r)
{
	int directory = backing_fd(r->server, r->node);
	if (directory < 0)
		return -directory;
	power_before_name(r, r->node, r->name);
	SCOPED(caller_leave) struct caller caller = caller_assume_maker(r->req);
	int rc = r->op == OP_mkdir     ? mkdirat(directory, r->name, (mode_t)r->mode & 07777)
		 : r->op == OP_symlink ? symlinkat(r->name2, directory, r->name)
				       : mknodat(directory, r->name, (mode_t)r->mode, r->rdev);
	return rc < 0 ? errno : 0;
}

static void serve_make(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct node *node;
	struct stat st;
	int error = make_name(r);
	if (!error) {
		usage_file_made(r->node->volume);
		error = lookup_name(r->server, r->node, r->name, &node, &st);
	}
	if (error)
		fuse_reply_err(r->req, error);
	else
		ops_reply_entry(r, node, &st);
}

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	struct request r;
	if (!ops_begin_name(&r, req, OP_mknod, parent, name, serve_make))
		return;
	r.mode = mode;
	r.rdev = rdev;
	request_run(&r);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct request r;
	if (!ops_begin_name(&r, req, OP_mkdir, parent, name, serve_make))
		return;
	r.mode = mode;
	request_run(&r);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct request r;
	if (!ops_begin_name(&r, req, OP_symlink, parent, name, serve_make))
		return;
	r.name2 = target;
	request_run(&r);
}

/* For link, `node` is the file and node2/name2 the place. The file is linked by its descriptor, because the name that we know it
 * by may be gone while it has others: linkat(2), the example of AT_SYMLINK_FOLLOW. */
static int make_link(struct request *r)
{
	char file[FD_NAME_SIZE];
	int to = backing_fd(r->server, r->node2);
	if (to < 0)
		return -to;
	/* The second may close the first only when hundreds were used in between: see make_room(). */
	int rc = backing_proc_path(r->server, r->node, file);
	if (rc)
		return -rc;
	power_before_name(r, r->node2, r->name2);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	return linkat(AT_FDCWD, file, to, r->name2, AT_SYMLINK_FOLLOW) < 0 ? errno : 0;
}

static void serve_link(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct node *node;
	struct stat st;
	int error = r->node2->volume == r->node->volume ? make_link(r) : EXDEV;
	if (!error)
		error = lookup_name(r->server, r->node2, r->name2, &node, &st);
	if (error)
		fuse_reply_err(r->req, error);
	else
		ops_reply_entry(r, node, &st);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
	struct request r;
	/* Checks the new name, then starts on the file. */
	if (!ops_begin_name(&r, req, OP_link, parent, name, serve_link))
		return;
	r.node2 = r.node;
	r.name2 = name;
	r.node = nodes_get(&r.server->nodes, ino);
	r.name = r.node && r.node->name ? r.node->name : NULL;
	if (r.node && r.name && !r.node->stale)
		request_run(&r);
	else
		fuse_reply_err(req, ESTALE);
}

/* ---- names that go ---- */

/* What is known of a name before it goes: its attributes, and its node if the kernel has one. */
struct going {
	struct stat st;
	struct node *node;
};

static int prepare_going(struct request *r, struct node *directory, const char *name, struct going *going)
{
	going->node = NULL;
	int error = attributes_of_name(r->server, directory, name, &going->st);
	if (error)
		return error;
	going->node = lookup_known(r->server, directory, name);
	return going->node ? -backing_pin(r->server, going->node) : 0;
}

/* The name is gone. While the file has others that we know it can be found by them; else its descriptor is all there is. */
static void settle_gone(struct request *r, const struct going *going, const struct node *directory, const char *name)
{
	usage_name_removed(r->node->volume, &going->st, going->node && going->node->opens);
	if (going->node)
		going->node->pinned = !nodes_drop_name(going->node, directory, name);
}

/* The name stayed after all. */
static void settle_stayed(const struct going *going)
{
	if (going->node)
		going->node->pinned = false;
}

static void serve_remove(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct going going;
	int error = prepare_going(r, r->node, r->name, &going);
	int directory = error ? -1 : backing_fd(r->server, r->node);
	if (!error) {
		power_before_name(r, r->node, r->name);
		SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
		error = directory < 0 ? -directory
			: unlinkat(directory, r->name, r->op == OP_rmdir ? AT_REMOVEDIR : 0) < 0 ? errno : 0;
	}
	if (!error)
		settle_gone(r, &going, r->node, r->name);
	else
		settle_stayed(&going);
	fuse_reply_err(r->req, error);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request r;
	if (ops_begin_name(&r, req, OP_unlink, parent, name, serve_remove))
		request_run(&r);
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request r;
	if (ops_begin_name(&r, req, OP_rmdir, parent, name, serve_remove))
		request_run(&r);
}

/* ---- rename ---- */

static int rename_backing(struct request *r)
{
	int from = backing_fd(r->server, r->node);
	int to = from < 0 ? from : backing_fd(r->server, r->node2);
	if (to < 0)
		return -to;
	power_before_rename(r);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	return renameat2(from, r->name, to, r->name2, (unsigned)r->mode) < 0 ? errno : 0;
}

/* Nodes keep their names: tell the moved one (and on an exchange, the other) where it is now. */
static void rename_nodes(struct request *r, struct node *moved, struct node *replaced, bool subtree)
{
	bool exchange = r->mode & RENAME_EXCHANGE;
	if (moved) {
		moved->pinned = false;
		if (nodes_move(moved, r->node, r->name, r->node2, r->name2) < 0)
			moved->pinned = true; /* the name we have is wrong: the descriptor is what counts */
	}
	if (replaced && exchange) {
		replaced->pinned = false;
		if (nodes_move(replaced, r->node2, r->name2, r->node, r->name) < 0)
			replaced->pinned = true;
	}
	if (subtree)
		r->node->volume->generation++; /* the paths of all below have changed */
}

static void serve_rename(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct going source = {0}, target = {0};
	int error = r->node2->volume == r->node->volume ? prepare_going(r, r->node, r->name, &source) : EXDEV;
	bool replaces = !error && prepare_going(r, r->node2, r->name2, &target) == 0;
	if (!error)
		error = rename_backing(r);
	/* Two names of one file: rename(2) then does nothing. */
	bool same = replaces && source.st.st_ino == target.st.st_ino && source.st.st_dev == target.st.st_dev;
	if (!error && !same) {
		if (replaces && !(r->mode & RENAME_EXCHANGE))
			settle_gone(r, &target, r->node2, r->name2);
		rename_nodes(r, source.node, target.node, S_ISDIR(source.st.st_mode) || r->mode & RENAME_EXCHANGE);
	} else {
		settle_stayed(&source);
		settle_stayed(&target);
	}
	fuse_reply_err(r->req, error);
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent, const char *newname,
	       unsigned flags)
{
	struct request r;
	if (!ops_begin_name(&r, req, OP_rename, newparent, newname, serve_rename))
		return;
	struct node *to = r.node;
	if (!ops_begin_name(&r, req, OP_rename, parent, name, serve_rename))
		return;
	r.node2 = to;
	r.name2 = newname;
	r.mode = flags;
	request_run(&r);
}

/* ---- extended attributes ---- */

static void serve_change_xattr(struct request *r)
{
	if (!ops_writable(r))
		return;
	char path[FD_NAME_SIZE];
	int error = -backing_proc_path(r->server, r->node, path);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	if (!error) {
		int rc = r->op == OP_setxattr ? setxattr(path, r->name2, r->data, r->size, (int)r->mode)
					      : removexattr(path, r->name2);
		error = rc < 0 ? errno : 0;
	}
	fuse_reply_err(r->req, error);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size, int flags)
{
	struct request r;
	if (!ops_begin(&r, req, OP_setxattr, ino, serve_change_xattr))
		return;
	r.name2 = name;
	r.data = value;
	r.size = size;
	r.mode = flags;
	request_run(&r);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct request r;
	if (!ops_begin(&r, req, OP_removexattr, ino, serve_change_xattr))
		return;
	r.name2 = name;
	request_run(&r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Questions about names and attributes. */
#include "base/scope.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/caller.h"
#include "fusefs/lookup.h"
#include "fusefs/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>


static void note_damage(struct request *r, struct volume *volume, const char *path)
{
	int index = volume->noted && path ? volume_note_damage(volume, path) : -1;
	if (index >= 0)
		journal_damage(&r->server->journal, r, volume, path, volume->damaged.files.at[index].damage);
}

/* May the caller do this to a file of a scratch volume, by its mode and ACL? 0 or a positive errno. */
static int scratch_access(struct request *r, int mask)
{
	char path[FD_NAME_SIZE];
	int rc = backing_proc_path(r->server, r->node, path);
	if (rc)
		return -rc;
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	return faccessat(AT_FDCWD, path, mask, AT_EACCESS) < 0 ? errno : 0;
}

/* ---- lookup ---- */

/* May the caller look names up in the directory? Asked of others than the server's own user alone (see attributes_name_timeout()). */
static int check_search(struct request *r)
{
	bool asked = r->node->volume && !r->node->volume->corpus && caller_is_other(r->req);
	return asked ? scratch_access(r, X_OK) : 0;
}

/* Nothing of this name. Where no rule is concerned the kernel may remember that, too. */
static void reply_absent(struct request *r)
{
	struct volume *volume = r->node->volume;
	struct fuse_entry_param absent = {0};
	if (volume) {
		SCOPED_FREE char *path = node_child_path(r->node, r->name);
		note_damage(r, volume, path);
		if (path)
			absent.entry_timeout = attributes_name_timeout(volume, volume_watched_path(volume, path));
	}
	if (absent.entry_timeout > 0) {
		fuse_reply_entry(r->req, &absent); /* node 0: the caller gets ENOENT (fuse_lookup_name() in fs/fuse/dir.c) */
		r->server->device.answer_error = ENOENT;
	} else {
		fuse_reply_err(r->req, ENOENT);
	}
}

static void serve_lookup(struct request *r)
{
	struct node *node;
	struct stat st;
	int error = check_search(r);
	if (!error)
		error = lookup_name(r->server, r->node, r->name, &node, &st);
	if (error == ENOENT) {
		reply_absent(r);
	} else if (error) {
		fuse_reply_err(r->req, error);
	} else {
		request_pretended(r, attributes_disguise(&r->verdict, &st));
		ops_reply_entry(r, node, &st);
	}
}

/* The root of a volume is a place of that volume (its "."), although the kernel asks the mount for it. */
static void lookup_volume(struct request *r)
{
	struct stat st;
	if (lookup_name(r->server, r->node, r->name, &r->about, &st) != 0)
		r->about = NULL;
	request_run(r);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct request r;
	if (revalidate_answer(req, parent, name))
		return;
	if (!ops_begin_name(&r, req, OP_lookup, parent, name, serve_lookup))
		return;
	if (r.node->volume)
		request_run(&r);
	else
		lookup_volume(&r);
}

/* ---- forget ---- */

static void forget(struct server *server, fuse_ino_t ino, uint64_t count)
{
	struct node *node = nodes_get(&server->nodes, ino);
	if (!node)
		return;
	node->lookups -= count < node->lookups ? count : node->lookups;
	backing_release(server, node);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	forget(fuse_req_userdata(req), ino, nlookup);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(fuse_req_userdata(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/* ---- getattr ---- */

static void serve_getattr(struct request *r)
{
	struct stat st;
	int error = attributes_of(r->server, r->node, &st);
	if (error) {
		fuse_reply_err(r->req, error);
		return;
	}
	request_pretended(r, attributes_disguise(&r->verdict, &st));
	st.st_ino = attributes_ino(r->node->volume, st.st_ino);
	fuse_reply_attr(r->req, &st, attributes_timeout(r->node->volume, volume_watched_ops(r->node)));
}

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	struct request r;
	if (ops_begin(&r, req, OP_getattr, ino, serve_getattr))
		request_run(&r);
}

/* ---- readlink ---- */

static void serve_readlink(struct request *r)
{
	char target[PATH_MAX];
	int rc = -EINVAL;
	if (r->node->volume && r->node->volume->corpus) {
		const char *path = node_path(r->node);
		rc = path ? corpus_readlink(r->node->volume->corpus, path, target, sizeof target) : -ENOMEM;
	} else if (r->node->volume) {
		int fd = backing_fd(r->server, r->node);
		ssize_t length = fd < 0 ? fd : readlinkat(fd, "", target, sizeof target - 1);
		rc = length >= 0 ? 0 : fd < 0 ? fd : -errno;
		target[length > 0 ? length : 0] = '\0';
	}
	if (rc < 0)
		fuse_reply_err(r->req, -rc);
	else
		fuse_reply_readlink(r->req, target);
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct request r;
	if (ops_begin(&r, req, OP_readlink, ino, serve_readlink))
		request_run(&r);
}

/* ---- access: the kernel checks no mode bits for us (no default_permissions), so that rules see access(2) ---- */

static int corpus_access(struct request *r, int mask)
{
	struct stat st;
	int error = attributes_of(r->server, r->node, &st);
	if (error)
		return error;
	if (mask & W_OK)
		return EROFS;
	bool runnable = S_ISDIR(st.st_mode) || st.st_mode & 0111;
	return mask & X_OK && !runnable ? EACCES : 0;
}

static void serve_access(struct request *r)
{
	bool scratch = r->node->volume && !r->node->volume->corpus;
	fuse_reply_err(r->req, scratch ? scratch_access(r, (int)r->mode) : corpus_access(r, (int)r->mode));
}

void op_access(fuse_req_t req, fuse_ino_t ino, int mask)
{
	struct request r;
	if (!ops_begin(&r, req, OP_access, ino, serve_access))
		return;
	r.mode = mask;
	request_run(&r);
}

/* ---- statfs ---- */

#define BLOCK_BYTES 4096

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* Rules have room to the byte, so blocks are as small as it takes to tell of it exactly: a block too large would say that nothing is
 * free where something still fits. Not so small that their number leaves 32 bits (EOVERFLOW of statfs(2)); then what is free is
 * rounded up. f_bsize is the same, because many programs multiply by that. */
static void put_room(uint64_t total, uint64_t unused, struct statvfs *sv)
{
	uint64_t block = BLOCK_BYTES;
	while (block > 1 && (total % block || unused % block) && total / (block / 2) <= UINT32_MAX)
		block /= 2;
	sv->f_bsize = sv->f_frsize = block;
	sv->f_blocks = total / block + (total % block > 0);
	sv->f_bfree = sv->f_bavail = unused / block + (unused % block > 0);
}

static void put_files(uint64_t total, uint64_t unused, struct statvfs *sv)
{
	sv->f_files = total;
	sv->f_ffree = sv->f_favail = unused;
}

/* A disk of the size that the space rules in force leave. */
static void limit_statfs(const struct server *server, const struct volume *volume, struct statvfs *sv)
{
	uint64_t bytes, files;
	if (!server->armed || server->paused || !volume->plan || !plan_space(server->plan, &server->live, volume->name, &bytes, &files))
		return;
	if (bytes != UINT64_MAX)
		put_room(bytes, less(bytes, volume->used_bytes), sv);
	if (files != UINT64_MAX)
		put_files(files, less(files, volume->used_files), sv);
}

/* A disk of the size that a statfs rule tells of. What is told of one side alone is kept consistent by the other. */
static void pretend_statfs(const struct volume *volume, const struct capacity *told, struct statvfs *sv)
{
	const uint64_t used_bytes = told->fills && volume ? volume->used_bytes : 0;
	const uint64_t used_files = told->fills && volume ? volume->used_files : 0;
	if (told->total != UINT64_MAX || told->free != UINT64_MAX) {
		uint64_t total = told->total != UINT64_MAX ? told->total : (uint64_t)sv->f_blocks * sv->f_frsize;
		uint64_t unused = less(told->free != UINT64_MAX ? told->free : total, used_bytes);
		put_room(total > unused ? total : unused, unused, sv);
	}
	if (told->files != UINT64_MAX || told->files_free != UINT64_MAX) {
		uint64_t total = told->files != UINT64_MAX ? told->files : sv->f_files;
		uint64_t unused = less(told->files_free != UINT64_MAX ? told->files_free : total, used_files);
		put_files(total > unused ? total : unused, unused, sv);
	}
}

static void serve_statfs(struct request *r)
{
	/* A corpus is a full, read-only disk. */
	struct statvfs sv = {.f_bsize = BLOCK_BYTES, .f_frsize = BLOCK_BYTES, .f_namemax = NAME_MAX};
	const struct volume *volume = r->node->volume;
	if (volume && !volume->corpus) {
		if (fstatvfs(volume->root_fd, &sv) < 0) {
			fuse_reply_err(r->req, errno);
			return;
		}
		limit_statfs(r->server, volume, &sv);
	}
	if (r->verdict.capacity)
		pretend_statfs(volume, r->verdict.capacity, &sv);
	fuse_reply_statfs(r->req, &sv);
}

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct request r;
	/* The kernel asks with 0 where the file is not at hand. */
	if (ops_begin(&r, req, OP_statfs, ino ? ino : FUSE_ROOT_ID, serve_statfs))
		request_run(&r);
}

/* ---- extended attributes ---- */

/* Replies to both getxattr and listxattr: the size alone where none was offered. */
static void reply_xattr(struct request *r, ssize_t length)
{
	if (length < 0)
		fuse_reply_err(r->req, (int)-length);
	else if (r->size == 0)
		fuse_reply_xattr(r->req, (size_t)length);
	else
		fuse_reply_buf(r->req, r->server->transfer, (size_t)length);
}

#define TRUSTED "trusted."

/* Who is not root is not told of names that only root may use (trusted_xattr in fs/ext4/xattr_trusted.c). Returns what is left. */
static size_t drop_trusted(char *list, size_t length)
{
	size_t kept = 0;
	for (size_t at = 0, size; at < length; at += size) {
		size = strnlen(list + at, length - at - 1) + 1;
		if (strncmp(list + at, TRUSTED, strlen(TRUSTED)) == 0)
			continue;
		memmove(list + kept, list + at, size);
		kept += size;
	}
	return kept;
}

/* The list as the caller may see it; how large that is can only be known from all of it. */
static ssize_t list_for_other(struct request *r, const char *path, size_t size)
{
	ssize_t length = listxattr(path, r->server->transfer, TRANSFER_MAX);
	if (length <= 0)
		return length < 0 ? -errno : 0;
	length = (ssize_t)drop_trusted(r->server->transfer, (size_t)length);
	return size && (size_t)length > size ? -ERANGE : length;
}

static ssize_t scratch_xattr(struct request *r, size_t size)
{
	char path[FD_NAME_SIZE];
	int rc = backing_proc_path(r->server, r->node, path);
	if (rc)
		return rc;
	if (r->op == OP_listxattr && caller_is_other(r->req))
		return list_for_other(r, path, size);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	ssize_t length = r->op == OP_getxattr ? getxattr(path, r->name2, r->server->transfer, size)
					      : listxattr(path, r->server->transfer, size);
	return length < 0 ? -errno : length;
}

static ssize_t corpus_xattr(struct request *r, size_t size)
{
	const struct corpus *corpus = r->node->volume->corpus;
	const char *path = node_path(r->node);
	if (!path)
		return -ENOMEM;
	ssize_t length = r->op == OP_getxattr ? corpus_getxattr(corpus, path, r->name2, r->server->transfer, size)
					      : corpus_listxattr(corpus, path, r->server->transfer, size);
	return length == -EOPNOTSUPP ? (r->op == OP_getxattr ? -ENODATA : 0) : length;
}

static void serve_xattr(struct request *r)
{
	size_t size = r->size < TRANSFER_MAX ? r->size : TRANSFER_MAX;
	if (!r->node->volume)
		reply_xattr(r, r->op == OP_getxattr ? -ENODATA : 0);
	else
		reply_xattr(r, r->node->volume->corpus ? corpus_xattr(r, size) : scratch_xattr(r, size));
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct request r;
	if (!ops_begin(&r, req, OP_getxattr, ino, serve_xattr))
		return;
	r.name2 = name;
	r.size = size;
	request_run(&r);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct request r;
	if (!ops_begin(&r, req, OP_listxattr, ino, serve_xattr))
		return;
	r.size = size;
	request_run(&r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Open files and their bytes. */
#include "base/least.h"
#include "base/scope.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/caching.h"
#include "fusefs/caller.h"
#include "fusefs/lookup.h"
#include "fusefs/ops.h"
#include "fusefs/passthrough.h"
#include "fusefs/power.h"
#include "fusefs/usage.h"
#include "fusefs/writes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static bool is_scratch(const struct request *r)
{
	return r->node->volume && !r->node->volume->corpus;
}

/* ---- open, create ---- */

static void note_damage(struct request *r)
{
	struct volume *volume = r->node->volume;
	const char *path = volume->noted ? node_path(r->node) : NULL;
	int index = path ? volume_note_damage(volume, path) : -1;
	if (index >= 0)
		journal_damage(&r->server->journal, r, volume, path, volume->damaged.files.at[index].damage);
}

/* Another file may have come to the place since the kernel looked its name up. ESTALE makes it look again (do_filp_open() in
 * fs/namei.c), which gives that one a node. The numbers are the same on one filesystem; where they are not, stat(2) tells. */
static int check_same(struct request *r, const struct handle *handle)
{
	struct stat st;
	int fd = handle_fd(handle);
	bool same = fd < 0 || !attributes_change_by_themselves(r->node->volume) || fstat(fd, &st) < 0 || st.st_ino == r->node->found_ino;
	bool replaced = !same && (attributes_of_name(r->server, r->node->parent, r->node->name, &st) != 0 || !attributes_are_of(r->node, &st));
	return replaced ? -ESTALE : 0;
}

static int open_corpus(struct request *r, struct handle *handle)
{
	if ((r->file.flags & O_ACCMODE) != O_RDONLY || r->file.flags & O_TRUNC) {
		ops_refused(r);
		return -EROFS;
	}
	const char *path = node_path(r->node);
	if (!path)
		return -ENOMEM;
	note_damage(r);
	int rc = corpus_file_open(r->node->volume->corpus, path, &handle->file);
	return rc ? rc : check_same(r, handle);
}

/* Flags that belong to the kernel's side of the file: offsets come with each request, so appending is done already. */
static int backing_flags(int flags)
{
	return flags & ~(O_APPEND | O_CREAT | O_EXCL | O_NOCTTY | O_DIRECT);
}

/* The kernel opens all but files by itself. A pipe would keep us waiting, and a device is not ours to touch: whoever asks for one
 * all the same gets nothing. */
static int check_file(int fd)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	return S_ISREG(st.st_mode) ? 0 : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
}

/* Flag of an open(2) that is execve(2)'s (FMODE_EXEC in include/linux/fs.h). */
#define OPEN_EXEC 0x20

static int may_execute(struct request *r)
{
	char path[FD_NAME_SIZE];
	int rc = backing_proc_path(r->server, r->node, path);
	return rc ? rc : faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int open_scratch(struct request *r, struct handle *handle)
{
	struct stat before = {0};
	int checked = check_file(backing_fd(r->server, r->node));
	if (checked)
		return checked;
	bool empties = r->file.flags & O_TRUNC && r->node->volume->counted;
	if (empties && attributes_of(r->server, r->node, &before) != 0)
		before.st_size = 0;
	power_before_open(r, r->file.flags);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	handle->fd = r->file.flags & OPEN_EXEC ? may_execute(r) : 0;
	if (!handle->fd)
		handle->fd = backing_open(r->server, r->node, backing_flags(r->file.flags));
	if (handle->fd < 0) {
		int rc = handle->fd;
		handle->fd = -1;
		return rc;
	}
	if (empties)
		usage_shrunk(r->node->volume, (uint64_t)before.st_size);
	return 0;
}

static void drop_handle(struct server *server, struct handle *handle)
{
	struct node *node = handle->node;
	handles_drop(&server->nodes, handle);
	passthrough_leave(server, node);
}

static void serve_open(struct request *r)
{
	struct server *server = r->server;
	struct handle *handle = r->node->volume ? handles_add(&server->nodes, r->node) : NULL;
	int rc = !r->node->volume ? -EISDIR : !handle ? -ENOMEM : is_scratch(r) ? open_scratch(r, handle) : open_corpus(r, handle);
	if (!rc) {
		r->file.fh = handle->id;
		rc = caching_choose(r, r->node, handle);
	}
	if (rc)
		fuse_reply_err(r->req, -rc);
	else
		rc = fuse_reply_open(r->req, &r->file) < 0 ? -EINTR : 0;
	if (rc && handle)
		drop_handle(server, handle);
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_open, ino, serve_open))
		return;
	r.file = *fi;
	request_run(&r);
}

/* Make the file in the backing directory. Returns a descriptor or a negative errno. */
static int make_file(struct request *r)
{
	int directory = backing_fd(r->server, r->node);
	if (directory < 0)
		return directory;
	power_before_create(r);
	SCOPED(caller_leave) struct caller caller = caller_assume_maker(r->req);
	/* Not waiting, should somebody have put a pipe there in the meantime. */
	int flags = (backing_flags(r->file.flags) | O_CREAT | (r->file.flags & O_EXCL)) | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	int fd = openat(directory, r->name, flags, (mode_t)r->mode & 07777);
	int rc = fd < 0 ? -errno : check_file(fd);
	if (rc && fd >= 0)
		close(fd);
	return rc ? rc : fd;
}

void ops_reply_create(struct request *r, struct node *node, const struct stat *st, struct handle *handle)
{
	struct fuse_entry_param entry = ops_entry(node, st);
	r->file.fh = handle->id;
	int rc = caching_choose(r, node, handle);
	revalidate_know(r->server, node);
	if (rc)
		fuse_reply_err(r->req, -rc);
	else if (fuse_reply_create(r->req, &entry, &r->file) == 0)
		return;
	node->lookups--;
	drop_handle(r->server, handle);
	backing_release(r->server, node);
}

static void serve_create(struct request *r)
{
	if (!ops_writable(r))
		return;
	struct node *node;
	struct stat st;
	struct stat before;
	bool is_new = attributes_of_name(r->server, r->node, r->name, &before) == ENOENT;
	SCOPED_FD int fd = make_file(r);
	if (fd < 0) {
		fuse_reply_err(r->req, -fd);
		return;
	}
	if (is_new)
		usage_file_made(r->node->volume);
	else if (r->file.flags & O_TRUNC)
		usage_shrunk(r->node->volume, (uint64_t)before.st_size);
	int error = lookup_name(r->server, r->node, r->name, &node, &st);
	struct handle *handle = error ? NULL : handles_add(&r->server->nodes, node);
	if (!handle) {
		fuse_reply_err(r->req, error ? error : ENOMEM);
		return;
	}
	handle->fd = take_fd(&fd);
	ops_reply_create(r, node, &st, handle);
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, struct fuse_file_info *fi)
{
	struct request r;
	struct server *server = fuse_req_userdata(req);
	if (server->device.tmpfile) {
		ops_make_tmpfile(req, parent, mode, fi);
		return;
	}
	if (!ops_begin_name(&r, req, OP_create, parent, name, serve_create))
		return;
	r.mode = mode;
	r.file = *fi;
	request_run(&r);
}

/* ---- read ---- */

static void serve_read(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	if (!handle || (!handle->file && handle->fd < 0)) {
		fuse_reply_err(r->req, EBADF);
		return;
	}
	uint64_t length = min_of(min_of(r->size, TRANSFER_MAX), r->verdict.length);
	length = min_of(length, r->verdict.size > r->offset ? r->verdict.size - r->offset : 0);
	ssize_t got = length ? handle_read(handle, r->server->transfer, length, r->offset) : 0;
	if (got < 0) {
		fuse_reply_err(r->req, (int)-got);
		return;
	}
	if (r->verdict.altering_count)
		request_alter(r, r->server->transfer, (uint64_t)got);
	r->server->counts.bytes_read += (uint64_t)got;
	fuse_reply_buf(r->req, r->server->transfer, (size_t)got);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_read, ino, serve_read))
		return;
	r.size = size;
	r.offset = (uint64_t)offset;
	r.file = *fi;
	request_run(&r);
}

/* Nothing is copied here: the kernel then does it with reads and writes. But it has told us that a program begins anew. */
void op_copy_file_range(fuse_req_t req, fuse_ino_t ino, off_t offset, struct fuse_file_info *fi, fuse_ino_t ino_out,
			off_t offset_out, struct fuse_file_info *fi_out, size_t length, int flags)
{
	(void)fi, (void)ino_out, (void)offset_out, (void)fi_out, (void)length, (void)flags;
	struct server *server = fuse_req_userdata(req);
	struct node *node = nodes_get(&server->nodes, ino);
	if (node)
		caching_begin_anew(node, (uint64_t)offset);
	fuse_reply_err(req, EOPNOTSUPP);
}

/* ---- write ---- */

static void serve_write(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	if (!handle || handle->fd < 0) {
		fuse_reply_err(r->req, EBADF);
		return;
	}
	size_t length = min_of(r->size, r->verdict.length);
	struct usage usage = usage_begin(r->node->volume, handle->fd);
	/* A write by others than root clears suid and sgid, and may not take the blocks that are kept for root. */
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	ssize_t put = writes_put(r, handle, length);
	if (put < 0) {
		fuse_reply_err(r->req, (int)-put);
		return;
	}
	usage_end(&usage);
	r->server->counts.bytes_written += (uint64_t)put;
	fuse_reply_write(r->req, (size_t)put);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t size, off_t offset, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_write, ino, serve_write))
		return;
	r.data = bytes;
	r.size = size;
	r.offset = (uint64_t)offset;
	r.file = *fi;
	request_run(&r);
}

/* ---- flush, release, fsync ---- */

static void serve_flush(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	/* Closing a copy gives what the backing filesystem has to say at close(2), such as EDQUOT from NFS. */
	int copy = handle && handle->fd >= 0 ? dup(handle->fd) : -1;
	int error = !handle ? EBADF : copy >= 0 && close(copy) < 0 ? errno : 0;
	if (handle)
		writes_closed(r, handle);
	fuse_reply_err(r->req, error);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_flush, ino, serve_flush))
		return;
	/* Whatever becomes of the flush: the descriptor is gone. */
	waits_owner_left(r.server, r.node, fi->lock_owner);
	r.file = *fi;
	request_run(&r);
}

static void serve_release(struct request *r)
{
	struct server *server = r->server;
	struct node *node = r->node;
	struct handle *handle = handles_get(&server->nodes, r->file.fh, node);
	fuse_reply_err(r->req, handle ? 0 : EBADF);
	if (handle) {
		waits_handle_left(server, node, handle->id);
		usage_closing(handle);
		caching_closing(r, node, handle);
		drop_handle(server, handle);
		ops_closed(server, node);
	}
	backing_release(server, node);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_release, ino, serve_release))
		return;
	r.file = *fi;
	request_run(&r);
}

static void serve_fsync(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	int rc = !handle ? -1 : handle->fd < 0 ? 0 : r->mode ? fdatasync(handle->fd) : fsync(handle->fd);
	fuse_reply_err(r->req, !handle ? EBADF : writes_synced(r, handle, rc < 0 ? errno : 0));
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_fsync, ino, serve_fsync))
		return;
	r.mode = datasync;
	r.file = *fi;
	request_run(&r);
}

/* ---- fallocate, lseek ---- */

static void serve_fallocate(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	if (!handle || handle->fd < 0) {
		fuse_reply_err(r->req, EBADF);
		return;
	}
	struct usage usage = usage_begin(r->node->volume, handle->fd);
	power_before_fallocate(r, handle->fd);
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req); /* as for a write */
	int rc = fallocate(handle->fd, (int)r->mode, (off_t)r->offset, (off_t)r->length);
	int error = rc < 0 ? errno : 0;
	usage_end(&usage);
	fuse_reply_err(r->req, error);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_fallocate, ino, serve_fallocate))
		return;
	r.mode = mode;
	r.offset = (uint64_t)offset;
	r.length = (uint64_t)length;
	r.file = *fi;
	request_run(&r);
}

/* A corpus has no holes: data up to the end, and the end counts as one. */
static off_t corpus_seek(struct request *r, int *error)
{
	struct stat st;
	*error = attributes_of(r->server, r->node, &st);
	if (!*error && (off_t)r->offset >= st.st_size)
		*error = ENXIO;
	return r->mode == SEEK_HOLE ? st.st_size : (off_t)r->offset;
}

static void serve_lseek(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	int error = handle ? 0 : EBADF;
	off_t place = 0;
	if (handle && handle->fd >= 0) {
		place = lseek(handle->fd, (off_t)r->offset, (int)r->mode);
		error = place < 0 ? errno : 0;
	} else if (handle) {
		place = corpus_seek(r, &error);
	}
	if (error)
		fuse_reply_err(r->req, error);
	else
		fuse_reply_lseek(r->req, place);
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_lseek, ino, serve_lseek))
		return;
	r.offset = (uint64_t)offset;
	r.mode = whence;
	r.file = *fi;
	request_run(&r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Directories: what they hold is read when they are opened, and delivered piece by piece. */
#include "base/scope.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"
#include "fusefs/caller.h"
#include "fusefs/lookup.h"
#include "fusefs/ops.h"
#include "fusefs/power.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* What libfuse's own high-level interface says where it has no number (FUSE_UNKNOWN_INO). */
#define INO_UNKNOWN 0xffffffff

/* ---- reading the names ---- */

static mode_t type_of(const struct dirent *entry)
{
	return (mode_t)DTTOIF(entry->d_type);
}

static int scratch_names(struct server *server, struct node *node, struct corpus_names *out)
{
	int fd = backing_open(server, node, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	SCOPED_DIR DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	int rc = 0;
	for (struct dirent *entry; !rc && (errno = 0, entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = corpus_names_add(out, entry->d_name, type_of(entry), entry->d_ino);
	return rc ? rc : -errno;
}

static int volume_names(struct server *server, struct corpus_names *out)
{
	int rc = 0;
	for (size_t i = 0; !rc && i < server->volumes.count; i++)
		rc = corpus_names_add(out, server->volumes.at[i]->name, S_IFDIR, 0);
	return rc;
}

static int read_names(struct server *server, struct node *node, struct corpus_names *out)
{
	if (!node->volume)
		return volume_names(server, out);
	if (!node->volume->corpus)
		return scratch_names(server, node, out);
	const char *path = node_path(node);
	return path ? corpus_list(node->volume->corpus, path, out) : -ENOMEM;
}

static int read_listing(struct server *server, struct node *node, struct listing **out)
{
	struct listing *listing = calloc(1, sizeof *listing);
	if (!listing)
		return -ENOMEM;
	listing->users = 1;
	int rc = read_names(server, node, &listing->names);
	if (rc)
		listing_drop(listing);
	else
		*out = listing;
	return rc;
}

/* What the directory holds now. The caller drops it. */
static int find_listing(struct server *server, struct node *node, struct listing **out)
{
	struct volume *volume = node->volume;
	const char *path = volume ? node_path(node) : NULL;
	bool changes = attributes_change_by_themselves(volume);
	struct stat st;
	/* Who reads with the rights of each caller must ask each time. */
	if (!path || volume->shared || (changes && attributes_of(server, node, &st) != 0))
		return read_listing(server, node, out);
	if ((*out = listings_find(&volume->listings, path, changes ? &st : NULL)))
		return 0;
	int rc = read_listing(server, node, out);
	if (!rc)
		listings_keep(&volume->listings, *out, path, changes ? &st : NULL);
	return rc;
}

/* ---- opendir, releasedir ---- */

/* Removed files are damage that a listing shows, by what it does not show. */
static void note_removed(struct request *r)
{
	struct volume *volume = r->node->volume;
	const char *path = volume && volume->noted ? node_path(r->node) : NULL;
	size_t length = path && strcmp(path, ".") != 0 ? strlen(path) : 0;
	for (size_t i = 0; path && i < volume->damaged.files.count; i++) {
		const struct corpus_damaged_file *file = &volume->damaged.files.at[i];
		bool inside = !length || (strncmp(file->path, path, length) == 0 && file->path[length] == '/');
		bool deeper = inside && strchr(file->path + length + (length ? 1 : 0), '/');
		if (inside && !deeper && strcmp(file->damage, "remove") == 0 && volume_note_damage(volume, file->path) >= 0)
			journal_damage(&r->server->journal, r, volume, file->path, file->damage);
	}
}

/* Whether a directory may be read is asked when it is opened. */
static int open_listing(struct request *r, struct handle *handle)
{
	SCOPED(caller_leave) struct caller caller = caller_assume(r->req);
	return find_listing(r->server, r->node, &handle->listing);
}

static void serve_opendir(struct request *r)
{
	struct server *server = r->server;
	struct handle *handle = handles_add(&server->nodes, r->node);
	int rc = handle ? open_listing(r, handle) : -ENOMEM;
	note_removed(r);
	if (!rc) {
		r->file.fh = handle->id;
		rc = fuse_reply_open(r->req, &r->file) < 0 ? -EINTR : 0;
	} else {
		fuse_reply_err(r->req, -rc);
	}
	if (rc && handle)
		handles_drop(&server->nodes, handle);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_opendir, ino, serve_opendir))
		return;
	r.file = *fi;
	request_run(&r);
}

static void serve_release(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	struct node *node = r->node;
	fuse_reply_err(r->req, handle ? 0 : EBADF);
	if (handle)
		handles_drop(&r->server->nodes, handle);
	ops_closed(r->server, node);
	backing_release(r->server, node);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct request r;
	if (!ops_begin(&r, req, OP_releasedir, ino, serve_release))
		return;
	r.file = *fi;
	request_run(&r);
}

static void serve_fsyncdir(struct request *r)
{
	int rc = 0;
	if (r->node->volume && !r->node->volume->corpus) {
		SCOPED_FD int fd = backing_open(r->server, r->node, O_RDONLY | O_DIRECTORY);
		rc = fd < 0 ? -fd : fsync(fd) < 0 ? errno : 0;
		if (!rc)
			power_synced_directory(r, fd);
	}
	fuse_reply_err(r->req, rc);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)datasync, (void)fi;
	struct request r;
	if (ops_begin(&r, req, OP_fsyncdir, ino, serve_fsyncdir))
		request_run(&r);
}

/* ---- readdir ---- */

/* One reply being filled. Position 0 is ".", 1 is "..", then the names. */
struct reply {
	struct request *request;
	struct handle *handle;
	size_t used, size;
	bool plus;
};

/* Room for one more entry of this name and kind? Adds it and returns true. */
static bool deliver(struct reply *l, const char *name, const struct fuse_entry_param *entry, uint64_t position)
{
	fuse_req_t req = l->request->req;
	char *at = l->request->server->transfer + l->used;
	size_t room = l->size - l->used;
	size_t needed = l->plus ? fuse_add_direntry_plus(req, at, room, name, entry, (off_t)position + 1)
				: fuse_add_direntry(req, at, room, name, &entry->attr, (off_t)position + 1);
	if (needed > room)
		return false;
	l->used += needed;
	return true;
}

/* The name once more behind itself, so often. Without memory there are fewer. */
static void repeat(struct corpus_names *names, size_t index, uint32_t copies)
{
	for (; copies; copies--) {
		if (!vec_add(&names->names))
			return;
		struct corpus_name *at = &names->names.at[index];
		memmove(at + 1, at, (names->names.count - 1 - index) * sizeof *at);
	}
}

/* What do the rules say to this name in a listing? Asked once, although a name that did not fit, and those that were left out
 * behind the last one that did, come again: the kernel asks from behind what it got. What is left out loses its name. */
static void settle(struct request *r, struct corpus_names *names, size_t index)
{
	struct corpus_name *name = &names->names.at[index];
	if (name->settled)
		return;
	struct request listed = {.server = r->server, .req = r->req, .op = OP_listed, .node = r->node, .name = name->name};
	request_decide(&listed);
	name->settled = true;
	if (listed.verdict.pretence.told >> PRETEND_TYPE & 1) {
		mode_t type = (mode_t)listed.verdict.pretence.value[PRETEND_TYPE];
		request_pretended(&listed, type != name->type ? 1u << PRETEND_TYPE : 0);
		name->type = type;
		name->mistold = true;
	}
	free(listed.path);
	if (listed.verdict.hidden)
		name->name = NULL;
	else
		repeat(names, index, listed.verdict.copies);
}

/* Attributes go with the name only where no rule waits for them to be asked for. */
static struct node *with_attributes(struct reply *l, const char *name, struct fuse_entry_param *entry)
{
	struct request *r = l->request;
	struct node *directory = r->node, *node;
	struct stat st;
	if (!directory->volume)
		return NULL;
	if (directory->volume->plan) {
		SCOPED_FREE char *path = node_child_path(directory, name);
		if (!path || volume_watched_path(directory->volume, path) & (OP_BIT(lookup) | OP_BIT(getattr)))
			return NULL;
	}
	if (lookup_name(r->server, directory, name, &node, &st) != 0)
		return NULL;
	*entry = ops_entry(node, &st);
	return node;
}

static bool deliver_name(struct reply *l, const struct corpus_name *name, uint64_t position)
{
	/* Without a node number the kernel takes name and type, and looks the rest up when it is asked for. */
	uint64_t ino = name->ino ? attributes_ino(l->request->node->volume, name->ino) : INO_UNKNOWN;
	struct fuse_entry_param entry = {.attr = {.st_ino = ino, .st_mode = name->type}};
	/* Attributes would tell the right type. */
	struct node *node = l->plus && !name->mistold ? with_attributes(l, name->name, &entry) : NULL;
	bool fits = deliver(l, name->name, &entry, position);
	if (node && fits)
		revalidate_know(l->request->server, node);
	else if (node)
		backing_release(l->request->server, node);
	return fits;
}

/* May a rule have its say about single names? Then the handle must have a listing of its own, which remembers what was said. */
static bool names_are_asked_for(const struct request *r, struct handle *handle)
{
	const struct volume *volume = r->node->volume;
	if (!volume || !volume->plan || !r->server->armed || !(volume->ops >> OP_listed & 1))
		return false;
	struct listing *own = listing_own(handle->listing);
	if (own)
		handle->listing = own;
	return own;
}

/* The kernel asks for attributes at the start of each listing, and further on if the program has looked at one of those that came
 * (fuse_use_readdirplus() in fs/fuse/readdir.c). A few are enough to find that out: they are what a listing of names alone pays for. */
#define FIRST_PLUS 32

static uint64_t most_names(const struct reply *l)
{
	const struct request *r = l->request;
	bool tries = l->plus && !r->offset && r->verdict.length > FIRST_PLUS;
	return tries ? FIRST_PLUS : r->verdict.length;
}

static void fill(struct reply *l)
{
	static const char *const dots[] = {".", ".."};
	struct request *r = l->request;
	bool asks = names_are_asked_for(r, l->handle);
	struct corpus_names *names = &l->handle->listing->names;
	uint64_t position = r->offset;
	for (; position < 2; position++) {
		struct fuse_entry_param entry = {.attr = {.st_ino = INO_UNKNOWN, .st_mode = S_IFDIR}};
		if (!deliver(l, dots[position], &entry, position))
			return;
	}
	uint64_t served = 0, most = most_names(l);
	for (; position - 2 < names->names.count && served < most; position++, served++) {
		if (asks)
			settle(r, names, position - 2);
		const struct corpus_name *name = &names->names.at[position - 2];
		if (name->name && !deliver_name(l, name, position))
			return;
	}
}

static void serve_readdir(struct request *r)
{
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	if (!handle || !handle->listing) {
		fuse_reply_err(r->req, EBADF);
		return;
	}
	struct reply l = {.request = r, .handle = handle, .plus = r->mode};
	l.size = r->size < TRANSFER_MAX ? r->size : TRANSFER_MAX;
	fill(&l);
	fuse_reply_buf(r->req, r->server->transfer, l.used);
}

/* After rewinddir(3) a listing refers to the directory as it is then (POSIX). Where that fails, it stays as it was. */
static void look_anew(struct server *server, struct handle *handle)
{
	struct listing *now;
	if (find_listing(server, handle->node, &now) != 0)
		return;
	listing_drop(handle->listing);
	handle->listing = now;
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi, bool plus)
{
	struct request r;
	if (!ops_begin(&r, req, OP_readdir, ino, serve_readdir))
		return;
	struct handle *handle = handles_get(&r.server->nodes, fi->fh, r.node);
	if (handle && offset > 0)
		handle->listed = true;
	else if (handle && handle->listed)
		look_anew(r.server, handle);
	r.length = handle && handle->listing ? handle->listing->names.names.count : 0;
	r.size = size;
	r.offset = offset > 0 ? (uint64_t)offset : 0;
	r.file = *fi;
	r.mode = plus;
	request_run(&r);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	list(req, ino, size, offset, fi, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
	list(req, ino, size, offset, fi, true);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds names in volumes and keeps the descriptors of scratch files. */
#include "fusefs/backing.h"

#include "base/draw.h"
#include "base/scope.h"
#include "fusefs/attributes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* ---- descriptors, by last use ---- */

static void list_remove(struct server *server, struct node *node)
{
	*(node->newer ? &node->newer->older : &server->newest) = node->older;
	*(node->older ? &node->older->newer : &server->oldest) = node->newer;
	node->newer = node->older = NULL;
	server->path_fds--;
}

static void list_put_newest(struct server *server, struct node *node)
{
	node->older = server->newest;
	*(server->newest ? &server->newest->newer : &server->oldest) = node;
	server->newest = node;
	server->path_fds++;
}

/* Close the descriptors not used for longest until there is room for a few more. */
static void make_room(struct server *server)
{
	for (struct node *node = server->oldest, *newer; node && server->path_fds >= server->path_fds_max; node = newer) {
		newer = node->newer;
		if (node->pinned)
			continue;
		list_remove(server, node);
		close(node->fd);
		node->fd = -1;
	}
}

static void adopt(struct server *server, struct node *node, int fd)
{
	make_room(server);
	node->fd = fd;
	list_put_newest(server, node);
}

/* Open a node by its name, and make sure that it is still the same file. */
static int reopen(struct server *server, struct node *node)
{
	int directory = backing_fd(server, node->parent);
	if (directory < 0)
		return directory;
	SCOPED_FD int fd = openat(directory, node->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != node->dev || st.st_ino != node->ino)
		return -ESTALE;
	adopt(server, node, take_fd(&fd));
	return node->fd;
}

int backing_fd(struct server *server, struct node *node)
{
	if (!node->parent)
		return node->volume ? node->volume->root_fd : -ESTALE;
	if (node->fd < 0)
		return reopen(server, node);
	if (server->newest != node) {
		list_remove(server, node);
		list_put_newest(server, node);
	}
	return node->fd;
}

int backing_proc_path(struct server *server, struct node *node, char path[BACKING_PATH_SIZE])
{
	int fd = backing_fd(server, node);
	if (fd < 0)
		return fd;
	snprintf(path, BACKING_PATH_SIZE, "/proc/self/fd/%d", fd);
	return 0;
}

int backing_open(struct server *server, struct node *node, int flags)
{
	char path[BACKING_PATH_SIZE];
	int rc = backing_proc_path(server, node, path);
	if (rc)
		return rc;
	int fd = open(path, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int backing_pin(struct server *server, struct node *node)
{
	int fd = backing_fd(server, node);
	if (fd < 0)
		return fd;
	node->pinned = true;
	return 0;
}

/* ---- names ---- */

struct place_key {
	const struct node *directory;
	const char *name;
};

static bool same_place(const struct node *node, const void *key)
{
	const struct place_key *place = key;
	return node->parent == place->directory && strcmp(node->name, place->name) == 0;
}

static uint64_t place_hash(const struct node *directory, const char *name)
{
	const struct draw_key key = {.who = directory->id, .path = draw_text(name)};
	return draw_u64(&key);
}

struct file_key {
	const struct volume *volume;
	dev_t dev;
	ino_t ino;
};

static bool same_file(const struct node *node, const void *key)
{
	const struct file_key *file = key;
	return node->volume == file->volume && node->parent && node->dev == file->dev && node->ino == file->ino;
}

static uint64_t file_hash(const struct volume *volume, const struct stat *st)
{
	const struct draw_key key = {.who = (uintptr_t)volume, .path = st->st_dev, .where = st->st_ino};
	return draw_u64(&key);
}

static int corpus_lookup(struct server *server, struct node *directory, const char *name, struct node **out,
			 struct stat *st)
{
	int rc = attributes_of_name(server, directory, name, st);
	if (rc)
		return rc;
	uint64_t hash = place_hash(directory, name);
	*out = nodes_find(&server->nodes, hash, same_place, &(struct place_key){directory, name});
	if (!*out)
		*out = nodes_add(&server->nodes, directory->volume, directory, name, hash);
	return *out ? 0 : ENOMEM;
}

/* The file may be known under another name, or have lost its descriptor: make the node agree with what was found. */
static int refresh(struct server *server, struct node *node, struct node *directory, const char *name, int *fd)
{
	if (node->parent != directory || strcmp(node->name, name) != 0) {
		if (nodes_move(node, directory, name) < 0)
			return ENOMEM;
	}
	node->pinned = false;
	if (node->fd < 0)
		adopt(server, node, take_fd(fd));
	return 0;
}

static int scratch_lookup(struct server *server, struct node *directory, const char *name, struct node **out,
			  struct stat *st)
{
	int above = backing_fd(server, directory);
	if (above < 0)
		return -above;
	SCOPED_FD int fd = openat(above, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, st) < 0)
		return errno;
	const struct file_key key = {directory->volume, st->st_dev, st->st_ino};
	uint64_t hash = file_hash(directory->volume, st);
	*out = nodes_find(&server->nodes, hash, same_file, &key);
	if (*out)
		return refresh(server, *out, directory, name, &fd);
	struct node *node = nodes_add(&server->nodes, directory->volume, directory, name, hash);
	if (!node)
		return ENOMEM;
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	adopt(server, node, take_fd(&fd));
	*out = node;
	return 0;
}

/* A volume as a directory of the mount. */
static int volume_lookup(struct server *server, const char *name, struct node **out, struct stat *st)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		if (strcmp(server->volumes.at[i]->name, name) == 0) {
			*out = server->volumes.at[i]->root;
			return attributes_of(server, *out, st);
		}
	return ENOENT;
}

int backing_lookup(struct server *server, struct node *directory, const char *name, struct node **out, struct stat *st)
{
	*out = NULL;
	if (!directory->volume)
		return volume_lookup(server, name, out, st);
	return directory->volume->corpus ? corpus_lookup(server, directory, name, out, st)
					 : scratch_lookup(server, directory, name, out, st);
}

struct node *backing_known(struct server *server, struct node *directory, const char *name)
{
	if (directory->volume->corpus)
		return nodes_find(&server->nodes, place_hash(directory, name), same_place,
				  &(struct place_key){directory, name});
	struct stat st;
	int above = backing_fd(server, directory);
	if (above < 0 || fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NULL;
	const struct file_key key = {directory->volume, st.st_dev, st.st_ino};
	return nodes_find(&server->nodes, file_hash(directory->volume, &st), same_file, &key);
}

void backing_release(struct server *server, struct node *node)
{
	while (node && !node->lookups && !node->uses) {
		struct node *parent = node->parent;
		if (node->fd >= 0)
			list_remove(server, node);
		nodes_remove(&server->nodes, node);
		node = parent;
	}
}

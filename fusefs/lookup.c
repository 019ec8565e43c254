/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the nodes of names, in corpora by place, in scratch volumes by file. */
#include "fusefs/lookup.h"

#include "base/draw.h"
#include "base/fdname.h"
#include "base/scope.h"
#include "fusefs/attributes.h"
#include "fusefs/backing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

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

/* A file has its node, and its pages in the kernel, for itself: who had another one open that was in its place goes on reading that one,
 * and no page of it is ever shown for the new one. */
static int corpus_lookup(struct server *server, struct node *directory, const char *name, struct node **out,
			 struct stat *st)
{
	int rc = attributes_of_name(server, directory, name, st);
	if (rc)
		return rc;
	uint64_t hash = place_hash(directory, name);
	*out = nodes_find(&server->nodes, hash, same_place, &(struct place_key){directory, name});
	if (*out && !attributes_are_of(*out, st))
		*out = NULL;
	if (!*out)
		*out = nodes_add(&server->nodes, directory->volume, directory, name, hash);
	return *out && attributes_are_of(*out, st) ? 0 : ENOMEM;
}

static void drop_name(struct server *server, struct node *node, struct node *parent, const char *name)
{
	if (nodes_drop_name(node, parent, name))
		backing_release(server, parent);
}

/* Does the name still lead to the file? */
static bool is_name_of(struct server *server, const struct node *node, struct node *parent, const char *name)
{
	struct stat st;
	int above = backing_fd(server, parent);
	return above >= 0 && fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == node->dev &&
	       st.st_ino == node->ino;
}

/* More names are known than there are links: some went behind our back. */
static void drop_dead_names(struct server *server, struct node *node)
{
	for (size_t i = node->others.count; i-- > 0;) {
		struct node_name other = node->others.at[i];
		if (!is_name_of(server, node, other.parent, other.name))
			drop_name(server, node, other.parent, other.name);
	}
	if (!is_name_of(server, node, node->parent, node->name))
		drop_name(server, node, node->parent, node->name);
}

/* The file has one name alone, and this is it: it was another one, or has had others. */
static int rename_alone(struct server *server, struct node *node, struct node *directory, const char *name)
{
	struct node *before = node->parent;
	while (node->others.count)
		drop_name(server, node, node->others.at[0].parent, node->others.at[0].name);
	if (nodes_move(node, before, node->name, directory, name) < 0)
		return ENOMEM;
	backing_release(server, before);
	return 0;
}

/* The file may be known under other names, or have lost its descriptor: make the node agree with what was found. */
static int refresh(struct server *server, struct node *node, struct node *directory, const char *name,
		   const struct stat *st, int *fd)
{
	bool alone = node->pinned || S_ISDIR(st->st_mode) || st->st_nlink < 2;
	int error = 0;
	if (!node_has_name(node, directory, name))
		error = alone ? rename_alone(server, node, directory, name) : -nodes_add_name(node, directory, name);
	if (error)
		return error;
	if (node->others.count >= st->st_nlink)
		drop_dead_names(server, node);
	node->pinned = false;
	if (node->fd < 0)
		backing_adopt(server, node, take_fd(fd));
	return 0;
}

/* A new node, with its descriptor. NULL when memory is out. */
static struct node *add_file(struct server *server, struct node *directory, const char *name, uint64_t hash, const struct stat *st,
			     int *fd)
{
	struct node *node = nodes_add(&server->nodes, directory->volume, directory, name, hash);
	if (!node)
		return NULL;
	node->dev = st->st_dev;
	node->ino = st->st_ino;
	backing_adopt(server, node, take_fd(fd));
	return node;
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
		return refresh(server, *out, directory, name, st, &fd);
	*out = add_file(server, directory, name, hash, st, &fd);
	return *out ? 0 : ENOMEM;
}

int lookup_unnamed(struct server *server, struct node *directory, int fd, struct node **out, struct stat *st)
{
	char path[FD_NAME_SIZE], name[32];
	SCOPED_FD int kept = open(fd_name(fd, path), O_PATH | O_CLOEXEC);
	if (kept < 0 || fstat(kept, st) < 0)
		return errno;
	snprintf(name, sizeof name, "#%ju", (uintmax_t)st->st_ino);
	*out = add_file(server, directory, name, file_hash(directory->volume, st), st, &kept);
	if (!*out)
		return ENOMEM;
	(*out)->pinned = true; /* the descriptor is all there is */
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

int lookup_name(struct server *server, struct node *directory, const char *name, struct node **out, struct stat *st)
{
	*out = NULL;
	if (!directory->volume)
		return volume_lookup(server, name, out, st);
	return directory->volume->corpus ? corpus_lookup(server, directory, name, out, st)
					 : scratch_lookup(server, directory, name, out, st);
}

struct node *lookup_known(struct server *server, struct node *directory, const char *name)
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Keeps the descriptors of scratch files: as many as there may be, the ones not used for longest reopened by name. */
#include "fusefs/backing.h"

#include "base/fdname.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

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

void backing_adopt(struct server *server, struct node *node, int fd)
{
	make_room(server);
	node->fd = fd;
	list_put_newest(server, node);
}

/* Open a node by one of its names, and make sure that it is still the same file. */
static int reopen_as(struct server *server, struct node *node, struct node *parent, const char *name)
{
	int directory = backing_fd(server, parent);
	if (directory < 0)
		return directory;
	SCOPED_FD int fd = openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != node->dev || st.st_ino != node->ino)
		return -ESTALE;
	backing_adopt(server, node, take_fd(&fd));
	return node->fd;
}

static int reopen(struct server *server, struct node *node)
{
	int fd = reopen_as(server, node, node->parent, node->name);
	for (size_t i = 0; fd < 0 && i < node->others.count; i++)
		fd = reopen_as(server, node, node->others.at[i].parent, node->others.at[i].name);
	return fd;
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

int backing_proc_path(struct server *server, struct node *node, char path[FD_NAME_SIZE])
{
	int fd = backing_fd(server, node);
	if (fd < 0)
		return fd;
	fd_name(fd, path);
	return 0;
}

int backing_open(struct server *server, struct node *node, int flags)
{
	char path[FD_NAME_SIZE];
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

void backing_release(struct server *server, struct node *node)
{
	while (node && !node->lookups && !node->uses) {
		struct node *parent = node->parent;
		while (node->others.count) {
			struct node_name other = node->others.at[0];
			nodes_drop_name(node, other.parent, other.name);
			backing_release(server, other.parent);
		}
		if (node->fd >= 0)
			list_remove(server, node);
		nodes_remove(&server->nodes, node);
		node = parent;
	}
}

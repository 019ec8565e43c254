/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The files behind the nodes of scratch volumes.
 *
 * Each scratch node may hold an O_PATH descriptor. There may be more nodes than descriptors: the ones not used for longest
 * are closed and reopened by name when needed. A node whose name is gone (unlinked while open) is pinned: it keeps its
 * descriptor. One thread. */
#pragma once

#include "base/attr.h"
#include "base/fdname.h"
#include "fusefs/server.h"

#include <sys/stat.h>

/* The descriptor of a scratch node, valid until the next call for another node; or a negative errno. */
int backing_fd(struct server *server, struct node *node);

/* Open the file behind a node in earnest. Returns a descriptor that the caller closes, or a negative errno. */
int backing_open(struct server *server, struct node *node, int flags);

/* "/proc/self/fd/N" of a node, for calls that take only paths, in a buffer of the caller's. 0 or a negative errno. */
int backing_proc_path(struct server *server, struct node *node, char path[FD_NAME_SIZE]);

/* Give a node its descriptor (O_PATH). Takes it. */
void backing_adopt(struct server *server, struct node *node, int fd);

/* A name of the node is about to go away: keep hold of the file. 0 or a negative errno. */
int backing_pin(struct server *server, struct node *node) MUST_USE;

/* Drop a node that is not referred to any more. */
void backing_release(struct server *server, struct node *node);

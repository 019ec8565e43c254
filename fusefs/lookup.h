/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* From names to nodes. One thread. */
#pragma once

#include "base/attr.h"
#include "fusefs/server.h"

#include <sys/stat.h>

/* Find a name in a directory of any volume. 0 with the node (not referenced yet) and its attributes, or a positive errno. */
int lookup_name(struct server *server, struct node *directory, const char *name, struct node **out,
		struct stat *st) MUST_USE;

/* A node for a file of a scratch volume that has no name (O_TMPFILE), made below the directory and open as `fd`. It is called "#" and
 * its number, until it is linked. 0 with the node (not referenced yet) and its attributes, or a positive errno. */
int lookup_unnamed(struct server *server, struct node *directory, int fd, struct node **out, struct stat *st) MUST_USE;

/* The node of a name, where the kernel knows it; NULL otherwise. Does not touch the disk for corpora. */
struct node *lookup_known(struct server *server, struct node *directory, const char *name);

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

/* The node of a name, where the kernel knows it; NULL otherwise. Does not touch the disk for corpora. */
struct node *lookup_known(struct server *server, struct node *directory, const char *name);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The volumes of a mount: those that it begins with, and those that come and go while it is served. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>

struct invalidation;
struct server;
struct volume;

/* At once. Their inode numbers are told apart by one byte (volume->ino_mark). */
#define VOLUMES_MAX 250

/* Open a volume from NAME=SOURCE, before the mount is there. */
int volumes_open(struct server *server, const char *text, struct err *err) MUST_USE;

/* Make the root of the mount, number 1 (FUSE_ROOT_ID): that of the volume of this name, or (NULL) a directory of all volumes. */
int volumes_root(struct server *server, const char *name, struct err *err) MUST_USE;

/* One more volume beside the others. */
int volumes_add(struct server *server, const char *name, const char *source, struct err *err) MUST_USE;

/* Take a volume away. Whoever has something open there gets ESTALE from now on, and so do the requests that are held. *job is what
 * makes the kernel forget it, or NULL. Rules that name it are the caller's business. */
int volumes_drop(struct server *server, struct volume *volume, struct invalidation **job) MUST_USE;

/* The volume of this name, or NULL. */
struct volume *volumes_find(const struct server *server, const char *name);

/* Close dropped volumes that nobody knows any more. */
void volumes_tidy(struct server *server);
void volumes_fini(struct server *server);

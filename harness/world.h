/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The world of a case: where its volumes are mounted and its files live.
 *
 * WORLD_PRIVATE: user (unless root), mount, pid and ipc namespaces of its own, a tmpfs at the same path for every case. When its
 * first process ends, however it ends, the kernel ends all others and takes all mounts away: nothing can be left.
 * WORLD_SHARED, where the machine refuses namespaces: a new directory below TMPDIR, mounts by fusermount3 or root, orphans
 * caught by a subreaper. Cleaned up by the box, and by its parent when the box was killed.
 *
 * Layout: BASE/m mount point, BASE/back/VOLUME backing of scratch volumes, BASE/tmp the subject's TMPDIR, BASE/home its
 * HOME, BASE/alloc.page. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <sys/types.h>

enum world_kind { WORLD_PRIVATE, WORLD_SHARED };

struct world {
	enum world_kind kind;
	char base[256];
	bool in_user_namespace;
	uid_t uid; /* outside and inside */
	gid_t gid;
	pid_t parent; /* the harness */
};

/* What this machine allows: tries it once, in a child that goes away. `why` says what stands against a private world
 * ("" where nothing does). */
enum world_kind world_best(struct err *why);

/* Choose kind and place. Called by the harness, before world_fork(). */
int world_plan(struct world *world, enum world_kind kind, struct err *err) MUST_USE;

/* fork() into the world. As fork(2): 0 in the child, which must call world_enter() first. Negative errno on failure. */
pid_t world_fork(const struct world *world);

/* In the child: make the world. The child dies when its parent does. */
int world_enter(struct world *world, struct err *err) MUST_USE;

/* A private world without places of its own, where all directories are as they were: world_plan_bare() instead of world_plan(), and
 * in the child world_separate() instead of world_enter(). */
void world_plan_bare(struct world *world);
int world_separate(const struct world *world, struct err *err) MUST_USE;

/* In the parent, after the child is gone: remove what a shared world may have left. */
void world_clean(const struct world *world);

/* Is it a directory, and nothing in it? */
bool world_is_empty(const char *path);

/* Remove a directory and all below it, without following links or crossing into other filesystems. */
void world_remove_tree(const char *path);

/* In a child about to execute the server: let it keep the right to mount, where that right is a namespace's. */
void world_grant_mount(const struct world *world);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Acts as the caller of a request on the backing filesystem.
 *
 * A server that runs as root serves other users too: what they make must be theirs, and what they may not do must fail.
 * The calling thread takes the caller's filesystem uid and gid (setfsuid(2)) and its supplementary groups for a scope. The
 * groups are asked for each time (proc(5), Groups of /proc/PID/status), because a process may drop them at any moment, and one
 * that did must not get in any more by what we remember. A server that is no root acts as itself, and root's own requests cost
 * nothing. Capabilities are not taken over: who is not uid 0 has none, who is has all of ours. */
#pragma once

#include "fusefs/fuse.h"

#include <stdbool.h>

struct caller {
	bool assumed, grouped, masking;
};

/* Once, before any other: a server that is root lets go of its own supplementary groups. They open nothing to root, but they
 * would to whom it acts as. */
void caller_init(void);

/* Does the request come from somebody else whom we would act as? */
bool caller_is_other(fuse_req_t req);

struct caller caller_assume(fuse_req_t req);

/* The same for making files: with the caller's umask. It is for the backing filesystem to apply, because a default ACL stands
 * in its place (umask(2)). */
struct caller caller_assume_maker(fuse_req_t req);

void caller_leave(struct caller *caller); /* for SCOPED() */

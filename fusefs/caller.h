/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Acts as the caller of a request on the backing filesystem.
 *
 * A server that runs as root serves other users too: what they make must be theirs, and what they may not do must fail.
 * The calling thread takes the caller's filesystem uid and gid (setfsuid(2)) for a scope. A server that is no root acts as
 * itself. Supplementary groups are not taken over. */
#pragma once

#include "fusefs/fuse.h"

#include <stdbool.h>

struct caller {
	bool assumed;
};

struct caller caller_assume(fuse_req_t req);
void caller_leave(struct caller *caller); /* for SCOPED() */

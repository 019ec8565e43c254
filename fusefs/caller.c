/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes on and puts off the caller's identity. */
#include "fusefs/caller.h"

#include <sys/fsuid.h>
#include <unistd.h>

struct caller caller_assume(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	if (geteuid() != 0 || (ctx->uid == 0 && ctx->gid == getegid()))
		return (struct caller){false};
	setfsgid(ctx->gid);
	setfsuid(ctx->uid);
	return (struct caller){true};
}

void caller_leave(struct caller *caller)
{
	if (!caller->assumed)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
}

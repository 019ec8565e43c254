/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes on and puts off the caller's identity. */
#include "fusefs/caller.h"

#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- supplementary groups ---- */

/* The system call and not setgroups(3), which would tell all threads. */
static int set_groups(size_t count, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, count, groups);
}

struct gids {
	VEC(gid_t) list;
};

static void parse_groups(const char *text, struct gids *gids)
{
	for (char *end; ; text = end) {
		errno = 0;
		unsigned long gid = strtoul(text, &end, 10);
		gid_t *added = end == text || errno ? NULL : vec_add(&gids->list);
		if (!added)
			return;
		*added = (gid_t)gid;
	}
}

/* The groups of a thread; none where it cannot be looked at: it is gone, or in another pid namespace. */
static void read_groups(pid_t tid, struct gids *gids)
{
	static const char key[] = "Groups:";
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/status", (int)tid);
	FILE *status = fopen(path, "re");
	SCOPED_FREE char *line = NULL;
	size_t room = 0;
	while (status && getline(&line, &room, status) >= 0)
		if (strncmp(line, key, sizeof key - 1) == 0) {
			parse_groups(line + sizeof key - 1, gids);
			break;
		}
	if (status)
		fclose(status);
}

static bool take_groups(pid_t tid)
{
	struct gids gids = {0};
	read_groups(tid, &gids);
	bool taken = gids.list.count && set_groups(gids.list.count, gids.list.at) == 0;
	vec_free(&gids.list);
	return taken;
}

/* ---- the whole identity ---- */

void caller_init(void)
{
	if (geteuid() == 0)
		set_groups(0, NULL);
}

bool caller_is_other(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	return geteuid() == 0 && (ctx->uid != 0 || ctx->gid != getegid());
}

struct caller caller_assume(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	if (!caller_is_other(req))
		return (struct caller){0};
	bool grouped = ctx->uid != 0 && take_groups(ctx->pid);
	setfsgid(ctx->gid);
	setfsuid(ctx->uid);
	return (struct caller){.assumed = true, .grouped = grouped};
}

struct caller caller_assume_maker(fuse_req_t req)
{
	struct caller caller = caller_assume(req);
	caller.masking = true;
	umask(fuse_req_ctx(req)->umask);
	return caller;
}

void caller_leave(struct caller *caller)
{
	if (caller->masking)
		umask(0);
	if (!caller->assumed)
		return;
	setfsuid(geteuid());
	setfsgid(getegid());
	if (caller->grouped)
		set_groups(0, NULL);
}

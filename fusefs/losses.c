/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Notes what is lost, for the rules whose doing it is. */
#include "fusefs/losses.h"

#include "base/fdname.h"
#include "base/scope.h"
#include "fusefs/volume.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES 4096

/* Behind the name of a file that has none any more (d_path() in fs/d_path.c). */
#define DELETED " (deleted)"

static bool read_link(int fd, char path[PATH_MAX])
{
	char link[FD_NAME_SIZE];
	ssize_t length = readlink(fd_name(fd, link), path, PATH_MAX - 1);
	path[length > 0 ? length : 0] = '\0';
	return length > 0;
}

static void cut_deleted(int fd, char *path)
{
	struct stat st;
	size_t length = strlen(path), extra = sizeof DELETED - 1;
	bool gone = fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && !st.st_nlink;
	if (gone && length > extra && strcmp(path + length - extra, DELETED) == 0)
		path[length - extra] = '\0';
}

/* The file's path below the volume, as the kernel has it in `text`; "." where that is too long for it. */
static const char *path_below(int root_fd, int fd, char text[PATH_MAX])
{
	char root[PATH_MAX];
	size_t length;
	if (!read_link(fd, text) || !read_link(root_fd, root))
		return ".";
	cut_deleted(fd, text);
	length = strlen(root);
	if (strncmp(text, root, length) != 0)
		return ".";
	const char *path = text + length;
	while (*path == '/')
		path++;
	return *path ? path : ".";
}

static void note(void *data, int fd, uint32_t who, uint64_t changed)
{
	const struct losses *losses = data;
	const struct plan *plan = losses->server->plan;
	const struct rule *rule = plan ? plan_rule_of_serial(plan, who) : NULL;
	char text[PATH_MAX];
	if (!rule)
		return;
	struct request told = {.server = losses->server, .op = losses->op, .verdict = VERDICT_NONE};
	told.site = (struct site){.op = losses->op,
				  .volume = losses->volume->name,
				  .path = path_below(losses->volume->root_fd, fd, text),
				  .thread = losses->thread,
				  .now_ns = server_clock_ns(losses->server)};
	request_strike(&told, rule, changed);
}

void losses_begin(struct losses *losses, struct server *server, const struct volume *volume, const struct request *r)
{
	*losses = (struct losses){
		.to = {.lost = note, .data = losses},
		.server = server,
		.volume = volume,
		.op = r ? r->op : OP_write,
		.thread = r && r->req ? fuse_req_ctx(r->req)->pid : r ? r->site.thread : 0,
	};
}

static uint64_t different(int fd, const char *bytes, uint64_t length, uint64_t at)
{
	char was[CHUNK_BYTES] = {0};
	uint64_t changed = 0;
	if (pread(fd, was, length, (off_t)at) < 0)
		return length;
	for (uint64_t i = 0; i < length; i++)
		changed += was[i] != bytes[i];
	return changed;
}

uint64_t losses_of(int fd, const char *bytes, uint64_t length, uint64_t at)
{
	char link[FD_NAME_SIZE];
	SCOPED_FD int own = open(fd_name(fd, link), O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* `fd` may be for writing alone */
	uint64_t changed = 0;
	for (uint64_t done = 0; done < length;) {
		uint64_t part = length - done < CHUNK_BYTES ? length - done : CHUNK_BYTES;
		changed += different(own, bytes + done, part, at + done);
		done += part;
	}
	return changed;
}

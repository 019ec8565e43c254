/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Follows paths up to a mount. */
#include "base/mountpath.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* As many as the kernel follows (MAXSYMLINKS in include/linux/namei.h). */
#define LINKS_MAX 40

/* A path on its way: what is left of it, and how far we have come. Directories are gone through one by one, so that we stop at
 * the mount and ask it for nothing. */
struct walk {
	const struct mountinfo_list *list;
	const struct mountinfo *found;
	char at[PATH_MAX]; /* "" is the root */
	char rest[PATH_MAX];
	int links;
};

static void step_up(struct walk *walk)
{
	char *slash = strrchr(walk->at, '/');
	if (slash)
		*slash = '\0';
}

/* Puts texts together in a buffer of PATH_MAX. */
static int join(char *to, const char *first, const char *second)
{
	size_t a = strlen(first), b = strlen(second);
	if (a + b + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	char whole[PATH_MAX];
	memcpy(whole, first, a);
	whole[a] = '/';
	memcpy(whole + a + 1, second, b + 1);
	memcpy(to, whole, a + b + 2);
	return 0;
}

/* The place is a link: go on with what it points to. */
static int follow(struct walk *walk, const char *target)
{
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (target[0] == '/')
		walk->at[0] = '\0';
	else
		step_up(walk);
	return join(walk->rest, target, walk->rest);
}

static int step(struct walk *walk, const char *name)
{
	char target[PATH_MAX];
	if (strcmp(name, "..") == 0)
		step_up(walk);
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	int rc = join(walk->at, walk->at, name);
	if (rc)
		return rc;
	walk->found = mountinfo_at(walk->list, walk->at, strlen(walk->at));
	ssize_t got = walk->found ? 0 : readlink(walk->at, target, sizeof target - 1);
	if (got <= 0)
		return 0;
	target[got] = '\0';
	return follow(walk, target);
}

/* Take the next name of the rest. */
static void next_name(struct walk *walk, char name[PATH_MAX])
{
	size_t length = strcspn(walk->rest, "/"), skipped = length + (walk->rest[length] == '/');
	memcpy(name, walk->rest, length);
	name[length] = '\0';
	memmove(walk->rest, walk->rest + skipped, strlen(walk->rest + skipped) + 1);
}

/* Further mounts of ours may stand below the one that was found: the one of the longest mount point that the path goes through by
 * its words. */
static void go_deeper(struct walk *walk)
{
	char whole[PATH_MAX];
	if (join(whole, walk->found->path, walk->rest) < 0)
		return;
	for (size_t i = 0; i < walk->list->mounts.count; i++) {
		const struct mountinfo *mount = &walk->list->mounts.at[i];
		size_t length = strlen(mount->path);
		bool through = strncmp(whole, mount->path, length) == 0 && (!whole[length] || whole[length] == '/');
		if (through && length > strlen(walk->found->path))
			walk->found = mount;
	}
}

static int find_mount(struct walk *walk)
{
	int rc = 0;
	while (!rc && !walk->found && *walk->rest) {
		char name[PATH_MAX];
		next_name(walk, name);
		rc = step(walk, name);
	}
	if (walk->found)
		go_deeper(walk);
	return rc;
}

int mountpath_find(const struct mountinfo_list *list, const char *path, struct mountpath *out)
{
	char here[PATH_MAX] = "";
	struct walk walk = {.list = list};
	*out = (struct mountpath){0};
	if (path[0] != '/' && !getcwd(here, sizeof here))
		return -errno;
	int rc = join(walk.rest, here, path);
	if (!rc)
		rc = find_mount(&walk);
	if (rc)
		return rc;
	out->mount = walk.found;
	memcpy(out->whole, walk.at, sizeof out->whole);
	return 0;
}

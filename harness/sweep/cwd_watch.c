/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds looks at a directory against each other. */
#include "harness/sweep/cwd_watch.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* In a directory of more the rest is not looked at: its own time tells of what comes and goes. */
#define ENTRIES_MAX 10000
#define NAMES_TOLD 3

static int add(int directory, const char *name, struct cwd_look *look)
{
	struct stat st;
	if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	struct cwd_entry *entry = vec_add(&look->list);
	if (!entry)
		return -ENOMEM;
	*entry = (struct cwd_entry){strdup(name), st.st_ino, (int64_t)st.st_ctim.tv_sec * NS_PER_S + st.st_ctim.tv_nsec};
	return entry->name ? 0 : -ENOMEM;
}

static int by_name(const void *a, const void *b)
{
	const struct cwd_entry *left = a, *right = b;
	return strcmp(left->name, right->name);
}

int cwd_look(const char *path, struct cwd_look *out)
{
	*out = (struct cwd_look){0};
	DIR *directory = path ? opendir(path) : NULL;
	int rc = 0;
	if (!directory)
		return 0;
	for (const struct dirent *entry; !rc && out->list.count < ENTRIES_MAX && (entry = readdir(directory));)
		if (strcmp(entry->d_name, "..") != 0)
			rc = add(dirfd(directory), entry->d_name, out);
	closedir(directory);
	if (rc)
		cwd_look_free(out);
	else if (out->list.count)
		qsort(out->list.at, out->list.count, sizeof *out->list.at, by_name);
	return rc;
}

void cwd_look_free(struct cwd_look *look)
{
	for (size_t i = 0; i < look->list.count; i++)
		free(look->list.at[i].name);
	vec_free(&look->list);
}

static const struct cwd_entry *find(const struct cwd_look *look, const char *name)
{
	const struct cwd_entry wanted = {.name = (char *)(uintptr_t)name};
	return look->list.count ? bsearch(&wanted, look->list.at, look->list.count, sizeof wanted, by_name) : NULL;
}

/* Is it new in the second look, or another? */
static bool differs(const struct cwd_look *before, const struct cwd_look *after, const char *name)
{
	const struct cwd_entry *was = find(before, name), *is = find(after, name);
	return is && (!was || was->inode != is->inode || was->changed_ns != is->changed_ns);
}

bool cwd_changes(const struct cwd_look looks[3], struct buf *names)
{
	bool churned = differs(&looks[0], &looks[1], ".") && differs(&looks[1], &looks[2], ".");
	size_t told = 0;
	for (size_t i = 0; i < looks[2].list.count; i++) {
		const char *name = looks[2].list.at[i].name;
		bool both = differs(&looks[0], &looks[1], name) && differs(&looks[1], &looks[2], name);
		/* Names that are others each time. */
		bool fresh = churned && !find(&looks[1], name);
		if (strcmp(name, ".") == 0 || (!both && !fresh))
			continue;
		if (told++ < NAMES_TOLD)
			buf_printf(names, "%s%s", told > 1 ? ", " : "", name);
	}
	if (told > NAMES_TOLD)
		buf_text(names, " ...");
	if (churned && !told)
		buf_text(names, "what is gone again afterwards");
	return churned || told;
}

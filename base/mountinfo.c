/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads /proc/self/mountinfo. */
#include "base/mountinfo.h"

#include "base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Blanks, tabs, newlines and backslashes in paths are written as three octal digits (mangle() in fs/proc_namespace.c). */
static void unescape(char *text)
{
	char *to = text;
	for (const char *at = text; *at; to++) {
		unsigned int code;
		if (at[0] == '\\' && sscanf(at + 1, "%3o", &code) == 1) {
			*to = (char)code;
			at += 4;
		} else {
			*to = *at++;
		}
	}
	*to = '\0';
}

static uid_t user_of(const char *options)
{
	const char *found = strstr(options, "user_id=");
	return found ? (uid_t)strtoul(found + strlen("user_id="), NULL, 10) : 0;
}

/* "36 35 0:57 / /mnt rw,nosuid shared:1 - fuse.ordeal ordeal:ct-small rw,user_id=0,group_id=0" */
static int take_line(char *line, const char *type, struct mountinfo_list *out)
{
	char *behind = strstr(line, " - "), *rest = line, *fields[5];
	size_t length = strlen(type);
	if (!behind || strncmp(behind + 3, type, length) != 0 || behind[3 + length] != ' ')
		return 0;
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (!(fields[i] = strsep(&rest, " ")))
			return 0;
	struct mountinfo mount = {.user = user_of(behind + 3)};
	if (sscanf(fields[2], "%u:%u", &mount.major, &mount.minor) != 2)
		return 0;
	unescape(fields[4]);
	struct mountinfo *added = vec_add(&out->mounts);
	if (!added)
		return -ENOMEM;
	*added = mount;
	added->path = strdup(fields[4]);
	return added->path ? 0 : -ENOMEM;
}

int mountinfo_read(const char *type, struct mountinfo_list *out)
{
	*out = (struct mountinfo_list){0};
	SCOPED_FILE FILE *file = fopen("/proc/self/mountinfo", "re");
	SCOPED_FREE char *line = NULL;
	size_t room = 0;
	int rc = file ? 0 : -errno;
	while (!rc && getline(&line, &room, file) > 0)
		rc = take_line(line, type, out);
	if (!rc && !feof(file)) /* its buffer could not be had, or the line's */
		rc = -ENOMEM;
	return rc;
}

void mountinfo_free(struct mountinfo_list *list)
{
	for (size_t i = 0; i < list->mounts.count; i++)
		free(list->mounts.at[i].path);
	vec_free(&list->mounts);
}

const struct mountinfo *mountinfo_at(const struct mountinfo_list *list, const char *path, size_t length)
{
	for (size_t i = list->mounts.count; i-- > 0;)
		if (strncmp(list->mounts.at[i].path, path, length) == 0 && !list->mounts.at[i].path[length])
			return &list->mounts.at[i];
	return NULL;
}

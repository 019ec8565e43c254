/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lists a directory. */
#include "common/scan.h"

#include "common/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* The next entry, NULL at the end: then *error says whether it is the end (0) or a negative error. */
static const struct dirent *next_entry(DIR *dir, int *error)
{
	const struct dirent *entry = NULL;
	*error = (int)IO_ONCE((errno = 0, entry = readdir(dir), entry || errno == 0) ? 0 : -1);
	return *error ? NULL : entry;
}

static int collect(struct names *names, DIR *dir)
{
	int error;
	const struct dirent *entry;
	while ((entry = next_entry(dir, &error))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (names_add(names, entry->d_name))
			return -ENOMEM;
	}
	return error;
}

/* NULL: *error is a negative error. */
static DIR *open_dir(const char *path, int *error)
{
	DIR *dir = NULL;
	int fd = io_open(path, O_RDONLY | O_DIRECTORY);
	*error = fd < 0 ? fd : (int)IO_ONCE((dir = fdopendir(fd)) ? 0 : -1);
	if (!dir)
		io_close(fd);
	return dir;
}

static int close_dir(DIR *dir)
{
	(void)limit_begin();
	return (int)limit_end(closedir(dir));
}

static int list_once(struct names *names, const char *path)
{
	int rc;
	DIR *dir = open_dir(path, &rc);
	if (!dir)
		return rc;
	names_free(names);
	rc = collect(names, dir);
	close_dir(dir);
	return rc;
}

static enum code code_for(int error)
{
	return error == ENOENT ? CODE_DIR_MISSING : CODE_UNREADABLE;
}

int scan_names(struct names *names, const char *dir, struct failure *why)
{
	struct retry retry = {0};
	int rc;
	do /* from the start: a listing cannot be continued over an error */
		rc = list_once(names, dir);
	while (retry_again(&retry, rc));
	if (rc)
		return failure_errno(why, code_for(-rc), dir, -rc, "listing");
	names_sort(names);
	return 0;
}

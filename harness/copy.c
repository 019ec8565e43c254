/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Copies a tree of files. */
#include "harness/copy.h"

#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static int copy_file(const char *from, const char *to)
{
	SCOPED_FD int source = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	SCOPED_FD int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (target < 0)
		return -errno;
	char bytes[65536];
	ssize_t got;
	while ((got = read(source, bytes, sizeof bytes)) > 0)
		for (ssize_t done = 0, put; done < got; done += put)
			if ((put = write(target, bytes + done, (size_t)(got - done))) <= 0)
				return put < 0 ? -errno : -EIO;
	return got < 0 ? -errno : 0;
}

int copy_sparse_into(const char *from, int target)
{
	SCOPED_FD int source = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (source < 0 || fstat(source, &st) < 0 || ftruncate(target, st.st_size) < 0)
		return -errno;
	for (off_t at = 0, end; (at = lseek(source, at, SEEK_DATA)) >= 0; at = end) {
		end = lseek(source, at, SEEK_HOLE);
		if (lseek(target, at, SEEK_SET) < 0)
			return -errno;
		for (off_t done = at; done < end;) {
			ssize_t moved = sendfile(target, source, &done, (size_t)(end - done));
			if (moved <= 0)
				return moved < 0 ? -errno : -EIO;
		}
	}
	return errno == ENXIO ? 0 : -errno; /* nothing but holes to the end */
}


static int make_directory(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int copy_entry(const FTSENT *entry, const char *path)
{
	switch (entry->fts_info) {
	case FTS_D:
		return make_directory(path);
	case FTS_F:
		return copy_file(entry->fts_accpath, path);
	default:
		return 0;
	}
}

int copy_tree(const char *from, const char *to, struct err *err)
{
	SCOPED_FREE char *root = strdup(from);
	char *const roots[] = {root, NULL};
	FTS *walk = root ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL) : NULL;
	int rc = walk ? 0 : err_set(err, ENOMEM, "out of memory");
	for (FTSENT *entry; !rc && (entry = fts_read(walk));) {
		SCOPED_FREE char *path = NULL;
		if (asprintf(&path, "%s%s", to, entry->fts_path + strlen(from)) < 0)
			rc = err_set(err, ENOMEM, "out of memory");
		else if ((rc = copy_entry(entry, path)) < 0)
			err_set(err, -rc, "%s: cannot be written: %s", path, strerror(-rc));
	}
	if (walk)
		fts_close(walk);
	return rc;
}

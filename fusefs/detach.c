/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes a mount away. */
#include "fusefs/detach.h"

#include "base/fdname.h"
#include "base/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* The headers of Debian 12 do not have it yet (include/uapi/linux/stat.h). */
#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE 0x4000U
#endif

/* O_PATH goes no further than the root of the mount, which the kernel has without asking the server. */
static int open_root(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Nothing that is asked for is the server's to say, so that it is not asked (fuse_update_get_attr() in fs/fuse/dir.c). */
static int identify(int fd, struct mounted *out)
{
	struct statx st;
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID | STATX_MNT_ID_UNIQUE, &st) < 0)
		return -errno;
	*out = (struct mounted){.major = st.stx_dev_major, .minor = st.stx_dev_minor};
	if (st.stx_mask & (STATX_MNT_ID | STATX_MNT_ID_UNIQUE))
		out->id = st.stx_mnt_id;
	return 0;
}

int mounted_read(const char *path, struct mounted *out)
{
	SCOPED_FD int fd = open_root(path);
	return fd < 0 ? fd : identify(fd, out);
}

bool mounted_same(const struct mounted *a, const struct mounted *b)
{
	return a->id == b->id && a->major == b->major && a->minor == b->minor;
}

bool mounted_is_dead(const char *path)
{
	struct statx st;
	int rc = statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st);
	return rc < 0 && (errno == ENOTCONN || errno == ECONNABORTED); /* the second: it died while we asked */
}

/* By the descriptor that was looked at, so that nobody can put another mount in its place meanwhile. */
int detach_mount(const char *path, const struct mounted *which)
{
	char link[FD_NAME_SIZE];
	struct mounted now;
	SCOPED_FD int fd = open_root(path);
	int rc = fd < 0 ? fd : identify(fd, &now);
	if (rc < 0)
		return rc == -ENOENT ? 0 : rc;
	if (!mounted_same(&now, which))
		return 0;
	return umount2(fd_name(fd, link), MNT_DETACH) < 0 ? -errno : 0;
}

void detach_by_helper(const char *path)
{
	execlp("fusermount3", "fusermount3", "-u", "-z", "-q", "--", path, NULL);
	_exit(127);
}

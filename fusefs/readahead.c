/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Raises the readahead of a mount. */
#include "fusefs/readahead.h"

#include "base/scope.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* One request of the greatest size is on its way while the one before it is read: more gains nothing (docs/caching.md). */
#define READAHEAD_KB "2048"

void readahead_raise(const char *mountpoint)
{
	struct statx stx;
	char path[64];
	/* Without syncing: the kernel answers from what it has, and not we ourselves (fuse_update_get_attr() in fs/fuse/dir.c). */
	if (!mountpoint || statx(AT_FDCWD, mountpoint, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &stx) < 0)
		return;
	snprintf(path, sizeof path, "/sys/class/bdi/%u:%u/read_ahead_kb", stx.stx_dev_major, stx.stx_dev_minor);
	SCOPED_FD int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, READAHEAD_KB, strlen(READAHEAD_KB));
}

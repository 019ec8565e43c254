/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes a mount away: lazily, whoever uses it, and only if it is the very one that is meant. Asks nothing of the mount, which may be
 * dead, or served by nobody yet. Any thread. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* Which mount it is that is seen at a path. Where the kernel has a number for it that is never given again (STATX_MNT_ID_UNIQUE, since
 * 6.8) `id` is that one; since 5.8 it is one that is free again after the unmount; before, 0. */
struct mounted {
	uint64_t id;
	unsigned int major, minor; /* st_dev of what is mounted */
};

/* A negative errno where the path cannot be reached. */
int mounted_read(const char *path, struct mounted *out) MUST_USE;
bool mounted_same(const struct mounted *a, const struct mounted *b);

/* Does its server not answer because it is gone? Asks: of a mount that is alive, the answer is waited for. */
bool mounted_is_dead(const char *path);

/* Detach `which` from the path. 0 also when it is not there any more; -EPERM: it takes rights that we do not have. */
int detach_mount(const char *path, const struct mounted *which) MUST_USE;

/* Become fusermount3, which has those rights for mounts of the user's own. To be called in a process that has nothing else to do. */
_Noreturn void detach_by_helper(const char *path);

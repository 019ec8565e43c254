/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The mounts of one type, as the kernel lists them (/proc/self/mountinfo, proc_pid_mountinfo(5)). Never asks the mounts
 * themselves, so that one that hangs holds nobody up. Any thread. */
#pragma once

#include "base/attr.h"
#include "base/vec.h"

#include <sys/types.h>

struct mountinfo {
	char *path;		   /* the mount point; owned */
	unsigned int major, minor; /* st_dev of what is mounted */
	uid_t user;		   /* FUSE: whose it is (user_id=); 0 where that is not said */
};

struct mountinfo_list {
	VEC(struct mountinfo) mounts; /* in the order of mounting: where several have one mount point, the last one is seen */
};

/* List the mounts of a type ("fuse.ordeal"). Returns 0 or a negative errno. Free with mountinfo_free() in any case. */
int mountinfo_read(const char *type, struct mountinfo_list *out) MUST_USE;
void mountinfo_free(struct mountinfo_list *list);

/* The mount that is seen at this very mount point (a whole path), or NULL. Borrowed from the list. */
const struct mountinfo *mountinfo_at(const struct mountinfo_list *list, const char *path, size_t length);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which mount of a list is a path in? Symbolic links are followed as the kernel does, but the way ends at the first mount of the list:
 * that is not asked, so that one that hangs, or that we serve ourselves, keeps nobody. Any thread. */
#pragma once

#include "base/attr.h"
#include "base/mountinfo.h"

#include <limits.h>

struct mountpath {
	const struct mountinfo *mount; /* borrowed from the list; NULL: the path is in none of them */
	char whole[PATH_MAX];	       /* the path without links, as far as it was followed; "" is the root */
};

/* The path need not exist. 0 or a negative errno (-ELOOP, -ENAMETOOLONG). */
int mountpath_find(const struct mountinfo_list *list, const char *path, struct mountpath *out) MUST_USE;

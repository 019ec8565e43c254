/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Does a command write into the directory that it runs in? That is the user's own, and the same for all cases. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

struct cwd_entry {
	char *name; /* "." is the directory itself */
	uint64_t inode;
	int64_t changed_ns; /* its ctime */
};

/* What stands in a directory, not below it. */
struct cwd_look {
	VEC(struct cwd_entry) list; /* by name */
};

/* Look now. What cannot be looked at is empty, and no reason to fail: 0 or -ENOMEM. NULL: there is none. */
int cwd_look(const char *path, struct cwd_look *out) MUST_USE;
void cwd_look_free(struct cwd_look *look);

/* Three looks with a run between each: what changed in both. Appends names, a few. False: nothing did. */
bool cwd_changes(const struct cwd_look looks[3], struct buf *names);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Our mounts on this machine, live and dead, and how to be rid of them. Never touches a mount in a way that could hang. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <sys/types.h>

struct our_mount {
	char *path;
	char *source; /* "ordeal:ct-small" */
	pid_t server; /* 0: none is to be seen */
	bool dead;    /* answers "Transport endpoint is not connected" */
};

struct our_mounts {
	VEC(struct our_mount) mounts;
};

int mounts_list(struct our_mounts *out, struct err *err) MUST_USE;
void mounts_free(struct our_mounts *mounts);

/* Unmount: the server is asked to end, which frees whoever hangs on it, and what then remains is detached. -EBUSY, -EPERM ...
 * where the mount is still there after all. */
int mounts_end(const struct our_mount *mount, struct err *err) MUST_USE;

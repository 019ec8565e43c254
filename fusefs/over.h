/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Copy-on-write scratch: a writable view of a directory that stays as it is. The kernel's overlayfs makes it, as a mount that is in no
 * mount table and goes with its last descriptor, however the server ends. Any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <limits.h>

/* What follows "over:" in a source: BASE, or BASE,keep=DIR. */
struct over_places {
	char base[PATH_MAX];
	char keep[PATH_MAX]; /* "": what is written is thrown away with the volume */
};

/* -EINVAL (a place is missing, or `,keep=` stands there twice) or -ENAMETOOLONG. */
int over_parse(const char *text, struct over_places *out, struct err *err) MUST_USE;

struct over_view {
	int root_fd; /* O_PATH */
	int keep_fd; /* of the directory of the changes, locked against other servers and volumes; -1: they are thrown away */
};

/* The caller closes both descriptors; all is gone then but what is kept. Throw-away changes are in memory (tmpfs); others in
 * keep/upper. -EOPNOTSUPP: this machine cannot do it. Else what was wrong with the directories. */
int over_open(const struct over_places *places, struct over_view *out, struct err *err) MUST_USE;

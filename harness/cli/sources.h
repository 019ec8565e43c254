/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The sources of a mount as users write them: profiles, tree:DIR, pack:FILE, scratch:DIR, over:BASE[,keep=DIR]. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>

/* Is it one that can be written to? */
bool source_is_scratch(const char *source);

/* What a scratch holds now, as a source that can be looked through (tree:DIR). Caller frees. */
char *source_of_scratch(const char *scratch, struct err *err);

/* A source with the directories, archive or spec file that it names by their whole paths, because neither the server nor a replay
 * stands where we do. Caller frees. NULL: one of them is not there, or memory is out. */
char *source_whole(const char *source, struct err *err);

/* The same as NAME=SOURCE, for the server. */
char *source_volume(const char *name, const char *source, struct err *err);

/* The same for what --scratch takes: a directory, or over:BASE[,keep=DIR]. */
char *source_scratch_volume(const char *name, const char *place, struct err *err);

/* Does a directory hold this path, which is whole? */
bool source_holds(const char *directory, const char *path);

/* Refuse (-EINVAL) a source that lies in the mount point, or the mount point in it. */
int source_check_place(const char *source, const char *mountpoint, struct err *err) MUST_USE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Copies what a subject made out of its world, for people to look at. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

/* Copy regular files and directories below `from` to below `to`, which is made where it is missing. Links and special files
 * are left out. Existing files are replaced. */
int copy_tree(const char *from, const char *to, struct err *err) MUST_USE;

/* Make an empty file the same as a regular file, its holes holes (lseek(2), SEEK_DATA). 0 or a negative errno. */
int copy_sparse_into(const char *from, int target) MUST_USE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Copies what a subject made out of its world, for people to look at. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

/* Copy regular files and directories below `from` to below `to`, which is made where it is missing. Links and special files
 * are left out. Existing files are replaced. */
int copy_tree(const char *from, const char *to, struct err *err) MUST_USE;

/* Write what a regular file holds to a descriptor. 0 or a negative errno. */
int copy_file_into(const char *from, int target) MUST_USE;

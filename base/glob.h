/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Path patterns with `**`.
 *
 *   ?       one character of a name            [a-z] [!a-z]   one character of a set (not of it)
 *   *       any characters of one name         {png,tif}      one of several (may nest, may be empty)
 *   **      as a whole component: any number of directories, none included; at the end: everything below
 *   \c      the character c itself
 *
 * So all files below any directory are **(slash)*.png, and ** alone is every path. A path is relative, without a leading
 * or trailing slash; the root is ".". Bytes are compared, not characters. A `**` that is only part of a component is
 * refused, because every tool reads it differently. Compiled patterns are immutable: any thread. Matching takes time
 * proportional to pattern x path for each alternative, whatever the pattern. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct glob;

/* Alternatives that braces may unfold to; more is refused. */
#define GLOB_ALTERNATIVES_MAX 256
/* Length of a pattern, and of each alternative, in bytes. */
#define GLOB_LENGTH_MAX 4096

/* Compile a pattern. Returns 0 and the glob (caller frees), or -EINVAL / -E2BIG / -ENOMEM with a reason. */
int glob_compile(const char *pattern, struct glob **out, struct err *err) MUST_USE;
void glob_free(struct glob *glob);

bool glob_match(const struct glob *glob, const char *path);

/* What its braces unfold to, one by one from 0: patterns without braces; NULL behind the last. Borrowed. */
const char *glob_alternative(const struct glob *glob, size_t index);

/* The pattern as it was written. Borrowed. */
const char *glob_text(const struct glob *glob);

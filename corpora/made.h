/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that have to be made as a whole before any of their bytes, or their size, is known: those of compressed formats. For this
 * folder only.
 *
 * A file is made when it is first asked for, by the thread that asks, and those that follow by others meanwhile, as many at once as there
 * are processors. It is kept in the user's cache: $XDG_CACHE_HOME/ordeal/made, or
 * ~/.cache/ordeal/made, mode 0700. Its name there is a hash of the recipe, so whatever goes into the bytes belongs into that. It comes
 * under its name whole or not at all, and is held against its own digest (XXH3, 128 bits) whenever it is opened: any number of programs may
 * share the cache, and be killed in the middle. Of all that is there, what was used last stays within the bound: 1 GiB, or what
 * ORDEAL_CACHE_SIZE says ("256MiB"; 0: nothing is kept). Where nothing can be kept (no home, a full disk), a file is in memory as long as
 * somebody has it open, and made again for the next. Any thread. */
#pragma once

#include "base/attr.h"

#include <stdint.h>

#define MADE_HEAD 64 /* bytes of a descriptor before the file's own */

struct made;

/* Write file `index` to a descriptor, from where it stands. 0 or a negative errno. */
typedef int made_maker(void *of, uint64_t index, int fd);

/* `recipe` is copied, `of` borrowed. 0 or -ENOMEM. Caller closes; NULL is fine. */
int made_open(const char *recipe, uint64_t files, made_maker *make, void *of, struct made **out) MUST_USE;
void made_close(struct made *made);

/* Makes the file where it is not known yet. */
int made_size(struct made *made, uint64_t index, uint64_t *bytes) MUST_USE;

/* A descriptor to read it from, by pread(2); a negative errno. Caller closes. */
int made_file(struct made *made, uint64_t index) MUST_USE;

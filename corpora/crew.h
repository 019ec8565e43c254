/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Threads that work ahead: told which numbers will be wanted soon. For this folder only. */
#pragma once

#include <stdint.h>

struct crew;

/* A crew that does `work` for numbers, as many at once as there are processors but one (1 at least, 8 at most). No thread begins before
 * the first order. NULL when memory is out; whoever has none works alone. */
struct crew *crew_new(void (*work)(void *of, uint64_t number), void *of);

/* The numbers [first, end) are wanted next, and none of those ordered before that nobody has begun with. Any thread. */
void crew_order(struct crew *crew, uint64_t first, uint64_t end);

/* How many work at once. */
unsigned crew_size(const struct crew *crew);

/* Wait for what was begun, then end all. NULL is fine. */
void crew_end(struct crew *crew);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Memory that nothing pointed to when a process ended, as LeakSanitizer's library reports it: preloaded behind the shim, into programs that
 * were not built for it. A leak is known again by the stack that allocated it, by module and offset. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/vec.h"

#include <stdint.h>

struct leak {
	uint64_t bytes, blocks;
	char *stack; /* "/lib/libc.so.6+0x12 /bin/a+0x34", innermost first, without the allocator's own */
};

struct leaks {
	VEC(struct leak) leaks;
};

/* Where the library is, or NULL: what to install is the caller's to say. Free it. */
char *leaks_library(void);

/* Options (LSAN_OPTIONS) that have reports written to `directory`, and change nothing else: no exit status, no word. */
void leaks_options(const char *directory, struct buf *out);

/* Reports, one behind the other; what is no report is passed over. Only what nothing at all points to counts (direct leaks): the rest
 * hangs on it. 0 or -ENOMEM. */
int leaks_read(const char *reports, struct leaks *out) MUST_USE;
void leaks_free(struct leaks *leaks);

const struct leak *leaks_find(const struct leaks *leaks, const char *stack);

/* "510 bytes in 5 blocks, allocated by load (a.c:12) <- main (a.c:40)" */
void leaks_tell(const struct leak *leak, struct buf *out);

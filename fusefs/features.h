/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What makes the mount fast where kernel and rights allow it. Each can be left out (--without), and what programs see is then
 * the same: that is what the tests look at. And how much the kernel is let remember (--caching). */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum feature {
	FEATURE_PASSTHROUGH, /* the kernel reads and writes the file below by itself: passthrough.h */
	FEATURE_STORE,	     /* small files of a corpus are put into the page cache when they are opened: caching.c */
	FEATURE_RETAIN,	     /* made and archived files that are opened again are kept in memory for that: retain.h */
	FEATURE_MMAP,	     /* shared mappings of files that are open for direct I/O; without it they fail with ENODEV */
	FEATURE_DIROPS,	     /* lookups in one directory side by side */
	FEATURE_READDIRPLUS, /* listings that bring the attributes along */
	FEATURE_READAHEAD,   /* more readahead than the kernel's usual 128 KiB: readahead.h */
	FEATURE_NEAR,	     /* the server stays on the processor of a lone caller: near.h */
	FEATURE_EPOCH,	     /* all names are forgotten at once when rules change; without it they are remembered for a second: invalidate.h */
	FEATURE_COUNT
};

enum caching {
	CACHING_AUTO,	  /* what no rule can touch as fast as the kernel allows, the rest so that each rule is seen */
	CACHING_LIVE,	  /* the same, but no passthrough: every open file heeds rules that come later */
	CACHING_CACHED,	  /* as if there were no rules: the page cache and remembered names may hide faults */
	CACHING_UNCACHED, /* the kernel remembers nothing: each read, write and stat is a request */
};

/* Read a list of names ("passthrough,near"), or "all", into a set: bit (1 << feature). -EINVAL for a name that is none. */
int features_parse(const char *list, uint32_t *set, struct err *err) MUST_USE;

int caching_parse(const char *text, enum caching *out, struct err *err) MUST_USE;

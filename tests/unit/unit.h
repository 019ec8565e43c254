/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What unit tests share: cmocka in the order that it wants, numbers that are the same at every run, a folder that goes away.
 *
 * Assertions of cmocka jump: no SCOPED variables in functions that assert (style.md). Failures of a table name their row. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/draw.h"
#include "base/err.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Sanitizers keep the address space to themselves. */
#if defined(__SANITIZE_ADDRESS__)
#define UNIT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_ASAN 1
#endif
#endif
#ifndef UNIT_ASAN
#define UNIT_ASAN 0
#endif

/* A number below `below`, always the same for the same place in the same test. */
static inline uint64_t unit_drawn(uint64_t test, uint64_t place, uint64_t lane, uint64_t below)
{
	const struct draw_key key = {.seed = 20260101, .who = test, .where = place, .lane = lane};
	return draw_u64(&key) % below;
}

/* A line of a table whose text is not what it should be. */
static inline void unit_same_text(const char *row, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) != 0)
		fail_msg("%s:\n  got    \"%s\"\n  wanted \"%s\"", row, got, wanted);
}

/* ---- a folder for one test, given to cmocka as setup and teardown ---- */

static char unit_dir[PATH_MAX];

static inline int unit_dir_make(void **state)
{
	(void)state;
	const char *base = getenv("TMPDIR");
	snprintf(unit_dir, sizeof unit_dir, "%s/ordeal-unit.XXXXXX", base ? base : "/tmp");
	return mkdtemp(unit_dir) ? 0 : -1;
}

static inline int unit_dir_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline int unit_dir_remove(void **state)
{
	(void)state;
	return nftw(unit_dir, unit_dir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The path of a name in the folder. One of 8 static buffers in turn. */
static inline const char *unit_path(const char *name)
{
	static char paths[8][PATH_MAX + 300];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof paths[0], "%s/%s", unit_dir, name);
	return path;
}

/* Write a file into the folder; its path is borrowed as that of unit_path(). */
static inline const char *unit_file(const char *name, const char *text)
{
	const char *path = unit_path(name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fputs(text, file) >= 0, 1);
	assert_int_equal(fclose(file), 0);
	return path;
}

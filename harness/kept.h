/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Outputs of a clean run that are kept to be compared with, in one memory file: each with its size and path, one behind the other. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "harness/compare.h"

/* All files together; one that would be beyond is left out. */
#define KEPT_BYTES_MAX (256u << 20)

/* Append a file (a path on disk) under its name. 0, 1 where it was left out, or a negative errno. */
int kept_add(int fd, const char *name, const char *file) MUST_USE;

struct kept {
	const unsigned char *map; /* NULL: empty */
	size_t length;
};

int kept_open(int fd, struct kept *out) MUST_USE;
void kept_close(struct kept *kept);

/* The file of a name; `at` is NULL where there is none. Borrowed. */
struct compare_bytes kept_find(const struct kept *kept, const char *name);

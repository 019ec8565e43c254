/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The points of a sweep where operations can be struck: every request that a run without faults makes, under a name that is the same in
 * the next run: volume, path, operation, and the how-maniest such request of that file it is. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/ops.h"

#include <stdbool.h>
#include <stdint.h>

struct point {
	char *volume, *path;
	char *path2;	 /* rename, link: where to; NULL: of no such */
	enum op op;
	uint32_t nth;	 /* from 1, among those of the file and the operation */
	uint64_t offset; /* bytes; of truncate none */
	uint64_t length; /* bytes asked for; truncate: the new size */
	int32_t result;	 /* bytes, or a negative errno */
	bool buffered;	 /* asked for by the kernel, for its page cache: what is short there is not seen */
	bool bound;	 /* another run did not have it: it depends on the schedule */
};

struct points {
	VEC(struct point) list; /* in the order of their answers */
	uint64_t lost;		/* operations that the trace did not hold */
	uint64_t unnameable;	/* ... whose path is no UTF-8, so that no rule can say it */
};

/* Read the trace that a descriptor holds, from a record on. */
int points_read(int trace_fd, uint64_t from, struct points *out, struct err *err) MUST_USE;
void points_free(struct points *points);

/* Mark those that the other run does not have. Returns how many. */
size_t points_compare(struct points *points, const struct points *other);

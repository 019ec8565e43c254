/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Forks at the point: many allocations of one process image fail, and the program is started once.
 *
 * At each of the points the shim makes a copy of the process, in which the allocation fails (faults/alloc/page.h), and the program waits.
 * The copy has mounts of its own: where {out}, TMPDIR and HOME are it sees an upper layer of its own over them, its files are opened anew
 * in there, and its stdout and stderr are pipes of its own. Its parent is the box, as it is the program's: the box waits for it, within a
 * deadline, looks at what it has left behind, has that weighed, takes it away, and lets the program go on.
 *
 * This is a filter, and no more: only what passes without any doubt is done here. All else, and what cannot be copied, has to be
 * run as a case by itself. In a box's process, in a private world, as root; one thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/alloc/page.h"

#include <stdbool.h>
#include <stdint.h>

struct box;
struct stage;
struct process_attendant;

struct forks_point {
	uint64_t ordinal, stack;
	size_t name; /* of whoever made the list */
};

struct forks_points {
	char program[ALLOC_PROGRAM_SIZE]; /* of the image, by its number among those of the program (0: whichever) */
	uint32_t number;
	VEC(struct forks_point) list; /* at most ALLOC_FORK_POINTS, by ordinals */
	int64_t deadline_ns; /* of a copy */
	int64_t until_ns;    /* no copy begins after this; 0: any time */
	/* Weigh what a copy has left, in the box's process: it stands in `found` as if from a box. True: it passes, nothing more is to be
	 * known; then a line was appended for whoever made the list. */
	bool (*weigh)(const void *context, const struct forks_points *points, size_t index, const struct box *found, struct buf *lines);
	const void *context;
};

struct forks;

/* When the page is made; the stage has the list. */
int forks_begin(struct stage *stage, struct forks **out) MUST_USE;
const struct process_attendant *forks_attendant(const struct forks *forks); /* NULL for NULL */

/* When the program has ended: into STREAM_FORKS go the lines, and a last one with a state of each point: {"states": [1, 2]}. */
int forks_end(struct forks *forks, struct err *err) MUST_USE;
void forks_free(struct forks *forks);

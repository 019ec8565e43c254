/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The pyramid over one stack: what its parts share while it is built.
 *
 *     slices --load--> levels: pair up, halve --> outputs: keep or write --> the next level
 *
 * Each slice is read once, in order; a level holds at most one image, which waits for its partner. */
#pragma once

#include "common/run.h"
#include "pyramid/codec.h"
#include "pyramid/image.h"
#include "pyramid/kernel.h"
#include "pyramid/stack.h"

/* More cannot be: the smaller side of an image of IMAGE_MOST bytes is 2^15 at most, and it halves with each level. */
enum { LEVELS_MOST = 16 };

struct level {
	uint32_t width, height;
	struct image waiting; /* of the level below, for its partner */
	uint64_t waiting_index;
	uint64_t next; /* the lowest output index that was neither made nor reported missing */
};

struct pyramid {
	struct run *run;
	struct stack stack;
	const struct codec *codec;
	const struct kernel *kernel;
	struct image first; /* the first slice, until the levels take it */
	uint32_t width, height, depth; /* of the first slice, so of all */
	unsigned level_count;
	struct level levels[LEVELS_MOST + 1]; /* [0] is not used: levels count from 1 */
};

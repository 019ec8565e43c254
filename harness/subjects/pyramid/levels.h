/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The levels: pairs up what comes from below, halves it, delivers it, and hands it on. */
#pragma once

#include "pyramid/pyramid.h"

/* Decide how many levels there are: halve until the larger side is below stop_size, or a side would be empty; one at least.
 * The size of the slices must be known. */
int levels_plan(struct pyramid *pyramid, uint32_t stop_size, struct failure *why) MUST_USE;

/* How many outputs a level would have if no slice were lost. */
uint64_t levels_length(const struct pyramid *pyramid, unsigned level);

/* Image number `index` of the level below (0: the slices), which must come in rising order. Takes ownership of the image. */
int levels_feed(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why) MUST_USE;

/* Output `index` of this level is there: hand it on to the next. Takes ownership of the image. */
int levels_pass_on(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why)
	MUST_USE;

/* What waits at this level gets no partner any more: deliver it. */
int levels_flush(struct pyramid *pyramid, unsigned level, struct failure *why) MUST_USE;

/* No more slices: deliver all that still waits. */
int levels_finish(struct pyramid *pyramid, struct failure *why) MUST_USE;

void levels_free(struct pyramid *pyramid);

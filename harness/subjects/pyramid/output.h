/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The files of the pyramid (name_output() names them). */
#pragma once

#include "pyramid/pyramid.h"

/* With --resume: is there a sound output already, complete and of this depth? 1: yes, it is counted and *image is it (caller
 * frees). 0: no, make it; what is wrong with one that exists was reported. -1: the run must end. */
int output_keep(struct pyramid *pyramid, unsigned level, uint64_t index, uint32_t depth, struct image *image,
		struct failure *why) MUST_USE;

/* Write an output, say what it lacks, count it. */
int output_make(struct pyramid *pyramid, unsigned level, uint64_t index, struct image *image, struct failure *why) MUST_USE;

/* The level ends before index `end`: report what was not made below it. */
void output_end(struct pyramid *pyramid, unsigned level, uint64_t end);

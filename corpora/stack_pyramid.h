/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a pyramid of a grey stack has to be, for whoever judges a program that makes one. For this folder only.
 *
 * Level 0 is the slices. Each further level has half the width and height, rounded down, and half the images, rounded up: a pixel is the
 * mean of each of two neighbouring images' 2x2 block, then of the two, both rounded half up; a last image without a partner is its own. All
 * levels are told down to where a side would be empty; programs stop before. (As CTHarvester's fast module has it, and our reference core.) */
#pragma once

#include "base/attr.h"
#include "base/jsonw.h"
#include "corpora/stack.h"

#define STACK_PYRAMID_PIXELS_MAX (UINT64_C(1) << 26) /* of all slices; more take too long to be told by the way */

/* Tell "pyramid": [{"level", "width", "height", "images", "sha256"}, ...]: the SHA-256 of a level is over the samples of all its images
 * one after another, rows from the top, those of 16 bits big-endian. Nothing where the stack is larger than that, or memory is out. */
void stack_pyramid_tell(const struct stack *stack, struct jsonw *to);

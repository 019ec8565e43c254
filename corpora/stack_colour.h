/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The pixels of a stack in colour. For this folder only.
 *
 * All follow from the grey g of the pixel alone, so that whoever knows the grey picture knows the others, and no two channels
 * are alike:
 *
 *     grey     g
 *     rgb      red g, green g - g/8, blue g - g/4, each rounded up
 *     rgba     the same, and alpha: the largest sample - g/2, rounded up
 *     palette  index 255 - g; entry i is the grey 255 - i: who takes the index for the grey sees a negative
 */
#pragma once

#include "corpora/picture.h"
#include "corpora/stack.h"

/* One row, as struct picture_pixels has it. Any thread. */
void stack_colour_row(const struct stack_slice *slice, enum picture_colour colour, uint32_t y, unsigned char *out);

extern const unsigned char stack_palette[PICTURE_PALETTE_SIZE][3];

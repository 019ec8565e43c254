/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The arithmetic of halving, and the interface of the module that does it faster. */
#pragma once

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KERNEL_ABI = 1 };
#define KERNEL_SYMBOL "pyramid_kernel"

/* One output row from two neighbouring slices: rows[0] and rows[1] are the two rows of the first slice, rows[2] and rows[3]
 * those of the second, each of 2 x width pixels or more. A slice without a partner is given twice: the mean of a value with
 * itself is that value. Every kernel gives the same bits. */
struct kernel {
	uint32_t abi; /* KERNEL_ABI */
	void (*pair8)(const uint8_t *const rows[4], size_t width, uint8_t *out);
	void (*pair16)(const uint16_t *const rows[4], size_t width, uint16_t *out);
};

/* CTHarvester's fast module: each slice's 2x2 block first, then the two slices, both rounding half up. */
static inline uint32_t kernel_block(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	return (a + b + c + d + 2) >> 2;
}

static inline uint32_t kernel_mean(uint32_t first, uint32_t second)
{
	return (first + second + 1) >> 1;
}

static inline uint8_t kernel_pixel8(const uint8_t *const rows[4], size_t x)
{
	return (uint8_t)kernel_mean(kernel_block(rows[0][2 * x], rows[0][2 * x + 1], rows[1][2 * x], rows[1][2 * x + 1]),
				    kernel_block(rows[2][2 * x], rows[2][2 * x + 1], rows[3][2 * x], rows[3][2 * x + 1]));
}

static inline uint16_t kernel_pixel16(const uint16_t *const rows[4], size_t x)
{
	return (uint16_t)kernel_mean(kernel_block(rows[0][2 * x], rows[0][2 * x + 1], rows[1][2 * x], rows[1][2 * x + 1]),
				     kernel_block(rows[2][2 * x], rows[2][2 * x + 1], rows[3][2 * x], rows[3][2 * x + 1]));
}

/* The plain one, always there. */
extern const struct kernel kernel_portable;

/* Does it give the same bits as the portable one on a fixed pattern? */
bool kernel_agrees(const void *kernel);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The portable kernel, and the check of any other against it. */
#include "pyramid/kernel.h"

#include <string.h>

static void pair8(const uint8_t *const rows[4], size_t width, uint8_t *out)
{
	for (size_t x = 0; x < width; x++)
		out[x] = kernel_pixel8(rows, x);
}

static void pair16(const uint16_t *const rows[4], size_t width, uint16_t *out)
{
	for (size_t x = 0; x < width; x++)
		out[x] = kernel_pixel16(rows, x);
}

const struct kernel kernel_portable = {.abi = KERNEL_ABI, .pair8 = pair8, .pair16 = pair16};

enum { PATTERN_WIDTH = 37 }; /* of the output: whole vectors and a rest */

/* Two runs of a generator give every low, high and mixed sum; the ends of the range are put in by hand. */
static void fill_pattern(uint16_t pattern[4][2 * PATTERN_WIDTH])
{
	uint32_t state = 1;
	for (size_t row = 0; row < 4; row++) {
		for (size_t x = 0; x < (size_t)2 * PATTERN_WIDTH; x++) {
			state = state * 1664525 + 1013904223; /* Numerical Recipes, 7.1 */
			pattern[row][x] = x < 4 ? 0xffff : x < 8 ? 0 : (uint16_t)(state >> 16);
		}
	}
}

static bool agrees16(const struct kernel *kernel, const uint16_t *const rows[4])
{
	uint16_t want[PATTERN_WIDTH];
	uint16_t got[PATTERN_WIDTH];
	pair16(rows, PATTERN_WIDTH, want);
	kernel->pair16(rows, PATTERN_WIDTH, got);
	return memcmp(want, got, sizeof want) == 0;
}

static bool agrees8(const struct kernel *kernel, const uint8_t *const rows[4])
{
	uint8_t want[PATTERN_WIDTH];
	uint8_t got[PATTERN_WIDTH];
	pair8(rows, PATTERN_WIDTH, want);
	kernel->pair8(rows, PATTERN_WIDTH, got);
	return memcmp(want, got, sizeof want) == 0;
}

bool kernel_agrees(const void *kernel)
{
	uint16_t pattern[4][2 * PATTERN_WIDTH];
	fill_pattern(pattern);
	const uint16_t *rows16[4];
	const uint8_t *rows8[4];
	for (size_t row = 0; row < 4; row++) {
		rows16[row] = pattern[row];
		rows8[row] = (const uint8_t *)pattern[row];
	}
	return agrees16(kernel, rows16) && agrees8(kernel, rows8);
}

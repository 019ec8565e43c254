/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The accelerator module: the kernel on vectors of 16 bytes (gcc and clang turn them into SSE2, NEON, ...).
 *
 * A lane of twice a pixel's width holds two neighbours; masking and shifting part them, and because they are only added it
 * does not matter which is which: the code knows no byte order. */
#include "pyramid/kernel.h"

#include <string.h>

typedef uint16_t lanes16 __attribute__((vector_size(16)));
typedef uint32_t lanes32 __attribute__((vector_size(16)));
typedef uint8_t half8 __attribute__((vector_size(8)));
typedef uint16_t half16 __attribute__((vector_size(8)));

enum { STEP8 = 8, STEP16 = 4 }; /* output pixels a vector */

static lanes16 load16(const uint8_t *from)
{
	lanes16 lanes;
	memcpy(&lanes, from, sizeof lanes);
	return lanes;
}

static lanes32 load32(const uint16_t *from)
{
	lanes32 lanes;
	memcpy(&lanes, from, sizeof lanes);
	return lanes;
}

static lanes16 block16(const uint8_t *top, const uint8_t *bottom)
{
	lanes16 a = load16(top);
	lanes16 b = load16(bottom);
	return ((a & 0xff) + (a >> 8) + (b & 0xff) + (b >> 8) + 2) >> 2;
}

static lanes32 block32(const uint16_t *top, const uint16_t *bottom)
{
	lanes32 a = load32(top);
	lanes32 b = load32(bottom);
	return ((a & 0xffff) + (a >> 16) + (b & 0xffff) + (b >> 16) + 2) >> 2;
}

static void pair8(const uint8_t *const rows[4], size_t width, uint8_t *out)
{
	size_t x = 0;
	for (; x + STEP8 <= width; x += STEP8) {
		lanes16 first = block16(rows[0] + 2 * x, rows[1] + 2 * x);
		lanes16 second = block16(rows[2] + 2 * x, rows[3] + 2 * x);
		half8 mean = __builtin_convertvector((first + second + 1) >> 1, half8);
		memcpy(out + x, &mean, sizeof mean);
	}
	for (; x < width; x++)
		out[x] = kernel_pixel8(rows, x);
}

static void pair16(const uint16_t *const rows[4], size_t width, uint16_t *out)
{
	size_t x = 0;
	for (; x + STEP16 <= width; x += STEP16) {
		lanes32 first = block32(rows[0] + 2 * x, rows[1] + 2 * x);
		lanes32 second = block32(rows[2] + 2 * x, rows[3] + 2 * x);
		half16 mean = __builtin_convertvector((first + second + 1) >> 1, half16);
		memcpy(out + x, &mean, sizeof mean);
	}
	for (; x < width; x++)
		out[x] = kernel_pixel16(rows, x);
}

extern const struct kernel pyramid_kernel;
EXPORT const struct kernel pyramid_kernel = {.abi = KERNEL_ABI, .pair8 = pair8, .pair16 = pair16};

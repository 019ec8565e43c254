/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The accelerator module: the correlation in vectors of doubles (gcc and clang turn them into SSE2, NEON, ...).
 *
 * Vectors of 64-bit integers cannot be multiplied on every machine, doubles can; within the limits of kernel.h every sum of
 * a block is an integer below 2^53, so nothing is ever rounded, in whatever order it is added. */
#include "audio/kernel.h"

#include "common/attr.h"

#include <string.h>

typedef double lanes __attribute__((vector_size(16)));

enum { STEP = 4 }; /* values a round, in two vectors */

static lanes load(const double *from)
{
	lanes values;
	memcpy(&values, from, sizeof values);
	return values;
}

static double dot(const double *a, const double *b, size_t count)
{
	lanes even = {0, 0};
	lanes odd = {0, 0};
	size_t t = 0;
	for (; t + STEP <= count; t += STEP) {
		even += load(a + t) * load(b + t);
		odd += load(a + t + 2) * load(b + t + 2);
	}
	even += odd;
	double sum = even[0] + even[1];
	for (; t < count; t++)
		sum += a[t] * b[t];
	return sum;
}

static void correlate(const int32_t *values, size_t count, int64_t products[KERNEL_LAGS])
{
	enum { HISTORY = KERNEL_LAGS - 1 };
	double copy[HISTORY + KERNEL_BLOCK];
	const int32_t *from = values - HISTORY;
	for (size_t i = 0; i < HISTORY + count; i++)
		copy[i] = from[i];
	for (size_t lag = 0; lag < KERNEL_LAGS; lag++)
		products[lag] += (int64_t)dot(copy + HISTORY, copy + HISTORY - lag, count);
}

extern const struct kernel audio_kernel;
EXPORT const struct kernel audio_kernel = {.abi = KERNEL_ABI, .correlate = correlate};

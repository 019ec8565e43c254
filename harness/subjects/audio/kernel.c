/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The portable kernel, and the check of any other against it. */
#include "audio/kernel.h"

#include <string.h>

static void correlate(const int32_t *values, size_t count, int64_t products[KERNEL_LAGS])
{
	for (size_t lag = 0; lag < KERNEL_LAGS; lag++)
		for (size_t t = 0; t < count; t++)
			products[lag] += (int64_t)values[t] * values[(ptrdiff_t)t - (ptrdiff_t)lag];
}

const struct kernel kernel_portable = {.abi = KERNEL_ABI, .correlate = correlate};

bool kernel_agrees(const void *kernel)
{
	static int32_t values[KERNEL_LAGS + KERNEL_BLOCK];
	uint32_t state = 1;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		state = state * 1664525 + 1013904223; /* Numerical Recipes, 7.1 */
		values[i] = i < KERNEL_BLOCK / 2 ? KERNEL_VALUE_MOST : (int32_t)(state >> 15);
	}
	const struct kernel *other = kernel;
	for (size_t count = KERNEL_BLOCK - 3; count <= KERNEL_BLOCK; count++) {
		int64_t want[KERNEL_LAGS] = {0};
		int64_t got[KERNEL_LAGS] = {0};
		correlate(values + KERNEL_LAGS, count, want);
		other->correlate(values + KERNEL_LAGS, count, got);
		if (memcmp(want, got, sizeof want) != 0)
			return false;
	}
	return true;
}

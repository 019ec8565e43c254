/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Autocorrelation of integers, and the interface of the module that does it faster. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	KERNEL_ABI = 1,
	KERNEL_BLOCK = 512,         /* values a call at most */
	KERNEL_LAGS = 100,          /* lags a call, from 0 */
	KERNEL_VALUE_MOST = 131072, /* 2^17: a block of products is then below 2^43, exact in a double too */
};
#define KERNEL_SYMBOL "audio_kernel"

/* For each lag, add the products values[t] * values[t - lag], t from 0 to count - 1, to products[lag]. KERNEL_LAGS - 1
 * earlier values stand before values[0]; all are from 0 to KERNEL_VALUE_MOST. Every kernel gives the same numbers. */
struct kernel {
	uint32_t abi; /* KERNEL_ABI */
	void (*correlate)(const int32_t *values, size_t count, int64_t products[KERNEL_LAGS]);
};

/* The plain one, always there. */
extern const struct kernel kernel_portable;

/* Does it give the same numbers as the portable one on a fixed pattern? */
bool kernel_agrees(const void *kernel);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The tempo of a track from its onset envelope, in memory that does not grow with the track. One thread. */
#pragma once

#include "audio/kernel.h"

struct tempo {
	const struct kernel *kernel;
	double rate; /* values a second, 83 to 90 */
	int32_t values[KERNEL_LAGS + KERNEL_BLOCK]; /* history, then what was not correlated yet */
	size_t pending;
	uint64_t count;
	int64_t sum;
	int64_t products[KERNEL_LAGS];
};

struct tempo_estimate {
	double bpm;        /* 0: none found */
	double confidence; /* 0 to 1: how much of the envelope repeats itself with that period */
};

void tempo_begin(struct tempo *tempo, const struct kernel *kernel, double rate);

/* The next value of the envelope, 0 to KERNEL_VALUE_MOST. */
void tempo_add(struct tempo *tempo, int32_t value);

/* No more values. */
struct tempo_estimate tempo_end(struct tempo *tempo);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How values (times in nanoseconds, mostly) are spread: a histogram of fixed size.
 *
 * Each power of two is cut into HISTOGRAM_PARTS equal buckets, so a quantile is off by a sixteenth of its value at the most. A bucket
 * includes its upper bound, as the `le` of Prometheus does. What is larger than the last bound is counted in the last bucket. All
 * zeroes is an empty one. Adding takes a few nanoseconds and never fails. One thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_PARTS_LOG2 3
#define HISTOGRAM_PARTS (1u << HISTOGRAM_PARTS_LOG2)
#define HISTOGRAM_FIRST_LOG2 8 /* up to 256: one bucket */
#define HISTOGRAM_LAST_LOG2 42 /* 2^42 ns are 73 minutes */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_LAST_LOG2 - HISTOGRAM_FIRST_LOG2) * HISTOGRAM_PARTS + 2)

struct histogram {
	uint64_t count, sum, max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

/* The bucket of a value. */
static inline size_t histogram_index(uint64_t value)
{
	uint64_t below = value ? value - 1 : 0;
	if (below >> HISTOGRAM_FIRST_LOG2 == 0)
		return 0;
	unsigned log2 = 63u - (unsigned)__builtin_clzll(below);
	if (log2 >= HISTOGRAM_LAST_LOG2)
		return HISTOGRAM_BUCKETS - 1;
	size_t part = (size_t)(below >> (log2 - HISTOGRAM_PARTS_LOG2)) & (HISTOGRAM_PARTS - 1);
	return (log2 - HISTOGRAM_FIRST_LOG2) * HISTOGRAM_PARTS + part + 1;
}

static inline void histogram_add(struct histogram *h, uint64_t value)
{
	h->count++;
	h->sum += value;
	if (value > h->max)
		h->max = value;
	h->buckets[histogram_index(value)]++;
}

/* The largest value of a bucket; UINT64_MAX for the last one. */
uint64_t histogram_bound(size_t index);

/* The value that a share (0 to 1) of all values does not exceed: the middle of its bucket, never more than the largest. 0 where
 * there is none. */
uint64_t histogram_quantile(const struct histogram *h, double share);

/* How many values are no larger than 2^log2, for log2 from HISTOGRAM_FIRST_LOG2 to HISTOGRAM_LAST_LOG2. Exact. */
uint64_t histogram_up_to(const struct histogram *h, unsigned log2);

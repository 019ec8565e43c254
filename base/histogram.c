/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bounds and quantiles of a histogram. */
#include "base/histogram.h"

uint64_t histogram_bound(size_t index)
{
	if (index == 0)
		return UINT64_C(1) << HISTOGRAM_FIRST_LOG2;
	if (index >= HISTOGRAM_BUCKETS - 1)
		return UINT64_MAX;
	unsigned log2 = (unsigned)((index - 1) / HISTOGRAM_PARTS) + HISTOGRAM_FIRST_LOG2;
	uint64_t part = (index - 1) % HISTOGRAM_PARTS + 1;
	return (UINT64_C(1) << log2) + (part << (log2 - HISTOGRAM_PARTS_LOG2));
}

static uint64_t middle(const struct histogram *h, size_t index)
{
	uint64_t low = index ? histogram_bound(index - 1) : 0;
	uint64_t high = histogram_bound(index) < h->max ? histogram_bound(index) : h->max;
	return high > low ? low + (high - low + 1) / 2 : high;
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
	double wanted = share * (double)h->count;
	uint64_t seen = 0;
	if (!h->count)
		return 0;
	if (share >= 1)
		return h->max;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (h->buckets[i] && (double)seen >= wanted)
			return middle(h, i);
	}
	return h->max;
}

uint64_t histogram_up_to(const struct histogram *h, unsigned log2)
{
	uint64_t seen = 0;
	for (size_t i = 0; i <= (size_t)(log2 - HISTOGRAM_FIRST_LOG2) * HISTOGRAM_PARTS; i++)
		seen += h->buckets[i];
	return seen;
}

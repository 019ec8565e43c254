/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Quantities as people write them: sizes, durations, ranges, ordinals, probabilities.
 *
 * Each reader takes the whole text (no blanks around, nothing behind) and returns 0, -EINVAL (not of this form) or
 * -ERANGE (of this form, but too large). Nothing is rounded in silence. Any thread. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

/* 0, 512, 64KiB, 1MiB, 2GiB, 1TiB (powers of 1024); 10kB, 1MB, 1GB, 1TB (powers of 1000); B allowed. Bytes. */
int units_size(const char *text, uint64_t *bytes) MUST_USE;

/* 250us, 50ms, 1.5s, 2m, 1h, 0. A bare number other than 0 has no unit and is refused. Nanoseconds. */
int units_duration(const char *text, int64_t *ns) MUST_USE;

/* 10MB/s, 512KiB/s (sizes as above), or as tc(8) writes them: 100kbit, 10mbit, 1gbit. Bytes a second, rounded down. */
int units_rate(const char *text, uint64_t *bytes) MUST_USE;

/* 0.05 or 5%. In [0, 1]. */
int units_probability(const char *text, double *probability) MUST_USE;

/* A whole number in [0, 2^64). Decimal, or hexadecimal with 0x. */
int units_number(const char *text, uint64_t *number) MUST_USE;

/* Half-open range of bytes [first, end). "A..B" is the bytes from A up to, not including, B; "A.." has no end, "..B" starts
 * at 0, "A" alone is the one byte A. Sizes with units on both sides. An empty range is -EINVAL. */
struct range {
	uint64_t first;
	uint64_t end; /* UINT64_MAX: no end */
};
int units_range(const char *text, struct range *range) MUST_USE;

/* Which occurrences, counted from 1: "3", "2..", "2..10", "1..+2" (1, 3, 5, ...), "2..10+4" (2, 6, 10). The last one is
 * included. The form FIRST[..LAST][+STEP] is strace's `when=`. */
struct ordinals {
	uint64_t first;
	uint64_t last; /* UINT64_MAX: no last */
	uint64_t step; /* 1 or more */
};
int units_ordinals(const char *text, struct ordinals *ordinals) MUST_USE;

static inline int ordinals_have(const struct ordinals *o, uint64_t n)
{
	return n >= o->first && n <= o->last && (n - o->first) % o->step == 0;
}

/* What a quantity was probably meant to say whose sizes have units that are none: "4K..1mb" is "4KiB..1MiB". Whether that is one is for
 * the caller to find out. False where there is nothing to mend, or no room. */
#define UNITS_MENDED_SIZE 96
bool units_mended(const char *text, char mended[UNITS_MENDED_SIZE]);

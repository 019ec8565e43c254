/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counter-based random numbers over XXH3. */
#include "base/draw.h"

#define XXH_INLINE_ALL
#include <endian.h>
#include <math.h>
#include <string.h>
#include <xxhash.h>

uint64_t draw_hash(const void *bytes, size_t length)
{
	return XXH3_64bits(bytes, length);
}

uint64_t draw_text(const char *text)
{
	return draw_hash(text, strlen(text));
}

uint64_t draw_u64(const struct draw_key *key)
{
	const uint64_t words[4] = {htole64(key->who), htole64(key->path), htole64(key->where), htole64(key->lane)};
	return XXH3_64bits_withSeed(words, sizeof words, key->seed);
}

double draw_unit(const struct draw_key *key)
{
	return (double)(draw_u64(key) >> 11) * 0x1p-53;
}

bool draw_chance(const struct draw_key *key, double probability)
{
	return draw_unit(key) < probability;
}

double draw_normal(const struct draw_key *key)
{
	struct draw_key second = *key;
	second.lane++;
	double radius = sqrt(-2 * log(1 - draw_unit(key)));
	return radius * cos(2 * M_PI * draw_unit(&second));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Randomness without state: every draw is a hash of the place it is made for.
 *
 * The same key gives the same number on any thread, in any order, on any machine of any byte order. The hash is XXH3
 * (64 bits), whose outputs are frozen since xxHash 0.8.0, so seeds stay valid. Any thread; nothing fails. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The place that a draw is made for. Equal keys draw equal numbers. */
struct draw_key {
	uint64_t seed;
	uint64_t who;	/* what asks: hash of a rule's name, number of a generator */
	uint64_t path;	/* draw_hash() of the file's path */
	uint64_t where; /* byte offset, per-file ordinal, pixel row ... */
	uint64_t lane;	/* tells apart several draws for one place */
};

uint64_t draw_hash(const void *bytes, size_t length);
uint64_t draw_text(const char *text); /* draw_hash() of the characters before the NUL */

/* 64 uniform bits. */
uint64_t draw_u64(const struct draw_key *key);

/* Uniform in [0, 1), a multiple of 2^-53. */
double draw_unit(const struct draw_key *key);

/* True with the given probability (0 never, 1 always; clamped). */
bool draw_chance(const struct draw_key *key, double probability);

/* Standard normal, by the Box-Muller transform over two lanes (lane and lane + 1). */
double draw_normal(const struct draw_key *key);

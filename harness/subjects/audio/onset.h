/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The onset envelope of a track: by how much it gets louder from one moment to the next. One thread.
 *
 * Levels come from sums, divisions and square roots only, which IEEE 754 rounds in one way, and are made integers at once:
 * the same samples give the same envelope on every machine. */
#pragma once

#include "audio/tempo.h"

struct onset {
	struct tempo *tempo; /* where the envelope goes; borrowed */
	uint32_t hop;        /* samples a moment */
	uint32_t filled;
	double energy;
	int32_t level;   /* of the moment before */
	int32_t rise[2]; /* of the two moments before, the last one first */
};

/* Moments of 512 samples at 44.1 kHz, and as long at any other rate. Begins the tempo, too. */
void onset_begin(struct onset *onset, struct tempo *tempo, const struct kernel *kernel, uint32_t sample_rate);

/* The next sample, all channels mixed; full scale is 1. */
void onset_add(struct onset *onset, double sample);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the onset envelope. */
#include "audio/onset.h"

#include <math.h>

enum { LEVEL_MOST = 32767 }; /* full scale; what is louder (float files) counts as full scale */

/* The smoothing below multiplies by four. */
_Static_assert(4 * LEVEL_MOST <= KERNEL_VALUE_MOST, "the envelope must fit the kernel");

void onset_begin(struct onset *onset, struct tempo *tempo, const struct kernel *kernel, uint32_t sample_rate)
{
	uint32_t hop = (uint32_t)(((uint64_t)sample_rate * 512 + 22050) / 44100);
	*onset = (struct onset){.tempo = tempo, .hop = hop};
	tempo_begin(tempo, kernel, (double)sample_rate / hop);
}

/* Spread each rise over three moments, 1-2-1: a period between two lags then shows at both. */
static void add_rise(struct onset *onset, int32_t rise)
{
	tempo_add(onset->tempo, onset->rise[1] + 2 * onset->rise[0] + rise);
	onset->rise[1] = onset->rise[0];
	onset->rise[0] = rise;
}

static void end_moment(struct onset *onset)
{
	double rms = sqrt(onset->energy / onset->hop);
	int32_t level = rms < 1 ? (int32_t)(rms * LEVEL_MOST) : LEVEL_MOST;
	add_rise(onset, level > onset->level ? level - onset->level : 0);
	onset->level = level;
	onset->energy = 0;
	onset->filled = 0;
}

void onset_add(struct onset *onset, double sample)
{
	onset->energy += sample * sample;
	if (++onset->filled == onset->hop)
		end_moment(onset);
}

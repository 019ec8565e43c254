/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The samples of a synthetic track: a steady tone and clicks at a known tempo. For this folder only.
 *
 * The tone is of the track's own pitch (220 to 880 Hz, a fifth higher on the right), at 0.08 of full scale. A click is 1 kHz
 * that dies away within 10 ms, starts at 0.9 of full scale, and stands at each beat from time 0 on. Every sample can be made
 * alone, in integers, so it is the same on every machine. Any thread; nothing fails. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct tone_shape {
	uint32_t seconds, rate, channels; /* rate 8000 or more; channels 1 or 2 */
	uint32_t bpm;			  /* beats a minute; 0: each track from tone_tempo() */
};

/* The tempo of a track (from 0) where the shape has none: 60, 85, 120, 128, 140, 175, 60 ... */
uint32_t tone_tempo(uint64_t index);

struct tone_track {
	uint32_t rate, channels, bpm;
	uint32_t steps[2];   /* phase of the tone per frame, for each channel; a turn is 2^32 */
	uint32_t click_step; /* the same for the clicks */
	uint32_t click;	     /* frames of a click */
};
void tone_track(const struct tone_shape *shape, uint64_t index, uint64_t seed, struct tone_track *out);

/* Samples [first, first + count) of all channels in turn, 16 bit little-endian, as in WAV. */
void tone_samples(const struct tone_track *track, uint64_t first, size_t count, unsigned char *out);

/* The sine of a phase (a turn is 2^32), times 2^30. Off by less than 2^-20 of full scale: 0.03 of a 16 bit step. */
int32_t tone_sine(uint32_t phase);

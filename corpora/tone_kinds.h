/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The contents of tracks, for tone.c: one function makes the samples of each. For this folder only. */
#pragma once

#include "corpora/tone.h"

/* Adds frames [first, first + count) to samples that are 0. */
typedef void tone_make(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples);

tone_make tone_clicks, tone_drums;		 /* tone_beats.c */
tone_make tone_chords, tone_sweep;		 /* tone_pitch.c */
tone_make tone_silence, tone_white, tone_pink; /* tone_noise.c */

/* Place the voices of the chords; cut the sweep into parts. */
void tone_chords_place(struct tone_track *track);
void tone_sweep_place(const struct tone_shape *shape, struct tone_track *track);

/* Beats (or of each `parts` parts) that have begun by a frame, without the one at 0; the frame at which one begins: the first
 * one at or behind its time. */
uint64_t tone_beats_by(const struct tone_track *track, uint64_t frame, uint32_t parts);
uint64_t tone_beat_frame(const struct tone_track *track, uint64_t beat, uint32_t parts);
/* How many begin within the track. */
uint64_t tone_beats(const struct tone_track *track);

/* Noise: uniform from -peak to peak, another for each place and lane. */
int32_t tone_noise(const struct tone_track *track, uint64_t place, uint64_t lane, int64_t peak);

/* Phase a frame of a frequency in millihertz; a turn is 2^32. */
static inline uint32_t tone_step(uint64_t millihertz, uint32_t rate)
{
	return (uint32_t)((millihertz << 32) / ((uint64_t)rate * 1000));
}

/* Hundredths of full scale. */
static inline int64_t tone_peak(const struct tone_track *track, int percent)
{
	return (int64_t)track->full * percent / 100;
}

static inline int32_t tone_scaled(int32_t sine, int64_t peak)
{
	return (int32_t)(sine * peak >> 30);
}

/* Add the one voice of a frame to all its channels. */
static inline void tone_spread(const struct tone_track *track, int64_t sample, int32_t *frame)
{
	for (uint32_t c = 0; c < track->channels; c++)
		frame[c] += (int32_t)(sample * (16 - c) / 16);
}

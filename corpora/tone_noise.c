/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Noise and silence. */
#include "corpora/tone_kinds.h"

#include "base/draw.h"

#define WHITE_PERCENT 50
#define PINK_PERCENT 90
#define PINK_ROWS 16

int32_t tone_noise(const struct tone_track *track, uint64_t place, uint64_t lane, int64_t peak)
{
	const struct draw_key key = {track->seed, track->noise, track->index, place, lane};
	return (int32_t)((int32_t)(uint32_t)(draw_u64(&key) >> 32) * peak >> 31);
}

void tone_silence(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	(void)track, (void)first, (void)count, (void)samples;
}

void tone_white(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	const int64_t peak = tone_peak(track, WHITE_PERCENT);
	for (size_t i = 0; i < count; i++)
		for (uint32_t c = 0; c < track->channels; c++)
			*samples++ += tone_noise(track, first + i, c, peak);
}

/* Voss and McCartney: the sum of white noises of which each changes half as often as the one before, the slower ones never two at
 * once (R. F. Voss and J. Clarke, J. Acoust. Soc. Am. 63, 1978; J. McCartney, music-dsp list, 1999). Each value is a draw for its
 * row and place, so nothing before a sample is needed. */
static int32_t pink_row(const struct tone_track *track, uint32_t channel, uint32_t row, uint64_t frame)
{
	const uint64_t place = row ? (frame + (UINT64_C(1) << (row - 1))) >> row : frame;
	return tone_noise(track, place, 16 + row * TONE_CHANNELS_MAX + channel, tone_peak(track, PINK_PERCENT));
}

static void add_pink(const struct tone_track *track, uint32_t channel, uint64_t first, size_t count, int32_t *samples)
{
	int32_t rows[PINK_ROWS];
	int64_t slow = 0; /* the sum of all rows but the first one, which changes all the time */
	for (uint32_t row = 1; row < PINK_ROWS; row++)
		slow += rows[row] = pink_row(track, channel, row, first);
	for (uint64_t frame = first; frame < first + count; frame++, samples += track->channels) {
		const uint32_t row = frame > first ? (uint32_t)__builtin_ctzll(frame) + 1 : PINK_ROWS; /* the one that changes */
		if (row < PINK_ROWS) {
			slow -= rows[row];
			slow += rows[row] = pink_row(track, channel, row, frame);
		}
		*samples += (int32_t)((slow + pink_row(track, channel, 0, frame)) / PINK_ROWS);
	}
}

void tone_pink(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	for (uint32_t c = 0; c < track->channels; c++)
		add_pink(track, c, first, count, samples + c);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What stands at beats: clicks over a steady tone, and drums; at one tempo or one that changes evenly in time. */
#include "corpora/tone_kinds.h"

#define TONE_PERCENT 8
#define CLICK_PERCENT 90

/* ---- beats ---- */

uint64_t tone_beats_by(const struct tone_track *track, uint64_t frame, uint32_t parts)
{
	const uint64_t bpm = track->bpm, n = frame;
	if (track->bpm_end == track->bpm)
		return n * bpm * parts / (UINT64_C(60) * track->rate);
	/* The tempo after n of N frames is bpm + (bpm_end - bpm) n/N; its integral has the half of that. */
	const __int128 change = (__int128)track->bpm_end - track->bpm;
	const __int128 twice = 2 * (__int128)bpm * n * track->frames + change * n * n;
	return (uint64_t)(twice * parts / ((__int128)120 * track->rate * track->frames));
}

uint64_t tone_beat_frame(const struct tone_track *track, uint64_t beat, uint32_t parts)
{
	const uint64_t a_minute = (uint64_t)track->bpm * parts;
	if (track->bpm_end == track->bpm)
		return (beat * track->rate * 60 + a_minute - 1) / a_minute;
	uint64_t low = 0, high = track->frames;
	while (low < high) {
		const uint64_t middle = low + (high - low) / 2;
		if (tone_beats_by(track, middle, parts) < beat)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint64_t tone_beats(const struct tone_track *track)
{
	return tone_beats_by(track, track->frames - 1, 1) + 1;
}

/* ---- the tone ---- */

static void add_tone(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	const int64_t peak = tone_peak(track, TONE_PERCENT);
	for (size_t i = 0; i < count; i++)
		for (uint32_t c = 0; c < track->channels; c++)
			*samples++ += tone_scaled(tone_sine((uint32_t)((first + i) * track->steps[c])), peak);
}

/* ---- clicks ---- */

/* What is left after `at` of `whole` frames, under a parabola that ends in 0. */
static int64_t faded(int64_t sample, uint64_t at, uint64_t whole)
{
	const int64_t left = (int64_t)(whole - at), all = (int64_t)whole;
	return sample * left * left / (all * all);
}

/* The click, `frame` frames after its beat: a cosine that dies away. */
static int32_t click_at(const struct tone_track *track, uint32_t frame)
{
	const uint32_t phase = frame * track->click_step + (UINT32_C(1) << 30);
	return (int32_t)faded(tone_scaled(tone_sine(phase), tone_peak(track, CLICK_PERCENT)), frame, track->click);
}

/* The part of [start, start + length) that is in [first, first + count): from *from up to the result. */
static uint64_t overlap(uint64_t start, uint64_t length, uint64_t first, size_t count, uint64_t *from)
{
	const uint64_t end = start + length;
	*from = start > first ? start : first;
	return end < first + count ? end : first + count;
}

static void add_click(const struct tone_track *track, uint64_t start, uint64_t first, size_t count, int32_t *samples)
{
	uint64_t n;
	for (const uint64_t end = overlap(start, track->click, first, count, &n); n < end; n++) {
		const int32_t sample = click_at(track, (uint32_t)(n - start));
		for (uint32_t c = 0; c < track->channels; c++)
			samples[(n - first) * track->channels + c] += sample;
	}
}

void tone_clicks(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	add_tone(track, first, count, samples);
	/* From the last beat at or before the first frame: its click may reach in. */
	uint64_t start, beat = tone_beats_by(track, first, 1);
	while ((start = tone_beat_frame(track, beat++, 1)) < first + count)
		add_click(track, start, first, count, samples);
}

/* ---- drums ---- */

/* One stroke: a tone that falls from one frequency to another, and noise; all die away together. */
struct stroke {
	uint32_t every, at; /* stands at quavers that leave this rest */
	uint32_t milliseconds;
	uint32_t from_hz, to_hz;
	int tone, noise; /* hundredths of full scale */
	bool bright;	 /* noise without its low frequencies */
};

/* Two crotchets' worth of a plain beat; none lasts longer than two quavers at 440 beats a minute. */
static const struct stroke strokes[] = {
	{.every = 4, .at = 0, .milliseconds = 120, .from_hz = 150, .to_hz = 50, .tone = 50},
	{.every = 4, .at = 2, .milliseconds = 100, .from_hz = 190, .to_hz = 190, .tone = 14, .noise = 22},
	{.every = 1, .at = 0, .milliseconds = 30, .noise = 10, .bright = true},
};
#define STROKES (sizeof strokes / sizeof strokes[0])

static int64_t stroke_at(const struct tone_track *track, const struct stroke *stroke, uint64_t n, uint64_t at, uint64_t whole)
{
	const uint64_t from = tone_step(stroke->from_hz * UINT64_C(1000), track->rate);
	const uint64_t fall = from - tone_step(stroke->to_hz * UINT64_C(1000), track->rate);
	int64_t sample = 0;
	if (stroke->tone)
		sample = tone_scaled(tone_sine((uint32_t)(from * at - fall * at * at / (2 * whole))), tone_peak(track, stroke->tone));
	if (stroke->noise && stroke->bright)
		sample += (tone_noise(track, n, 0, tone_peak(track, stroke->noise)) -
			   tone_noise(track, n - 1, 0, tone_peak(track, stroke->noise))) / 2;
	else if (stroke->noise)
		sample += tone_noise(track, n, 0, tone_peak(track, stroke->noise));
	return faded(sample, at, whole);
}

static void add_stroke(const struct tone_track *track, const struct stroke *stroke, uint64_t start, uint64_t first, size_t count,
		       int32_t *samples)
{
	const uint64_t whole = (uint64_t)track->rate * stroke->milliseconds / 1000;
	uint64_t n;
	for (const uint64_t end = overlap(start, whole, first, count, &n); n < end; n++)
		tone_spread(track, stroke_at(track, stroke, n, n - start, whole), samples + (n - first) * track->channels);
}

void tone_drums(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	/* From the quaver before the last one on: its stroke may reach in. */
	const uint64_t last = tone_beats_by(track, first, 2);
	uint64_t start;
	for (uint64_t quaver = last ? last - 1 : 0; (start = tone_beat_frame(track, quaver, 2)) < first + count; quaver++)
		for (size_t i = 0; i < STROKES; i++)
			if (quaver % strokes[i].every == strokes[i].at)
				add_stroke(track, &strokes[i], start, first, count, samples);
}

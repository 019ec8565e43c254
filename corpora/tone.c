/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the samples of a synthetic track, in integers. */
#include "corpora/tone.h"

#include "base/attr.h"
#include "base/draw.h"

#include <endian.h>
#include <string.h>

#define FULL 32767 /* full scale of 16 bits */
#define TONE_PEAK (FULL * 8 / 100)
#define CLICK_PEAK (FULL * 90 / 100)
#define CLICK_HZ 1000
#define CLICKS_A_SECOND 100 /* the length of a click is this part of a second: 10 ms */

/* Samples are made in blocks of so many. */
#define BLOCK 1024

/* ---- one track ---- */

uint32_t tone_tempo(uint64_t index)
{
	/* Spread over what tempo trackers look for, with one pair of octaves (60 and 120) to confuse. */
	static const uint32_t tempi[] = {60, 85, 120, 128, 140, 175};
	return tempi[index % COUNT_OF(tempi)];
}

/* Phase a frame of a frequency in millihertz; a turn is 2^32. */
static uint32_t step_of(uint64_t millihertz, uint32_t rate)
{
	return (uint32_t)((millihertz << 32) / ((uint64_t)rate * 1000));
}

void tone_track(const struct tone_shape *shape, uint64_t index, uint64_t seed, struct tone_track *out)
{
	const struct draw_key key = {.seed = seed, .who = draw_text("tone: pitch"), .where = index};
	uint64_t pitch = 220000 + draw_u64(&key) % 660000;
	*out = (struct tone_track){
		.rate = shape->rate,
		.channels = shape->channels,
		.bpm = shape->bpm ? shape->bpm : tone_tempo(index),
		.steps = {step_of(pitch, shape->rate), step_of(pitch * 3 / 2, shape->rate)},
		.click_step = step_of(CLICK_HZ * 1000, shape->rate),
		.click = shape->rate / CLICKS_A_SECOND,
	};
}

/* ---- the sine ---- */

int32_t tone_sine(uint32_t phase)
{
	/* sin(x * pi/2) for x in [-1, 1] as x (a + b x^2 + c x^4 + d x^6), by the Remez algorithm; all times 2^30. */
	const int64_t a = 1686624005, b = -693522166, c = 85291978, d = -4652626;
	const int64_t quarter = INT64_C(1) << 30;
	int64_t x = (int32_t)phase;
	if (x > quarter)
		x = 2 * quarter - x;
	else if (x < -quarter)
		x = -2 * quarter - x;
	int64_t square = x * x >> 30;
	int64_t sum = c + (d * square >> 30);
	sum = b + (sum * square >> 30);
	sum = a + (sum * square >> 30);
	return (int32_t)(sum * x >> 30);
}

static int scaled(int32_t sine, int peak)
{
	return (int)((int64_t)sine * peak >> 30);
}

/* ---- samples ---- */

static void add_tone(const struct tone_track *track, uint64_t first, size_t count, int *samples)
{
	uint64_t frame = first / track->channels;
	uint32_t channel = (uint32_t)(first % track->channels);
	for (size_t i = 0; i < count; i++) {
		samples[i] += scaled(tone_sine((uint32_t)(frame * track->steps[channel])), TONE_PEAK);
		if (++channel == track->channels) {
			channel = 0;
			frame++;
		}
	}
}

/* The click, `frame` frames after its beat: a cosine under a parabola that ends in 0. */
static int click_at(const struct tone_track *track, uint32_t frame)
{
	int wave = scaled(tone_sine(frame * track->click_step + (UINT32_C(1) << 30)), CLICK_PEAK);
	int64_t left = track->click - frame, whole = track->click;
	return (int)(wave * left * left / (whole * whole));
}

/* The frame of a beat, counted from 0: the first one at or behind its time. */
static uint64_t beat_frame(const struct tone_track *track, uint64_t beat)
{
	return (beat * track->rate * 60 + track->bpm - 1) / track->bpm;
}

/* Add one click to the samples [first, first + count). */
static void add_click(const struct tone_track *track, uint64_t beat, uint64_t first, size_t count, int *samples)
{
	const uint32_t channels = track->channels;
	const uint64_t start = beat_frame(track, beat) * channels, end = start + (uint64_t)track->click * channels;
	for (uint64_t s = start > first ? start : first; s < end && s < first + count; s++)
		samples[s - first] += click_at(track, (uint32_t)((s - start) / channels));
}

static void add_clicks(const struct tone_track *track, uint64_t first, size_t count, int *samples)
{
	/* From the last beat at or before the first frame: its click may reach in. */
	uint64_t beat = first / track->channels * track->bpm / (UINT64_C(60) * track->rate);
	for (; beat_frame(track, beat) * track->channels < first + count; beat++)
		add_click(track, beat, first, count, samples);
}

static void block(const struct tone_track *track, uint64_t first, size_t count, unsigned char *out)
{
	int samples[BLOCK] = {0};
	uint16_t words[BLOCK];
	add_tone(track, first, count, samples);
	add_clicks(track, first, count, samples);
	for (size_t i = 0; i < count; i++)
		words[i] = htole16((uint16_t)samples[i]);
	memcpy(out, words, count * sizeof words[0]);
}

void tone_samples(const struct tone_track *track, uint64_t first, size_t count, unsigned char *out)
{
	for (size_t done = 0; done < count; done += BLOCK) {
		size_t part = count - done < BLOCK ? count - done : BLOCK;
		block(track, first + done, part, out + 2 * done);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What has a known pitch: chords of a key, and sweeps. */
#include "corpora/tone_kinds.h"

/* ---- chords ---- */

/* A chord lasts a second; four make a cadence: tonic, subdominant, dominant (with the leading note, in minor too), tonic. */
#define CHORDS 4
#define VOICES 4
static const int voice_percents[VOICES] = {25, 15, 15, 15};

/* Equal temperament: semitones above C4 (261.626 Hz), millihertz. */
static uint64_t pitch_of(uint32_t semitones)
{
	static const uint32_t octave[12] = {261626, 277183, 293665, 311127, 329628, 349228,
					    369994, 391995, 415305, 440000, 466164, 493883};
	return (uint64_t)octave[semitones % 12] << semitones / 12;
}

void tone_chords_place(struct tone_track *track)
{
	static const uint32_t roots[CHORDS] = {0, 5, 7, 0};
	const uint32_t tonic = (track->key - 1) % 12;
	const bool minor = track->key > 12;
	for (uint32_t i = 0; i < CHORDS; i++) {
		const uint32_t root = tonic + roots[i], third = root + (minor && roots[i] != 7 ? 3 : 4);
		track->voices[i][0] = tone_step(pitch_of(root) / 2, track->rate);
		track->voices[i][1] = tone_step(pitch_of(root), track->rate);
		track->voices[i][2] = tone_step(pitch_of(third), track->rate);
		track->voices[i][3] = tone_step(pitch_of(root + 7), track->rate);
	}
}

/* Chords rise and fall within 10 ms, so that none begins with a click. */
static int64_t shaped(int64_t sample, uint64_t at, uint64_t rate)
{
	const uint64_t edge = rate / 100, left = rate - at, near = at < left ? at : left;
	return near < edge ? sample * (int64_t)near / (int64_t)edge : sample;
}

void tone_chords(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	for (size_t i = 0; i < count; i++) {
		const uint64_t chord = (first + i) / track->rate % CHORDS, at = (first + i) % track->rate;
		int64_t sum = 0;
		for (uint32_t v = 0; v < VOICES; v++)
			sum += tone_scaled(tone_sine((uint32_t)(at * track->voices[chord][v])),
					   tone_peak(track, voice_percents[v]));
		tone_spread(track, shaped(sum, at, track->rate), samples + i * track->channels);
	}
}

/* ---- sweeps ---- */

#define SWEEP_PERCENT 80

/* The phase of a sweep has finer turns, so that an hour of it is still right: 2^48. */
static int64_t fine_step(uint32_t hertz, uint32_t rate)
{
	return (int64_t)(((unsigned __int128)hertz << 48) / rate);
}

static uint64_t phase_at(const struct tone_part *part, uint64_t frame)
{
	const __int128 into = (__int128)(frame - part->first);
	const __int128 bend = part->length ? (__int128)part->change * into * into / (2 * (__int128)part->length) : 0;
	return part->phase + (uint64_t)(part->step * into + bend);
}

/* The frequencies between which a sweep runs evenly, from the lower one up. Returns how many. */
static uint32_t corners(uint32_t low, uint32_t high, bool octaves, uint32_t at[TONE_SWEEP_PARTS + 1])
{
	uint32_t count = 0;
	at[count++] = low;
	for (; octaves && (uint64_t)low * 2 < high && count < TONE_SWEEP_PARTS; low *= 2)
		at[count++] = low * 2;
	at[count++] = high;
	return count;
}

/* How long it takes from one frequency to the next one, at most an octave: parts of 65536. */
static uint64_t duration(uint32_t one, uint32_t other)
{
	const uint64_t low = one < other ? one : other, high = one < other ? other : one;
	return (high - low) * 65536 / low + 1;
}

void tone_sweep_place(const struct tone_shape *shape, struct tone_track *track)
{
	const uint32_t from = shape->from ? shape->from : 1, to = tone_sweep_end(shape);
	uint32_t at[TONE_SWEEP_PARTS + 1];
	const uint32_t count = corners(from < to ? from : to, from < to ? to : from, shape->octaves, at) - 1;
	uint64_t all = 0, past = 0, phase = 0;
	for (uint32_t i = 0; i < count; i++)
		all += duration(at[i], at[i + 1]);
	for (uint32_t i = 0; i < count; i++) {
		const uint32_t one = from < to ? at[i] : at[count - i], other = from < to ? at[i + 1] : at[count - i - 1];
		struct tone_part *part = &track->parts[i];
		part->first = (uint64_t)((unsigned __int128)track->frames * past / all);
		past += duration(one, other);
		part->length = (uint64_t)((unsigned __int128)track->frames * past / all) - part->first;
		part->step = fine_step(one, track->rate);
		part->change = fine_step(other, track->rate) - part->step;
		part->phase = phase;
		phase = phase_at(part, part->first + part->length);
	}
	track->parts_count = count;
}

void tone_sweep(const struct tone_track *track, uint64_t first, size_t count, int32_t *samples)
{
	const struct tone_part *part = track->parts, *last = part + track->parts_count - 1;
	for (size_t i = 0; i < count; i++) {
		while (part < last && first + i >= part->first + part->length)
			part++;
		const uint32_t phase = (uint32_t)(phase_at(part, first + i) >> 16);
		tone_spread(track, tone_scaled(tone_sine(phase), tone_peak(track, SWEEP_PERCENT)), samples + i * track->channels);
	}
}

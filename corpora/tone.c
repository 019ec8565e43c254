/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lays out synthetic tracks, and hands their parts to whoever makes them. */
#include "corpora/tone.h"

#include "base/attr.h"
#include "base/draw.h"
#include "corpora/tone_kinds.h"

#include <string.h>

#define CLICK_HZ 1000
#define CLICKS_A_SECOND 100 /* the length of a click is this part of a second: 10 ms */
#define RAMP_BPM 40

static const struct {
	const char *name;
	tone_make *make;
} kinds[TONE_CONTENTS] = {
	[TONE_CLICKS] = {"clicks", tone_clicks},    [TONE_DRUMS] = {"drums", tone_drums}, [TONE_RAMP] = {"ramp", tone_clicks},
	[TONE_CHORD] = {"chord", tone_chords},	    [TONE_SWEEP] = {"sweep", tone_sweep}, [TONE_SILENCE] = {"silence", tone_silence},
	[TONE_WHITE] = {"white", tone_white},	    [TONE_PINK] = {"pink", tone_pink},	  [TONE_NAN] = {"nan", tone_clicks},
	[TONE_INF] = {"inf", tone_clicks},
};

const char *tone_content_name(enum tone_content content)
{
	return kinds[content].name;
}

/* ---- keys ---- */

static const struct {
	const char *name;
	uint32_t key;
} keys[] = {
	{"C", 1},    {"C#", 2},	  {"D", 3},    {"D#", 4},   {"E", 5},	 {"F", 6},    {"F#", 7},   {"G", 8},	{"G#", 9},
	{"A", 10},   {"A#", 11},  {"B", 12},   {"Cm", 13},  {"C#m", 14}, {"Dm", 15},  {"D#m", 16}, {"Em", 17},	{"Fm", 18},
	{"F#m", 19}, {"Gm", 20},  {"G#m", 21}, {"Am", 22},  {"A#m", 23}, {"Bm", 24},  {"Db", 2},   {"Eb", 4},	{"Gb", 7},
	{"Ab", 9},   {"Bb", 11},  {"Dbm", 14}, {"Ebm", 16}, {"Gbm", 19}, {"Abm", 21}, {"Bbm", 23},
};

const char *tone_key_name(uint32_t key)
{
	return keys[key - 1].name;
}

uint32_t tone_key_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	return 0;
}

/* ---- one track ---- */

uint64_t tone_frames(const struct tone_shape *shape)
{
	return shape->frames ? shape->frames : (uint64_t)shape->seconds * shape->rate;
}

uint32_t tone_sweep_end(const struct tone_shape *shape)
{
	return shape->to ? shape->to : (uint32_t)((uint64_t)shape->rate * 45 / 100);
}

uint32_t tone_tempo(uint64_t index)
{
	/* Spread over what tempo trackers look for, with one pair of octaves (60 and 120) to confuse. */
	static const uint32_t tempi[] = {60, 85, 120, 128, 140, 175};
	return tempi[index % COUNT_OF(tempi)];
}

static void place_tone(struct tone_track *track)
{
	/* Of the track's own pitch: a fifth higher, a third, an octave ... */
	static const uint32_t ratios[TONE_CHANNELS_MAX][2] = {{1, 1}, {3, 2}, {5, 4}, {2, 1}, {15, 8}, {9, 8}, {5, 3}, {4, 3}};
	const struct draw_key key = {.seed = track->seed, .who = draw_text("tone: pitch"), .where = track->index};
	const uint64_t pitch = 220000 + draw_u64(&key) % 660000;
	for (uint32_t c = 0; c < TONE_CHANNELS_MAX; c++) {
		track->pitches[c] = (uint32_t)(pitch * ratios[c][0] / ratios[c][1]);
		track->steps[c] = tone_step(track->pitches[c], track->rate);
	}
}

static void place_tempo(const struct tone_shape *shape, struct tone_track *track)
{
	track->bpm = shape->bpm ? shape->bpm : tone_tempo(track->index);
	track->bpm_end = shape->bpm_end ? shape->bpm_end : shape->content == TONE_RAMP ? track->bpm + RAMP_BPM : track->bpm;
}

void tone_track(const struct tone_shape *shape, uint64_t index, uint64_t seed, struct tone_track *out)
{
	*out = (struct tone_track){
		.content = shape->content,
		.seed = seed,
		.index = index,
		.frames = tone_frames(shape),
		.noise = draw_text("tone: noise"),
		.full = pcm_kinds[shape->encoding].full,
		.rate = shape->rate,
		.channels = shape->channels,
		.key = shape->key ? shape->key : (uint32_t)(index % TONE_KEYS) + 1,
		.click_step = tone_step(CLICK_HZ * 1000, shape->rate),
		.click = shape->rate / CLICKS_A_SECOND,
	};
	place_tone(out);
	place_tempo(shape, out);
	tone_chords_place(out);
	tone_sweep_place(shape, out);
}

void tone_samples(const struct tone_track *track, uint64_t first, size_t count, int32_t *out)
{
	memset(out, 0, count * track->channels * sizeof *out);
	kinds[track->content].make(track, first, count, out);
}

size_t tone_odd(const struct tone_track *track, struct tone_odd at[TONE_ODD_MAX])
{
	size_t count = 0;
	if (track->content != TONE_NAN && track->content != TONE_INF)
		return 0;
	for (uint64_t quarter = 1; quarter <= TONE_ODD_MAX; quarter++) {
		const uint64_t frame = track->frames * quarter / 4;
		if (count == 0 || at[count - 1].frame != frame)
			at[count++] = (struct tone_odd){frame, track->content == TONE_NAN ? 0 : quarter == 2 ? -1 : 1};
	}
	return count;
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

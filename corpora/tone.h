/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The samples of a synthetic track, and what is true of them. For this folder only.
 *
 * Nine tenths of full scale are never exceeded by more than the tone under the clicks (0.08). Every frame can be made alone, in
 * integers, so it is the same on every machine. Contents with one voice have it on all channels, on each by a sixteenth of it
 * softer than on the one before, so that swapped channels show. Any thread; nothing fails. */
#pragma once

#include "base/buf.h"
#include "base/jsonw.h"
#include "corpora/pcm.h"

#include <stddef.h>
#include <stdint.h>

#define TONE_CHANNELS_MAX 8
#define TONE_RATE_MAX 192000
#define TONE_SECONDS_MAX 86400

enum tone_content {
	TONE_CLICKS,
	TONE_DRUMS,
	TONE_RAMP,
	TONE_CHORD,
	TONE_SWEEP,
	TONE_SILENCE,
	TONE_WHITE,
	TONE_PINK,
	TONE_NAN,
	TONE_INF,
	TONE_CONTENTS
};

/* A key: 1 to 12 are C, C# ... B major, 13 to 24 C to B minor. */
#define TONE_KEYS 24

enum tone_format { TONE_WAV, TONE_RF64, TONE_W64, TONE_FLAC };
#define TONE_FORMATS 4

struct tone_shape {
	uint64_t frames;   /* 0: as many as `seconds` have */
	uint32_t seconds, rate, channels; /* rate 8000 or more; channels 1 to 8 */
	uint32_t bpm;	   /* beats a minute; 0: each track from tone_tempo() */
	uint32_t bpm_end;  /* at the end of the track; 0: the same; for TONE_RAMP: 40 more */
	uint32_t key;	   /* of TONE_CHORD; 0: each track its own */
	uint32_t from, to; /* of TONE_SWEEP, Hz; to 0: 0.45 of the rate */
	bool octaves;	   /* TONE_SWEEP: each octave takes as long as any other, and rises evenly in itself */
	enum tone_content content;
	enum pcm_encoding encoding; /* gives full scale, and where NaN may be */
	enum tone_format format;
};

/* Frames of a track; the last frequency of a sweep. */
uint64_t tone_frames(const struct tone_shape *shape);
uint32_t tone_sweep_end(const struct tone_shape *shape);

/* The tempo of a track (from 0) where the shape has none: 60, 85, 120, 128, 140, 175, 60 ... */
uint32_t tone_tempo(uint64_t index);

/* The name of a content ("clicks"), a format ("wav") and a key ("C#", "Am"). Static. */
const char *tone_content_name(enum tone_content content);
const char *tone_format_name(enum tone_format format);
const char *tone_key_name(uint32_t key);
/* The key with this name (flats are known too), or 0. */
uint32_t tone_key_named(const char *name);

#define TONE_SWEEP_PARTS 20
struct tone_part { /* of a sweep: its frequency changes evenly */
	uint64_t first, length; /* frames */
	uint64_t phase;		/* at its beginning; a turn is 2^48, as for the steps */
	int64_t step, change;	/* phase a frame at its beginning; how much more at its end */
};

struct tone_track {
	enum tone_content content;
	uint64_t seed, index, frames;
	uint64_t noise; /* what its draws are made for */
	int32_t full;	/* full scale */
	uint32_t rate, channels, bpm, bpm_end, key;
	uint32_t pitches[TONE_CHANNELS_MAX]; /* millihertz */
	uint32_t steps[TONE_CHANNELS_MAX];   /* phase of the tone per frame, for each channel; a turn is 2^32 */
	uint32_t click_step; /* the same for the clicks */
	uint32_t click;	     /* frames of a click */
	uint32_t voices[4][4]; /* the same for the voices of each chord */
	struct tone_part parts[TONE_SWEEP_PARTS];
	uint32_t parts_count;
};
void tone_track(const struct tone_shape *shape, uint64_t index, uint64_t seed, struct tone_track *out);

/* Frames [first, first + count), within the track, of all channels in turn. */
void tone_samples(const struct tone_track *track, uint64_t first, size_t count, int32_t *out);

/* Frames of the track at which all channels are NaN, or infinite with this sign: up to 3, rising. Returns how many. */
#define TONE_ODD_MAX 3
struct tone_odd {
	uint64_t frame;
	int sign; /* as for pcm_put_odd() */
};
size_t tone_odd(const struct tone_track *track, struct tone_odd at[TONE_ODD_MAX]);

/* "120 BPM", "drums at 90 BPM", "pink noise". */
void tone_explain(const struct tone_shape *shape, struct buf *out);

/* Members of the object that stands open. */
void tone_tell(const struct tone_shape *shape, const struct tone_track *track, struct jsonw *to);

/* The sine of a phase (a turn is 2^32), times 2^30. Off by less than 2^-20 of full scale: 0.03 of a 16 bit step. */
int32_t tone_sine(uint32_t phase);

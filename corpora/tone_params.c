/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads and checks the parameters of tracks. */
#include "corpora/tone_params.h"

#include "base/nearest.h"
#include "corpora/flac.h"
#include "corpora/wav.h"
#include "corpora/within.h"

#include <stdio.h>
#include <string.h>

/* Trackers look for 60 to 200 beats a minute; clicks of 10 ms stay apart far beyond. */
#define BPM_MIN 20
#define BPM_MAX 400

static WITHIN(read_rate, uint32_t, 8000, TONE_RATE_MAX)
static WITHIN(read_channels, uint32_t, 1, TONE_CHANNELS_MAX)
static WITHIN(read_from, uint32_t, 1, TONE_RATE_MAX / 2)
static WITHIN(read_to, uint32_t, 0, TONE_RATE_MAX / 2)

/* ---- how long: whichever of both is said last ---- */

static int read_seconds(struct yaml_at at, void *into, struct err *err)
{
	struct tone_shape *shape = into;
	uint64_t seconds;
	int rc = within_read(at, 1, TONE_SECONDS_MAX, &seconds, err);
	if (!rc) {
		shape->seconds = (uint32_t)seconds;
		shape->frames = 0;
	}
	return rc;
}

static int read_frames(struct yaml_at at, void *into, struct err *err)
{
	return within_read(at, 1, (uint64_t)TONE_SECONDS_MAX * TONE_RATE_MAX, &((struct tone_shape *)into)->frames, err);
}

/* ---- numbers and words ---- */

static int read_bpm(struct yaml_at at, void *into, struct err *err)
{
	uint64_t bpm;
	int rc = within_read(at, 0, BPM_MAX, &bpm, err);
	if (!rc && bpm && bpm < BPM_MIN)
		return yaml_error(at, err, "%s beats a minute are too few: give %d to %d, or 0 for a tempo of each track's own",
				  at.node->text, BPM_MIN, BPM_MAX);
	if (!rc)
		*(uint32_t *)into = (uint32_t)bpm;
	return rc;
}

struct choice {
	const char *name;
};

/* The place in the table of the word at `at`, or a complaint and -EINVAL. */
static int read_choice(struct yaml_at at, const char *what, const struct choice *table, size_t count, struct err *err)
{
	char hint[NEAREST_HINT_SIZE], all[160] = "";
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct choice *found = named_in(table, count, sizeof table[0], text);
	if (found)
		return (int)(found - table);
	const char *near = nearest_in(table, count, sizeof table[0], text);
	if (near)
		return yaml_error(at, err, "unknown %s '%s'%s", what, text, nearest_hint(hint, near));
	for (size_t i = 0, length = 0; i < count && length < sizeof all; i++)
		length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", i ? ", " : "", table[i].name);
	return yaml_error(at, err, "unknown %s '%s' (%s)", what, text, all);
}

static int read_content(struct yaml_at at, void *into, struct err *err)
{
	struct choice contents[TONE_CONTENTS];
	for (int i = 0; i < TONE_CONTENTS; i++)
		contents[i].name = tone_content_name((enum tone_content)i);
	int found = read_choice(at, "content", contents, TONE_CONTENTS, err);
	if (found >= 0)
		*(enum tone_content *)into = (enum tone_content)found;
	return found < 0 ? found : 0;
}

static int read_encoding(struct yaml_at at, void *into, struct err *err)
{
	struct choice encodings[PCM_ENCODINGS];
	for (int i = 0; i < PCM_ENCODINGS; i++)
		encodings[i].name = pcm_kinds[i].name;
	int found = read_choice(at, "encoding", encodings, PCM_ENCODINGS, err);
	if (found >= 0)
		*(enum pcm_encoding *)into = (enum pcm_encoding)found;
	return found < 0 ? found : 0;
}

static int read_format(struct yaml_at at, void *into, struct err *err)
{
	struct choice formats[TONE_FORMATS];
	for (int i = 0; i < TONE_FORMATS; i++)
		formats[i].name = tone_format_name((enum tone_format)i);
	int found = read_choice(at, "format", formats, TONE_FORMATS, err);
	if (found >= 0)
		*(enum tone_format *)into = (enum tone_format)found;
	return found < 0 ? found : 0;
}

static int read_sweep(struct yaml_at at, void *into, struct err *err)
{
	static const struct choice sweeps[] = {{"linear"}, {"octave"}};
	int found = read_choice(at, "sweep", sweeps, COUNT_OF(sweeps), err);
	if (found >= 0)
		*(bool *)into = found == 1;
	return found < 0 ? found : 0;
}

static int read_key(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const uint32_t key = tone_key_named(text);
	if (!key && strcmp(text, "own") != 0)
		return yaml_error(at, err, "'%s' is no key: write C, C#, Db ... B, with m behind it for minor, or own", text);
	*(uint32_t *)into = key;
	return 0;
}

const struct yaml_field tone_fields[TONE_FIELDS] = {
	SYNTH_FIELDS("files"),
	YAML_FIELD(struct synth_spec, "seconds", tone, read_seconds),
	YAML_FIELD(struct synth_spec, "frames", tone, read_frames),
	YAML_FIELD(struct synth_spec, "rate", tone.rate, read_rate),
	YAML_FIELD(struct synth_spec, "channels", tone.channels, read_channels),
	YAML_FIELD(struct synth_spec, "format", tone.format, read_format),
	YAML_FIELD(struct synth_spec, "encoding", tone.encoding, read_encoding),
	YAML_FIELD(struct synth_spec, "content", tone.content, read_content),
	YAML_FIELD(struct synth_spec, "bpm", tone.bpm, read_bpm),
	YAML_FIELD(struct synth_spec, "bpm_end", tone.bpm_end, read_bpm),
	YAML_FIELD(struct synth_spec, "key", tone.key, read_key),
	YAML_FIELD(struct synth_spec, "from", tone.from, read_from),
	YAML_FIELD(struct synth_spec, "to", tone.to, read_to),
	YAML_FIELD(struct synth_spec, "sweep", tone.octaves, read_sweep),
};

/* ---- all together ---- */

struct wav_shape tone_as_wav(const struct tone_shape *shape)
{
	static const enum wav_format formats[TONE_FORMATS] = {
		[TONE_WAV] = WAV_RIFF, [TONE_RF64] = WAV_RF64, [TONE_W64] = WAV_W64};
	return (struct wav_shape){.format = formats[shape->format], .encoding = shape->encoding, .rate = shape->rate,
				  .channels = shape->channels, .frames = tone_frames(shape)};
}

struct flac_shape tone_as_flac(const struct tone_shape *shape)
{
	return (struct flac_shape){.rate = shape->rate, .channels = shape->channels,
				   .bits = pcm_kinds[shape->encoding].bytes * 8, .frames = tone_frames(shape)};
}

static int check_size(const struct tone_shape *shape, struct err *err)
{
	struct wav wav;
	const struct wav_shape as_wav = tone_as_wav(shape);
	if (shape->format != TONE_WAV)
		return 0;
	wav_layout(&as_wav, &wav);
	if (wav.size <= WAV_RIFF_MAX)
		return 0;
	return err_set(err, EINVAL, "%llu frames of %u bytes are more than the 4 GiB of a WAV file (format=rf64 has room for them)",
		       (unsigned long long)as_wav.frames, shape->channels * pcm_kinds[shape->encoding].bytes);
}

int tone_check(const struct synth_spec *spec, struct err *err)
{
	const struct tone_shape *shape = &spec->tone;
	const struct pcm_kind *kind = &pcm_kinds[shape->encoding];
	if (shape->format == TONE_FLAC && (kind->is_float || kind->bytes > 3))
		return err_set(err, EINVAL, "FLAC holds samples of 8, 16 or 24 bits, not %s: give encoding=u8, s16 or s24", kind->name);
	if ((shape->content == TONE_NAN || shape->content == TONE_INF) && !kind->is_float)
		return err_set(err, EINVAL, "no sample of %s is %s: give encoding=f32 or f64", kind->name,
			       tone_content_name(shape->content));
	if (shape->content == TONE_SWEEP && (shape->from > shape->rate / 2 || shape->to > shape->rate / 2))
		return err_set(err, EINVAL, "a sweep from %u to %u Hz is more than the half of the rate, %u Hz", shape->from,
			       tone_sweep_end(shape), shape->rate);
	return check_size(shape, err);
}

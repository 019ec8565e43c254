/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The generator `tone`: tracks with clicks at a known tempo, as WAV files. */
#include "base/scope.h"
#include "corpora/synth.h"
#include "corpora/wav.h"
#include "corpora/within.h"

#include <string.h>

/* Trackers look for 60 to 200 beats a minute; clicks of 10 ms stay apart far beyond. */
#define BPM_MIN 20
#define BPM_MAX 400

static WITHIN(read_seconds, uint32_t, 1, 86400)
static WITHIN(read_rate, uint32_t, 8000, 192000)
static WITHIN(read_channels, uint32_t, 1, 2)

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

static const struct yaml_field fields[] = {
	SYNTH_FIELDS("files"),
	YAML_FIELD(struct synth_spec, "seconds", tone.seconds, read_seconds),
	YAML_FIELD(struct synth_spec, "rate", tone.rate, read_rate),
	YAML_FIELD(struct synth_spec, "channels", tone.channels, read_channels),
	YAML_FIELD(struct synth_spec, "bpm", tone.bpm, read_bpm),
};

static uint64_t data_bytes(const struct tone_shape *shape)
{
	return (uint64_t)shape->seconds * shape->rate * shape->channels * 2;
}

static int check(const struct synth_spec *spec, struct err *err)
{
	if (data_bytes(&spec->tone) > WAV_DATA_MAX)
		return err_set(err, EINVAL, "%u seconds of %u Hz are more than the 4 GiB of a WAV file", spec->tone.seconds,
			       spec->tone.rate);
	return 0;
}

static void explain(const struct synth_spec *spec, struct buf *out)
{
	const struct tone_shape *shape = &spec->tone;
	buf_printf(out, "%llu track%s of %u s, %u Hz, %s, ", (unsigned long long)spec->count, spec->count == 1 ? "" : "s",
		   shape->seconds, shape->rate, shape->channels == 1 ? "mono" : "stereo");
	if (shape->bpm)
		buf_printf(out, "%u BPM", shape->bpm);
	else
		buf_text(out, "each of its own tempo");
}

static const char *suffix(const struct synth_spec *spec)
{
	(void)spec;
	return ".wav";
}

struct maker {
	struct tone_shape shape;
	uint64_t seed;
};

static int open_maker(const struct synth_spec *spec, uint64_t seed, void **out)
{
	struct maker *maker = malloc(sizeof *maker);
	if (!maker)
		return -ENOMEM;
	*maker = (struct maker){spec->tone, seed};
	*out = maker;
	return 0;
}

static int size(void *self, uint64_t index, uint64_t *bytes)
{
	(void)index;
	const struct maker *maker = self;
	*bytes = WAV_HEAD_SIZE + data_bytes(&maker->shape);
	return 0;
}

static void tell(void *self, uint64_t index, struct jsonw *to)
{
	const struct maker *maker = self;
	struct tone_track track;
	tone_track(&maker->shape, index, maker->seed, &track);
	jsonw_key(to, "bpm");
	jsonw_uint(to, track.bpm);
}

struct file {
	struct tone_track track;
	unsigned char head[WAV_HEAD_SIZE];
	uint64_t size;
};

static int open_file(void *self, uint64_t index, void **out)
{
	const struct maker *maker = self;
	struct file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	uint64_t data = data_bytes(&maker->shape);
	tone_track(&maker->shape, index, maker->seed, &file->track);
	wav_head(maker->shape.rate, maker->shape.channels, (uint32_t)data, file->head);
	file->size = WAV_HEAD_SIZE + data;
	*out = file;
	return 0;
}

/* Samples from a place among them that may be in the middle of one. Returns how many bytes were made, 1 at least. */
static size_t read_samples(const struct file *file, unsigned char *bytes, size_t length, uint64_t place)
{
	unsigned char whole[2];
	if (place % 2 == 0 && length >= 2) {
		tone_samples(&file->track, place / 2, length / 2, bytes);
		return length / 2 * 2;
	}
	tone_samples(&file->track, place / 2, 1, whole);
	bytes[0] = whole[place % 2];
	return 1;
}

static size_t read_part(const struct file *file, unsigned char *bytes, size_t length, uint64_t offset)
{
	if (offset >= WAV_HEAD_SIZE)
		return read_samples(file, bytes, length, offset - WAV_HEAD_SIZE);
	size_t left = (size_t)(WAV_HEAD_SIZE - offset), part = length < left ? length : left;
	memcpy(bytes, file->head + offset, part);
	return part;
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	const struct file *file = self;
	if (offset >= file->size)
		return 0;
	if (length > file->size - offset)
		length = (size_t)(file->size - offset);
	for (size_t done = 0; done < length;)
		done += read_part(file, (unsigned char *)bytes + done, length - done, offset + done);
	return (ssize_t)length;
}

const struct generator synth_tone = {
	.name = "tone",
	.usual = {
		.generator = &synth_tone,
		.count = 10, .digits = 3, .prefix = "track_",
		.tone = {.seconds = 10, .rate = 44100, .channels = 1},
	},
	.fields = fields,
	.fields_count = COUNT_OF(fields),
	.check = check,
	.explain = explain,
	.suffix = suffix,
	.size = size,
	.tell = tell,
	.open = open_maker,
	.close = free,
	.file_open = open_file,
	.file_close = free,
	.file_read = read_file,
};

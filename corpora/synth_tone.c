/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The generator `tone`: tracks of known content, as WAV, RF64, Wave64 and FLAC files. */
#include "base/scope.h"
#include "corpora/flac.h"
#include "corpora/synth.h"
#include "corpora/tone_params.h"
#include "corpora/wav.h"

#include <string.h>

/* Samples are made in blocks of at most so many. */
#define BLOCK 1024

static void explain(const struct synth_spec *spec, struct buf *out)
{
	const struct tone_shape *shape = &spec->tone;
	buf_printf(out, "%llu track%s of ", (unsigned long long)spec->count, spec->count == 1 ? "" : "s");
	if (shape->frames)
		buf_printf(out, "%llu frames", (unsigned long long)shape->frames);
	else
		buf_printf(out, "%u s", shape->seconds);
	buf_printf(out, ", %u Hz, ", shape->rate);
	if (shape->channels <= 2)
		buf_text(out, shape->channels == 1 ? "mono" : "stereo");
	else
		buf_printf(out, "%u channels", shape->channels);
	if (shape->format != TONE_WAV || shape->encoding != PCM_S16)
		buf_printf(out, ", %s %s", tone_format_name(shape->format), pcm_kinds[shape->encoding].name);
	buf_text(out, ", ");
	tone_explain(shape, out);
}

static const char *suffix(const struct synth_spec *spec)
{
	static const char *const suffixes[TONE_FORMATS] = {
		[TONE_WAV] = ".wav", [TONE_RF64] = ".wav", [TONE_W64] = ".w64", [TONE_FLAC] = ".flac"};
	return suffixes[spec->tone.format];
}

/* What a corpus keeps: of FLAC, the MD5 of each track once it is known (untouched memory costs nothing). */
struct maker {
	struct tone_shape shape;
	uint64_t seed;
	struct flac_md5 md5s[];
};

static int open_maker(const struct synth_spec *spec, uint64_t seed, void **out)
{
	const uint64_t md5s = spec->tone.format == TONE_FLAC ? spec->count : 0;
	struct maker *maker = calloc(1, sizeof *maker + md5s * sizeof maker->md5s[0]);
	if (!maker)
		return -ENOMEM;
	maker->shape = spec->tone;
	maker->seed = seed;
	*out = maker;
	return 0;
}

static int size(void *self, uint64_t index, uint64_t *bytes)
{
	(void)index;
	const struct maker *maker = self;
	struct wav wav;
	if (maker->shape.format == TONE_FLAC) {
		const struct flac_shape shape = tone_as_flac(&maker->shape);
		*bytes = flac_size(&shape);
	} else {
		const struct wav_shape shape = tone_as_wav(&maker->shape);
		wav_layout(&shape, &wav);
		*bytes = wav.size;
	}
	return 0;
}

static void tell(void *self, uint64_t index, struct jsonw *to)
{
	const struct maker *maker = self;
	struct tone_track track;
	tone_track(&maker->shape, index, maker->seed, &track);
	tone_tell(&maker->shape, &track, to);
}

/* ---- files ---- */

struct file {
	struct tone_track track;
	enum pcm_encoding encoding;
	uint32_t frame_size; /* bytes */
	struct tone_odd odd[TONE_ODD_MAX];
	size_t odd_count;
	struct wav wav;
	struct flac *flac; /* NULL: it is a kind of WAV */
};

static void flac_samples(const void *track, uint64_t first, size_t count, int32_t *out)
{
	tone_samples(track, first, count, out);
}

static int open_flac(struct maker *maker, uint64_t index, struct file *file)
{
	const struct flac_track track = {
		.shape = tone_as_flac(&maker->shape),
		.samples = flac_samples,
		.from = &file->track,
		.md5 = &maker->md5s[index],
	};
	return flac_open(&track, &file->flac);
}

static int open_file(void *self, uint64_t index, void **out)
{
	struct maker *maker = self;
	SCOPED_FREE struct file *file = calloc(1, sizeof *file);
	if (!file)
		return -ENOMEM;
	tone_track(&maker->shape, index, maker->seed, &file->track);
	file->encoding = maker->shape.encoding;
	file->frame_size = maker->shape.channels * pcm_kinds[file->encoding].bytes;
	file->odd_count = tone_odd(&file->track, file->odd);
	const struct wav_shape as_wav = tone_as_wav(&maker->shape);
	wav_layout(&as_wav, &file->wav);
	int rc = maker->shape.format == TONE_FLAC ? open_flac(maker, index, file) : 0;
	if (!rc)
		*out = take_ptr(&file);
	return rc;
}

static void close_file(void *self)
{
	struct file *file = self;
	if (file->flac)
		flac_close(file->flac);
	free(file);
}

/* Frames whose samples are no numbers, among those [first, first + count) in `bytes`. */
static void put_odd(const struct file *file, uint64_t first, size_t count, unsigned char *bytes)
{
	const uint32_t width = pcm_kinds[file->encoding].bytes;
	for (size_t i = 0; i < file->odd_count; i++) {
		const struct tone_odd *odd = &file->odd[i];
		if (odd->frame < first || odd->frame >= first + count)
			continue;
		unsigned char *at = bytes + (odd->frame - first) * file->frame_size;
		for (uint32_t c = 0; c < file->track.channels; c++)
			pcm_put_odd(file->encoding, odd->sign, at + c * width);
	}
}

static void put_frames(const struct file *file, uint64_t first, size_t count, unsigned char *bytes)
{
	int32_t samples[BLOCK];
	tone_samples(&file->track, first, count, samples);
	pcm_put(file->encoding, samples, count * file->track.channels, bytes);
	put_odd(file, first, count, bytes);
}

/* Bytes from a place among the samples that may be in the middle of a frame. Returns how many were made, 1 at least. */
static size_t read_samples(const struct file *file, unsigned char *bytes, size_t length, uint64_t place)
{
	unsigned char frame[TONE_CHANNELS_MAX * PCM_BYTES_MAX];
	const uint64_t first = place / file->frame_size;
	const size_t skip = place % file->frame_size, most = BLOCK / file->track.channels;
	size_t count = length / file->frame_size;
	if (skip == 0 && count > 0) {
		count = count < most ? count : most;
		put_frames(file, first, count, bytes);
		return count * file->frame_size;
	}
	put_frames(file, first, 1, frame);
	const size_t part = file->frame_size - skip < length ? file->frame_size - skip : length;
	memcpy(bytes, frame + skip, part);
	return part;
}

static size_t read_wav(const struct file *file, unsigned char *bytes, size_t length, uint64_t offset)
{
	const struct wav *wav = &file->wav;
	const bool in_head = offset < wav->head_size;
	const uint64_t end = in_head ? wav->head_size : wav->head_size + wav->data;
	if (offset >= end) {
		memset(bytes, 0, length); /* behind the samples */
		return length;
	}
	if (length > end - offset)
		length = (size_t)(end - offset);
	if (!in_head)
		return read_samples(file, bytes, length, offset - wav->head_size);
	memcpy(bytes, wav->head + offset, length);
	return length;
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	const struct file *file = self;
	if (file->flac)
		return flac_read(file->flac, bytes, length, offset);
	if (offset >= file->wav.size)
		return 0;
	if (length > file->wav.size - offset)
		length = (size_t)(file->wav.size - offset);
	for (size_t done = 0; done < length;)
		done += read_wav(file, (unsigned char *)bytes + done, length - done, offset + done);
	return (ssize_t)length;
}

const struct generator synth_tone = {
	.name = "tone",
	.usual = {
		.generator = &synth_tone,
		.count = 10, .digits = 3, .prefix = "track_",
		.tone = {.seconds = 10, .rate = 44100, .channels = 1, .from = 20},
	},
	.fields = tone_fields,
	.fields_count = TONE_FIELDS,
	.check = tone_check,
	.explain = explain,
	.suffix = suffix,
	.size = size,
	.tell = tell,
	.open = open_maker,
	.close = free,
	.file_open = open_file,
	.file_close = close_file,
	.file_read = read_file,
};

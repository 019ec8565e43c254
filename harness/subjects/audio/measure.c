/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Measures one track. */
#include "audio/measure.h"

#include "audio/onset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_SIZE = 4096,      /* bytes from the front, read at once: what a codec asks for there are crumbs */
	READ_SIZE = 128 << 10, /* bytes of samples at a time */
	DECODE_COUNT = 4096,   /* samples at a time */
};

_Static_assert((int)TRACK_CHANNELS_MOST <= (int)DECODE_COUNT, "a frame must fit");

/* All that one measurement needs while it goes on. */
struct meter {
	const struct codec *codec;
	struct source *source;
	struct track track;
	struct onset onset;
	struct tempo tempo;
	double peak, squares;
	uint64_t frames; /* measured so far */
	uint8_t head[HEAD_SIZE];
	size_t head_length;
	uint8_t bytes[READ_SIZE];
	double samples[DECODE_COUNT];
};

static size_t smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

static int read_for_codec(void *of, uint64_t offset, void *buffer, size_t length, struct failure *why)
{
	struct meter *meter = of;
	if (offset > meter->head_length || length > meter->head_length - offset)
		return source_read(meter->source, offset, buffer, length, why);
	memcpy(buffer, meter->head + offset, length);
	return 0;
}

static int open_track(struct meter *meter, struct failure *why)
{
	meter->head_length = smaller(meter->source->size, HEAD_SIZE);
	if (source_read(meter->source, 0, meter->head, meter->head_length, why))
		return -1;
	struct track_file file = {.size = meter->source->size, .read = read_for_codec, .of = meter};
	if (meter->codec->open(&file, &meter->track, why))
		return failure_in(why, meter->source->name);
	return 0;
}

static void add_frame(struct meter *meter, const double *frame)
{
	uint32_t channels = meter->track.channels;
	double mixed = 0;
	for (uint32_t i = 0; i < channels; i++) {
		meter->peak = fmax(meter->peak, fabs(frame[i]));
		meter->squares += frame[i] * frame[i];
		mixed += frame[i];
	}
	onset_add(&meter->onset, mixed / channels);
	meter->frames++;
}

/* Decode and measure frames that are in memory, no more than fit into samples. */
static int measure_piece(struct meter *meter, const uint8_t *bytes, size_t frames, struct failure *why)
{
	size_t channels = meter->track.channels;
	size_t count = meter->codec->decode(&meter->track, bytes, frames * channels, meter->samples);
	if (count < frames * channels)
		return failure_set(why, CODE_CORRUPTED, meter->source->name, "frame %llu holds what is no number",
				   (unsigned long long)(meter->frames + count / channels));
	for (size_t i = 0; i < frames; i++)
		add_frame(meter, meter->samples + i * channels);
	return 0;
}

static int measure_block(struct meter *meter, size_t frames, struct failure *why)
{
	const struct track *track = &meter->track;
	uint64_t offset = track->data_at + meter->frames * track->frame_size;
	if (source_read(meter->source, offset, meter->bytes, frames * track->frame_size, why))
		return -1;
	for (size_t done = 0; done < frames;) {
		size_t piece = smaller(frames - done, DECODE_COUNT / track->channels);
		if (measure_piece(meter, meter->bytes + done * track->frame_size, piece, why))
			return -1;
		done += piece;
	}
	return 0;
}

static int measure(struct meter *meter, const struct kernel *kernel, struct failure *why)
{
	if (open_track(meter, why))
		return -1;
	const struct track *track = &meter->track;
	onset_begin(&meter->onset, &meter->tempo, kernel, track->sample_rate);
	while (meter->frames < track->frames)
		if (measure_block(meter, smaller(track->frames - meter->frames, READ_SIZE / track->frame_size), why))
			return -1;
	return source_at_end(meter->source, why);
}

static void conclude(struct measures *measures, struct meter *meter)
{
	double samples = (double)meter->track.frames * meter->track.channels;
	*measures = (struct measures){
		.bytes = meter->source->size,
		.track = meter->track,
		.peak = meter->peak,
		.rms = samples > 0 ? sqrt(meter->squares / samples) : 0,
		.tempo = tempo_end(&meter->tempo),
	};
}

int measure_track(struct measures *measures, struct source *source, const struct codec *codec,
		     const struct kernel *kernel, struct failure *why)
{
	struct meter *meter = calloc(1, sizeof *meter);
	if (!meter)
		return failure_memory(why, source->name, "the samples");
	meter->codec = codec;
	meter->source = source;
	int rc = measure(meter, kernel, why);
	if (rc == 0)
		conclude(measures, meter);
	free(meter);
	return rc;
}

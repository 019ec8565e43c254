/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes heads of WAV files. Sources: Microsoft/IBM, Multimedia Programming Interface 1.0, "Waveform Audio File Format";
 * Microsoft, "Multiple Channel Audio Data and WAVE Files" (WAVE_FORMAT_EXTENSIBLE, from 3 channels or 17 bits on; fact for all
 * that is not PCM); EBU Tech 3306 (RF64); Sony Pictures Digital, "Wave64 File Format". */
#include "corpora/wav.h"

#include "corpora/numbers.h"

#include <string.h>

#define TAG_PCM 1
#define TAG_FLOAT 3
#define TAG_EXTENSIBLE 0xfffe
#define UNKNOWN_32 UINT32_MAX /* RF64: the number stands in ds64 */

struct cursor {
	unsigned char *at;
	bool wide; /* Wave64 */
};

static void put_bytes(struct cursor *c, const void *bytes, size_t length)
{
	memcpy(c->at, bytes, length);
	c->at += length;
}

static void put_le(struct cursor *c, uint64_t number, int bytes)
{
	number_put_le(c->at, number, bytes);
	c->at += bytes;
}

/* Wave64: the four letters and the rest of a GUID. */
static void put_guid(struct cursor *c, const char *tag)
{
	static const unsigned char riff[12] = {0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0};
	static const unsigned char other[12] = {0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a};
	put_bytes(c, tag, 4);
	put_bytes(c, strcmp(tag, "riff") == 0 ? riff : other, sizeof riff);
}

/* Tag and size of a chunk with so many bytes behind. Wave64 counts the tag and the size too. */
static void begin(struct cursor *c, const char *tag, uint64_t bytes)
{
	if (c->wide) {
		put_guid(c, tag);
		put_le(c, bytes + 24, 8);
	} else {
		put_bytes(c, tag, 4);
		put_le(c, bytes, 4);
	}
}

/* Wave64: chunks begin at multiples of 8 bytes. */
static void end(struct cursor *c, const unsigned char *head)
{
	while (c->wide && (c->at - head) % 8)
		*c->at++ = 0;
}

uint32_t wav_speakers(uint32_t channels)
{
	/* Centre; left and right; those three; four corners; 5.0; 5.1; 6.1; 7.1. */
	static const uint32_t speakers[] = {0, 0x4, 0x3, 0x7, 0x33, 0x607, 0x60f, 0x70f, 0x63f};
	return speakers[channels];
}

static bool is_extensible(const struct wav_shape *shape)
{
	const struct pcm_kind *kind = &pcm_kinds[shape->encoding];
	return shape->channels > 2 || (!kind->is_float && kind->bytes > 2);
}

/* What is more in an extensible format: the samples' own bits, the speakers, the tag as a GUID. */
static void put_extension(struct cursor *c, const struct wav_shape *shape, uint32_t tag)
{
	static const unsigned char subformat[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
	put_le(c, 22, 2);
	put_le(c, pcm_kinds[shape->encoding].bytes * 8, 2);
	put_le(c, wav_speakers(shape->channels), 4);
	put_le(c, tag, 2);
	put_bytes(c, subformat, sizeof subformat);
}

static void put_format(struct cursor *c, const struct wav_shape *shape)
{
	const struct pcm_kind *kind = &pcm_kinds[shape->encoding];
	const uint32_t frame = shape->channels * kind->bytes, tag = kind->is_float ? TAG_FLOAT : TAG_PCM;
	begin(c, "fmt ", is_extensible(shape) ? 40 : kind->is_float ? 18 : 16);
	put_le(c, is_extensible(shape) ? TAG_EXTENSIBLE : tag, 2);
	put_le(c, shape->channels, 2);
	put_le(c, shape->rate, 4);
	put_le(c, (uint64_t)shape->rate * frame, 4); /* bytes a second */
	put_le(c, frame, 2);			     /* bytes of a sample of all channels */
	put_le(c, kind->bytes * 8, 2);		     /* bits of a sample */
	if (is_extensible(shape))
		put_extension(c, shape, tag);
	else if (kind->is_float)
		put_le(c, 0, 2); /* bytes of an extension */
}

/* The number of frames once more. */
static void put_fact(struct cursor *c, const struct wav_shape *shape)
{
	const int bytes = shape->format == WAV_W64 ? 8 : 4;
	begin(c, "fact", (uint64_t)bytes);
	put_le(c, shape->format == WAV_RF64 ? UNKNOWN_32 : shape->frames, bytes);
}

/* The sizes that did not fit. */
static void put_ds64(struct cursor *c, const struct wav_shape *shape, const struct wav *wav)
{
	begin(c, "ds64", 28);
	put_le(c, wav->size - 8, 8);
	put_le(c, wav->data, 8);
	put_le(c, shape->frames, 8);
	put_le(c, 0, 4); /* sizes of further chunks */
}

static void put_beginning(struct cursor *c, const struct wav_shape *shape, const struct wav *wav)
{
	static const char *const tags[] = {[WAV_RIFF] = "RIFF", [WAV_RF64] = "RF64", [WAV_W64] = "riff"};
	const uint64_t sizes[] = {[WAV_RIFF] = wav->size - 8, [WAV_RF64] = UNKNOWN_32, [WAV_W64] = wav->size - 24};
	begin(c, tags[shape->format], sizes[shape->format]);
	if (shape->format == WAV_W64)
		put_guid(c, "wave");
	else
		put_bytes(c, "WAVE", 4);
	if (shape->format == WAV_RF64)
		put_ds64(c, shape, wav);
}

/* All of the head, with the sizes as they stand in `wav`. */
static void put_head(const struct wav_shape *shape, struct wav *wav)
{
	struct cursor c = {wav->head, shape->format == WAV_W64};
	put_beginning(&c, shape, wav);
	put_format(&c, shape);
	end(&c, wav->head);
	if (pcm_kinds[shape->encoding].is_float)
		put_fact(&c, shape);
	end(&c, wav->head);
	begin(&c, "data", shape->format == WAV_RF64 ? UNKNOWN_32 : wav->data);
	wav->head_size = (uint32_t)(c.at - wav->head);
}

void wav_layout(const struct wav_shape *shape, struct wav *out)
{
	const uint64_t unit = shape->format == WAV_W64 ? 1 : 2; /* a chunk that is the last of Wave64 needs no filling */
	*out = (struct wav){.data = shape->frames * shape->channels * pcm_kinds[shape->encoding].bytes};
	put_head(shape, out); /* for its length, on which the sizes depend */
	out->size = out->head_size + (out->data + unit - 1) / unit * unit;
	put_head(shape, out);
}

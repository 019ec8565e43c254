/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The codec module for WAV: PCM of 8, 16, 24 and 32 bits, and 32-bit float.
 *
 * Sources: "Multimedia Programming Interface and Data Specifications 1.0" (RIFF, fmt, data) and Microsoft's "Multiple Channel
 * Audio Data and WAVE Files" (WAVE_FORMAT_EXTENSIBLE). */
#include "audio/codec.h"
#include "common/attr.h"

#include <math.h>
#include <string.h>

enum {
	HEAD_SIZE = 12, /* "RIFF", size, "WAVE" */
	CHUNK_SIZE = 8, /* name, size */
	FORMAT_SIZE = 16,
	EXTENSIBLE_SIZE = 40,
	CHUNKS_MOST = 1000, /* an honest file has a dozen */
	TAG_PCM = 1,
	TAG_FLOAT = 3,
	TAG_EXTENSIBLE = 0xfffe,
};

/* A file on its way from chunk to chunk. */
struct walk {
	const struct track_file *file;
	struct track *track;
	struct failure *why;
	uint64_t end; /* of the RIFF chunk */
	bool has_format, has_data;
};

/* The chunk that the walk has come to. */
struct chunk {
	char name[5];
	uint64_t at; /* of its body */
	uint32_t length;
};

#define CORRUPTED(walk, ...) failure_set((walk)->why, CODE_CORRUPTED, "", __VA_ARGS__)
#define UNREADABLE(walk, ...) failure_set((walk)->why, CODE_BAD_FORMAT, "", __VA_ARGS__)

static uint32_t number16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t number32(const uint8_t *at)
{
	return number16(at) | number16(at + 2) << 16;
}

static int read_at(const struct walk *walk, uint64_t offset, void *buffer, size_t length)
{
	return walk->file->read(walk->file->of, offset, buffer, length, walk->why);
}

/* What only one byte of padding behind the end may differ. */
static bool is_as_long_as(uint64_t size, uint64_t end)
{
	return size == end || (end % 2 && size == end + 1);
}

static int take_head(struct walk *walk)
{
	uint8_t head[HEAD_SIZE];
	if (walk->file->size < sizeof head)
		return CORRUPTED(walk, "%llu bytes are too few for a WAV file", (unsigned long long)walk->file->size);
	if (read_at(walk, 0, head, sizeof head))
		return -1;
	if (memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
		return CORRUPTED(walk, "does not begin like a WAV file");
	walk->end = CHUNK_SIZE + (uint64_t)number32(head + 4);
	if (!is_as_long_as(walk->file->size, walk->end))
		return CORRUPTED(walk, "its head promises %llu bytes, it has %llu", (unsigned long long)walk->end,
				 (unsigned long long)walk->file->size);
	return 0;
}

/* The format tag, looked up in the extension if that is where it stands. 0: none that is read here. */
static uint32_t tag_of(const uint8_t *format, uint32_t length)
{
	/* The last 14 bytes of every sub-format that stands for a plain tag (KSDATAFORMAT_SUBTYPE_...). */
	static const uint8_t plain[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
	uint32_t tag = number16(format);
	if (tag != TAG_EXTENSIBLE)
		return tag;
	if (length < EXTENSIBLE_SIZE || memcmp(format + 26, plain, sizeof plain) != 0)
		return 0;
	return number16(format + 24);
}

static bool is_read_here(uint32_t tag, uint32_t bits)
{
	if (tag == TAG_FLOAT)
		return bits == 32;
	return tag == TAG_PCM && (bits == 8 || bits == 16 || bits == 24 || bits == 32);
}

static int check_format(struct walk *walk, uint32_t tag, uint32_t bytes_a_second)
{
	const struct track *track = walk->track;
	if (track->channels == 0 || track->channels > TRACK_CHANNELS_MOST)
		return CORRUPTED(walk, "%u channels are absurd", track->channels);
	if (track->sample_rate < TRACK_RATE_LEAST || track->sample_rate > TRACK_RATE_MOST)
		return CORRUPTED(walk, "a sample rate of %u Hz is absurd", track->sample_rate);
	if (!is_read_here(tag, track->bits))
		return UNREADABLE(walk, "samples of %u bits under format tag %u are not read here", track->bits, tag);
	if (track->frame_size != track->channels * track->bits / 8)
		return CORRUPTED(walk, "a block of %u bytes does not hold %u samples of %u bits", track->frame_size,
				 track->channels, track->bits);
	if (bytes_a_second != (uint64_t)track->sample_rate * track->frame_size)
		return CORRUPTED(walk, "%u bytes a second are not %u Hz of %u bytes", bytes_a_second, track->sample_rate,
				 track->frame_size);
	return 0;
}

static int take_format(struct walk *walk, const struct chunk *chunk)
{
	uint8_t format[EXTENSIBLE_SIZE] = {0};
	if (walk->has_format)
		return CORRUPTED(walk, "has a second fmt chunk");
	if (chunk->length < FORMAT_SIZE)
		return CORRUPTED(walk, "its fmt chunk has only %u bytes", chunk->length);
	if (read_at(walk, chunk->at, format, chunk->length < sizeof format ? chunk->length : sizeof format))
		return -1;
	uint32_t tag = tag_of(format, chunk->length);
	*walk->track = (struct track){
		.channels = number16(format + 2),
		.sample_rate = number32(format + 4),
		.frame_size = number16(format + 12),
		.bits = number16(format + 14),
		.is_float = tag == TAG_FLOAT,
	};
	walk->has_format = true;
	return check_format(walk, tag, number32(format + 8));
}

static int take_data(struct walk *walk, const struct chunk *chunk)
{
	if (!walk->has_format)
		return CORRUPTED(walk, "its data come before their format");
	if (walk->has_data)
		return CORRUPTED(walk, "has a second data chunk");
	if (chunk->length % walk->track->frame_size)
		return CORRUPTED(walk, "its data end within a frame");
	walk->track->frames = chunk->length / walk->track->frame_size;
	walk->track->data_at = chunk->at;
	walk->has_data = true;
	return 0;
}

/* A four-character code is "ASCII alphanumeric ... padded on the right with blanks": what is none is not a chunk, but data that
 * a lying length left over. */
static bool is_name(const char *name)
{
	for (; *name; name++)
		if (*name < ' ' || *name > '~')
			return false;
	return true;
}

static int read_chunk(struct walk *walk, uint64_t at, struct chunk *chunk)
{
	uint8_t head[CHUNK_SIZE];
	if (walk->end - at < sizeof head)
		return CORRUPTED(walk, "ends within the head of a chunk");
	if (read_at(walk, at, head, sizeof head))
		return -1;
	*chunk = (struct chunk){.at = at + CHUNK_SIZE, .length = number32(head + 4)};
	memcpy(chunk->name, head, 4);
	if (strlen(chunk->name) != 4 || !is_name(chunk->name))
		return CORRUPTED(walk, "at %llu there is no chunk", (unsigned long long)at);
	if (chunk->length > walk->end - chunk->at)
		return CORRUPTED(walk, "its chunk '%s' reaches beyond the end", chunk->name);
	return 0;
}

static int take_chunk(struct walk *walk, const struct chunk *chunk)
{
	if (strcmp(chunk->name, "fmt ") == 0)
		return take_format(walk, chunk);
	if (strcmp(chunk->name, "data") == 0)
		return take_data(walk, chunk);
	return 0;
}

static int take_chunks(struct walk *walk)
{
	struct chunk chunk;
	int count = 0;
	for (uint64_t at = HEAD_SIZE; at < walk->end; at = chunk.at + chunk.length + chunk.length % 2) {
		if (count++ == CHUNKS_MOST)
			return CORRUPTED(walk, "has more than %d chunks", CHUNKS_MOST);
		if (read_chunk(walk, at, &chunk) || take_chunk(walk, &chunk))
			return -1;
	}
	return walk->has_data ? 0 : CORRUPTED(walk, "has no data chunk");
}

static int open_track(const struct track_file *file, struct track *track, struct failure *why)
{
	struct walk walk = {.file = file, .track = track, .why = why};
	return take_head(&walk) ? -1 : take_chunks(&walk);
}

static double sample_float(const uint8_t *at)
{
	uint32_t bits = number32(at);
	float value;
	memcpy(&value, &bits, sizeof value);
	return (double)value;
}

/* Integers are put at the top of 32 bits, so that one scale fits all. 8-bit samples alone have an offset. */
static double sample_integer(const uint8_t *at, uint32_t bits)
{
	uint32_t value = 0;
	for (uint32_t shift = 32 - bits; shift < 32; shift += 8)
		value |= (uint32_t)*at++ << shift;
	if (bits == 8)
		value ^= UINT32_C(1) << 31;
	return (double)(int32_t)value / 2147483648.0;
}

static size_t decode(const struct track *track, const uint8_t *bytes, size_t count, double *samples)
{
	size_t step = track->bits / 8;
	for (size_t i = 0; i < count; i++, bytes += step) {
		samples[i] = track->is_float ? sample_float(bytes) : sample_integer(bytes, track->bits);
		if (!isfinite(samples[i]))
			return i;
	}
	return count;
}

extern const struct codec audio_codec;
EXPORT const struct codec audio_codec = {
	.abi = CODEC_ABI,
	.suffix = "wav",
	.open = open_track,
	.decode = decode,
};

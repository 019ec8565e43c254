/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes FLAC files block by block (RFC 9639). */
#include "corpora/flac.h"

#include "corpora/crc.h"
#include "corpora/numbers.h"

#include <errno.h>
#include <md5.h>
#include <stdlib.h>
#include <string.h>

/* ---- the layout ---- */

#define HEAD_SIZE 42u /* "fLaC", head of a metadata block, STREAMINFO */
#define MD5_AT (HEAD_SIZE - FLAC_MD5_SIZE)
#define BLOCK_FRAME 7u /* around the number and the subframes: 4 bytes of head, its CRC-8, the CRC-16 of all */
#define SHORT_FIELD 2u /* the length of a block that is not FLAC_BLOCK */

/* What the RFC calls a frame. Here, frames are the samples of one moment. */
struct block {
	uint64_t index, offset;
	uint32_t frames, size;
};

static uint64_t blocks_of(const struct flac_shape *shape)
{
	return (shape->frames + FLAC_BLOCK - 1) / FLAC_BLOCK;
}

/* Bytes of the numbers of the first `count` blocks, coded as UTF-8 codes characters, of up to 36 bits. */
static uint64_t numbers_before(uint64_t count)
{
	static const uint64_t longer[] = {0x80, 0x800, 0x10000, 0x200000, 0x4000000, 0x80000000};
	uint64_t bytes = count;
	for (size_t i = 0; i < sizeof longer / sizeof longer[0] && count > longer[i]; i++)
		bytes += count - longer[i];
	return bytes;
}

static uint32_t subframes_size(const struct flac_shape *shape, uint32_t frames)
{
	return shape->channels * (1 + frames * (shape->bits / 8));
}

/* Where a block begins: all before it are long. */
static uint64_t block_offset(const struct flac_shape *shape, uint64_t index)
{
	return HEAD_SIZE + index * (BLOCK_FRAME + (uint64_t)subframes_size(shape, FLAC_BLOCK)) + numbers_before(index);
}

static struct block block_number(const struct flac_shape *shape, uint64_t index)
{
	const uint64_t left = shape->frames - index * FLAC_BLOCK;
	struct block block = {.index = index, .offset = block_offset(shape, index)};
	block.frames = left < FLAC_BLOCK ? (uint32_t)left : FLAC_BLOCK;
	block.size = BLOCK_FRAME + (uint32_t)(numbers_before(index + 1) - numbers_before(index)) +
		     (block.frames == FLAC_BLOCK ? 0 : SHORT_FIELD) + subframes_size(shape, block.frames);
	return block;
}

/* The block that holds a byte behind the head. */
static struct block block_at(const struct flac_shape *shape, uint64_t offset)
{
	uint64_t low = 0, high = blocks_of(shape) - 1;
	while (low < high) {
		const uint64_t middle = low + (high - low + 1) / 2;
		if (block_offset(shape, middle) <= offset)
			low = middle;
		else
			high = middle - 1;
	}
	return block_number(shape, low);
}

uint64_t flac_size(const struct flac_shape *shape)
{
	const struct block last = block_number(shape, blocks_of(shape) - 1);
	return last.offset + last.size;
}

/* ---- numbers ---- */

static unsigned char *put_be(unsigned char *at, uint64_t number, int bytes)
{
	number_put_be(at, number, bytes);
	return at + bytes;
}

/* A number as UTF-8 codes characters, in `bytes` bytes. */
static unsigned char *put_number(unsigned char *at, uint64_t number, uint32_t bytes)
{
	if (bytes == 1)
		return put_be(at, number, 1);
	*at++ = (unsigned char)(UINT64_C(0xff) << (8 - bytes) | number >> 6 * (bytes - 1));
	for (uint32_t i = bytes - 1; i-- > 0;)
		*at++ = (unsigned char)(0x80 | (number >> 6 * i & 0x3f));
	return at;
}

/* ---- the head ---- */

struct flac {
	struct flac_track track;
	uint64_t size;
	uint64_t kept; /* index of the block in `bytes`; UINT64_MAX: none */
	unsigned char *bytes;
	int32_t samples[]; /* of a block */
};

/* The samples as MD5 has them: little-endian, signed. */
static void add_to_md5(MD5_CTX *md5, const int32_t *samples, size_t count, uint32_t width)
{
	unsigned char bytes[1024 * 3];
	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < 1024 ? count - done : 1024;
		for (size_t i = 0; i < part; i++)
			for (uint32_t b = 0; b < width; b++)
				bytes[i * width + b] = (unsigned char)((uint32_t)samples[done + i] >> 8 * b);
		MD5Update(md5, bytes, part * width);
	}
}

static void make_md5(struct flac *flac, unsigned char digest[FLAC_MD5_SIZE])
{
	const struct flac_shape *shape = &flac->track.shape;
	MD5_CTX md5;
	MD5Init(&md5);
	flac->kept = UINT64_MAX; /* its samples make room */
	for (uint64_t i = 0; i < blocks_of(shape); i++) {
		const struct block block = block_number(shape, i);
		flac->track.samples(flac->track.from, i * FLAC_BLOCK, block.frames, flac->samples);
		add_to_md5(&md5, flac->samples, (size_t)block.frames * shape->channels, shape->bits / 8);
	}
	MD5Final(digest, &md5);
}

static void put_md5(struct flac *flac, unsigned char digest[FLAC_MD5_SIZE])
{
	const struct flac_shape *shape = &flac->track.shape;
	struct flac_md5 *known = flac->track.md5;
	uint64_t halves[2] = {0, 0};
	if (shape->frames * shape->channels * (shape->bits / 8) <= FLAC_MD5_MAX) {
		halves[0] = known->halves[0];
		halves[1] = known->halves[1];
		if (!halves[0] || !halves[1])
			make_md5(flac, (unsigned char *)halves);
		known->halves[0] = halves[0];
		known->halves[1] = halves[1];
	}
	memcpy(digest, halves, FLAC_MD5_SIZE);
}

static void put_head(const struct flac_shape *shape, unsigned char head[MD5_AT])
{
	memcpy(head, "fLaC", 4);
	unsigned char *at = put_be(head + 4, 0x80, 1); /* STREAMINFO, the last metadata block */
	at = put_be(at, 34, 3);
	at = put_be(at, FLAC_BLOCK, 2); /* the least block, without the last one, and the largest */
	at = put_be(at, FLAC_BLOCK, 2);
	at = put_be(at, 0, 6); /* bytes of the least and the largest block: not told */
	put_be(at, (uint64_t)shape->rate << 44 | (uint64_t)(shape->channels - 1) << 41 | (uint64_t)(shape->bits - 1) << 36 |
		   shape->frames, 8);
}

/* ---- blocks ---- */

/* The code of a rate in the head of a block; 0: as in STREAMINFO. RFC 9639, 9.1.2. */
static uint32_t rate_code(uint32_t rate)
{
	static const uint32_t rates[] = {0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000};
	for (uint32_t code = 1; code < sizeof rates / sizeof rates[0]; code++)
		if (rates[code] == rate)
			return code;
	return 0;
}

static unsigned char *put_block_head(const struct flac_shape *shape, const struct block *block, unsigned char *from)
{
	const uint32_t whole_code = 12, short_code = 7; /* 4096; 16 bits at the end of the head */
	const uint32_t length_code = block->frames == FLAC_BLOCK ? whole_code : short_code;
	const uint32_t bits_code = shape->bits == 8 ? 1 : shape->bits == 16 ? 4 : 6;
	unsigned char *at = put_be(from, 0xfff8, 2); /* blocks of one length, counted */
	at = put_be(at, length_code << 4 | rate_code(shape->rate), 1);
	at = put_be(at, (shape->channels - 1) << 4 | bits_code << 1, 1);
	at = put_number(at, block->index, (uint32_t)(numbers_before(block->index + 1) - numbers_before(block->index)));
	if (length_code == short_code)
		at = put_be(at, block->frames - 1, 2);
	return put_be(at, crc8(0, from, (size_t)(at - from)), 1);
}

static unsigned char *put_subframe(const struct flac *flac, const struct block *block, uint32_t channel, unsigned char *at)
{
	const uint32_t channels = flac->track.shape.channels;
	const int width = (int)flac->track.shape.bits / 8;
	*at++ = 1 << 1; /* verbatim, no wasted bits */
	for (uint32_t i = 0; i < block->frames; i++)
		at = put_be(at, (uint32_t)flac->samples[i * channels + channel], width);
	return at;
}

static void make_block(struct flac *flac, const struct block *block)
{
	const struct flac_shape *shape = &flac->track.shape;
	if (flac->kept == block->index)
		return;
	flac->track.samples(flac->track.from, block->index * FLAC_BLOCK, block->frames, flac->samples);
	unsigned char *at = put_block_head(shape, block, flac->bytes);
	for (uint32_t c = 0; c < shape->channels; c++)
		at = put_subframe(flac, block, c, at);
	put_be(at, crc16(0, flac->bytes, (size_t)(at - flac->bytes)), 2);
	flac->kept = block->index;
}

/* ---- reading ---- */

int flac_open(const struct flac_track *track, struct flac **out)
{
	const struct flac_shape *shape = &track->shape;
	const uint32_t frames = shape->frames < FLAC_BLOCK ? (uint32_t)shape->frames : FLAC_BLOCK;
	const size_t samples = (size_t)frames * shape->channels * sizeof(int32_t);
	const size_t bytes = BLOCK_FRAME + 7 + SHORT_FIELD + subframes_size(shape, frames);
	struct flac *flac = malloc(sizeof *flac + samples + bytes);
	if (!flac)
		return -ENOMEM;
	*flac = (struct flac){.track = *track, .size = flac_size(shape), .kept = UINT64_MAX};
	flac->bytes = (unsigned char *)flac->samples + samples;
	*out = flac;
	return 0;
}

void flac_close(struct flac *flac)
{
	free(flac);
}

static size_t copied(void *to, const unsigned char *piece, uint64_t size, uint64_t skip, size_t length)
{
	const size_t part = size - skip < length ? (size_t)(size - skip) : length;
	memcpy(to, piece + skip, part);
	return part;
}

/* The MD5 is a piece of its own, so that what stands before it is there at once. */
static size_t read_part(struct flac *flac, unsigned char *to, size_t length, uint64_t offset)
{
	unsigned char head[HEAD_SIZE];
	if (offset < MD5_AT) {
		put_head(&flac->track.shape, head);
		return copied(to, head, MD5_AT, offset, length);
	}
	if (offset < HEAD_SIZE) {
		put_md5(flac, head);
		return copied(to, head, FLAC_MD5_SIZE, offset - MD5_AT, length);
	}
	const struct block block = block_at(&flac->track.shape, offset);
	make_block(flac, &block);
	return copied(to, flac->bytes, block.size, offset - block.offset, length);
}

ssize_t flac_read(struct flac *flac, void *bytes, size_t length, uint64_t offset)
{
	if (offset >= flac->size)
		return 0;
	if (length > flac->size - offset)
		length = (size_t)(flac->size - offset);
	for (size_t done = 0; done < length;)
		done += read_part(flac, (unsigned char *)bytes + done, length - done, offset + done);
	return (ssize_t)length;
}

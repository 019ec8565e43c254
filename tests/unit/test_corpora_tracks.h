/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Readers of WAV, RF64, Wave64 and FLAC for tests: small, strict, and written without a look at what writes them. */
#pragma once

#include "test_corpora.h"

struct heard {
	uint32_t tag, channels, rate, bits, mask;
	uint64_t frames;
	const unsigned char *data; /* of WAV and its relatives: the samples */
	int32_t *samples;	   /* of FLAC; free() */
	unsigned char md5[16];
};

static inline uint64_t le_at(const unsigned char *bytes, int count)
{
	uint64_t number = 0;
	for (int i = count; i-- > 0;)
		number = number << 8 | bytes[i];
	return number;
}

static inline uint64_t be_at(const unsigned char *bytes, int count)
{
	uint64_t number = 0;
	for (int i = 0; i < count; i++)
		number = number << 8 | bytes[i];
	return number;
}

/* ---- WAV and its relatives ---- */

static inline void hear_format(const unsigned char *at, uint64_t length, struct heard *out)
{
	static const unsigned char rest[14] = {0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71};
	out->tag = (uint32_t)le_at(at, 2);
	out->channels = (uint32_t)le_at(at + 2, 2);
	out->rate = (uint32_t)le_at(at + 4, 4);
	out->bits = (uint32_t)le_at(at + 14, 2);
	assert_int_equal(le_at(at + 12, 2), out->channels * out->bits / 8);
	assert_int_equal(le_at(at + 8, 4), out->rate * (out->channels * out->bits / 8));
	if (out->tag == 0xfffe) {
		assert_int_equal(length, 40);
		assert_int_equal(le_at(at + 16, 2), 22);
		assert_int_equal(le_at(at + 18, 2), out->bits);
		assert_memory_equal(at + 26, rest, sizeof rest);
		out->mask = (uint32_t)le_at(at + 20, 4);
		out->tag = (uint32_t)le_at(at + 24, 2);
	} else if (out->tag == 3) {
		assert_int_equal(length, 18);
		assert_int_equal(le_at(at + 16, 2), 0);
	} else {
		assert_int_equal(length, 16);
	}
}

/* The chunks behind the beginning of a file. `wide`: those of Wave64. */
static inline void hear_chunks(const unsigned char *bytes, uint64_t at, uint64_t size, bool wide, uint64_t long_data, struct heard *out)
{
	uint64_t fact = UINT64_MAX;
	while (!out->data) {
		const uint64_t head = wide ? 24 : 8, length = wide ? le_at(bytes + at + 16, 8) - 24 : le_at(bytes + at + 4, 4);
		assert_true(at + head <= size);
		if (memcmp(bytes + at, "fmt ", 4) == 0) {
			hear_format(bytes + at + head, length, out);
		} else if (memcmp(bytes + at, "fact", 4) == 0) {
			fact = le_at(bytes + at + head, wide ? 8 : 4);
		} else {
			assert_memory_equal(bytes + at, "data", 4);
			const uint64_t data = long_data == UINT64_MAX ? length : long_data;
			assert_true(long_data == UINT64_MAX || length == UINT32_MAX);
			assert_int_equal(size, at + head + data + (wide ? 0 : data % 2));
			assert_true(data % 2 == 0 || wide || bytes[size - 1] == 0);
			out->data = bytes + at + head;
			out->frames = data / (out->channels * out->bits / 8);
		}
		at += head + length;
		at += wide ? (8 - at % 8) % 8 : length % 2;
	}
	assert_true((out->tag == 3) == (fact != UINT64_MAX));
	assert_true(out->tag == 1 || (long_data != UINT64_MAX ? fact == UINT32_MAX : fact == out->frames));
}

static inline void hear_wav(const unsigned char *bytes, uint64_t size, struct heard *out)
{
	assert_memory_equal(bytes + 8, "WAVE", 4);
	if (memcmp(bytes, "RIFF", 4) == 0) {
		assert_int_equal(le_at(bytes + 4, 4), size - 8);
		hear_chunks(bytes, 12, size, false, UINT64_MAX, out);
		return;
	}
	assert_memory_equal(bytes, "RF64\xff\xff\xff\xff", 8);
	assert_memory_equal(bytes + 12, "ds64\x1c\0\0\0", 8);
	assert_int_equal(le_at(bytes + 20, 8), size - 8);
	hear_chunks(bytes, 48, size, false, le_at(bytes + 28, 8), out);
	assert_int_equal(le_at(bytes + 36, 8), out->frames);
	assert_int_equal(le_at(bytes + 44, 4), 0);
}

static inline void hear_w64(const unsigned char *bytes, uint64_t size, struct heard *out)
{
	/* GUIDs as libsndfile has them. */
	assert_memory_equal(bytes, "riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\0\0", 16);
	assert_int_equal(le_at(bytes + 16, 8), size);
	assert_memory_equal(bytes + 24, "wave\xf3\xac\xd3\x11\x8c\xd1\0\xc0\x4f\x8e\xdb\x8a", 16);
	hear_chunks(bytes, 40, size, true, UINT64_MAX, out);
}

/* ---- FLAC ---- */

static inline uint32_t crc_of(const unsigned char *bytes, uint64_t length, int width, uint32_t polynomial)
{
	uint32_t crc = 0;
	for (uint64_t i = 0; i < length; i++)
		for (int bit = 7; bit >= 0; bit--) {
			const uint32_t out = (crc >> (width - 1) & 1) ^ (bytes[i] >> bit & 1u);
			crc = (crc << 1 & ((1u << width) - 1)) ^ (out ? polynomial : 0);
		}
	return crc;
}

/* The number in the head of a block, as UTF-8 has it. Returns how many bytes. */
static inline unsigned hear_number(const unsigned char *at, uint64_t *number)
{
	unsigned bytes = 0;
	while (at[0] << bytes & 0x80)
		bytes++;
	*number = at[0] & (0x7fu >> bytes);
	for (unsigned i = 1; i < bytes; i++) {
		assert_int_equal(at[i] & 0xc0, 0x80);
		*number = *number << 6 | (at[i] & 0x3f);
	}
	return bytes ? bytes : 1;
}

/* The head of the block with this number. Returns its length; *frames is of the block. */
static inline unsigned hear_block_head(const unsigned char *at, uint64_t number, const struct heard *head, uint32_t *frames)
{
	static const uint32_t rates[16] = {0, 88200, 176400, 192000, 8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000};
	static const uint32_t bits[8] = {0, 8, 12, 0, 16, 20, 24, 32};
	uint64_t found;
	assert_memory_equal(at, "\xff\xf8", 2);
	assert_true((at[2] & 15) == 0 || rates[at[2] & 15] == head->rate);
	assert_int_equal((at[3] >> 4) + 1u, head->channels);
	assert_int_equal(bits[at[3] >> 1 & 7], head->bits);
	unsigned length = 4 + hear_number(at + 4, &found);
	assert_int_equal(found, number);
	*frames = 4096;
	if (at[2] >> 4 != 12) {
		assert_int_equal(at[2] >> 4, 7);
		*frames = (uint32_t)be_at(at + length, 2) + 1;
		length += 2;
	}
	assert_int_equal(crc_of(at, length, 8, 0x07), at[length]);
	return length + 1;
}

static inline void hear_flac_head(const unsigned char *bytes, struct heard *out)
{
	assert_memory_equal(bytes, "fLaC\x80\0\0\x22\x10\0\x10\0", 12);
	const uint64_t packed = be_at(bytes + 18, 8);
	out->rate = (uint32_t)(packed >> 44);
	out->channels = (packed >> 41 & 7) + 1;
	out->bits = (packed >> 36 & 31) + 1;
	out->frames = packed & 0xfffffffff;
	memcpy(out->md5, bytes + 26, 16);
}

static inline uint64_t hear_block(const unsigned char *at, uint64_t number, uint64_t first, struct heard *out)
{
	uint32_t frames;
	const int width = (int)out->bits / 8;
	uint64_t length = hear_block_head(at, number, out, &frames);
	for (uint32_t c = 0; c < out->channels; c++) {
		assert_int_equal(at[length++], 2); /* verbatim */
		for (uint32_t i = 0; i < frames; i++, length += (uint64_t)width)
			out->samples[(first + i) * out->channels + c] =
				(int32_t)((uint32_t)be_at(at + length, width) << (32 - out->bits)) >> (32 - out->bits);
	}
	assert_int_equal(crc_of(at, length, 16, 0x8005), be_at(at + length, 2));
	return length + 2;
}

static inline void hear_flac(const unsigned char *bytes, uint64_t size, struct heard *out)
{
	hear_flac_head(bytes, out);
	out->samples = calloc(out->frames * out->channels + 4096 * 8, sizeof *out->samples);
	assert_non_null(out->samples);
	uint64_t at = 42;
	for (uint64_t number = 0; number * 4096 < out->frames; number++)
		at += hear_block(bytes + at, number, number * 4096, out);
	assert_int_equal(at, size);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compares sound by its samples: WAV files (RIFF, RIFX, RF64) of PCM and floating point. */
#include "harness/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe };

struct wave {
	bool big_endian, formatted;
	unsigned tag, channels, rate, bits, bytes; /* of a sample */
	const unsigned char *data;
	uint64_t frames, long_size; /* long_size: of the data of RF64 */
};

static uint64_t number(const struct wave *wave, const unsigned char *at, unsigned bytes)
{
	uint64_t n = 0;
	for (unsigned i = 0; i < bytes; i++)
		n = n << 8 | at[wave->big_endian ? i : bytes - 1 - i];
	return n;
}

static const char *read_format(struct wave *wave, struct compare_bytes chunk)
{
	if (chunk.length < 16)
		return "its fmt chunk is too short";
	wave->tag = (unsigned)number(wave, chunk.at, 2);
	wave->channels = (unsigned)number(wave, chunk.at + 2, 2);
	wave->rate = (unsigned)number(wave, chunk.at + 4, 4);
	wave->bits = (unsigned)number(wave, chunk.at + 14, 2);
	if (wave->tag == TAG_EXTENSIBLE && chunk.length >= 26)
		wave->tag = (unsigned)number(wave, chunk.at + 24, 2);
	wave->bytes = (wave->bits + 7) / 8;
	bool pcm = wave->tag == TAG_PCM && wave->bytes >= 1 && wave->bytes <= 4;
	bool real = wave->tag == TAG_FLOAT && (wave->bits == 32 || wave->bits == 64);
	wave->formatted = wave->channels && (pcm || real);
	return wave->formatted ? NULL : "neither PCM nor floating point";
}

static const char *read_data(struct wave *wave, struct compare_bytes rest, uint64_t said)
{
	uint64_t length = said == UINT32_MAX && wave->long_size ? wave->long_size : said;
	if (!wave->formatted)
		return "its data come before their format";
	/* A writer to a pipe cannot go back to say how much there is: then all that follows. */
	if (said == UINT32_MAX && !wave->long_size)
		length = rest.length;
	if (length > rest.length)
		return "it has less data than it says";
	wave->data = rest.at;
	wave->frames = length / ((uint64_t)wave->bytes * wave->channels);
	return NULL;
}

/* NULL, or what is wrong with it. */
static const char *read_wave(struct compare_bytes file, struct wave *wave)
{
	*wave = (struct wave){.big_endian = file.length >= 4 && memcmp(file.at, "RIFX", 4) == 0};
	bool riff = file.length >= 12 && memcmp(file.at + 8, "WAVE", 4) == 0 &&
		    (wave->big_endian || memcmp(file.at, "RIFF", 4) == 0 || memcmp(file.at, "RF64", 4) == 0);
	if (!riff)
		return "it is no WAV file";
	for (size_t at = 12; file.length - at >= 8;) {
		uint64_t length = number(wave, file.at + at + 4, 4);
		const unsigned char *name = file.at + at;
		struct compare_bytes rest = {file.at + at + 8, file.length - at - 8};
		const char *why = NULL;
		if (memcmp(name, "data", 4) == 0)
			return read_data(wave, rest, length);
		if (memcmp(name, "ds64", 4) == 0 && rest.length >= 16)
			wave->long_size = number(wave, rest.at + 8, 8);
		if (memcmp(name, "fmt ", 4) == 0)
			why = read_format(wave, (struct compare_bytes){rest.at, length < rest.length ? (size_t)length : rest.length});
		if (why)
			return why;
		length += length & 1;
		if (length > rest.length)
			break;
		at += 8 + (size_t)length;
	}
	return "it has no data";
}

/* From -1 to 1. */
static double sample(const struct wave *wave, uint64_t index)
{
	uint64_t bits = number(wave, wave->data + index * wave->bytes, wave->bytes);
	if (wave->tag == TAG_FLOAT && wave->bytes == 8) {
		double value;
		memcpy(&value, &bits, sizeof value);
		return value;
	}
	if (wave->tag == TAG_FLOAT) {
		uint32_t low = (uint32_t)bits;
		float value;
		memcpy(&value, &low, sizeof value);
		return (double)value;
	}
	double half = (double)(UINT64_C(1) << (8 * wave->bytes - 1));
	if (wave->bytes == 1)
		return ((double)bits - half) / half; /* 8 bits have no sign (RIFF 1.0) */
	return ((double)bits < half ? (double)bits : (double)bits - 2 * half) / half;
}

static bool same_form(const struct wave *clean, const struct wave *now, char said[COMPARE_SAID_MAX])
{
	if (clean->rate == now->rate && clean->channels == now->channels && clean->frames == now->frames)
		return true;
	snprintf(said, COMPARE_SAID_MAX,
		 "it has %" PRIu64 " samples of %u channels at %u Hz, without faults %" PRIu64 " of %u at %u", now->frames, now->channels,
		 now->rate, clean->frames, clean->channels, clean->rate);
	return false;
}

/* The ratio of the clean signal to what differs, in dB; infinite where nothing does. What is no number is louder than all. */
static double ratio(const struct wave *clean, const struct wave *now)
{
	double signal = 0, noise = 0;
	for (uint64_t i = 0, all = clean->frames * clean->channels; i < all; i++) {
		double usual = sample(clean, i), here = sample(now, i);
		bool odd = !isfinite(usual) || !isfinite(here);
		bool alike = odd && ((isnan(usual) && isnan(here)) || (isinf(usual) && isinf(here) && signbit(usual) == signbit(here)));
		if (odd && !alike)
			return -(double)INFINITY;
		if (odd)
			continue;
		signal += usual * usual;
		noise += (usual - here) * (usual - here);
	}
	return noise > 0 ? 10 * log10(signal / noise) : (double)INFINITY;
}

bool compare_samples(struct compare_bytes clean, struct compare_bytes now, double bound, char said[COMPARE_SAID_MAX])
{
	struct wave usual, wave;
	const char *why = read_wave(clean, &usual), *which = "that of the clean run";
	if (!why) {
		why = read_wave(now, &wave);
		which = "it";
	}
	if (why) {
		snprintf(said, COMPARE_SAID_MAX, "%s cannot be decoded: %s", which, why);
		return false;
	}
	if (!same_form(&usual, &wave, said))
		return false;
	double decibels = ratio(&usual, &wave);
	if (isinf(decibels) && decibels > 0)
		return true;
	bool loud_enough = bound > 0 && decibels >= bound;
	snprintf(said, COMPARE_SAID_MAX, "samples differ: signal to noise %.1f dB%s", decibels, loud_enough ? ", which is allowed" : "");
	return loud_enough;
}

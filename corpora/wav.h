/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What stands before the samples of WAV, RF64 and Wave64 files. For this folder only.
 *
 *     RIFF, WAVE | fmt | fact (floats) | data: samples, a byte where their number is odd
 *     RF64, WAVE | ds64: the sizes, of 64 bits | fmt | fact (floats) | data ...
 *     riff, wave (GUIDs, sizes of 64 bits) | fmt | fact (floats) | data: samples
 */
#pragma once

#include "corpora/pcm.h"

#include <stdbool.h>

enum wav_format { WAV_RIFF, WAV_RF64, WAV_W64 };

struct wav_shape {
	enum wav_format format;
	enum pcm_encoding encoding;
	uint32_t rate, channels; /* channels 1 to 8 */
	uint64_t frames;
};

#define WAV_HEAD_MAX 184
struct wav {
	unsigned char head[WAV_HEAD_MAX];
	uint32_t head_size;
	uint64_t data, size; /* bytes of samples; of the file. What is behind the samples is zero. */
};

/* The speakers of so many channels (1 to 8), as bits of WAVE_FORMAT_EXTENSIBLE; those that flac writes when it decodes. */
uint32_t wav_speakers(uint32_t channels);

/* Where the sizes of WAV_RIFF do not fit in their 32 bits (size > WAV_RIFF_MAX) the head is of no use. */
#define WAV_RIFF_MAX (UINT64_C(8) + UINT32_MAX)
void wav_layout(const struct wav_shape *shape, struct wav *out);

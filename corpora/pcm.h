/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How samples are written as bytes. For this folder only.
 *
 * Samples are made as integers from -full to full. Floats hold the integer divided by the next power of two, which is exact,
 * so a track says the same in each encoding of the same fineness (s24 and f32, s32 and f64). Any thread; nothing fails. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Little-endian but for what FLAC wants; u8 has its middle at 128. */
enum pcm_encoding { PCM_S16, PCM_U8, PCM_S24, PCM_S32, PCM_F32, PCM_F64 };
#define PCM_ENCODINGS 6
#define PCM_BYTES_MAX 8 /* of one sample */

struct pcm_kind {
	const char *name; /* as a parameter: "s16" */
	enum pcm_encoding encoding;
	uint32_t bytes; /* of a sample */
	bool is_float;
	int32_t full; /* full scale */
};

extern const struct pcm_kind pcm_kinds[PCM_ENCODINGS]; /* by enum pcm_encoding */

void pcm_put(enum pcm_encoding encoding, const int32_t *samples, size_t count, unsigned char *out);

/* Float encodings only: one sample that is no number (sign 0) or an infinity (sign 1 or -1). */
void pcm_put_odd(enum pcm_encoding encoding, int sign, unsigned char *out);

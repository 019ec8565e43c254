/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes samples as bytes. */
#include "corpora/pcm.h"

#include <endian.h>
#include <string.h>

const struct pcm_kind pcm_kinds[PCM_ENCODINGS] = {
	[PCM_S16] = {"s16", PCM_S16, 2, false, 32767},	  [PCM_U8] = {"u8", PCM_U8, 1, false, 127},
	[PCM_S24] = {"s24", PCM_S24, 3, false, 8388607},  [PCM_S32] = {"s32", PCM_S32, 4, false, INT32_MAX},
	[PCM_F32] = {"f32", PCM_F32, 4, true, 8388607},	  [PCM_F64] = {"f64", PCM_F64, 8, true, INT32_MAX},
};

static void put32(unsigned char *out, uint32_t bits)
{
	bits = htole32(bits);
	memcpy(out, &bits, sizeof bits);
}

static void put64(unsigned char *out, uint64_t bits)
{
	bits = htole64(bits);
	memcpy(out, &bits, sizeof bits);
}

static void put_f32(unsigned char *out, int32_t sample)
{
	float value = (float)sample * 0x1p-23f;
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	put32(out, bits);
}

static void put_f64(unsigned char *out, int32_t sample)
{
	double value = sample * 0x1p-31;
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	put64(out, bits);
}

static void put_16(unsigned char *out, uint32_t sample)
{
	out[0] = (unsigned char)sample;
	out[1] = (unsigned char)(sample >> 8);
}

static void put_24(unsigned char *out, uint32_t sample)
{
	put_16(out, sample);
	out[2] = (unsigned char)(sample >> 16);
}

void pcm_put(enum pcm_encoding encoding, const int32_t *samples, size_t count, unsigned char *out)
{
	for (size_t i = 0; i < count; i++) {
		switch (encoding) {
		case PCM_U8:
			out[i] = (unsigned char)(samples[i] + 128);
			break;
		case PCM_S16:
			put_16(out + 2 * i, (uint32_t)samples[i]);
			break;
		case PCM_S24:
			put_24(out + 3 * i, (uint32_t)samples[i]);
			break;
		case PCM_S32:
			put32(out + 4 * i, (uint32_t)samples[i]);
			break;
		case PCM_F32:
			put_f32(out + 4 * i, samples[i]);
			break;
		case PCM_F64:
			put_f64(out + 8 * i, samples[i]);
			break;
		}
	}
}

/* IEEE 754: all bits of the exponent set; the upper bit of the fraction makes it a quiet NaN. */
void pcm_put_odd(enum pcm_encoding encoding, int sign, unsigned char *out)
{
	if (encoding == PCM_F32)
		put32(out, sign > 0 ? 0x7f800000 : sign < 0 ? 0xff800000 : 0x7fc00000);
	else
		put64(out, sign > 0   ? UINT64_C(0x7ff0000000000000)
			   : sign < 0 ? UINT64_C(0xfff0000000000000)
				      : UINT64_C(0x7ff8000000000000));
}

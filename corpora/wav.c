/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes the head of a WAV file (Microsoft/IBM, Multimedia Programming Interface 1.0, "Waveform Audio File Format"). */
#include "corpora/wav.h"

#include <string.h>

static unsigned char *put_tag(unsigned char *at, const char *tag)
{
	memcpy(at, tag, 4);
	return at + 4;
}

static unsigned char *put_le(unsigned char *at, uint32_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (unsigned char)(number >> 8 * i);
	return at;
}

void wav_head(uint32_t rate, uint32_t channels, uint32_t data, unsigned char head[WAV_HEAD_SIZE])
{
	const uint32_t frame = channels * 2;
	unsigned char *at = put_tag(head, "RIFF");
	at = put_le(at, WAV_HEAD_SIZE - 8 + data, 4);
	at = put_tag(put_tag(at, "WAVE"), "fmt ");
	at = put_le(at, 16, 4); /* bytes of this chunk */
	at = put_le(at, 1, 2);	/* WAVE_FORMAT_PCM */
	at = put_le(at, channels, 2);
	at = put_le(at, rate, 4);
	at = put_le(at, rate * frame, 4); /* bytes a second */
	at = put_le(at, frame, 2);	  /* bytes of a sample of all channels */
	at = put_le(at, 16, 2);		  /* bits of a sample */
	at = put_tag(at, "data");
	put_le(at, data, 4);
}

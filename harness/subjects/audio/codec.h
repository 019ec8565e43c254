/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The interface of codec modules: the only code that knows an audio format. */
#pragma once

#include "common/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CODEC_ABI = 1 };
#define CODEC_SYMBOL "audio_codec"

enum {
	TRACK_RATE_LEAST = 1000, /* Hz; what lies outside is no audio */
	TRACK_RATE_MOST = 768000,
	TRACK_CHANNELS_MOST = 256,
};

/* What the head of a file says, found to agree with the file. */
struct track {
	uint32_t sample_rate; /* Hz, within the limits above */
	uint32_t channels;    /* 1 to TRACK_CHANNELS_MOST */
	uint32_t bits;        /* a sample */
	uint32_t frame_size;  /* bytes of one sample of each channel */
	bool is_float;
	uint64_t frames;
	uint64_t data_at; /* offset of the first frame; the others follow without gaps */
};

/* The file as a codec sees it. read() fills the whole buffer, or returns -1 with *why filled. */
struct track_file {
	uint64_t size;
	int (*read)(void *of, uint64_t offset, void *buffer, size_t length, struct failure *why);
	void *of;
};

struct codec {
	uint32_t abi;       /* CODEC_ABI */
	const char *suffix; /* of its files, without the dot, in lower case */

	/* Check the structure of a file, without its samples: CODE_CORRUPTED for damage, CODE_BAD_FORMAT for what is sound
	 * but not read here. why->file is left to the caller. */
	int (*open)(const struct track_file *file, struct track *track, struct failure *why);

	/* Turn `count` samples into numbers, full scale being 1. Returns how many of them there are before the first that is
	 * not finite: `count` if all is well. */
	size_t (*decode)(const struct track *track, const uint8_t *bytes, size_t count, double *samples);
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The interface of codec modules: the only code that knows an image format. */
#pragma once

#include "common/bytes.h"
#include "common/failure.h"
#include "pyramid/image.h"

enum { CODEC_ABI = 1 };
#define CODEC_SYMBOL "pyramid_codec"

struct codec {
	uint32_t abi;       /* CODEC_ABI */
	const char *suffix; /* of its files, without the dot, in lower case */

	/* Decode a whole file: CODE_CORRUPTED for damage, CODE_TOO_LARGE for absurd dimensions, CODE_MEMORY. Caller frees
	 * *image when 0 was returned. why->file is left to the caller. */
	int (*decode)(const struct bytes *file, struct image *image, struct failure *why);

	/* Encode onto the end of *file; the same image gives the same bytes. why->file is left to the caller. */
	int (*encode)(const struct image *image, struct bytes *file, struct failure *why);
};

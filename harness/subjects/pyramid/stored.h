/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Images in files. */
#pragma once

#include "common/made.h"
#include "pyramid/codec.h"

/* Read and decode dir/name. Caller frees *image when 0 was returned. */
int stored_load(const struct codec *codec, const char *dir, const char *name, struct image *image, struct failure *why)
	MUST_USE;

/* Encode an image and make it an output. */
int stored_save(const struct codec *codec, struct made *made, const char *name, const struct image *image,
		struct failure *why) MUST_USE;

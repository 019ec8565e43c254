/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Outputs that differ in bytes and are equal in content: which files are compared by what.
 *
 *   *.png=pixels;*.wav=snr:60dB;*.log=text      by name; the first that matches counts
 *   pixels:2                                    all files
 *   *.db=command:sqldiff {clean} {now}          exit status 0: equal
 *
 * bytes: as if nothing were said. pixels: PNG and BMP, size and samples; pixels:N: no sample differs by more than N. samples: WAV, rate,
 * channels and samples; snr:NdB: as many samples, and what they differ by is so much fainter than they are. text: line by line; where
 * two clean runs differ by numbers alone, so may this one.
 *
 * Patterns are those of base/glob.h; without a slash they are held against the last part of the path. Pure; any thread. What is compared
 * comes from a program under trial: decode it where a crash does no harm (inspect.h). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum compare_method { COMPARE_BYTES, COMPARE_PIXELS, COMPARE_SAMPLES, COMPARE_TEXT, COMPARE_COMMAND };

struct glob;

struct compare_rule {
	struct glob *glob; /* NULL: all files */
	enum compare_method method;
	double bound;	   /* pixels: the largest difference; samples: dB, 0: none may differ */
	char **command;	   /* NULL-terminated */
};

struct comparators {
	VEC(struct compare_rule) rules;
};

int comparators_read(const char *text, struct comparators *out, struct err *err) MUST_USE;
void comparators_free(struct comparators *comparators);

/* What a file is compared by; NULL: its bytes. */
const struct compare_rule *comparators_find(const struct comparators *comparators, const char *path);

struct compare_bytes {
	const unsigned char *at;
	size_t length;
};

/* The longest reason that is given. */
#define COMPARE_SAID_MAX 200

/* Equal in content? `second`: what a second clean run made (text only; its `at` NULL: none was kept). `said` gets by how much they differ,
 * or why that cannot be told; "" where there is nothing to say. Not for commands. */
bool compare_content(const struct compare_rule *rule, struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now,
		     char said[COMPARE_SAID_MAX]);

/* ---- the parts of it ---- */

struct compare_image {
	uint32_t width, height;
	unsigned depth; /* 8 or 16 bits */
	uint16_t *rgba; /* width * height * 4 */
};

/* More pixels than this are not decoded: with all that a comparison holds some 768 MiB. */
#define COMPARE_PIXELS_MAX (UINT64_C(32) << 20)

/* Writes why, and returns rc. */
int compare_say(char said[COMPARE_SAID_MAX], int rc, const char *format, ...) PRINTF(3, 4);

/* 0, or a negative errno and why in `said`. -ENOTSUP: it is none of this kind. Free rgba. */
int compare_read_png(struct compare_bytes file, struct compare_image *out, char said[COMPARE_SAID_MAX]);
int compare_read_bmp(struct compare_bytes file, struct compare_image *out, char said[COMPARE_SAID_MAX]);

bool compare_pixels(struct compare_bytes clean, struct compare_bytes now, double bound, char said[COMPARE_SAID_MAX]);
bool compare_samples(struct compare_bytes clean, struct compare_bytes now, double bound, char said[COMPARE_SAID_MAX]);
bool compare_text(struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now, char said[COMPARE_SAID_MAX]);

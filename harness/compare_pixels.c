/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compares images by their pixels. */
#include "harness/compare.h"

#include "base/scope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_image(struct compare_bytes file, const char *which, struct compare_image *out, char said[COMPARE_SAID_MAX])
{
	char why[COMPARE_SAID_MAX] = "it is neither PNG nor BMP";
	*out = (struct compare_image){0};
	int rc = compare_read_png(file, out, why);
	rc = rc == -ENOTSUP ? compare_read_bmp(file, out, why) : rc;
	if (rc)
		snprintf(said, COMPARE_SAID_MAX, "%s cannot be decoded: %.150s", which, why);
	return rc;
}

static bool same_form(const struct compare_image *clean, const struct compare_image *now, char said[COMPARE_SAID_MAX])
{
	if (clean->width == now->width && clean->height == now->height && clean->depth == now->depth)
		return true;
	snprintf(said, COMPARE_SAID_MAX, "it is %u x %u pixels of %u bit, without faults %u x %u of %u", now->width, now->height, now->depth,
		 clean->width, clean->height, clean->depth);
	return false;
}

static bool same_samples(const struct compare_image *clean, const struct compare_image *now, double bound, char said[COMPARE_SAID_MAX])
{
	size_t samples = (size_t)clean->width * clean->height * 4, beyond = 0;
	int largest = 0;
	for (size_t i = 0; i < samples; i++) {
		int difference = abs(clean->rgba[i] - now->rgba[i]);
		largest = difference > largest ? difference : largest;
		beyond += difference > bound;
	}
	if (largest)
		snprintf(said, COMPARE_SAID_MAX, "samples differ by up to %d%s", largest, beyond ? "" : ", which is allowed");
	return !beyond;
}

bool compare_pixels(struct compare_bytes clean, struct compare_bytes now, double bound, char said[COMPARE_SAID_MAX])
{
	struct compare_image usual = {0}, image = {0};
	bool equal = read_image(clean, "that of the clean run", &usual, said) == 0 && read_image(now, "it", &image, said) == 0 &&
		     same_form(&usual, &image, said) && same_samples(&usual, &image, bound, said);
	free(usual.rgba);
	free(image.rgba);
	return equal;
}

/* ---- BMP ---- */

static uint32_t little(const unsigned char *at, unsigned bytes)
{
	uint32_t n = 0;
	while (bytes--)
		n = n << 8 | at[bytes];
	return n;
}

struct bmp {
	uint32_t offset, header, width, height, bits, colours;
	bool upside_down; /* the first row is the lowest: as usual */
};

/* BITMAPINFOHEADER and those that begin like it, uncompressed (BI_RGB): what writers of BMP make. */
static int read_bmp_head(struct compare_bytes file, struct bmp *bmp, char said[COMPARE_SAID_MAX])
{
	if (file.length < 2 || memcmp(file.at, "BM", 2) != 0)
		return -ENOTSUP;
	if (file.length < 54)
		return compare_say(said, -EILSEQ, "it ends in its header");
	int32_t height = (int32_t)little(file.at + 22, 4);
	*bmp = (struct bmp){.offset = little(file.at + 10, 4), .header = little(file.at + 14, 4), .width = little(file.at + 18, 4),
			    .height = height < 0 ? 0 - (uint32_t)height : (uint32_t)height, .bits = little(file.at + 28, 2),
			    .colours = little(file.at + 46, 4), .upside_down = height > 0};
	bool known = bmp->header >= 40 && little(file.at + 30, 4) == 0 && (bmp->bits == 8 || bmp->bits == 24 || bmp->bits == 32);
	if (!known || bmp->header > file.length)
		return compare_say(said, -EILSEQ, "a BMP of a kind that is not read");
	if (!bmp->width || !bmp->height || (uint64_t)bmp->width * bmp->height > COMPARE_PIXELS_MAX)
		return compare_say(said, -EFBIG, "%u x %u pixels", bmp->width, bmp->height);
	return 0;
}

static void put_bmp_pixel(struct compare_bytes file, const struct bmp *bmp, const unsigned char *at, uint16_t *rgba)
{
	uint64_t entry = 14 + (uint64_t)bmp->header + (uint64_t)at[0] * 4;
	if (bmp->bits == 8)
		at = entry + 4 <= bmp->offset && entry + 4 <= file.length ? file.at + entry : (const unsigned char *)"\0\0\0";
	for (int i = 0; i < 3; i++)
		rgba[i] = at[2 - i];
	rgba[3] = 255;
}

int compare_read_bmp(struct compare_bytes file, struct compare_image *out, char said[COMPARE_SAID_MAX])
{
	struct bmp bmp = {0};
	int rc = read_bmp_head(file, &bmp, said);
	if (rc)
		return rc;
	uint64_t step = ((uint64_t)bmp.width * bmp.bits / 8 + 3) / 4 * 4;
	if (bmp.offset > file.length || step * bmp.height > file.length - bmp.offset)
		return compare_say(said, -EILSEQ, "it ends among its pixels");
	out->rgba = calloc((size_t)bmp.width * bmp.height, 4 * sizeof *out->rgba);
	if (!out->rgba)
		return compare_say(said, -ENOMEM, "out of memory");
	*out = (struct compare_image){bmp.width, bmp.height, 8, out->rgba};
	for (uint32_t y = 0; y < bmp.height; y++) {
		const unsigned char *row = file.at + bmp.offset + step * (bmp.upside_down ? bmp.height - 1 - y : y);
		for (uint32_t x = 0; x < bmp.width; x++)
			put_bmp_pixel(file, &bmp, row + (size_t)x * bmp.bits / 8, out->rgba + ((size_t)y * bmp.width + x) * 4);
	}
	return 0;
}

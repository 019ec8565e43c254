/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Readers of image files that know nothing of what wrote them: BMP and TIFF by their specifications, PNG by libpng. */
#pragma once

#include "test_corpora.h"

#include <png.h>

/* A decoded page: width * height * channels samples; a palette's entries in `palette`, three bytes each. */
struct page {
	uint32_t width, height, channels, bits;
	uint16_t *samples;
	bool has_palette;
	unsigned char palette[256][3];
};

static inline void page_free(struct page *page)
{
	free(page->samples);
}

static inline void page_room(struct page *page)
{
	page->samples = malloc(sizeof(uint16_t) * page->width * page->height * page->channels);
	assert_non_null(page->samples);
}

/* ---- numbers of either byte order, within the file ---- */

struct bytes {
	const unsigned char *at;
	size_t size;
	bool big;
};

static inline uint32_t number(const struct bytes *b, uint64_t offset, unsigned length)
{
	uint32_t n = 0;
	assert_true(offset + length <= b->size);
	for (unsigned i = 0; i < length; i++)
		n = n << 8 | b->at[offset + (b->big ? i : length - 1 - i)];
	return n;
}

/* ---- BMP ---- */

static inline void read_bmp(const unsigned char *at, size_t size, struct page *page)
{
	const struct bytes b = {at, size, false};
	assert_memory_equal(at, "BM", 2);
	assert_int_equal(number(&b, 2, 4), size);
	assert_int_equal(number(&b, 14, 4), 40);
	assert_int_equal(number(&b, 30, 4), 0); /* not compressed */
	const uint32_t from = number(&b, 10, 4), depth = number(&b, 28, 2);
	*page = (struct page){.width = number(&b, 18, 4), .height = number(&b, 22, 4), .channels = depth / 8, .bits = 8};
	page->has_palette = depth == 8;
	for (uint32_t i = 0; page->has_palette && i < number(&b, 46, 4); i++)
		for (uint32_t c = 0; c < 3; c++)
			page->palette[i][c] = (unsigned char)number(&b, 54 + 4 * i + 2 - c, 1);
	page_room(page);
	const uint32_t bytes = page->width * page->channels, stride = (bytes + 3) & ~3u;
	assert_int_equal(from + (uint64_t)stride * page->height, size);
	for (uint32_t y = 0; y < page->height; y++)
		for (uint32_t i = 0; i < bytes; i++) {
			uint32_t x = i / page->channels, c = i % page->channels;
			page->samples[((page->height - 1 - y) * page->width + x) * page->channels + page->channels - 1 - c] =
				(uint16_t)number(&b, from + (uint64_t)y * stride + i, 1);
		}
}

/* ---- TIFF ---- */

/* Value `i` of the tag in the directory at `ifd`; `usual` where there is no such tag. */
static inline uint32_t tiff_value(const struct bytes *b, uint32_t ifd, uint32_t tag, uint32_t i, uint32_t usual)
{
	uint32_t last = 0;
	for (uint32_t e = 0; e < number(b, ifd, 2); e++) {
		const uint64_t entry = ifd + 2 + 12ull * e;
		assert_true(number(b, entry, 2) > last); /* ascending, as the specification wants them */
		last = number(b, entry, 2);
		if (last != tag)
			continue;
		const uint32_t size = number(b, entry + 2, 2) == 3 ? 2 : 4, count = number(b, entry + 4, 4);
		assert_in_range(number(b, entry + 2, 2), 3, 4);
		assert_true(i < count);
		const uint64_t values = count * size <= 4 ? entry + 8 : number(b, entry + 8, 4);
		assert_int_equal(values % 2, 0);
		return number(b, values + (uint64_t)i * size, size);
	}
	return usual;
}

static inline void read_tiff_page(const struct bytes *b, uint32_t ifd, struct page *page)
{
	*page = (struct page){.width = tiff_value(b, ifd, 256, 0, 0), .height = tiff_value(b, ifd, 257, 0, 0),
			      .channels = tiff_value(b, ifd, 277, 0, 1), .bits = tiff_value(b, ifd, 258, 0, 1)};
	static const uint32_t photometric[] = {0, 1, 0, 2, 2};
	page->has_palette = tiff_value(b, ifd, 262, 0, 9) == 3;
	if (!page->has_palette)
		assert_int_equal(tiff_value(b, ifd, 262, 0, 9), photometric[page->channels]);
	assert_int_equal(tiff_value(b, ifd, 258, page->channels - 1, 0), page->bits);
	assert_int_equal(tiff_value(b, ifd, 259, 0, 0), 1); /* not compressed */
	assert_int_equal(tiff_value(b, ifd, 338, 0, 0), page->channels == 4 ? 2 : 0);
	for (uint32_t i = 0; page->has_palette && i < 768; i++)
		page->palette[i % 256][i / 256] = (unsigned char)(tiff_value(b, ifd, 320, i, 0) >> 8);
	page_room(page);
	const uint32_t rows = tiff_value(b, ifd, 278, 0, 0), row = page->width * page->channels, sample = page->bits / 8;
	for (uint32_t y = 0; y < page->height; y++) {
		const uint32_t strip = y / rows, left = page->height - strip * rows;
		const uint64_t place = (uint64_t)(y % rows) * row * sample;
		if (y % rows == 0)
			assert_int_equal(tiff_value(b, ifd, 279, strip, 0), (left < rows ? left : rows) * row * sample);
		const uint64_t from = tiff_value(b, ifd, 273, strip, 0) + place;
		for (uint32_t i = 0; i < row; i++)
			page->samples[(size_t)y * row + i] = (uint16_t)number(b, from + (uint64_t)i * sample, sample);
	}
}

/* Page `index` of the chain of directories, and how many there are. */
static inline uint32_t read_tiff(const unsigned char *at, size_t size, uint32_t index, struct page *page)
{
	const struct bytes b = {at, size, at[0] == 'M'};
	uint32_t pages = 0;
	assert_true(memcmp(at, b.big ? "MM" : "II", 2) == 0);
	assert_int_equal(number(&b, 2, 2), 42);
	for (uint32_t ifd = number(&b, 4, 4); ifd; ifd = number(&b, ifd + 2 + 12ull * number(&b, ifd, 2), 4), pages++) {
		assert_int_equal(ifd % 2, 0);
		if (pages == index)
			read_tiff_page(&b, ifd, page);
	}
	return pages;
}

/* ---- PNG ---- */

static inline void png_wrong(png_structp png, const char *words)
{
	(void)png;
	fail_msg("libpng: %s", words);
}

static inline void png_bytes(png_structp png, png_bytep to, size_t length)
{
	struct bytes *left = png_get_io_ptr(png);
	assert_true(length <= left->size);
	memcpy(to, left->at, length);
	left->at += length;
	left->size -= length;
}

static inline void png_take_palette(png_structp png, png_infop info, struct page *page)
{
	png_colorp palette;
	int count;
	if (!(page->has_palette = png_get_PLTE(png, info, &palette, &count) != 0))
		return;
	for (int i = 0; i < count; i++)
		memcpy(page->palette[i], &palette[i], 3);
}

static inline void read_png(const unsigned char *at, size_t size, struct page *page)
{
	struct bytes left = {at, size, true};
	png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_wrong, png_wrong);
	png_infop info = png_create_info_struct(png);
	png_set_read_fn(png, &left, png_bytes);
	png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	*page = (struct page){.width = png_get_image_width(png, info), .height = png_get_image_height(png, info),
			      .channels = png_get_channels(png, info), .bits = png_get_bit_depth(png, info)};
	png_take_palette(png, info, page);
	page_room(page);
	const size_t row = (size_t)page->width * page->channels;
	for (uint32_t y = 0; y < page->height; y++) {
		const struct bytes b = {png_get_rows(png, info)[y], row * page->bits / 8, true};
		for (size_t i = 0; i < row; i++)
			page->samples[y * row + i] = (uint16_t)number(&b, i * page->bits / 8, page->bits / 8);
	}
	assert_int_equal(left.size, 0);
	png_destroy_read_struct(&png, &info, NULL);
}

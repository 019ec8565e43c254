/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Synthetic slices: what libpng makes of the files, and what a stack looks like. */
#include "test_corpora.h"

#include "corpora/picture.h"
#include "corpora/stack.h"

#include <png.h>

/* The samples of a PNG file, as libpng decodes it. 16 bit samples in host order. Caller frees. */
static void *decoded(const void *bytes, size_t size, uint32_t bits, uint32_t *width, uint32_t *height)
{
	png_image image = {.version = PNG_IMAGE_VERSION};
	if (!png_image_begin_read_from_memory(&image, bytes, size))
		fail_msg("libpng: %s", image.message);
	/* Files of 16 bits are taken as linear, so no sample is changed: png.h, PNG_IMAGE_FLAG_16BIT_sRGB. */
	assert_int_equal(image.format, bits == 16 ? PNG_FORMAT_LINEAR_Y : PNG_FORMAT_GRAY);
	void *samples = malloc(PNG_IMAGE_SIZE(image));
	assert_non_null(samples);
	if (!png_image_finish_read(&image, NULL, samples, 0, NULL) || image.warning_or_error)
		fail_msg("libpng: %s", image.message);
	*width = image.width;
	*height = image.height;
	return samples;
}

static uint32_t sample_at(const unsigned char *row, uint32_t x, uint32_t bits)
{
	return bits == 8 ? row[x] : (uint32_t)row[2 * x] << 8 | row[2 * x + 1];
}

static uint32_t decoded_at(const void *samples, uint64_t index, uint32_t bits)
{
	return bits == 8 ? ((const unsigned char *)samples)[index] : ((const uint16_t *)samples)[index];
}

/* libpng sees exactly the pixels that the stack has. */
static void check_slice(const struct stack *stack, uint64_t index, const void *bytes, size_t size)
{
	const struct stack_shape *shape = &stack->shape;
	struct stack_slice slice;
	uint32_t width, height;
	void *samples = decoded(bytes, size, shape->bits, &width, &height);
	unsigned char *row = malloc((size_t)shape->width * 2);
	assert_non_null(row);
	assert_int_equal(width, shape->width);
	assert_int_equal(height, shape->height);
	stack_cut(stack, index, &slice);
	for (uint32_t y = 0; y < height; y++) {
		stack_row(&slice, y, row);
		for (uint32_t x = 0; x < width; x++)
			if (sample_at(row, x, shape->bits) != decoded_at(samples, (uint64_t)y * width + x, shape->bits))
				fail_msg("slice %d: pixel %u, %u differs", (int)index, x, y);
	}
	free(row);
	free(samples);
}

static void libpng_decodes_every_slice(void **state)
{
	(void)state;
	static const struct stack_shape shapes[] = {
		{64, 64, 16}, {64, 64, 8}, {1, 1, 8}, {1, 1, 16}, {100, 100, 8}, {511, 3, 16},
		{2, 700, 8},  {16384, 2, 16}, {16384, 9, 8}, {300, 300, 16},
		{127, 256, 16}, {127, 257, 16}, {127, 258, 16}, /* 257 rows of 255 bytes fill a block to the last byte */
	};
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		const struct stack_shape *s = &shapes[i], noisy = {s->width, s->height, s->bits, .noise = 1};
		char source[100];
		struct stack stack;
		snprintf(source, sizeof source, "stack:slices=3,width=%u,height=%u,bits=%u,seed=5", s->width, s->height, s->bits);
		stack_place(&stack, &noisy, 3, 5);
		struct corpus *corpus = opened(source);
		for (int index = 0; index < 3; index++) {
			char name[32];
			size_t size;
			snprintf(name, sizeof name, "slice_%04d.png", index);
			unsigned char *bytes = whole_file(corpus, name, &size);
			check_slice(&stack, (uint64_t)index, bytes, size);
			free(bytes);
		}
		corpus_close(corpus);
	}
}

/* ---- the encoder alone ---- */

static unsigned rows_made;

static void ramp(void *from, uint32_t page, uint32_t y, unsigned char *out)
{
	const uint32_t *bytes = from;
	assert_int_equal(page, 0);
	for (uint32_t x = 0; x < *bytes; x++)
		out[x] = (unsigned char)(x * 3 + y * 5);
	rows_made++;
}

static const struct picture ramp_picture = {.width = 1000, .height = 500, .pages = 1, .bits = 8};

static void *ramp_opened(uint32_t *width, _Atomic uint32_t *checksum)
{
	const struct picture_pixels pixels = {.row = ramp, .from = width, .checksum = checksum};
	void *file;
	*width = ramp_picture.width;
	assert_int_equal(picture_png.open(&ramp_picture, &pixels, &file), 0);
	return file;
}

static void the_end_is_right_without_the_beginning(void **state)
{
	(void)state;
	const uint64_t size = picture_png.size(&ramp_picture);
	unsigned char *whole = malloc(size), tail[100];
	uint32_t width;
	assert_non_null(whole);
	void *file = ramp_opened(&width, NULL);
	assert_int_equal(picture_png.read(file, whole, size, 0), size);
	picture_png.close(file);
	file = ramp_opened(&width, NULL);
	assert_int_equal(picture_png.read(file, tail, sizeof tail, size - sizeof tail), sizeof tail);
	assert_memory_equal(tail, whole + size - sizeof tail, sizeof tail);
	picture_png.close(file);
	free(whole);
}

static void rows_are_made_once_for_a_read_in_order(void **state)
{
	(void)state;
	_Atomic uint32_t adler = 0;
	const uint64_t size = picture_png.size(&ramp_picture);
	unsigned char part[4096];
	uint32_t width;
	void *file = ramp_opened(&width, &adler);
	rows_made = 0;
	for (uint64_t offset = 0; offset < size; offset += sizeof part)
		assert_true(picture_png.read(file, part, sizeof part, offset) > 0);
	assert_int_equal(rows_made, 500);
	picture_png.close(file);

	/* The checksum is known now: the end costs its own chunk only. */
	assert_true(adler != 0);
	file = ramp_opened(&width, &adler);
	rows_made = 0;
	assert_int_equal(picture_png.read(file, part, 20, size - 20), 20);
	assert_in_range(rows_made, 1, 65);
	picture_png.close(file);
}

/* ---- the stack ---- */

#define SIDE 128

/* Mean absolute difference of two slices, in grey steps of 16 bits. */
static double difference(const struct stack *stack, uint64_t a, uint64_t b)
{
	struct stack_slice left, right;
	unsigned char rows[2][2 * SIDE];
	double sum = 0;
	stack_cut(stack, a, &left);
	stack_cut(stack, b, &right);
	for (uint32_t y = 0; y < SIDE; y++) {
		stack_row(&left, y, rows[0]);
		stack_row(&right, y, rows[1]);
		for (uint32_t x = 0; x < SIDE; x++) {
			double d = (double)sample_at(rows[0], x, 16) - (double)sample_at(rows[1], x, 16);
			sum += d < 0 ? -d : d;
		}
	}
	return sum / (SIDE * SIDE);
}

static void a_missing_slice_shows(void **state)
{
	(void)state;
	const struct stack_shape shape = {SIDE, SIDE, 16, .noise = 1};
	struct stack stack;
	stack_place(&stack, &shape, 60, 1);
	for (uint64_t i = 0; i + 2 < 60; i++) {
		double next = difference(&stack, i, i + 1), other = difference(&stack, i, i + 2);
		assert_true(next > 120); /* the noise alone */
		assert_true(next < 2500);
		assert_true(other > next);
	}
	for (uint64_t i = 0; i < 25; i++) /* nor is the stack its own mirror image */
		assert_true(difference(&stack, i, 59 - i) > difference(&stack, i, i + 1));
}

static void eight_bits_are_the_upper_byte_but_for_noise(void **state)
{
	(void)state;
	const struct stack_shape wide = {SIDE, SIDE, 16, .noise = 1}, narrow = {SIDE, SIDE, 8, .noise = 1};
	struct stack stacks[2];
	struct stack_slice slices[2];
	stack_place(&stacks[0], &wide, 9, 3);
	stack_place(&stacks[1], &narrow, 9, 3);
	stack_cut(&stacks[0], 4, &slices[0]);
	stack_cut(&stacks[1], 4, &slices[1]);
	for (uint32_t y = 0; y < SIDE; y++) {
		unsigned char row16[2 * SIDE], row8[SIDE];
		stack_row(&slices[0], y, row16);
		stack_row(&slices[1], y, row8);
		for (uint32_t x = 0; x < SIDE; x++) {
			int off = (int)(sample_at(row16, x, 16) >> 8) - row8[x];
			assert_in_range(off + 5, 0, 10);
		}
	}
}

/* ---- artefacts and noise ---- */

static void row_of(const struct stack_shape *shape, uint32_t y, uint16_t *greys)
{
	struct stack stack;
	struct stack_slice slice;
	unsigned char row[2 * STACK_SIDE_MAX];
	stack_place(&stack, shape, 9, 1);
	stack_cut(&stack, 4, &slice);
	stack_row(&slice, y, row);
	for (uint32_t x = 0; x < shape->width; x++)
		greys[x] = (uint16_t)(row[2 * x] << 8 | row[2 * x + 1]);
}

#define WIDE 256

static void rings_depend_on_the_radius_alone(void **state)
{
	(void)state;
	const struct stack_shape plain = {WIDE, WIDE, 16}, ringed = {WIDE, WIDE, 16, .rings = true};
	uint16_t a[WIDE], b[WIDE];
	unsigned changed = 0;
	for (uint32_t y = 0; y < WIDE; y++) {
		row_of(&plain, y, a);
		row_of(&ringed, y, b);
		for (uint32_t x = 0; x < WIDE / 2; x++) {
			const uint32_t twin = WIDE - 1 - x;
			changed += a[x] != b[x];
			assert_in_range(b[x] - a[x] + 1500, 0, 3000);
			if (a[x] > 2500 && a[twin] > 2500) /* where nothing is cut off */
				assert_int_equal(b[x] - a[x], b[twin] - a[twin]);
		}
	}
	assert_in_range(changed, WIDE * WIDE / 20, WIDE * WIDE / 4); /* of half of them */
}

static void hardening_darkens_the_middle_of_the_body(void **state)
{
	(void)state;
	const struct stack_shape plain = {WIDE, WIDE, 16}, hard = {WIDE, WIDE, 16, .hardening = true};
	uint16_t a[WIDE], b[WIDE];
	row_of(&plain, 0, a);
	row_of(&hard, 0, b);
	assert_memory_equal(a, b, sizeof a); /* air */
	row_of(&plain, WIDE / 2, a);
	row_of(&hard, WIDE / 2, b);
	for (uint32_t x = 0; x < WIDE; x++)
		assert_true(b[x] <= a[x] && b[x] >= a[x] * 0.74);
	assert_true(b[WIDE / 2] < a[WIDE / 2] * 0.78);
	assert_true(b[20] > a[20] * 0.9); /* near the skin */
	assert_int_equal(a[20], 18000);
}

static void noise_is_as_strong_as_it_is_told(void **state)
{
	(void)state;
	struct stack_shape shape = {WIDE, WIDE, 16};
	uint16_t still[WIDE], loud[WIDE];
	row_of(&shape, WIDE / 2, still);
	for (shape.noise = 1; shape.noise <= STACK_NOISE_MAX; shape.noise *= 4) {
		const int most = 255 * (int)shape.noise;
		int strongest = 0;
		row_of(&shape, WIDE / 2, loud);
		for (uint32_t x = 0; x < WIDE; x++) {
			int off = abs((int)loud[x] - still[x]);
			assert_true(off <= most);
			strongest = off > strongest ? off : strongest;
		}
		assert_true(strongest > most * 3 / 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(libpng_decodes_every_slice),
		cmocka_unit_test(the_end_is_right_without_the_beginning),
		cmocka_unit_test(rows_are_made_once_for_a_read_in_order),
		cmocka_unit_test(a_missing_slice_shows),
		cmocka_unit_test(eight_bits_are_the_upper_byte_but_for_noise),
		cmocka_unit_test(rings_depend_on_the_radius_alone),
		cmocka_unit_test(hardening_darkens_the_middle_of_the_body),
		cmocka_unit_test(noise_is_as_strong_as_it_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

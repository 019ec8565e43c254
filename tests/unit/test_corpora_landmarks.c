/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Landmark sets: their formats, their numbers, and whether a superimposition finds the shape space that they were drawn from. */
#include "test_corpora.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/jsonw.h"
#include "corpora/landmarks.h"

#include <complex.h>
#include <jansson.h>
#include <math.h>

#ifndef CMPLX /* glibc knows it for gcc alone */
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

/* The text of a file, NUL-terminated. Caller frees. */
static char *text_of(const struct corpus *corpus, const char *path)
{
	size_t size;
	char *text = (char *)whole_file(corpus, path, &size);
	text[size] = '\0';
	assert_int_equal(strlen(text), size);
	return text;
}

static void assert_text(const char *source, const char *path, const char *want)
{
	struct corpus *corpus = opened(source);
	char *text = text_of(corpus, path);
	assert_string_equal(text, want);
	free(text);
	corpus_close(corpus);
}

/* ---- formats ---- */

#define SMALL "landmarks:objects=2,landmarks=3,modes=0"

static void every_format_is_written(void **state)
{
	(void)state;
	assert_text(SMALL, "landmarks_000.tps",
		    "LM=3\n4604.284 7562.448\n4645.955 3632.388\n4367.294 4188.857\nID=object_0000000\nCOMMENT=group_01\n"
		    "LM=3\n3207.465 5711.590\n6194.770 4019.289\n5652.152 4052.845\nID=object_0000001\nCOMMENT=group_01\n");
	assert_text(SMALL ",format=nts", "landmarks_000.nts",
		    "1 2L 6 0 DIM=2\nobject_0000000\nobject_0000001\n"
		    "4604.284 7562.448 4645.955 3632.388 4367.294 4188.857\n3207.465 5711.590 6194.770 4019.289 5652.152 4052.845\n");
	assert_text(SMALL ",format=x1y1", "landmarks_000.x1y1",
		    "Name\tX1\tY1\tX2\tY2\tX3\tY3\n"
		    "object_0000000\t4604.284\t7562.448\t4645.955\t3632.388\t4367.294\t4188.857\n"
		    "object_0000001\t3207.465\t5711.590\t6194.770\t4019.289\t5652.152\t4052.845\n");
	assert_text(SMALL ",format=morphologika,groups=2,apart=0", "landmarks_000.txt",
		    "[individuals]\n2\n[landmarks]\n3\n[dimensions]\n2\n[names]\nobject_0000000\nobject_0000001\n[labels]\nGroup\n"
		    "[labelvalues]\ngroup_01\ngroup_02\n[rawpoints]\n"
		    "'object_0000000\n4604.284 7562.448\n4645.955 3632.388\n4367.294 4188.857\n"
		    "'object_0000001\n3207.465 5711.590\n6194.770 4019.289\n5652.152 4052.845\n");
}

static void any_byte_can_be_made_alone(void **state)
{
	(void)state;
	static const char *const sources[][2] = {
		{"landmarks:objects=20,landmarks=7,groups=3,missing=5%", "landmarks_000.tps"},
		{"landmarks:objects=20,landmarks=7,dimensions=3,files=3", "landmarks_002.tps"},
		{"landmarks:objects=20,landmarks=7,format=nts,dimensions=3", "landmarks_000.nts"},
		{"landmarks:objects=20,landmarks=100,format=x1y1,missing=20%", "landmarks_000.x1y1"},
		{"landmarks:objects=20,landmarks=7,format=morphologika,groups=9", "landmarks_000.txt"},
	};
	for (size_t i = 0; i < COUNT_OF(sources); i++) {
		struct corpus *corpus = opened(sources[i][0]);
		assert_parts_equal_whole(corpus, sources[i][1], 1000);
		corpus_close(corpus);
	}
}

/* The second file goes on where the first one ends: objects are numbered through, and drawn by their numbers. */
static void objects_go_on_from_file_to_file(void **state)
{
	(void)state;
	struct corpus *one = opened("landmarks:objects=6,groups=4"), *three = opened("landmarks:objects=2,groups=4,files=3");
	char *whole = text_of(one, "landmarks_000.tps"), *part = text_of(three, "landmarks_002.tps");
	assert_string_equal(whole + strlen(whole) - strlen(part), part);
	assert_non_null(strstr(part, "object_0000005"));
	free(whole);
	free(part);
	corpus_close(one);
	corpus_close(three);
}

/* ---- what is told ---- */

static json_t *told(const struct corpus *corpus, const char *path)
{
	struct buf text = {0};
	struct jsonw to = jsonw_to(&text);
	jsonw_object(&to);
	corpus_tell(corpus, path, &to);
	jsonw_close(&to);
	json_t *object = json_loads(buf_string(&text), 0, NULL);
	assert_non_null(object);
	buf_free(&text);
	return object;
}

static json_int_t told_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void what_is_told_is_so(void **state)
{
	(void)state;
	struct corpus *corpus = opened("landmarks:objects=40,landmarks=25,dimensions=3,groups=4,missing=7%,variance=0.004,modes=2");
	json_t *object = told(corpus, "landmarks_000.tps");
	char *text = text_of(corpus, "landmarks_000.tps");
	size_t missing = 0, objects = 0;
	for (char *at = text; (at = strstr(at, "-999.000 -999.000 -999.000\n")); at++)
		missing++;
	for (char *at = text; (at = strstr(at, "LM3=25\n")); at++)
		objects++;
	assert_int_equal(missing, 70);
	assert_int_equal(objects, 40);
	assert_int_equal(told_number(object, "missing"), 70);
	assert_int_equal(told_number(object, "objects"), 40);
	assert_int_equal(told_number(object, "landmarks"), 25);
	assert_int_equal(told_number(object, "dimensions"), 3);
	assert_int_equal(told_number(object, "groups"), 4);
	const json_t *eigenvalues = json_object_get(object, "eigenvalues"), *mean = json_object_get(object, "mean");
	assert_int_equal(json_array_size(eigenvalues), 2);
	assert_float_equal(json_number_value(json_array_get(eigenvalues, 1)), 0.002, 1e-12);
	assert_int_equal(json_array_size(mean), 75);
	free(text);
	json_decref(object);
	corpus_close(corpus);
}

/* Gaps are spread: no landmark is missing everywhere, and none nowhere. */
static void gaps_are_spread(void **state)
{
	(void)state;
	const struct landmark_shape shape = {.objects = 200, .landmarks = 20, .missing = 0.1};
	unsigned of[20] = {0};
	struct landmark_gaps gaps;
	landmark_gaps(&shape, 1, 0, &gaps);
	assert_int_equal(gaps.count, 400);
	for (uint64_t n = 0; n < gaps.all; n++)
		of[n % 20] += landmark_is_missing(&gaps, n);
	for (size_t i = 0; i < COUNT_OF(of); i++)
		assert_in_range(of[i], 15, 25);
}

/* ---- a superimposition of our own, in the plane: numbers are complex ---- */

#define POINTS 12
#define OBJECTS 2000
#define COLUMNS (2 * POINTS)

/* Centred, of unit size. */
static void normalise(double complex points[POINTS])
{
	double complex middle = 0;
	double square = 0;
	for (int i = 0; i < POINTS; i++)
		middle += points[i] / POINTS;
	for (int i = 0; i < POINTS; i++) {
		points[i] -= middle;
		square += creal(points[i] * conj(points[i]));
	}
	for (int i = 0; i < POINTS; i++)
		points[i] /= sqrt(square);
}

/* Turned to lie on the mean as well as can be. */
static void turn_onto(double complex points[POINTS], const double complex mean[POINTS])
{
	double complex along = 0;
	for (int i = 0; i < POINTS; i++)
		along += mean[i] * conj(points[i]);
	for (int i = 0; i < POINTS; i++)
		points[i] *= along / cabs(along);
}

/* Generalised Procrustes analysis: ten rounds are more than enough. */
static void superimpose(double complex (*objects)[POINTS], double complex mean[POINTS])
{
	for (int i = 0; i < OBJECTS; i++)
		normalise(objects[i]);
	memcpy(mean, objects[0], POINTS * sizeof *mean);
	for (int round = 0; round < 10; round++) {
		double complex sum[POINTS] = {0};
		for (int i = 0; i < OBJECTS; i++) {
			turn_onto(objects[i], mean);
			for (int j = 0; j < POINTS; j++)
				sum[j] += objects[i][j];
		}
		normalise(sum);
		memcpy(mean, sum, sizeof sum);
	}
}

static void covariance_of(double complex (*objects)[POINTS], double matrix[COLUMNS][COLUMNS])
{
	double middle[COLUMNS] = {0};
	const double(*rows)[COLUMNS] = (const void *)objects; /* a complex number is its two parts */
	for (int i = 0; i < OBJECTS; i++)
		for (int c = 0; c < COLUMNS; c++)
			middle[c] += rows[i][c] / OBJECTS;
	for (int i = 0; i < OBJECTS; i++)
		for (int c = 0; c < COLUMNS; c++)
			for (int d = 0; d < COLUMNS; d++)
				matrix[c][d] += (rows[i][c] - middle[c]) * (rows[i][d] - middle[d]) / OBJECTS;
}

/* The largest eigenvalue, by iteration; it is taken out of the matrix. */
static double take_eigenvalue(double matrix[COLUMNS][COLUMNS])
{
	double vector[COLUMNS], length = 0;
	for (int c = 0; c < COLUMNS; c++)
		vector[c] = 1 + 0.1 * c;
	for (int round = 0; round < 500; round++) {
		double next[COLUMNS] = {0};
		length = 0;
		for (int c = 0; c < COLUMNS; c++)
			for (int d = 0; d < COLUMNS; d++)
				next[c] += matrix[c][d] * vector[d];
		for (int c = 0; c < COLUMNS; c++)
			length += next[c] * next[c];
		length = sqrt(length);
		for (int c = 0; c < COLUMNS; c++)
			vector[c] = next[c] / length;
	}
	for (int c = 0; c < COLUMNS; c++)
		for (int d = 0; d < COLUMNS; d++)
			matrix[c][d] -= length * vector[c] * vector[d];
	return length;
}

static void read_objects(const char *text, double complex (*objects)[POINTS])
{
	for (int i = 0; i < OBJECTS; i++) {
		text = strstr(text, "LM=");
		assert_non_null(text);
		text = strchr(text, '\n') + 1;
		for (int j = 0; j < POINTS; j++) {
			char *end;
			double x = strtod(text, &end), y = strtod(end, &end);
			objects[i][j] = CMPLX(x, y);
			text = end;
		}
	}
}

static void a_superimposition_finds_the_space(void **state)
{
	(void)state;
	static double complex objects[OBJECTS][POINTS];
	static double matrix[COLUMNS][COLUMNS];
	double complex mean[POINTS], known[POINTS];
	char source[100];
	snprintf(source, sizeof source, "landmarks:objects=%d,landmarks=%d,modes=3,variance=0.001", OBJECTS, POINTS);
	struct corpus *corpus = opened(source);
	json_t *object = told(corpus, "landmarks_000.tps");
	char *text = text_of(corpus, "landmarks_000.tps");
	read_objects(text, objects);
	superimpose(objects, mean);
	for (size_t i = 0; i < POINTS; i++)
		known[i] = CMPLX(json_number_value(json_array_get(json_object_get(object, "mean"), 2 * i)),
				 json_number_value(json_array_get(json_object_get(object, "mean"), 2 * i + 1)));
	turn_onto(known, mean);
	for (int i = 0; i < POINTS; i++)
		assert_true(cabs(known[i] - mean[i]) < 0.003);
	covariance_of(objects, matrix);
	for (size_t m = 0; m < 3; m++) {
		double want = json_number_value(json_array_get(json_object_get(object, "eigenvalues"), m)), have = take_eigenvalue(matrix);
		if (fabs(have / want - 1) > 0.1) /* three times what chance does to 2000 */
			fail_msg("eigenvalue %zu: %g, want %g", m, have, want);
	}
	assert_true(take_eigenvalue(matrix) < 1e-5); /* nothing but what is of second order */
	free(text);
	json_decref(object);
	corpus_close(corpus);
}

/* ---- bounds ---- */

static void numbers_keep_their_width(void **state)
{
	(void)state;
	static const struct landmark_shape shapes[] = {
		{.objects = 1, .landmarks = 3, .dimensions = 2, .groups = 2, .modes = 1, .variance = 0.01, .apart = 0.2},
		{.objects = 1, .landmarks = 3, .dimensions = 3, .groups = 1, .modes = 2, .variance = 0.01},
		{.objects = 1, .landmarks = 500, .dimensions = 3, .groups = 9, .modes = 16, .variance = 0.01, .apart = 0.2},
		{.objects = 1, .landmarks = 10000, .dimensions = 2, .groups = 1, .modes = 0},
	};
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		struct landmark_space *space;
		assert_int_equal(landmark_space_make(&shapes[i], i, &space), 0);
		assert_in_range(shapes[i].modes, 0, landmark_modes_max(&shapes[i]));
		for (uint64_t n = 0; n < 300; n++) {
			struct landmark_object object;
			uint32_t at[3];
			landmark_object(space, n, &object);
			for (uint32_t l = 0; l < shapes[i].landmarks; l += 1 + shapes[i].landmarks / 50) {
				landmark_place(space, &object, l, at);
				for (uint32_t d = 0; d < shapes[i].dimensions; d++)
					assert_in_range(at[d], 1000000, 9999999);
			}
		}
		landmark_space_free(space);
	}
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	static const char *const bad[][2] = {
		{"landmarks:landmarks=2", "out of range"},
		{"landmarks:landmarks=10001", "out of range"},
		{"landmarks:objects=0", "out of range"},
		{"landmarks:objects=10000001", "out of range"},
		{"landmarks:objects=5000000,files=3", "more than 10000000 objects"},
		{"landmarks:dimensions=4", "out of range"},
		{"landmarks:dimensions=1", "out of range"},
		{"landmarks:groups=0", "out of range"},
		{"landmarks:groups=100", "out of range"},
		{"landmarks:modes=17", "out of range"},
		{"landmarks:landmarks=3,modes=3", "at most 2 modes, not 3"},
		{"landmarks:landmarks=3,dimensions=3,groups=2,modes=2", "at most 1 modes, not 2"},
		{"landmarks:variance=0.02", "out of range"},
		{"landmarks:variance=-1", "variance"},
		{"landmarks:apart=30%", "out of range"},
		{"landmarks:missing=60%", "out of range"},
		{"landmarks:format=csv", "unknown format 'csv'"},
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_refused(bad[i][0], EINVAL, bad[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_written),
		cmocka_unit_test(any_byte_can_be_made_alone),
		cmocka_unit_test(objects_go_on_from_file_to_file),
		cmocka_unit_test(what_is_told_is_so),
		cmocka_unit_test(gaps_are_spread),
		cmocka_unit_test(a_superimposition_finds_the_space),
		cmocka_unit_test(numbers_keep_their_width),
		cmocka_unit_test(what_is_wrong_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JSON read and written while memory is out: each allocation fails once, and then all from there on. */
#include "unit.h"

#include "base/buf.h"
#include "base/json_text.h"
#include "base/shortfall.h"

#include <errno.h>

/* The linker puts these in the place of the library's for all of ours (meson.build). */
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);

static long until_failure = -1; /* -1: never */
static bool persistent;

static bool fails(void)
{
	if (until_failure < 0 || (until_failure > 0 && until_failure--))
		return false;
	until_failure = persistent ? 0 : -1;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

static const char text[] = "{\"do\": \"set\", \"a rather long key, longer than what is there at first\": [1, 2.5, null, true, "
			   "{\"\\u00e4 text that needs more room than sixteen bytes, and then more again\": \"and so does its value, which is longer\"}], "
			   "\"k1\": 1, \"k2\": 2, \"k3\": 3, \"k4\": 4, \"k5\": 5, \"k6\": 6, \"k7\": 7, \"k8\": 8, \"k9\": 9}";

/* Returns whether a failure came that late still. */
static bool read_with(long allocation, bool from_then_on, json_t *wanted)
{
	struct err err = {0};
	persistent = from_then_on;
	until_failure = allocation;
	json_t *got = json_read(text, JSON_REJECT_DUPLICATES, &err);
	bool struck = until_failure <= 0 && !(until_failure == -1 && allocation == -1);
	until_failure = -1;
	if (got)
		assert_true(json_equal(got, wanted));
	else
		assert_int_equal(err.code, ENOMEM);
	assert_true(struck || got);
	json_decref(got);
	return struck;
}

static void a_reader_without_memory_says_so(void **state)
{
	(void)state;
	struct err err = {0};
	json_t *wanted = json_read(text, 0, &err);
	assert_non_null(wanted);
	for (int persists = 0; persists < 2; persists++) {
		long allocation = 0;
		while (read_with(allocation, persists, wanted))
			allocation++;
		assert_true(allocation > 20);
	}
	json_decref(wanted);
}

static void what_is_wrong_is_told_in_its_words(void **state)
{
	(void)state;
	struct err err = {0};
	assert_null(json_read("{\"a\": }", 0, &err));
	assert_int_equal(err.code, EINVAL);
	assert_non_null(strstr(err.text, "unexpected token"));
}

static void a_writer_writes_all_or_nothing(void **state)
{
	(void)state;
	struct err err = {0};
	json_t *value = json_read(text, 0, &err);
	char *wanted = json_write(value, JSON_COMPACT);
	assert_non_null(wanted);
	long allocation = 0;
	for (bool struck = true; struck; allocation++) {
		until_failure = allocation;
		persistent = false;
		char *got = json_write(value, JSON_COMPACT);
		struck = until_failure < 0;
		until_failure = -1;
		if (got)
			assert_string_equal(got, wanted);
		assert_true(struck || got);
		free(got);
	}
	assert_true(allocation > 3);
	free(wanted);
	json_decref(value);
}

static void a_tree_outlives_those_read_after_it(void **state)
{
	(void)state;
	struct err err = {0};
	json_t *first = json_read(text, 0, &err), *second = json_read(text, 0, &err), *made = json_pack("{si}", "one", 1);
	json_decref(first);
	assert_true(json_object_size(second) == 11);
	until_failure = 5;
	assert_null(json_read(text, 0, &err));
	assert_true(json_object_size(second) == 11);
	json_object_set_new(second, "made", made);
	json_decref(second);
}

static void what_a_buffer_lacks_is_counted(void **state)
{
	(void)state;
	struct buf buf = {0};
	uint64_t before = shortfalls();
	buf_text(&buf, "fits");
	assert_true(shortfalls() == before);
	buf_free(&buf);
	until_failure = 0;
	persistent = false;
	buf_text(&buf, "does not");
	assert_true(buf.failed);
	assert_true(shortfalls() == before + 1);
	buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_without_memory_says_so),
		cmocka_unit_test(what_is_wrong_is_told_in_its_words),
		cmocka_unit_test(a_writer_writes_all_or_nothing),
		cmocka_unit_test(a_tree_outlives_those_read_after_it),
		cmocka_unit_test(what_a_buffer_lacks_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

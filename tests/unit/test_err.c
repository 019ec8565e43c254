/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Errors in the caller's buffer: said, put into context, cut where they do not fit. */
#include "unit.h"

static void an_error_has_its_code_and_its_line(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(err_set(&err, ENOENT, "%s: %d", "a", 3), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.text, "a: 3");
	assert_int_equal(err_set(&err, EIO, "b"), -EIO);
	assert_int_equal(err.code, EIO);
	assert_string_equal(err.text, "b");
	assert_int_equal(err_set(NULL, ENOSPC, "nobody reads this"), -ENOSPC);
}

static void context_comes_in_front(void **state)
{
	(void)state;
	struct err err = {0};
	err_set(&err, ENOENT, "no such file");
	assert_int_equal(err_context(&err, "%s:%d", "plan", 7), -ENOENT);
	assert_string_equal(err.text, "plan:7: no such file");
	assert_int_equal(err_context(&err, "outer"), -ENOENT);
	assert_string_equal(err.text, "outer: plan:7: no such file");
	assert_int_equal(err_context(NULL, "nobody"), -EIO);
}

/* Every length around the size of the buffer, with a guard behind it. */
static void what_does_not_fit_is_cut(void **state)
{
	(void)state;
	enum { ROOM = sizeof((struct err *)0)->text };
	struct {
		struct err err;
		char guard[16];
	} here;
	char text[ROOM + 300], guard[16];
	memset(guard, 'g', sizeof guard);
	for (size_t length = ROOM - 310; length < ROOM + 290; length++) {
		memset(&here, 'g', sizeof here);
		memset(text, 'x', length);
		text[length] = '\0';
		assert_int_equal(err_set(&here.err, EIO, "%s", text), -EIO);
		assert_int_equal(strlen(here.err.text), length < ROOM ? length : ROOM - 1);
		assert_int_equal(err_context(&here.err, "head"), -EIO);
		assert_int_equal(strlen(here.err.text), length + 6 < ROOM ? length + 6 : ROOM - 1);
		assert_memory_equal(here.err.text, "head: xxx", 9);
		assert_memory_equal(here.guard, guard, sizeof guard);
	}
}

static void a_long_context_leaves_room_for_the_reason(void **state)
{
	(void)state;
	struct err err = {0};
	char head[2000];
	memset(head, 'h', sizeof head - 1);
	head[sizeof head - 1] = '\0';
	err_set(&err, EIO, "the reason");
	for (int i = 0; i < 3; i++)
		assert_int_equal(err_context(&err, "%s", head), -EIO);
	assert_non_null(strstr(err.text, "h: the reason"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_has_its_code_and_its_line),
		cmocka_unit_test(context_comes_in_front),
		cmocka_unit_test(what_does_not_fit_is_cut),
		cmocka_unit_test(a_long_context_leaves_room_for_the_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

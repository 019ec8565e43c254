/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Small things that are all header: arrays that grow, what is handed over, UTF-8, deadlines. */
#include "unit.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/utf8.h"
#include "base/vec.h"

#include <fcntl.h>

/* ---- vec ---- */

struct element {
	uint64_t number;
	char zeroes[20];
};

static void a_vector_keeps_what_it_has_and_adds_zeroes(void **state)
{
	(void)state;
	VEC(struct element) vec = {0};
	static const char zeroes[20];
	for (uint64_t i = 0; i < 1000; i++) {
		struct element *added = vec_add(&vec);
		assert_ptr_equal(added, &vec.at[i]);
		assert_int_equal(vec.count, i + 1);
		assert_true(vec.room >= vec.count);
		assert_int_equal(vec.at[i].number, 0);
		assert_memory_equal(vec.at[i].zeroes, zeroes, sizeof zeroes);
		vec.at[i].number = i;
		memset(vec.at[i].zeroes, 'x', sizeof zeroes);
	}
	for (uint64_t i = 0; i < 1000; i++)
		assert_int_equal(vec.at[i].number, i);
	/* What was given back and is added again is zero again. */
	vec.count = 10;
	struct element *again = vec_add(&vec);
	assert_int_equal(again ? again->number : 1, 0);
	vec_free(&vec);
	assert_null(vec.at);
	assert_int_equal(vec.count + vec.room, 0);
	vec_free(&vec);
}

static void what_cannot_be_had_is_told(void **state)
{
	(void)state;
	if (UNIT_ASAN)
		skip(); /* it ends the program instead */
	volatile size_t huge = SIZE_MAX / 4; /* so that no compiler knows better */
	size_t room = huge;
	assert_null(vec_grown(NULL, room, &room, sizeof(struct element)));
	assert_int_equal(room, huge);
}

/* ---- scope ---- */

static int opened_in_a_scope(bool handed_over)
{
	SCOPED_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int number = fd;
	errno = EXDEV;
	return handed_over ? take_fd(&fd) : number;
}

static void a_scope_closes_what_is_not_handed_over_and_keeps_errno(void **state)
{
	(void)state;
	int fd = opened_in_a_scope(false);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	fd = opened_in_a_scope(true);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	char *text = strdup("x"), *taken = take_ptr(&text);
	assert_null(text);
	assert_string_equal(taken, "x");
	free(taken);
}

/* ---- UTF-8 ---- */

static void characters_have_the_width_that_rfc_3629_gives_them(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length, width;
	} rows[] = {
		{"a", 1, 1}, {"", 1, 1}, {"\x7f", 1, 1}, {"", 0, 0}, {"\x80", 1, 0}, {"\xbf", 1, 0},
		/* two */
		{"\xc2\x80", 2, 2}, {"\xdf\xbf", 2, 2}, {"\xc0\x80", 2, 0}, {"\xc1\xbf", 2, 0}, {"\xc2", 1, 0}, {"\xc2\x7f", 2, 0},
		{"\xc2\xc0", 2, 0}, {"\xc3\xa9x", 3, 2},
		/* three: no overlong form, no surrogate */
		{"\xe0\xa0\x80", 3, 3}, {"\xe0\x9f\xbf", 3, 0}, {"\xed\x9f\xbf", 3, 3}, {"\xed\xa0\x80", 3, 0}, {"\xee\x80\x80", 3, 3},
		{"\xef\xbf\xbf", 3, 3}, {"\xe2\x82", 2, 0}, {"\xe2\x82\x28", 3, 0},
		/* four: up to U+10FFFF */
		{"\xf0\x90\x80\x80", 4, 4}, {"\xf0\x8f\xbf\xbf", 4, 0}, {"\xf4\x8f\xbf\xbf", 4, 4}, {"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0}, {"\xf0\x9f\x98", 3, 0}, {"\xff", 1, 0}, {"\xfe\x80\x80\x80", 4, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (utf8_width(rows[i].bytes, rows[i].length) != rows[i].width)
			fail_msg("row %zu: %zu", i + 1, utf8_width(rows[i].bytes, rows[i].length));
}

/* ---- clock ---- */

static void deadlines_are_rounded_up_to_milliseconds(void **state)
{
	(void)state;
	assert_int_equal(clock_until_ms(INT64_MAX), -1);
	assert_int_equal(clock_until_ms(0), 0);
	assert_int_equal(clock_until_ms(clock_now_ns()), 0);
	assert_int_equal(clock_until_ms(clock_now_ns() + INT64_C(3000000) * NS_PER_S), INT32_MAX);
	assert_in_range(clock_until_ms(clock_now_ns() + 3600 * NS_PER_S), 1, 3600000);
	int64_t earlier = clock_now_ns();
	assert_true(clock_now_ns() >= earlier);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vector_keeps_what_it_has_and_adds_zeroes),
		cmocka_unit_test(what_cannot_be_had_is_told),
		cmocka_unit_test(a_scope_closes_what_is_not_handed_over_and_keeps_errno),
		cmocka_unit_test(characters_have_the_width_that_rfc_3629_gives_them),
		cmocka_unit_test(deadlines_are_rounded_up_to_milliseconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

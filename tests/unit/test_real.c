/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Numbers and names as people read them. */
#include "unit.h"

#include "base/buf.h"
#include "base/quoted.h"
#include "base/real.h"

#include <math.h>

static void a_number_is_as_short_as_it_can_be(void **state)
{
	(void)state;
	static const struct {
		double number;
		const char *text;
	} rows[] = {
		{0, "0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1, "0.1"}, {20, "20"}, {100000, "100000"}, {1234567.8, "1234567.8"},
		{0.0004096, "0.0004096"}, {1e-5, "0.00001"}, {1e-9, "0.000000001"}, {33.3 / 100, "0.333"}, {0.07 * 100, "7"},
		{1.0 / 3, "0.333333333333333"}, {1700000000.125, "1700000000.125"}, {123456789012345, "123456789012345"},
		{1e15, "1e+15"}, {2.5e-13, "2.5e-13"}, {1e300, "1e+300"}, {0.30000000000000004, "0.3"}, {(double)INFINITY, "inf"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(REAL(rows[i].number), rows[i].text);
}

/* What was written with up to 15 digits comes back as it was. */
static void fifteen_digits_come_back(void **state)
{
	(void)state;
	for (int i = 1; i < 100000; i += 37) {
		char wanted[40];
		double ms = (double)i * 1234567 / 1e6;
		snprintf(wanted, sizeof wanted, "%.6f", ms);
		double got = strtod(REAL(strtod(wanted, NULL)), NULL);
		assert_true(fabs(got - strtod(wanted, NULL)) <= 0);
	}
}

static void names_of_one_word_are_left_alone(void **state)
{
	(void)state;
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"bad-sector", "bad-sector"}, {"rule-1", "rule-1"}, {"a.b_c/d", "a.b_c/d"}, {"stra\xc3\x9f" "e", "stra\xc3\x9f" "e"},
		{"two words", "\"two words\""}, {"a: b", "\"a: b\""}, {"say \"x\"", "\"say \\\"x\\\"\""}, {"", "\"\""},
		{"new\nline", "\"new\\nline\""}, {"nth=3,comm=vips*", "nth=3,comm=vips*"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf buf = {0};
		buf_name(&buf, rows[i].name);
		assert_string_equal(buf_string(&buf), rows[i].text);
		buf_free(&buf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_is_as_short_as_it_can_be),
		cmocka_unit_test(fifteen_digits_come_back),
		cmocka_unit_test(names_of_one_word_are_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

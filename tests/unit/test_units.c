/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Quantities as people write them. */
#include "unit.h"

#include "base/units.h"

#define OK 0

/* ---- numbers ---- */

static void whole_numbers_are_decimal_or_hexadecimal(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint64_t number;
	} rows[] = {
		{"0", OK, 0},
		{"7", OK, 7},
		{"007", OK, 7},
		{"0x0", OK, 0},
		{"0xff", OK, 255},
		{"0xFF", OK, 255},
		{"18446744073709551615", OK, UINT64_MAX},
		{"0xffffffffffffffff", OK, UINT64_MAX},
		{"18446744073709551616", -ERANGE, 0},
		{"0x10000000000000000", -ERANGE, 0},
		{"99999999999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{" 7", -EINVAL, 0},
		{"7 ", -EINVAL, 0},
		{"\t7", -EINVAL, 0},
		{"7\n", -EINVAL, 0},
		{"+7", -EINVAL, 0},
		{"-7", -EINVAL, 0},
		{"-0", -EINVAL, 0},
		{"0x", -EINVAL, 0},
		{"0x-1", -EINVAL, 0},
		{"0x+1", -EINVAL, 0},
		{"0x 1", -EINVAL, 0},
		{"0x0x10", -EINVAL, 0},
		{"0X10", -EINVAL, 0},
		{"0xg", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
		{"1.0", -EINVAL, 0},
		{"1,000", -EINVAL, 0},
		{"1_000", -EINVAL, 0},
		{"ff", -EINVAL, 0},
		{"seven", -EINVAL, 0},
		{"\xd9\xa1", -EINVAL, 0}, /* a digit, though an Arabic one */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t number = 0;
		int rc = units_number(rows[i].text, &number);
		if (rc != rows[i].rc || (!rc && number != rows[i].number))
			fail_msg("'%s': %d, %llu", rows[i].text, rc, (unsigned long long)number);
	}
}

/* ---- sizes ---- */

static void sizes_know_powers_of_1000_and_of_1024(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint64_t bytes;
	} rows[] = {
		{"0", OK, 0},
		{"512", OK, 512},
		{"512B", OK, 512},
		{"0B", OK, 0},
		{"1KiB", OK, 1024},
		{"64KiB", OK, 65536},
		{"1MiB", OK, 1048576},
		{"2GiB", OK, UINT64_C(2147483648)},
		{"1TiB", OK, UINT64_C(1099511627776)},
		{"10kB", OK, 10000},
		{"1MB", OK, 1000000},
		{"1GB", OK, 1000000000},
		{"1TB", OK, UINT64_C(1000000000000)},
		{"0TiB", OK, 0},
		{"18446744073709551615", OK, UINT64_MAX},
		{"16777215TiB", OK, UINT64_C(16777215) << 40},
		{"16777216TiB", -ERANGE, 0},
		{"18446744073709551616", -ERANGE, 0},
		{"18446744073709551615KiB", -ERANGE, 0},
		{"18446745TB", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"KiB", -EINVAL, 0},
		{"1K", -EINVAL, 0},
		{"1k", -EINVAL, 0},
		{"1KB", -EINVAL, 0}, /* 1000 or 1024? */
		{"1kb", -EINVAL, 0},
		{"1Kib", -EINVAL, 0},
		{"1mib", -EINVAL, 0},
		{"1M", -EINVAL, 0},
		{"1 KiB", -EINVAL, 0},
		{"1KiB ", -EINVAL, 0},
		{"1.5KiB", -EINVAL, 0},
		{"-1", -EINVAL, 0},
		{"+1", -EINVAL, 0},
		{"0x10", -EINVAL, 0},
		{"1e3", -EINVAL, 0},
		{"1KiBB", -EINVAL, 0},
		{"1PiB", -EINVAL, 0},
		{"lots", -EINVAL, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t bytes = 0;
		int rc = units_size(rows[i].text, &bytes);
		if (rc != rows[i].rc || (!rc && bytes != rows[i].bytes))
			fail_msg("'%s': %d, %llu", rows[i].text, rc, (unsigned long long)bytes);
	}
}

/* ---- rates ---- */

static void rates_are_sizes_a_second_or_those_of_tc(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		uint64_t bytes;
	} rows[] = {
		{"10MB/s", OK, 10000000},    {"512KiB/s", OK, 524288},	  {"1B/s", OK, 1},	       {"7/s", OK, 7},
		{"0/s", OK, 0},		     {"8bit", OK, 1},		  {"100kbit", OK, 12500},      {"10mbit", OK, 1250000},
		{"1gbit", OK, 125000000},    {"10MB", -EINVAL, 0},	  {"10", -EINVAL, 0},	       {"/s", -EINVAL, 0},
		{"MB/s", -EINVAL, 0},	     {"10 MB/s", -EINVAL, 0},	  {"10MB/min", -EINVAL, 0},    {"10Mbit", -EINVAL, 0},
		{"-1B/s", -EINVAL, 0},	     {"mbit", -EINVAL, 0},	  {"1mbit/s", -EINVAL, 0},     {"", -EINVAL, 0},
		{"16777216TiB/s", -ERANGE, 0}, {"18446744074gbit", -ERANGE, 0},
		{"1000000000000000000000000000000000000000000000000000000000000000B/s", -ERANGE, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t bytes = 0;
		int rc = units_rate(rows[i].text, &bytes);
		if (rc != rows[i].rc || (!rc && bytes != rows[i].bytes))
			fail_msg("'%s': %d, %llu", rows[i].text, rc, (unsigned long long)bytes);
	}
}

/* ---- durations ---- */

static void durations_have_a_unit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		int64_t ns;
	} rows[] = {
		{"0", OK, 0},
		{"0.0", OK, 0},
		{"0s", OK, 0},
		{"1ns", OK, 1},
		{"250us", OK, 250000},
		{"50ms", OK, 50000000},
		{"1.5s", OK, 1500000000},
		{"0.25ms", OK, 250000},
		{"0.001us", OK, 1},
		{"0.1s", OK, 100000000},
		{"0.3us", OK, 300},
		{"1.1ms", OK, 1100000},
		{"0.000000029s", OK, 29},
		{"123456789.123456789s", OK, INT64_C(123456789123456784)}, /* what a double can hold */
		{"2m", OK, INT64_C(120000000000)},
		{"2min", OK, INT64_C(120000000000)},
		{"1h", OK, INT64_C(3600000000000)},
		{"2000000h", OK, INT64_C(7200000000000000000)},
		{"9000000000s", OK, INT64_C(9000000000000000000)},
		{"3000000h", -ERANGE, 0},
		{"9300000000s", -ERANGE, 0},
		{"99999999999999999999999s", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"5", -EINVAL, 0},
		{"1.5", -EINVAL, 0},
		{"s", -EINVAL, 0},
		{".5s", -EINVAL, 0},
		{"-1s", -EINVAL, 0},
		{"+1s", -EINVAL, 0},
		{" 1s", -EINVAL, 0},
		{"1 s", -EINVAL, 0},
		{"1s ", -EINVAL, 0},
		{"1S", -EINVAL, 0},
		{"1Ms", -EINVAL, 0},
		{"1sec", -EINVAL, 0},
		{"1d", -EINVAL, 0},
		{"0x10s", -EINVAL, 0},
		{"1,5s", -EINVAL, 0},
		{"1..5s", -EINVAL, 0},
		{"1h30m", -EINVAL, 0},
		{"inf", -EINVAL, 0},
		{"infs", -EINVAL, 0},
		{"nan", -EINVAL, 0},
		/* "Nothing is rounded in silence." */
		{"0.5ns", -EINVAL, 0},
		{"0.1ns", -EINVAL, 0},
		{"0.0001us", -EINVAL, 0},
		{"1e3s", OK, INT64_C(1000000000000)},
		{"1e-3s", OK, 1000000},
		{"1e999s", -ERANGE, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int64_t ns = -1;
		int rc = units_duration(rows[i].text, &ns);
		if (rc != rows[i].rc || (!rc && ns != rows[i].ns))
			fail_msg("'%s': %d, %lld", rows[i].text, rc, (long long)ns);
	}
}

/* ---- probabilities ---- */

static void probabilities_are_parts_of_one_or_per_cent(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		double probability;
	} rows[] = {
		{"0", OK, 0},
		{"1", OK, 1},
		{"0.05", OK, 0.05},
		{"5%", OK, 0.05},
		{"0%", OK, 0},
		{"100%", OK, 1},
		{"12.5%", OK, 0.125},
		{"0.1%", OK, 0.001},
		{"1.0", OK, 1},
		{"1e-5", OK, 1e-5},
		{"1.01", -ERANGE, 0},
		{"2", -ERANGE, 0},
		{"101%", -ERANGE, 0},
		{"99999999999999999999", -ERANGE, 0},
		{"", -EINVAL, 0},
		{"%", -EINVAL, 0},
		{".5", -EINVAL, 0},
		{"-0.5", -EINVAL, 0},
		{"+0.5", -EINVAL, 0},
		{"5 %", -EINVAL, 0},
		{"5%%", -EINVAL, 0},
		{" 5%", -EINVAL, 0},
		{"0,5", -EINVAL, 0},
		{"half", -EINVAL, 0},
		{"nan", -EINVAL, 0},
		{"0x1", -EINVAL, 0},
		{"0X1", -EINVAL, 0},
		{"1/2", -EINVAL, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		double probability = -1;
		int rc = units_probability(rows[i].text, &probability);
		if (rc != rows[i].rc || (!rc && probability != rows[i].probability))
			fail_msg("'%s': %d, %g", rows[i].text, rc, probability);
	}
}

/* ---- ranges ---- */

static void ranges_are_half_open(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		struct range range;
	} rows[] = {
		{"0..", OK, {0, UINT64_MAX}},
		{"64KiB..", OK, {65536, UINT64_MAX}},
		{"0..512", OK, {0, 512}},
		{"..4KiB", OK, {0, 4096}},
		{"..1", OK, {0, 1}},
		{"100", OK, {100, 101}},
		{"0", OK, {0, 1}},
		{"1KiB", OK, {1024, 1025}},
		{"1kB..1KiB", OK, {1000, 1024}},
		{"1MiB..1MB", -EINVAL, {0}},
		{"18446744073709551614..", OK, {UINT64_MAX - 1, UINT64_MAX}},
		{"18446744073709551614", OK, {UINT64_MAX - 1, UINT64_MAX}},
		{"18446744073709551615", -ERANGE, {0}},
		{"18446744073709551616..", -ERANGE, {0}},
		{"0..99999999TiB", -ERANGE, {0}},
		{"", -EINVAL, {0}},
		{"..", -EINVAL, {0}},
		{"..0", -EINVAL, {0}},
		{"5..5", -EINVAL, {0}},
		{"6..5", -EINVAL, {0}},
		{"1...5", -EINVAL, {0}},
		{"1..2..3", -EINVAL, {0}},
		{"1.5..3", -EINVAL, {0}},
		{"1 .. 5", -EINVAL, {0}},
		{"1..5 ", -EINVAL, {0}},
		{" 1..5", -EINVAL, {0}},
		{"1-5", -EINVAL, {0}},
		{"-1..5", -EINVAL, {0}},
		{"1..-5", -EINVAL, {0}},
		{"a..b", -EINVAL, {0}},
		{"0x10..0x20", -EINVAL, {0}},
		{"0000000000000000000000000000000000000000000000000000000000000000..5", -EINVAL, {0}}, /* longer than anyone writes */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct range range = {7, 7};
		int rc = units_range(rows[i].text, &range);
		if (rc != rows[i].rc || (!rc && (range.first != rows[i].range.first || range.end != rows[i].range.end)))
			fail_msg("'%s': %d, %llu..%llu", rows[i].text, rc, (unsigned long long)range.first,
				 (unsigned long long)range.end);
	}
}

/* ---- ordinals ---- */

static void ordinals_are_written_as_strace_does(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int rc;
		struct ordinals ordinals;
	} rows[] = {
		{"1", OK, {1, 1, 1}},
		{"3", OK, {3, 3, 1}},
		{"2..", OK, {2, UINT64_MAX, 1}},
		{"2..10", OK, {2, 10, 1}},
		{"5..5", OK, {5, 5, 1}},
		{"1..+2", OK, {1, UINT64_MAX, 2}},
		{"1+2", OK, {1, UINT64_MAX, 2}}, /* strace(1): "first+step" has no last */
		{"2..10+4", OK, {2, 10, 4}},
		{"1..18446744073709551615", OK, {1, UINT64_MAX, 1}},
		{"0x10", OK, {16, 16, 1}},
		{"0", -EINVAL, {0}},
		{"0..", -EINVAL, {0}},
		{"3..2", -EINVAL, {0}},
		{"1..0", -EINVAL, {0}},
		{"1..+0", -EINVAL, {0}},
		{"1..9+0", -EINVAL, {0}},
		{"1..+", -EINVAL, {0}},
		{"1+", -EINVAL, {0}},
		{"+2", -EINVAL, {0}},
		{"..5", -EINVAL, {0}},
		{"..", -EINVAL, {0}},
		{"", -EINVAL, {0}},
		{"1..2..3", -EINVAL, {0}},
		{"1+2+3", -EINVAL, {0}},
		{"1..+-2", -EINVAL, {0}},
		{"-1", -EINVAL, {0}},
		{"3rd", -EINVAL, {0}},
		{"1.5", -EINVAL, {0}},
		{" 3", -EINVAL, {0}},
		{"3 ", -EINVAL, {0}},
		{"1, 3", -EINVAL, {0}},
		{"18446744073709551616", -ERANGE, {0}},
		{"1..18446744073709551616", -ERANGE, {0}},
		{"1..+18446744073709551616", -ERANGE, {0}},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ordinals o = {7, 7, 7};
		int rc = units_ordinals(rows[i].text, &o);
		const struct ordinals *w = &rows[i].ordinals;
		if (rc != rows[i].rc || (!rc && (o.first != w->first || o.last != w->last || o.step != w->step)))
			fail_msg("'%s': %d, %llu..%llu+%llu", rows[i].text, rc, (unsigned long long)o.first,
				 (unsigned long long)o.last, (unsigned long long)o.step);
	}
}

static void ordinals_choose_occurrences(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *chosen; /* of 1 to 12 */
	} rows[] = {
		{"3", "..x........."},
		{"2..", ".xxxxxxxxxxx"},
		{"2..10", ".xxxxxxxxx.."},
		{"1..+2", "x.x.x.x.x.x."},
		{"1+5", "x....x....x."},
		{"2..10+4", ".x...x...x.."},
		{"2..9+4", ".x...x......"},
		{"12", "...........x"},
		{"13..", "............"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ordinals o;
		char got[13] = "";
		assert_int_equal(units_ordinals(rows[i].text, &o), 0);
		assert_false(ordinals_have(&o, 0));
		for (unsigned n = 1; n <= 12; n++)
			got[n - 1] = ordinals_have(&o, n) ? 'x' : '.';
		unit_same_text(rows[i].text, got, rows[i].chosen);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers_are_decimal_or_hexadecimal),
		cmocka_unit_test(sizes_know_powers_of_1000_and_of_1024),
		cmocka_unit_test(rates_are_sizes_a_second_or_those_of_tc),
		cmocka_unit_test(durations_have_a_unit),
		cmocka_unit_test(probabilities_are_parts_of_one_or_per_cent),
		cmocka_unit_test(ranges_are_half_open),
		cmocka_unit_test(ordinals_are_written_as_strace_does),
		cmocka_unit_test(ordinals_choose_occurrences),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Buckets, quantiles. */
#include "unit.h"

#include "base/histogram.h"

static void buckets_follow_each_other_without_a_gap(void **state)
{
	(void)state;
	assert_int_equal(histogram_index(0), 0);
	for (size_t i = 0; i + 1 < HISTOGRAM_BUCKETS; i++) {
		uint64_t bound = histogram_bound(i);
		assert_true(i == 0 || bound > histogram_bound(i - 1));
		assert_int_equal(histogram_index(bound), i);
		assert_int_equal(histogram_index(bound + 1), i + 1);
	}
	assert_int_equal(histogram_bound(HISTOGRAM_BUCKETS - 2), UINT64_C(1) << HISTOGRAM_LAST_LOG2);
	assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
}

static void a_quantile_is_off_by_a_sixteenth_at_most(void **state)
{
	(void)state;
	struct histogram h = {0};
	for (uint64_t i = 1; i <= 1000; i++)
		histogram_add(&h, i * 1000);
	for (unsigned percent = 1; percent <= 100; percent++) {
		double exact = percent * 10000.0, told = (double)histogram_quantile(&h, percent / 100.0);
		if (told < exact * 15 / 16 || told > exact * 17 / 16)
			fail_msg("p%u: %.0f, exactly %.0f", percent, told, exact);
	}
	assert_int_equal(h.count, 1000);
	assert_int_equal(h.sum, 500500000);
	assert_int_equal(histogram_quantile(&h, 1), 1000000);
}

static void one_value_is_its_own_maximum(void **state)
{
	(void)state;
	struct histogram h = {0};
	assert_int_equal(histogram_quantile(&h, 0.5), 0);
	histogram_add(&h, 5000000);
	assert_true(histogram_quantile(&h, 0.5) <= 5000000);
	assert_int_equal(histogram_quantile(&h, 1), 5000000);
	histogram_add(&h, UINT64_MAX);
	assert_int_equal(histogram_quantile(&h, 1), UINT64_MAX);
}

static void sums_up_to_a_power_of_two_are_exact(void **state)
{
	(void)state;
	struct histogram h = {0};
	histogram_add(&h, 0);
	histogram_add(&h, 256);
	histogram_add(&h, 257);
	histogram_add(&h, 1024);
	histogram_add(&h, 1025);
	histogram_add(&h, UINT64_MAX);
	assert_int_equal(histogram_up_to(&h, 8), 2);
	assert_int_equal(histogram_up_to(&h, 9), 3);
	assert_int_equal(histogram_up_to(&h, 10), 4);
	assert_int_equal(histogram_up_to(&h, 11), 5);
	assert_int_equal(histogram_up_to(&h, HISTOGRAM_LAST_LOG2), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_follow_each_other_without_a_gap),
		cmocka_unit_test(a_quantile_is_off_by_a_sixteenth_at_most),
		cmocka_unit_test(one_value_is_its_own_maximum),
		cmocka_unit_test(sums_up_to_a_power_of_two_are_exact),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

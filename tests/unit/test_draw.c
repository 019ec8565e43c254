/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Randomness without state. */
#include "unit.h"

#include <math.h>

#define PLACES 100000

/* Seeds are valid for ever: these numbers never change. Those of texts are XXH3's own, that of "" is in its specification. */
static void the_numbers_are_frozen(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint64_t hash;
	} texts[] = {
		{"", UINT64_C(0x2d06800538d394c2)},
		{"a", UINT64_C(0xe6c632b61e964e1f)},
		{"in", UINT64_C(0x48068d8a56def9a6)},
		{"bad-sector", UINT64_C(0x72f03ee1f40a2eb9)},
		{"**/*.png", UINT64_C(0x2e0ca4c2fd0e07e3)},
	};
	static const struct {
		struct draw_key key;
		uint64_t number;
		double unit, normal;
	} draws[] = {
		{{0}, UINT64_C(0xa057271c9071c99d), 0.62632984588021323, -0.047175107504663812},
		{{.seed = 1}, UINT64_C(0x4938b7eb4d3e837f), 0.28602170462294829, 0.1790678041735724},
		{{.who = 1}, UINT64_C(0x20310e8b73fee882), 0.12574854759804632, -0.3569216677849576},
		{{.path = 1}, UINT64_C(0xa65eda5036eee9fb), 0.64988483866084901, 1.2139073959557887},
		{{.where = 1}, UINT64_C(0x1df2c5d1972e74d7), 0.11698566786724895, 0.49512347220564806},
		{{.lane = 1}, UINT64_C(0xbea13fed9515b22f), 0.74464797544813766, -0.77399320102358526},
		{{1, 2, 3, 4, 5}, UINT64_C(0x9852c26da1214c99), 0.59501280952929847, -1.0513131415465859},
		{{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}, UINT64_C(0x96164c9cc6ed69e4),
		 0.58627775981488173, -1.0375476649813398},
	};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (draw_text(texts[i].text) != texts[i].hash ||
		    draw_hash(texts[i].text, strlen(texts[i].text)) != texts[i].hash)
			fail_msg("'%s': %llx", texts[i].text, (unsigned long long)draw_text(texts[i].text));
	for (size_t i = 0; i < COUNT_OF(draws); i++)
		/* The last bits of log() and cos() may differ between machines. */
		if (draw_u64(&draws[i].key) != draws[i].number || draw_unit(&draws[i].key) != draws[i].unit ||
		    fabs(draw_normal(&draws[i].key) - draws[i].normal) > 1e-12)
			fail_msg("row %zu: %llx %.17g %.17g", i, (unsigned long long)draw_u64(&draws[i].key),
				 draw_unit(&draws[i].key), draw_normal(&draws[i].key));
}

static uint64_t at(unsigned member, uint64_t value)
{
	struct draw_key key = {.seed = 7};
	uint64_t *const members[] = {&key.seed, &key.who, &key.path, &key.where, &key.lane};
	*members[member] = value;
	return draw_u64(&key);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static void every_part_of_the_key_counts(void **state)
{
	(void)state;
	enum { EACH = 2000 };
	static uint64_t drawn[5 * EACH];
	for (unsigned member = 0; member < 5; member++)
		for (unsigned value = 0; value < EACH; value++)
			drawn[member * EACH + value] = at(member, value + (member ? 1 : 100));
	qsort(drawn, COUNT_OF(drawn), sizeof drawn[0], by_value);
	for (size_t i = 1; i < COUNT_OF(drawn); i++)
		assert_true(drawn[i] != drawn[i - 1]);
}

/* Chi-squared over 64 classes: 63 degrees of freedom, so 63 +- 11; beyond 120 is one in 10^5. */
static double chi_squared(const unsigned counts[64], double expected)
{
	double sum = 0;
	for (int i = 0; i < 64; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

static void units_are_uniform_along_every_part_of_the_key(void **state)
{
	(void)state;
	for (unsigned member = 0; member < 5; member++)
		for (unsigned stride = 1; stride <= 4096; stride *= 64) {
			unsigned counts[64] = {0}, low[64] = {0};
			for (uint64_t i = 0; i < PLACES; i++) {
				uint64_t number = at(member, i * stride);
				counts[number >> 58]++;
				low[number & 63]++;
			}
			double high_bits = chi_squared(counts, PLACES / 64.0), low_bits = chi_squared(low, PLACES / 64.0);
			if (high_bits > 120 || low_bits > 120 || high_bits < 25 || low_bits < 25)
				fail_msg("member %u, stride %u: %g, %g", member, stride, high_bits, low_bits);
		}
}

static void units_lie_in_zero_to_below_one(void **state)
{
	(void)state;
	double sum = 0, squares = 0;
	for (uint64_t i = 0; i < PLACES; i++) {
		const struct draw_key key = {.where = i};
		double unit = draw_unit(&key);
		assert_true(unit >= 0 && unit < 1 && unit * 0x1p53 == floor(unit * 0x1p53));
		sum += unit;
		squares += unit * unit;
	}
	assert_true(fabs(sum / PLACES - 0.5) < 0.005);
	assert_true(fabs(squares / PLACES - 1.0 / 3) < 0.005);
}

static void a_chance_comes_as_often_as_it_says(void **state)
{
	(void)state;
	static const double rows[] = {0.001, 0.02, 0.05, 0.5, 0.9, 0.999};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unsigned struck = 0;
		for (uint64_t j = 0; j < PLACES; j++) {
			const struct draw_key key = {.seed = i, .where = j};
			struck += draw_chance(&key, rows[i]);
		}
		double deviation = sqrt(PLACES * rows[i] * (1 - rows[i]));
		if (fabs(struck - PLACES * rows[i]) > 4.5 * deviation)
			fail_msg("%g: %u of %u", rows[i], struck, PLACES);
	}
}

static void zero_is_never_and_one_is_always(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < PLACES; i++) {
		const struct draw_key key = {.where = i};
		assert_false(draw_chance(&key, 0));
		assert_false(draw_chance(&key, -1));
		assert_true(draw_chance(&key, 1));
		assert_true(draw_chance(&key, 2));
	}
}

static void a_larger_chance_strikes_all_that_a_smaller_one_does(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 10000; i++) {
		const struct draw_key key = {.where = i};
		assert_true(!draw_chance(&key, 0.1) || draw_chance(&key, 0.2));
	}
}

static void normal_draws_have_mean_zero_and_deviation_one(void **state)
{
	(void)state;
	double sum = 0, squares = 0, thirds = 0, largest = 0;
	unsigned inside = 0;
	for (uint64_t i = 0; i < PLACES; i++) {
		const struct draw_key key = {.where = i, .lane = 16};
		double x = draw_normal(&key);
		assert_true(isfinite(x));
		sum += x;
		squares += x * x;
		thirds += x * x * x;
		inside += fabs(x) < 1;
		largest = fmax(largest, fabs(x));
	}
	assert_true(fabs(sum / PLACES) < 0.02);
	assert_true(fabs(squares / PLACES - 1) < 0.03);
	assert_true(fabs(thirds / PLACES) < 0.06);
	assert_true(fabs(inside / (double)PLACES - 0.6827) < 0.01);
	assert_true(largest > 3.5 && largest < 6.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_numbers_are_frozen),
		cmocka_unit_test(every_part_of_the_key_counts),
		cmocka_unit_test(units_are_uniform_along_every_part_of_the_key),
		cmocka_unit_test(units_lie_in_zero_to_below_one),
		cmocka_unit_test(a_chance_comes_as_often_as_it_says),
		cmocka_unit_test(zero_is_never_and_one_is_always),
		cmocka_unit_test(a_larger_chance_strikes_all_that_a_smaller_one_does),
		cmocka_unit_test(normal_draws_have_mean_zero_and_deviation_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Two runs of a process held against each other: what may be named by its number, and what by its stack. */
#include "unit.h"

#include "harness/sweep/alloc_pair.h"

#define ROOM 16

struct image {
	struct alloc_map_image image;
	struct alloc_map_stack stacks[ROOM];
	struct alloc_map_point points[ROOM];
};

/* Allocations in their order; a letter is a stack, '?' one that the sequence had no room for. */
static void make(struct image *i, const char *text)
{
	uint32_t count = 0;
	*i = (struct image){.image = {.program = "p", .number = 1, .stacks = i->stacks, .points = i->points}};
	for (; *text; text++) {
		uint32_t at = 0;
		uint64_t ordinal = ++i->image.allocations;
		struct alloc_map_point *point = &i->points[i->image.points_count++];
		while (at < count && i->stacks[at].hash != (uint64_t)*text)
			at++;
		*point = (struct alloc_map_point){.stack = ALLOC_MAP_NO_STACK};
		if (*text == '?')
			continue;
		if (at == count)
			i->stacks[count++] = (struct alloc_map_stack){.hash = (uint64_t)*text, .first = ordinal};
		i->stacks[at].last = ordinal;
		i->stacks[at].count++;
		*point = (struct alloc_map_point){.stack = at, .recorded = true};
	}
	i->image.stacks_count = count;
}

static struct image one, other;
static struct alloc_pair pair;

static void hold(const char *first, const char *second)
{
	alloc_pair_free(&pair);
	make(&one, first);
	make(&other, second);
	assert_int_equal(alloc_pair_make(&one.image, &other.image, &pair), 0);
}

static int put_away(void **state)
{
	(void)state;
	alloc_pair_free(&pair);
	return 0;
}

static void what_is_done_twice_alike_is_steady(void **state)
{
	(void)state;
	static const struct {
		const char *first, *second;
		bool steady;
	} rows[] = {
		{"", "", true},	     {"aab", "aab", true},    {"aab", "aba", false}, {"aab", "aa", false},  {"aa", "aab", false},
		{"ab", "ac", false}, {"abab", "abba", false}, {"a?b", "a?b", true},  {"a?b", "aab", true}, {"ab", "ba", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		hold(rows[i].first, rows[i].second);
		if (pair.steady != rows[i].steady)
			fail_msg("%s and %s: %d", rows[i].first, rows[i].second, pair.steady);
	}
}

static void threads_are_never_steady(void **state)
{
	(void)state;
	hold("aab", "aab");
	alloc_pair_free(&pair);
	other.image.threaded = true;
	assert_int_equal(alloc_pair_make(&one.image, &other.image, &pair), 0);
	assert_false(pair.steady);
	assert_true(alloc_pair_agrees(&pair, 3, 'b'));
}

static void a_number_agrees_where_both_have_the_stack(void **state)
{
	(void)state;
	hold("aabc", "abac");
	assert_true(alloc_pair_agrees(&pair, 1, 'a'));
	assert_false(alloc_pair_agrees(&pair, 2, 'a'));
	assert_true(alloc_pair_agrees(&pair, 4, 'c'));
	assert_false(alloc_pair_agrees(&pair, 0, 'a'));
	assert_false(alloc_pair_agrees(&pair, 5, 'c'));
	/* Beyond the sequence it is known where a stack came first. */
	other.image.points_count = 3;
	assert_true(alloc_pair_agrees(&pair, 4, 'c'));
	assert_false(alloc_pair_agrees(&pair, 4, 'a'));
}

static void stacks_of_the_other_are_counted(void **state)
{
	(void)state;
	hold("aabc", "dcacb");
	assert_int_equal(alloc_pair_count(&pair, 'a'), 1);
	assert_int_equal(alloc_pair_count(&pair, 'b'), 1);
	assert_int_equal(alloc_pair_count(&pair, 'c'), 2);
	assert_int_equal(alloc_pair_count(&pair, 'd'), 1);
	assert_int_equal(alloc_pair_count(&pair, 'e'), 0);
}

static void a_process_that_only_one_run_had_is_no_pair(void **state)
{
	(void)state;
	struct alloc_map_image images[2];
	hold("aab", "aab");
	images[0] = images[1] = one.image;
	images[1].number = 2;
	const struct alloc_map map = {.images = images, .images_count = 2};
	assert_ptr_equal(alloc_pair_find(&map, &other.image), &images[0]);
	other.image.number = 3;
	assert_null(alloc_pair_find(&map, &other.image));
	other.image.number = 2;
	assert_ptr_equal(alloc_pair_find(&map, &other.image), &images[1]);
	strcpy(other.image.program, "q");
	assert_null(alloc_pair_find(&map, &other.image));
	alloc_pair_free(&pair);
	assert_int_equal(alloc_pair_make(&one.image, NULL, &pair), 0);
	assert_false(pair.steady);
	assert_false(alloc_pair_agrees(&pair, 1, 'a'));
	assert_int_equal(alloc_pair_count(&pair, 'a'), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_done_twice_alike_is_steady, put_away),
		cmocka_unit_test_teardown(threads_are_never_steady, put_away),
		cmocka_unit_test_teardown(a_number_agrees_where_both_have_the_stack, put_away),
		cmocka_unit_test_teardown(stacks_of_the_other_are_counted, put_away),
		cmocka_unit_test_teardown(a_process_that_only_one_run_had_is_no_pair, put_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

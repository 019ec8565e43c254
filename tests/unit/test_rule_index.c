/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The index of rules by path: it finds what trying each pattern finds, and little more. */
#include "unit.h"

#include "base/draw.h"
#include "base/glob.h"
#include "faults/rule_index.h"

#include <stdio.h>

static uint32_t draw(uint64_t who, uint64_t where, uint64_t lane, uint32_t below)
{
	const struct draw_key key = {.seed = 7, .who = who, .where = where, .lane = lane};
	return (uint32_t)(draw_u64(&key) % below);
}

/* Of a few letters, so that much matches. */
static void random_name(uint64_t who, uint64_t n, const char *const *pieces, uint32_t pieces_count, char *name)
{
	uint32_t length = 1 + draw(who, n, 0, 4);
	for (uint32_t i = 0; i < length; i++)
		name = stpcpy(name, pieces[draw(who, n, 1 + i, pieces_count)]);
}

static void random_path(uint64_t who, uint64_t n, const char *const *pieces, uint32_t pieces_count, char *path)
{
	uint32_t depth = 1 + draw(who, n, 90, 3);
	for (uint32_t i = 0; i < depth; i++) {
		random_name(who + 1 + i, n, pieces, pieces_count, path);
		path += strlen(path);
		if (i + 1 < depth)
			*path++ = '/';
	}
	*path = '\0';
}

static const char *const plain[] = {"a", "b", "ab", "c", "-", ".png"};
static const char *const wild[] = {"a", "b", "c", ".png", "*", "?", "[ab]", "{a,b*}", "{c,.png}", "\\a", "[!c]"};
static const char *const special[] = {"**", "**/*.png", "a/**", "**/a", ".", "*", "{a,b}/**", "**/{a*,*b}.png", "a/[a/b]", "a*/**/c"};

#define PATTERNS 3000
#define PATHS 3000

static size_t make_patterns(struct glob **globs)
{
	char text[256];
	size_t count = 0;
	for (uint64_t i = 0; i < PATTERNS; i++) {
		struct err err = {0};
		if (i % 20 == 0)
			strcpy(text, special[draw(1, i, 0, COUNT_OF(special))]);
		else if (i % 3 == 0)
			random_path(10, i, plain, COUNT_OF(plain), text);
		else
			random_path(20, i, wild, COUNT_OF(wild), text);
		if (i % 100 == 7)
			globs[count++] = NULL; /* every path */
		else if (glob_compile(text, &globs[count], &err) == 0)
			count++;
	}
	return count;
}

static bool is_found(const uint32_t *found, size_t count, size_t pattern)
{
	for (size_t i = 0; i < count; i++)
		if (found[i] == pattern)
			return true;
	return false;
}

static void check_path(const struct rule_index *index, struct glob *const *globs, size_t count, const char *path)
{
	uint32_t found[RULE_INDEX_FOUND_MAX];
	size_t found_count = rule_index_find(index, path, found);
	if (found_count > RULE_INDEX_FOUND_MAX)
		return;
	for (size_t i = 1; i < found_count; i++)
		assert_true(found[i - 1] < found[i]);
	for (size_t i = 0; i < count; i++)
		if ((!globs[i] || glob_match(globs[i], path)) && !is_found(found, found_count, i))
			fail_msg("'%s' matches '%s' and is not found", globs[i] ? glob_text(globs[i]) : "(all)", path);
}

/* In groups, so that what is found stays below the limit. */
#define GROUP 60

static void what_matches_is_found(void **state)
{
	(void)state;
	static struct glob *globs[PATTERNS];
	char path[256];
	size_t count = make_patterns(globs);
	assert_true(count > PATTERNS / 2);
	for (size_t first = 0; first < count; first += GROUP) {
		size_t size = count - first < GROUP ? count - first : GROUP;
		struct rule_index *index = rule_index_new((const struct glob *const *)&globs[first], size);
		assert_non_null(index);
		check_path(index, &globs[first], size, ".");
		for (uint64_t i = 0; i < PATHS / 10; i++) {
			random_path(30, first * PATHS + i, plain, COUNT_OF(plain), path);
			check_path(index, &globs[first], size, path);
		}
		rule_index_free(index);
	}
	for (size_t i = 0; i < count; i++)
		glob_free(globs[i]);
}

static void of_ten_thousand_few_are_tried(void **state)
{
	(void)state;
	static struct glob *globs[10000];
	uint32_t found[RULE_INDEX_FOUND_MAX];
	char text[64];
	for (size_t i = 0; i < COUNT_OF(globs); i++) {
		struct err err = {0};
		static const char *const before[] = {"**/", "files/", "**/*-", "d"};
		static const char *const behind[] = {"-*.png", ".png", ".wav", "/**"};
		snprintf(text, sizeof text, "%s%zu%s", before[i % 4], i, behind[i % 4]);
		assert_int_equal(glob_compile(text, &globs[i], &err), 0);
	}
	struct rule_index *index = rule_index_new((const struct glob *const *)globs, COUNT_OF(globs));
	assert_int_equal(rule_index_find(index, "files/00017", found), 0);
	assert_int_equal(rule_index_find(index, "files/1001.png", found), 1);
	assert_int_equal(rule_index_find(index, "x/1000-y.png", found), 1);
	assert_int_equal(rule_index_find(index, "x/y-1002.wav", found), 1);
	assert_int_equal(rule_index_find(index, "d1003/x/y", found), 1);
	assert_int_equal(found[0], 1003);
	rule_index_free(index);
	for (size_t i = 0; i < COUNT_OF(globs); i++)
		glob_free(globs[i]);
}

static void too_many_are_told(void **state)
{
	(void)state;
	struct glob *globs[RULE_INDEX_FOUND_MAX + 1];
	uint32_t found[RULE_INDEX_FOUND_MAX];
	struct err err = {0};
	for (size_t i = 0; i < COUNT_OF(globs); i++)
		assert_int_equal(glob_compile("**/*.png", &globs[i], &err), 0);
	struct rule_index *index = rule_index_new((const struct glob *const *)globs, COUNT_OF(globs));
	assert_int_equal(rule_index_find(index, "a.wav", found), 0);
	assert_int_equal(rule_index_find(index, "a.png", found), RULE_INDEX_FOUND_MAX + 1);
	rule_index_free(index);
	index = rule_index_new((const struct glob *const *)globs, RULE_INDEX_FOUND_MAX);
	assert_int_equal(rule_index_find(index, "a.png", found), RULE_INDEX_FOUND_MAX);
	rule_index_free(index);
	for (size_t i = 0; i < COUNT_OF(globs); i++)
		glob_free(globs[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_matches_is_found),
		cmocka_unit_test(of_ten_thousand_few_are_tried),
		cmocka_unit_test(too_many_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

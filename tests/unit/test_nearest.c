/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names looked up, and what a misspelt one was meant to be. */
#include "unit.h"

#include "base/nearest.h"

struct entry {
	const char *name;
	int number;
};

static const struct entry table[] = {
	{"open", 1}, {"opendir", 2}, {"read", 3}, {"readdir", 4}, {"release", 5}, {"releasedir", 6}, {"x", 7},
	{"probability", 8}, {"EIO", 9}, {"a name that is longer than any word that anyone will ever write in a plan", 10},
};

static const char *nearest_to(const char *word)
{
	return nearest_in(table, COUNT_OF(table), sizeof table[0], word);
}

static void names_are_found_as_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(table); i++)
		assert_ptr_equal(named_in(table, COUNT_OF(table), sizeof table[0], table[i].name), &table[i]);
	assert_null(named_in(table, COUNT_OF(table), sizeof table[0], "Open"));
	assert_null(named_in(table, COUNT_OF(table), sizeof table[0], "ope"));
	assert_null(named_in(table, COUNT_OF(table), sizeof table[0], ""));
	assert_null(named_in(table, 0, sizeof table[0], "open"));
}

static void the_nearest_name_is_a_few_edits_away(void **state)
{
	(void)state;
	static const struct {
		const char *word, *name;
	} rows[] = {
		/* up to 4 characters: one edit */
		{"open", "open"},
		{"opne", "open"}, /* swapped neighbours are one edit */
		{"ope", "open"},
		{"oen", "open"},
		{"oopen", "open"},
		{"opan", "open"},
		{"OPEN", "open"},
		{"opna", NULL},
		{"ab", NULL},
		{"eio", "EIO"},
		{"EOI", "EIO"},
		/* up to 8: two */
		{"reddir", "readdir"},
		{"reddri", "readdir"},
		{"rdadir", "readdir"},
		{"opendri", "opendir"},
		{"redapp", NULL},
		{"relaese", "release"},
		/* above: three */
		{"probabilty", "probability"},
		{"prbabilty", "probability"},
		{"porbablity", "probability"},
		{"pobabilt", NULL}, /* three edits of eight letters */
		{"releasdri", "releasedir"},
		{"something else", NULL},
		/* neither */
		{"", "x"},
		{"y", "x"},
		{"\xc3\xb6pen", "open"},
		{"a name that is longer than any word that anyone will ever write in a pla", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *got = nearest_to(rows[i].word);
		if (!got != !rows[i].name || (got && strcmp(got, rows[i].name) != 0))
			fail_msg("'%s': %s instead of %s", rows[i].word, got ? got : "nothing", rows[i].name ? rows[i].name : "nothing");
	}
	assert_null(nearest_in(table, 0, sizeof table[0], "open"));
}

/* The definition, by trying all edits, to a depth. */
static unsigned slow_distance(const char *a, const char *b, unsigned limit)
{
	while (*a && *a == *b)
		a++, b++;
	if (!*a && !*b)
		return 0;
	if (!limit)
		return 1;
	unsigned best = limit + 1, found;
	if (*a && (found = 1 + slow_distance(a + 1, b, limit - 1)) < best)
		best = found;
	if (*b && (found = 1 + slow_distance(a, b + 1, limit - 1)) < best)
		best = found;
	if (*a && *b && (found = 1 + slow_distance(a + 1, b + 1, limit - 1)) < best)
		best = found;
	if (*a && a[1] && *b && a[0] == b[1] && a[1] == b[0] && (found = 1 + slow_distance(a + 2, b + 2, limit - 1)) < best)
		best = found;
	return best;
}

static void distances_are_right(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 20000; n++) {
		char words[2][12];
		for (unsigned w = 0; w < 2; w++) {
			size_t length = unit_drawn(4, n, w, 10);
			for (size_t i = 0; i < length; i++)
				words[w][i] = "abc"[unit_drawn(4, n, 10 + w * 20 + i, 3)];
			words[w][length] = '\0';
		}
		const struct entry one = {.name = words[1]};
		unsigned allowed = strlen(words[0]) <= 4 ? 1 : strlen(words[0]) <= 8 ? 2 : 3;
		bool near = slow_distance(words[0], words[1], allowed) <= allowed;
		if (!nearest_in(&one, 1, sizeof one, words[0]) == near)
			fail_msg("'%s' and '%s' are %snear", words[0], words[1], near ? "" : "not ");
	}
}

static void words_of_the_greatest_length_are_compared(void **state)
{
	(void)state;
	char name[66], word[66];
	memset(name, 'a', sizeof name);
	memset(word, 'a', sizeof word);
	name[64] = word[64] = '\0';
	word[30] = 'b';
	const struct entry one = {.name = name};
	assert_ptr_equal(nearest_in(&one, 1, sizeof one, word), name);
	word[64] = 'a', word[65] = '\0';
	assert_null(nearest_in(&one, 1, sizeof one, word));
	word[64] = '\0', name[64] = 'a', name[65] = '\0';
	assert_null(nearest_in(&one, 1, sizeof one, word));
}

static void a_hint_is_a_question_or_nothing(void **state)
{
	(void)state;
	char hint[NEAREST_HINT_SIZE], name[65], wanted[NEAREST_HINT_SIZE];
	assert_string_equal(nearest_hint(hint, "open"), " (did you mean 'open'?)");
	assert_ptr_equal(nearest_hint(hint, NULL), hint);
	assert_string_equal(hint, "");
	memset(name, 'n', 64);
	name[64] = '\0';
	snprintf(wanted, sizeof wanted, " (did you mean '%s'?)", name);
	assert_string_equal(nearest_hint(hint, name), wanted); /* the longest name that can be near */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_found_as_they_are),
		cmocka_unit_test(the_nearest_name_is_a_few_edits_away),
		cmocka_unit_test(distances_are_right),
		cmocka_unit_test(words_of_the_greatest_length_are_compared),
		cmocka_unit_test(a_hint_is_a_question_or_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

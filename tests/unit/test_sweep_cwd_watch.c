/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What changes in a directory with each of two runs, and what does not. */
#include "unit.h"

#include "harness/sweep/cwd_watch.h"

#include <sys/stat.h>

/* Names with their times, in order. */
static struct cwd_look make(const char *text)
{
	struct cwd_look look = {0};
	char copy[200], *rest = copy;
	snprintf(copy, sizeof copy, "%s", text);
	for (char *word; (word = strsep(&rest, " "));) {
		struct cwd_entry *entry = *word ? vec_add(&look.list) : NULL;
		if (!entry)
			continue;
		char *number = word + strcspn(word, "0123456789");
		*entry = (struct cwd_entry){strndup(word, (size_t)(number - word)), 7, atoi(number)};
	}
	return look;
}

static void only_what_changes_both_times_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *looks[3], *wanted; /* NULL: nothing */
	} rows[] = {
		{{"", "", ""}, NULL},
		{{".1 a1", ".1 a1", ".1 a1"}, NULL},
		{{".1 a1", ".1 a2", ".1 a3"}, "a"},
		{{".1 a1", ".1 a2", ".1 a2"}, NULL}, /* made once, and kept: a cache */
		{{".1", ".2 a2", ".2 a3"}, "a"},
		{{".1", ".2 a2", ".2 a2"}, NULL},
		{{".1", ".2", ".3"}, "what is gone again afterwards"},
		{{".1", ".2 a2", ".3 a2 b3"}, "b"}, /* another name each time */
		{{".1 a1 b1 c1 d1", ".1 a2 b2 c2 d2", ".1 a3 b3 c3 d3"}, "a, b, c ..."},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct cwd_look looks[3] = {make(rows[i].looks[0]), make(rows[i].looks[1]), make(rows[i].looks[2])};
		struct buf names = {0};
		assert_int_equal(cwd_changes(looks, &names), rows[i].wanted != NULL);
		unit_same_text(rows[i].looks[2], buf_string(&names), rows[i].wanted ? rows[i].wanted : "");
		buf_free(&names);
		for (size_t j = 0; j < 3; j++)
			cwd_look_free(&looks[j]);
	}
}

static void a_directory_is_looked_at_by_name(void **state)
{
	(void)state;
	struct cwd_look look;
	const char *path = unit_path("looked");
	char file[PATH_MAX + 10];
	assert_int_equal(mkdir(path, 0700), 0);
	for (const char *name = "cab"; *name; name++) {
		snprintf(file, sizeof file, "%s/%c", path, *name);
		assert_int_equal(mkdir(file, 0700), 0);
	}
	assert_int_equal(cwd_look(path, &look), 0);
	assert_int_equal(look.list.count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(look.list.at[i].name[0], ".abc"[i]);
	assert_true(look.list.at[1].inode && look.list.at[1].changed_ns > 0);
	cwd_look_free(&look);
	assert_int_equal(cwd_look("/nowhere/at/all", &look), 0);
	assert_int_equal(look.list.count, 0);
	assert_int_equal(cwd_look(NULL, &look), 0);
	assert_int_equal(look.list.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changes_both_times_is_told),
		cmocka_unit_test(a_directory_is_looked_at_by_name),
	};
	return cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
}

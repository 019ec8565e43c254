/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where our programs and data are found: in the build tree, and installed. */
#include "unit.h"

#include "base/places.h"

#include <sys/stat.h>

static char built[PATH_MAX]; /* the real build tree */

static void make_directories(const char *name)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "%s", unit_path(name));
	for (char *slash = path + strlen(unit_dir) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
	assert_int_equal(mkdir(path, 0700), 0);
}

static int home_make(void **state)
{
	snprintf(built, sizeof built, "%s", getenv("ORDEAL_DATA") ? getenv("ORDEAL_DATA") : "");
	return unit_dir_make(state) || setenv("ORDEAL_DATA", unit_path("home"), 1);
}

static int home_remove(void **state)
{
	return setenv("ORDEAL_DATA", built, 1) || unit_dir_remove(state);
}

/* ---- data ---- */

static void assert_found(enum place place, const char *name, const char *wanted)
{
	char *path;
	struct err err = {0};
	if (places_find(place, name, &path, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_string_equal(path, wanted);
	free(path);
}

static void assert_not_found(enum place place, const char *name, const char *why)
{
	char *path = built;
	struct err err = {0};
	assert_int_equal(places_find(place, name, &path, &err), -ENOENT);
	assert_null(path);
	unit_same_text(name, err.text, why);
}

static void the_build_tree_has_data_by_name(void **state)
{
	(void)state;
	make_directories("home/faults/plans");
	make_directories("home/corpora/specs");
	make_directories("home/harness/suites");
	make_directories("home/harness/subjects");
	unit_file("home/faults/plans/flaky.yaml", "x");
	unit_file("home/corpora/specs/tiny.yaml", "x");
	unit_file("home/harness/suites/all.yaml", "x");
	unit_file("home/harness/subjects/core.yaml", "x");
	assert_found(PLACE_PLANS, "flaky", unit_path("home/faults/plans/flaky.yaml"));
	assert_found(PLACE_SPECS, "tiny", unit_path("home/corpora/specs/tiny.yaml"));
	assert_found(PLACE_SUITES, "all", unit_path("home/harness/suites/all.yaml"));
	assert_found(PLACE_SUBJECTS, "core", unit_path("home/harness/subjects/core.yaml"));
	assert_not_found(PLACE_PLANS, "tiny", "unknown plan 'tiny'");
	assert_not_found(PLACE_PLANS, "falky", "unknown plan 'falky' (did you mean 'flaky'?)");
	assert_not_found(PLACE_SPECS, "tinny", "unknown corpus profile 'tinny' (did you mean 'tiny'?)");
	assert_not_found(PLACE_SUITES, "al", "unknown suite 'al' (did you mean 'all'?)");
	assert_not_found(PLACE_SUBJECTS, "Core", "unknown subject 'Core' (did you mean 'core'?)");
	assert_not_found(PLACE_SUBJECTS, "", "unknown subject ''");
}

static void what_looks_like_a_path_is_the_users(void **state)
{
	(void)state;
	static const char *const paths[] = {"./x", "a/b", "/x.yaml", "flaky.yaml", "../..", "a.yaml"};
	for (size_t i = 0; i < COUNT_OF(paths); i++)
		assert_found(PLACE_PLANS, paths[i], paths[i]); /* there or not: reading it will tell */
}

static void installed_things_are_below_the_prefix(void **state)
{
	(void)state;
	char *path, wanted[PATH_MAX + 200];
	struct err err = {0};
	make_directories("prefix/share/ordeal/plans");
	make_directories("prefix/libexec/ordeal");
	unit_file("prefix/share/ordeal/plans/flaky.yaml", "x");
	unit_file("prefix/libexec/ordeal/ordealfs", "x");
	setenv("ORDEAL_DATA", unit_path("prefix"), 1);
	assert_found(PLACE_PLANS, "flaky", unit_path("prefix/share/ordeal/plans/flaky.yaml"));
	assert_int_equal(places_program("ordealfs", &path, &err), 0);
	assert_string_equal(path, unit_path("prefix/libexec/ordeal/ordealfs"));
	free(path);
	assert_int_equal(places_cores(&path, &err), 0);
	assert_string_equal(path, unit_path("prefix/libexec/ordeal/subjects"));
	free(path);
	assert_int_equal(places_program("nothing", &path, &err), -ENOENT);
	snprintf(wanted, sizeof wanted, "%s: not found (is ordeal built or installed whole?)",
		 unit_path("prefix/libexec/ordeal/nothing"));
	assert_string_equal(err.text, wanted);
	assert_null(path);
}

static void names_are_listed_sorted_without_their_suffix(void **state)
{
	(void)state;
	struct places_names names;
	make_directories("home/faults/plans");
	static const char *const files[] = {"b.yaml", "a.yaml", "ab.yaml", "notes.txt", ".yaml", "x.yml", "B.yaml", "meson.build"};
	static const char *const wanted[] = {"B", "a", "ab", "b"};
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		char name[100];
		snprintf(name, sizeof name, "home/faults/plans/%s", files[i]);
		unit_file(name, "x");
	}
	assert_int_equal(places_list(PLACE_PLANS, &names, NULL), 0);
	assert_int_equal(names.names.count, COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		assert_string_equal(names.names.at[i], wanted[i]);
	places_names_free(&names);
	assert_null(names.names.at);
}

static void an_empty_folder_lists_nothing(void **state)
{
	(void)state;
	struct places_names names;
	make_directories("home/faults/plans");
	assert_int_equal(places_list(PLACE_PLANS, &names, NULL), 0);
	assert_int_equal(names.names.count, 0);
	places_names_free(&names);
	assert_not_found(PLACE_PLANS, "x", "unknown plan 'x'");
}

static void a_half_installed_ordeal_is_told(void **state)
{
	(void)state;
	struct places_names names;
	struct err err = {0};
	char wanted[PATH_MAX + 200], *path;
	assert_int_equal(places_list(PLACE_PLANS, &names, &err), -ENOENT);
	snprintf(wanted, sizeof wanted,
		 "%s/share/ordeal/plans: cannot be read: No such file or directory (is ordeal installed whole?)",
		 unit_path("home"));
	assert_string_equal(err.text, wanted);
	assert_int_equal(places_find(PLACE_PLANS, "x", &path, &err), -ENOENT);
	assert_string_equal(err.text, wanted);
	assert_null(path);
}

static void without_a_variable_home_is_where_the_program_is(void **state)
{
	(void)state;
	char *home, exe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
	assert_true(length > 0);
	exe[length] = '\0';
	*strrchr(exe, '/') = '\0';
	unsetenv("ORDEAL_DATA");
	assert_int_equal(places_home(&home, NULL), 0);
	assert_string_equal(home, exe);
	free(home);
	setenv("ORDEAL_DATA", "", 1);
	assert_int_equal(places_home(&home, NULL), 0);
	assert_string_equal(home, exe);
	free(home);
	setenv("ORDEAL_DATA", "/some/where", 1);
	assert_int_equal(places_home(&home, NULL), 0);
	assert_string_equal(home, "/some/where");
	free(home);
}

#define IN_HOME(test) cmocka_unit_test_setup_teardown(test, home_make, home_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(the_build_tree_has_data_by_name),
		IN_HOME(what_looks_like_a_path_is_the_users),
		IN_HOME(installed_things_are_below_the_prefix),
		IN_HOME(names_are_listed_sorted_without_their_suffix),
		IN_HOME(an_empty_folder_lists_nothing),
		IN_HOME(a_half_installed_ordeal_is_told),
		IN_HOME(without_a_variable_home_is_where_the_program_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Coverage of a program that is compiled here, run well and run badly. */
#include "unit.h"

#include "harness/coverage.h"

#include <sys/stat.h>

static const char program[] = "#include <stdio.h>\n"
			      "static int look(const char *path)\n"
			      "{\n"
			      "	FILE *file = fopen(path, \"r\");\n"
			      "	if (!file) {\n"
			      "		perror(\"open\");\n"
			      "		return 1;\n"
			      "	}\n"
			      "	int c = getc(file);\n"
			      "	if (c == '#')\n"
			      "		return 2;\n"
			      "	fclose(file);\n"
			      "	return 0;\n"
			      "}\n"
			      "static int nobody(int x)\n"
			      "{\n"
			      "	return x + 1;\n"
			      "}\n"
			      "int main(int argc, char **argv)\n"
			      "{\n"
			      "	if (argc > 9)\n"
			      "		return nobody(argc);\n"
			      "	return look(argv[1]);\n"
			      "}\n";

static const char wanted[] = "2 by faults alone; 2 of 3 error branches never taken\n"
			     "  reached by faults alone:\n"
			     "    6-7          perror(\"open\");\n"
			     "  reached by nothing:\n"
			     "    11           return 2;\n"
			     "    15-17        static int nobody(int x)\n"
			     "    22           return nobody(argc);\n"
			     "  error branches never taken:\n"
			     "    10           if (c == '#')\n"
			     "    21           if (argc > 9)\n";

static char command[3 * PATH_MAX];

/* A shell's status. */
static int shell(const char *format, ...) PRINTF(1, 2);
static int shell(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(command, sizeof command, format, args);
	va_end(args);
	return system(command);
}

static void build(void)
{
	mkdir(unit_path("objects"), 0700);
	unit_file("look.c", program);
	assert_int_equal(shell("cd '%s' && gcc -O0 --coverage -c look.c -o objects/look.o && gcc --coverage objects/look.o -o look", unit_dir),
			 0);
}

static void run(const struct coverage *coverage, enum coverage_side side, const char *path, int status)
{
	assert_int_equal(shell("%s '%s/look' '%s' 2>/dev/null", coverage_env(coverage, side), unit_dir, path), status << 8);
}

static const char *told(const struct coverage *coverage, struct coverage_report *report)
{
	static char text[4096];
	struct err err = {0};
	struct buf out = {0};
	if (coverage_take(coverage, report, &err))
		fail_msg("%s", err.text);
	coverage_tell(report, &out);
	snprintf(text, sizeof text, "%s", buf_string(&out));
	buf_free(&out);
	return text;
}

static void lines_and_branches_are_told_apart(void **state)
{
	(void)state;
	struct coverage coverage;
	struct coverage_report report;
	struct err err = {0};
	build();
	assert_int_equal(coverage_begin(unit_dir, &coverage, &err), 0);
	for (int i = 0; i < 3; i++)
		run(&coverage, COVERAGE_CLEAN, "/dev/null", 0);
	run(&coverage, COVERAGE_FAULTS, "/dev/null", 0);
	run(&coverage, COVERAGE_FAULTS, "/nowhere/at/all", 1);
	const char *text = told(&coverage, &report);
	assert_int_equal(report.counts[COVERAGE_CLEAN], 1);
	assert_int_equal(report.counts[COVERAGE_FAULTS], 1);
	assert_int_equal(report.files.count, 1);
	assert_int_equal(report.files.at[0].by_faults_alone, 2);
	assert_int_equal(report.files.at[0].never, 2);
	assert_int_equal(report.files.at[0].error, 3);
	assert_int_equal(report.files.at[0].error_never, 2);
	/* All but the number of lines, which is gcc's to say. */
	const char *from = strstr(text, " by faults alone; ");
	if (!from || strcmp(from, strstr(wanted, " by faults alone; ")) != 0)
		fail_msg("it says:\n%s", text);
	assert_non_null(strstr(text, "/look.c: "));
	coverage_report_free(&report);
	coverage_end(&coverage);
}

/* The control: what the faults have reached counts for nothing when it was reached before. */
static void without_faults_nothing_is_theirs(void **state)
{
	(void)state;
	struct coverage coverage;
	struct coverage_report report;
	struct err err = {0};
	build();
	assert_int_equal(coverage_begin(unit_dir, &coverage, &err), 0);
	assert_non_null(strstr(told(&coverage, &report), "no run without faults has left counts"));
	coverage_report_free(&report);
	run(&coverage, COVERAGE_CLEAN, "/dev/null", 0);
	run(&coverage, COVERAGE_CLEAN, "/nowhere/at/all", 1);
	const char *text = told(&coverage, &report);
	assert_non_null(strstr(text, "no run with faults has left counts"));
	assert_null(strstr(text, "reached by faults alone:"));
	assert_int_equal(report.files.at[0].by_faults_alone, 0);
	assert_int_equal(report.files.at[0].error, 2);
	coverage_report_free(&report);
	char place[sizeof coverage.place];
	memcpy(place, coverage.place, sizeof place);
	assert_int_equal(access(place, F_OK), 0);
	coverage_end(&coverage);
	assert_int_equal(access(place, F_OK), -1);
}

static void expect_error(const char *dir, const char *words)
{
	struct coverage coverage;
	struct coverage_report report;
	struct err err = {0};
	int rc = coverage_begin(dir, &coverage, &err);
	if (!rc) {
		rc = coverage_take(&coverage, &report, &err);
		coverage_end(&coverage);
	}
	assert_int_not_equal(rc, 0);
	if (!strstr(err.text, words))
		fail_msg("\"%s\" without \"%s\"", err.text, words);
}

static void what_cannot_be_read_is_said(void **state)
{
	(void)state;
	expect_error(unit_path("nowhere"), "No such file");
	expect_error(unit_dir, "no .gcno files there");
	mkdir(unit_path("clang"), 0700);
	unit_file("clang/a.gcno", "oncg*804 and so on");
	expect_error(unit_path("clang"), "written by clang");
	mkdir(unit_path("text"), 0700);
	unit_file("text/a.gcno", "nothing of the kind");
	expect_error(unit_path("text"), "no notes of gcc's");
	mkdir(unit_path("torn"), 0700);
	unit_file("torn/a.gcno", "oncg*22B");
	expect_error(unit_path("torn"), "gcov");
	build();
	setenv("GCOV", "false", 1);
	expect_error(unit_path("objects"), "false: failed");
	setenv("GCOV", "true", 1);
	expect_error(unit_path("objects"), "true: says nothing of");
	setenv("GCOV", "echo", 1);
	expect_error(unit_path("objects"), "no JSON");
	setenv("GCOV", "/nowhere/gcov", 1);
	expect_error(unit_path("objects"), "/nowhere/gcov: No such file");
	unsetenv("GCOV");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines_and_branches_are_told_apart, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(without_faults_nothing_is_theirs, unit_dir_make, unit_dir_remove),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_is_said, unit_dir_make, unit_dir_remove),
	};
	unsetenv("GCOV");
	if (system("gcc --version >/dev/null 2>&1 && gcov --version >/dev/null 2>&1") != 0) {
		puts("gcc and gcov are not both here");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names of errnos, there and back. */
#include "unit.h"

#include "faults/errnames.h"

static void every_errno_is_found_by_its_name_and_its_number(void **state)
{
	(void)state;
	unsigned named = 0;
	for (int number = 1; number <= 511; number++) {
		char text[ERRNAME_SIZE], digits[ERRNAME_SIZE];
		int read = -1;
		snprintf(digits, sizeof digits, "%d", number);
		assert_int_equal(errnames_parse(digits, &read), 0);
		assert_int_equal(read, number);
		assert_ptr_equal(errnames_text(number, text), text);
		const char *name = strerrorname_np(number);
		unit_same_text(digits, text, name ? name : digits);
		assert_int_equal(errnames_parse(text, &read), 0);
		assert_int_equal(read, number);
		named += !!name;
	}
	assert_int_equal(named, 131); /* 1 to 133 without 41 and 58 (include/uapi/asm-generic/errno.h) */
}

static void names_are_those_of_this_machine(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"ESTALE", ESTALE}, {"EHOSTDOWN", EHOSTDOWN}, {"EBADR", 53},
		{"ENOMEM", ENOMEM}, {"EHWPOISON", 133}, {"EWOULDBLOCK", EAGAIN}, {"ENOTSUP", EOPNOTSUPP}, {"EDEADLOCK", EDEADLK},
		{"5", EIO}, {"0x5", EIO}, {"511", 511}, {"053", 53},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int number = -1;
		if (errnames_parse(rows[i].text, &number) != 0 || number != rows[i].number)
			fail_msg("%s: %d", rows[i].text, number);
	}
}

static void what_is_no_errno_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {"",	  "0",	"512", "-5", "+5", "5.0", "5 ", " 5", "99999999999999999999", "4294967301", "eio",
					   "EIO ", "EOI", "E",	"ENO", "SUCCESS", "EPERM1"};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int number;
		if (errnames_parse(rows[i], &number) != -EINVAL)
			fail_msg("'%s': %d", rows[i], number);
	}
	char text[ERRNAME_SIZE];
	assert_string_equal(errnames_text(0, text), "0");
	assert_string_equal(errnames_text(-5, text), "-5");
	assert_string_equal(errnames_text(INT_MIN, text), "-2147483648");
}

static void a_complaint_names_the_nearest(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"EOI", "y:1:1: 'EOI' is no errno (a name such as EIO, or a number from 1 to 511) (did you mean 'EIO'?)"},
		{"ENOSPCE", "y:1:1: 'ENOSPCE' is no errno (a name such as EIO, or a number from 1 to 511) (did you mean 'ENOSPC'?)"},
		{"eacces", "y:1:1: 'eacces' is no errno (a name such as EIO, or a number from 1 to 511) (did you mean 'EACCES'?)"},
		{"600", "y:1:1: '600' is no errno (a name such as EIO, or a number from 1 to 511)"},
		{"[EIO]", "y:1:1: a single value is wanted here, not a list"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct yaml *doc;
		struct err err = {0};
		int number;
		assert_int_equal(yaml_parse("y", rows[i].text, strlen(rows[i].text), &doc, &err), 0);
		assert_int_equal(errnames_yaml(yaml_root(doc), &number, &err), -EINVAL);
		err.text[strcspn(err.text, "\n")] = '\0';
		unit_same_text(rows[i].text, err.text, rows[i].complaint);
		yaml_free(doc);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_errno_is_found_by_its_name_and_its_number),
		cmocka_unit_test(names_are_those_of_this_machine),
		cmocka_unit_test(what_is_no_errno_is_refused),
		cmocka_unit_test(a_complaint_names_the_nearest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names of operations and of errnos, both ways. */
#include "unit.h"

#include "faults/errnames.h"
#include "faults/kinds.h"
#include "faults/ops.h"

/* ---- errnos ---- */

static void errnos_have_names_and_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int number; /* 0: refused */
	} rows[] = {
		{"EPERM", EPERM},
		{"EIO", EIO},
		{"ENOSPC", ENOSPC},
		{"EHOSTDOWN", EHOSTDOWN},
		{"ESTALE", ESTALE},
		{"EDQUOT", EDQUOT},
		{"EHWPOISON", EHWPOISON},
		{"EAGAIN", EAGAIN},
		{"EDEADLK", EDEADLK},
		{"EOPNOTSUPP", EOPNOTSUPP},
		/* second names */
		{"EWOULDBLOCK", EAGAIN},
		{"EDEADLOCK", EDEADLK},
		{"ENOTSUP", EOPNOTSUPP},
		/* numbers */
		{"1", 1},
		{"53", EBADR},
		{"0x5", EIO},
		{"41", 41}, /* nobody has this one */
		{"511", 511},
		{"512", 0},
		{"0", 0},
		{"-5", 0},
		{"4294967301", 0}, /* 5 and 2^32 */
		{"18446744073709551616", 0},
		{"", 0},
		{"eio", 0},
		{"Eio", 0},
		{"EIO ", 0},
		{" EIO", 0},
		{"EI", 0},
		{"ENOTANERRNO", 0},
		{"Success", 0},
		{"ERESTARTSYS", 0}, /* the kernel's own */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int number = 0, rc = errnames_parse(rows[i].text, &number);
		if (rc != (rows[i].number ? 0 : -EINVAL) || (!rc && number != rows[i].number))
			fail_msg("'%s': %d, %d", rows[i].text, rc, number);
	}
}

static void every_errno_that_can_be_read_is_written_and_read_again(void **state)
{
	(void)state;
	unsigned named = 0;
	for (int i = 1; i <= 511; i++) {
		char text[ERRNAME_SIZE], number[16];
		int back = 0;
		assert_ptr_equal(errnames_text(i, text), text);
		assert_int_equal(errnames_parse(text, &back), 0);
		assert_int_equal(back, i);
		snprintf(number, sizeof number, "%d", i);
		if (strcmp(text, number) != 0) {
			assert_string_equal(text, strerrorname_np(i)); /* not cut */
			named++;
		}
	}
	assert_int_equal(named, 131); /* Linux has 1 to 133 without 41 and 58 */
}

static void what_is_no_errno_is_written_as_its_number(void **state)
{
	(void)state;
	char text[ERRNAME_SIZE];
	assert_string_equal(errnames_text(0, text), "0");
	assert_string_equal(errnames_text(-5, text), "-5");
	assert_string_equal(errnames_text(41, text), "41");
	assert_string_equal(errnames_text(INT_MIN, text), "-2147483648");
}

/* ---- operations ---- */

static void every_operation_is_found_by_its_name(void **state)
{
	(void)state;
	assert_int_equal(OP_COUNT, 39);
	for (int op = 0; op < OP_COUNT; op++) {
		assert_int_equal(ops_find(ops_name((enum op)op)), op);
		assert_int_equal(ops_group(ops_name((enum op)op)), 0); /* no word is both */
	}
	assert_string_equal(ops_name(OP_read), "read");
	assert_string_equal(ops_name(OP_COUNT), "?");
	assert_int_equal(ops_find("opne"), OP_COUNT);
	assert_int_equal(ops_find(""), OP_COUNT);
	assert_int_equal(ops_find("Read"), OP_COUNT);
	assert_int_equal(ops_find("data"), OP_COUNT);
}

static void groups_hold_what_the_header_says(void **state)
{
	(void)state;
	assert_int_equal(ops_group("all"), OPSET_ALL);
	assert_int_equal(ops_group("writes"), OPSET_WRITES);
	assert_int_equal(ops_group("listing"), OP_BIT(opendir) | OP_BIT(readdir));
	assert_int_equal(ops_group("opens"), OP_BIT(open) | OP_BIT(release) | OP_BIT(opendir) | OP_BIT(releasedir) |
						     OP_BIT(create) | OP_BIT(tmpfile));
	assert_int_equal(ops_group("data"), OP_BIT(read) | OP_BIT(flush) | OP_BIT(lseek) | OP_BIT(write) | OP_BIT(fallocate) |
						    OP_BIT(fsync) | OP_BIT(truncate));
	assert_int_equal(ops_group("locks"), OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock) | OP_BIT(unlock));
	assert_int_equal(ops_group("nothing"), 0);
	assert_int_equal(ops_group(""), 0);
	/* Each operation is in a group besides `all`. */
	static const char *const groups[] = {"data", "metadata", "names", "opens", "listing", "writes", "locks"};
	opset together = 0;
	for (size_t i = 0; i < COUNT_OF(groups); i++)
		together |= ops_group(groups[i]);
	assert_int_equal(together, OPSET_ALL);
	assert_int_equal(OPSET_REQUESTS, OPSET_ALL & ~OP_BIT(listed));
}

static void sets_are_written_in_words(void **state)
{
	(void)state;
	char text[OPS_TEXT_SIZE];
	assert_string_equal(ops_text(0, text), "");
	assert_string_equal(ops_text(OP_BIT(read), text), "read");
	assert_string_equal(ops_text(OP_BIT(write) | OP_BIT(read), text), "read, write");
	assert_string_equal(ops_text(OPSET_ALL, text), "all operations");
	assert_string_equal(ops_text(OPSET_REQUESTS, text), "all operations");
	assert_ptr_equal(ops_text(OP_BIT(read), text), text);
	assert_string_equal(ops_summary(OPSET_ALL, text), "all operations");
	assert_string_equal(ops_summary(OPSET_ALL & ~OP_BIT(read) & ~OP_BIT(open), text), "all but open, read");
	assert_string_equal(ops_summary(OP_BIT(read), text), "read");
	/* None is cut off: all but one, in turn. */
	for (int op = 0; op < OP_COUNT; op++) {
		if (op == OP_listed)
			continue;
		opset set = OPSET_ALL & ~(UINT64_C(1) << op);
		const char *last = op == OP_COUNT - 1 ? "flock" : "unlock";
		ops_text(set, text);
		if (strlen(text) < strlen(last) || strcmp(text + strlen(text) - strlen(last), last) != 0)
			fail_msg("without %s: cut off at %zu: ...%s", ops_name((enum op)op), strlen(text), text + strlen(text) - 20);
	}
}

static int read_ops(const char *text, struct ops_choice *choice, struct err *err)
{
	struct yaml *doc;
	*choice = (struct ops_choice){0};
	assert_int_equal(yaml_parse("f", text, strlen(text), &doc, err), 0);
	int rc = ops_yaml(yaml_get(yaml_root(doc), "on"), choice, err);
	yaml_free(doc);
	return rc;
}

static void operations_and_groups_are_kept_apart(void **state)
{
	(void)state;
	struct ops_choice choice;
	assert_int_equal(read_ops("on: read", &choice, NULL), 0);
	assert_int_equal(choice.named, OP_BIT(read));
	assert_int_equal(choice.grouped, 0);
	assert_int_equal(read_ops("on: [read, listing, write, read]", &choice, NULL), 0);
	assert_int_equal(choice.named, OP_BIT(read) | OP_BIT(write));
	assert_int_equal(choice.grouped, OP_BIT(opendir) | OP_BIT(readdir));
	assert_int_equal(read_ops("on: []", &choice, NULL), 0);
	assert_int_equal(choice.named | choice.grouped, 0);
}

static void unknown_operations_are_refused_with_the_nearest(void **state)
{
	(void)state;
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"on: opne", "f:1:5: unknown operation 'opne' (did you mean 'open'?)\n    on: opne\n        ^~~~"},
		{"on: [read, wirte]", "f:1:12: unknown operation 'wirte' (did you mean 'write'?)\n    on: [read, wirte]\n"
				      "               ^~~~~"},
		{"on: metdata", "f:1:5: unknown operation 'metdata' (did you mean 'metadata'?)\n    on: metdata\n        ^~~~~~~"},
		{"on: mmap", "f:1:5: unknown operation 'mmap' (did you mean 'read'?)\n    on: mmap\n        ^~~~"},
		{"on: stat", "f:1:5: unknown operation 'stat' (did you mean 'getattr'?)\n    on: stat\n        ^~~~"},
		{"on: frobnicate", "f:1:5: unknown operation 'frobnicate'\n    on: frobnicate\n        ^~~~~~~~~~"},
		{"on: {read: yes}", "f:1:5: a single value is wanted here, not a mapping\n    on: {read: yes}\n        ^"},
		{"on: [[read]]", "f:1:6: a single value is wanted here, not a list\n    on: [[read]]\n         ^"},
		{"on: ''", "f:1:6: unknown operation ''\n    on: ''\n         ^"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ops_choice choice;
		struct err err = {0};
		if (read_ops(rows[i].text, &choice, &err) != -EINVAL)
			fail_msg("'%s' was taken", rows[i].text);
		unit_same_text(rows[i].text, err.text, rows[i].complaint);
	}
}

/* ---- kinds ---- */

static void kinds_are_listed_and_whole(void **state)
{
	(void)state;
	size_t count = 0;
	for (const struct kind *kind; (kind = kinds_at(count)); count++) {
		for (size_t i = 0; i < count; i++)
			assert_string_not_equal(kind->name, kinds_at(i)->name);
		assert_true(kind->summary && kind->allowed && kind->read && kind->apply && kind->explain);
		if (kind->usual & ~kind->allowed)
			fail_msg("%s is usual where it is not allowed", kind->name);
		if (kind->allowed & ~OPSET_ALL)
			fail_msg("%s is allowed on what is no operation", kind->name);
	}
	assert_true(count >= 9);
	assert_null(kinds_at(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errnos_have_names_and_numbers),
		cmocka_unit_test(every_errno_that_can_be_read_is_written_and_read_again),
		cmocka_unit_test(what_is_no_errno_is_written_as_its_number),
		cmocka_unit_test(every_operation_is_found_by_its_name),
		cmocka_unit_test(groups_hold_what_the_header_says),
		cmocka_unit_test(sets_are_written_in_words),
		cmocka_unit_test(operations_and_groups_are_kept_apart),
		cmocka_unit_test(unknown_operations_are_refused_with_the_nearest),
		cmocka_unit_test(kinds_are_listed_and_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

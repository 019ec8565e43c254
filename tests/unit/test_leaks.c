/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What LeakSanitizer says, read: whole reports, several, and what is none. */
#include "unit.h"

#include "base/buf.h"
#include "harness/leaks.h"

#define HEAD "\n=================================================================\n==963==ERROR: LeakSanitizer: detected memory leaks\n\n"
#define TAIL "SUMMARY: LeakSanitizer: 510 byte(s) leaked in 5 allocation(s).\n"

static const char report[] = HEAD "Direct leak of 510 byte(s) in 5 object(s) allocated from:\n"
				  "    #0 0x7f43e4413545  (/lib/x86_64-linux-gnu/liblsan.so.0+0x13545)\n"
				  "    #1 0x7f43e4413000  (/b/libordeal-alloc.so+0x1000)\n"
				  "    #2 0x55abdc903146  (/no such/t (1)+0x1146) (BuildId: 12ab)\n"
				  "    #3 0x7f43e4245249  (/no/libc.so.6+0x27249)\n\n"
				  "Indirect leak of 7 byte(s) in 1 object(s) allocated from:\n"
				  "    #0 0x55abdc903146  (/no/t+0x9)\n\n" TAIL HEAD "Direct leak of 1 byte(s) in 1 object(s) allocated from:\n"
				  "    #0 0x55abdc903146  (/no/u+0x7)\n";

static void reports_are_read(void **state)
{
	(void)state;
	struct leaks leaks;
	struct buf told = {0};
	assert_int_equal(leaks_read(report, &leaks), 0);
	assert_int_equal(leaks.leaks.count, 2);
	assert_int_equal(leaks.leaks.at[0].bytes, 510);
	assert_int_equal(leaks.leaks.at[0].blocks, 5);
	assert_string_equal(leaks.leaks.at[1].stack, "/no/u+0x7");
	assert_ptr_equal(leaks_find(&leaks, "/no/u+0x7"), &leaks.leaks.at[1]);
	assert_null(leaks_find(&leaks, "/no/u+0x8"));
	leaks_tell(&leaks.leaks.at[1], &told);
	assert_string_equal(buf_string(&told), "1 bytes in 1 block, allocated by u+0x7");
	buf_free(&told);
	leaks_free(&leaks);
}

/* Cut off at any byte, with any byte changed: no harm. */
static void what_is_no_report_is_passed_over(void **state)
{
	(void)state;
	struct leaks leaks;
	assert_int_equal(leaks_read("", &leaks), 0);
	assert_int_equal(leaks.leaks.count, 0);
	assert_int_equal(leaks_read("Direct leak of 5 byte(s)\n    #0 0x1  (/a+0x1)\nx\n", &leaks), 0);
	assert_int_equal(leaks.leaks.count, 0);
	for (size_t i = 0; i + 1 < sizeof report; i++) {
		char spoilt[sizeof report];
		memcpy(spoilt, report, sizeof report);
		spoilt[i] ^= 1;
		assert_int_equal(leaks_read(spoilt, &leaks), 0);
		leaks_free(&leaks);
		spoilt[i] = '\0';
		assert_int_equal(leaks_read(spoilt, &leaks), 0);
		leaks_free(&leaks);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_read),
		cmocka_unit_test(what_is_no_report_is_passed_over),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

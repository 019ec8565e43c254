/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a subject said, and which of its outputs come from which input. */
#include "unit.h"

#include "base/buf.h"
#include "harness/derive.h"
#include "harness/words.h"

/* ---- new lines ---- */

static void lines_that_are_always_said_are_left_out(void **state)
{
	(void)state;
	static const struct {
		const char *said, *usual, *left;
	} rows[] = {
		{"", "", ""},
		{"a\n", "", "a\n"},
		{"a", "", "a\n"},
		{"a\nb\n", "a\n", "b\n"},
		{"a\nb\n", "a", "b\n"},
		{"a\nb", "b", "a\n"},
		{"b\na\n", "a\nb\n", ""},
		{"a\na\nc\n", "a\n", "c\n"}, /* however often */
		{"ab\n", "a\nb\n", "ab\n"},
		{"a\n", "ab\n", "a\n"},
		{"a \n", "a\n", "a \n"},
		{"\n\n\na\n\n", "", "a\n"},
		{"\n", "x\n", ""},
		{"a\r\n", "a\n", "a\r\n"},
		{"50%\r100%\n", "50%\r99%\n", "50%\r100%\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf left = {0};
		words_new_lines(rows[i].said, rows[i].usual, "", NULL, &left);
		unit_same_text(rows[i].said, buf_string(&left), rows[i].left);
		buf_free(&left);
	}
}

/* What is said with other numbers each time is not news, whatever it names. */
static void chatter_is_known_by_its_shape(void **state)
{
	(void)state;
	char *files[] = {(char *)(uintptr_t) "a1.png", (char *)(uintptr_t) "d/a2.png", (char *)(uintptr_t) "a3.png", NULL};
	static const struct {
		const char *said, *usual, *second, *left;
	} rows[] = {
		{"done in 9 ms\n", "done in 7 ms\n", "done in 8 ms\n", ""},
		{"a1.png: 31 ns\n", "a1.png: 11 ns\na2.png: 12 ns\n", "a1.png: 21 ns\na2.png: 22 ns\n", ""},
		/* Of a file that is never spoken of so it is news. */
		{"a3.png: 31 ns\n", "a1.png: 11 ns\n", "a1.png: 21 ns\n", "a3.png: 31 ns\n"},
		{"b3.png: 31 ns\n", "b1.png: 11 ns\n", "b1.png: 21 ns\n", ""},
		{"0x7ffe12 b\n", "0x7ffd00 b\n", "0x55aa01 b\n", ""},
		/* Always the same: another number is news. */
		{"7 files\n", "8 files\n", "8 files\n", "7 files\n"},
		/* Said once only, or in words. */
		{"7 files\n", "8 files\n", "", "7 files\n"},
		{"a1.png: bad\n", "a1.png: 11 ns\n", "a1.png: 21 ns\n", "a1.png: bad\n"},
		{"yes\n", "no\n", "maybe\n", "yes\n"},
		/* Usual at either time. */
		{"up to date\n", "made\n", "up to date\n", ""},
		{"5 ms.\n", "7 ms\n", "8 ms\n", "5 ms.\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf left = {0};
		words_new_lines(rows[i].said, rows[i].usual, rows[i].second, files, &left);
		unit_same_text(rows[i].said, buf_string(&left), rows[i].left);
		buf_free(&left);
	}
}

/* Line by line, and each against each. */
static void slow_new_lines(const char *said, const char *usual, struct buf *out)
{
	for (size_t length; *said; said += length + (said[length] == '\n')) {
		bool known = false;
		length = strcspn(said, "\n");
		for (const char *at = usual; *at && !known; at += strcspn(at, "\n"), at += *at == '\n')
			known = strcspn(at, "\n") == length && memcmp(at, said, length) == 0;
		if (length && !known)
			buf_printf(out, "%.*s\n", (int)length, said);
	}
}

static void draw_lines(uint64_t n, uint64_t lane, struct buf *text)
{
	for (uint64_t i = 0, count = unit_drawn(7, n, lane, 12); i < count; i++)
		buf_char(text, "ab\n"[unit_drawn(7, n, lane + 1 + i, 3)]);
}

static void new_lines_are_those_that_a_slow_search_finds(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 20000; n++) {
		struct buf said = {0}, usual = {0}, left = {0}, wanted = {0};
		draw_lines(n, 0, &said);
		draw_lines(n, 100, &usual);
		words_new_lines(buf_string(&said), buf_string(&usual), "", NULL, &left);
		slow_new_lines(buf_string(&said), buf_string(&usual), &wanted);
		unit_same_text(buf_string(&said), buf_string(&left), buf_string(&wanted));
		buf_free(&said);
		buf_free(&usual);
		buf_free(&left);
		buf_free(&wanted);
	}
}

static void programs_that_say_much_are_looked_through_too(void **state)
{
	(void)state;
	struct buf usual = {0}, left = {0};
	for (int i = 0; i < 100000; i++)
		buf_printf(&usual, "line %d\n", i * 7919 % 100000);
	struct buf said = {0};
	buf_printf(&said, "%sone more\nline 100000\n", buf_string(&usual));
	words_new_lines(buf_string(&said), buf_string(&usual), "", NULL, &left);
	assert_string_equal(buf_string(&left), "one more\nline 100000\n");
	buf_free(&said);
	buf_free(&usual);
	buf_free(&left);
}

/* ---- names ---- */

static void a_name_is_a_word_of_its_own(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path;
		bool named;
	} rows[] = {
		{"a.png", "a.png", true},
		{"cannot read a.png", "a.png", true},
		{"a.png: cannot be read", "a.png", true},
		{"'a.png'", "a.png", true},
		{"/m/in/a.png", "a.png", true},
		{"/m/in/d/a.png", "d/a.png", true},
		{"a.png", "d/a.png", true}, /* by its last component */
		{"(a.png,b.png)", "b.png", true},
		{"a.png.", "a.png", true},
		{"a.png.tmp", "a.png", true},
		{"x a.png\ny", "a.png", true},
		{"", "a.png", false},
		{"ba.png", "a.png", false},
		{"a.pngs", "a.png", false},
		{"a.png2", "a.png", false},
		{"a.png_", "a.png", false},
		{"a.png-1", "a.png", false},
		{"x-a.png", "a.png", false},
		{"x_a.png", "a.png", false},
		{"1a.png", "a.png", false},
		{"A.PNG", "a.png", false},
		{"a png", "a.png", false},
		{"ba.png a.png", "a.png", true}, /* the second time it is */
		{"aaa", "aa", false},
		{"aaa aa", "aa", true},
		{"b a.png c", "b a.png c", true},
		{"a.png", "a", true},
		{"slice_0417.png is bad", "ct/slice_0417.png", true},
		{"slice_04170.png is bad", "ct/slice_0417.png", false},
		{"0417.png is bad", "ct/slice_0417.png", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (words_name(rows[i].text, rows[i].path) != rows[i].named)
			fail_msg("'%s' and '%s': not %d", rows[i].text, rows[i].path, rows[i].named);
}

/* ---- codes ---- */

static void codes_are_what_the_group_finds(void **state)
{
	(void)state;
	static const struct {
		const char *expression, *text;
		uint32_t first, has, has_not;
	} rows[] = {
		{"error ([0-9]+)", "error 102: x", 102, 102, 10},
		{"error ([0-9]+)", "a\nerror 7\nerror 102", 7, 102, 103},
		{"error ([0-9]+)", "none", 0, 0, 102},
		{"error ([0-9]+)", "", 0, 0, 102},
		{"error ([0-9]*)", "error : error 5", 0, 0, 5}, /* what is no number ends the search */
		{" ([0-9]{3}) [(]", "x 301 (memory)", 301, 301, 30},
		{"([0-9]*)", "5 6", 5, 5, 7},
		{"^E([0-9]+)", "E1\nE2", 1, 1, 3},
		{"a|E([0-9]+)", "a E5", 0, 0, 5}, /* a match without its group */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		regex_t expression;
		assert_int_equal(regcomp(&expression, rows[i].expression, REG_EXTENDED), 0);
		uint32_t first = words_code(rows[i].text, &expression);
		bool has = rows[i].has && words_have_code(rows[i].text, &expression, rows[i].has);
		if (first != rows[i].first || has != !!rows[i].has || words_have_code(rows[i].text, &expression, rows[i].has_not))
			fail_msg("%s in '%s': %u", rows[i].expression, rows[i].text, first);
		regfree(&expression);
	}
}

/* ---- the telling line ---- */

static void the_line_that_tells_most_is_shown(void **state)
{
	(void)state;
	static const struct {
		const char *text, *line;
	} rows[] = {
		{"", ""},
		{"one\n", "one"},
		{"one\ntwo\n", "one"},
		{"one", "one"},
		{"Traceback (most recent call last):\n  File \"a.py\"\n    x()\nOSError: no\n", "OSError: no"},
		{"Traceback (most recent call last):\n  x\nOSError: no", "OSError: no"},
		{"Traceback of mine", "Traceback of mine"},
		{"oh\nTraceback (most recent call last):\nOSError: no\n", "oh"},
		{"a\tb\x1b[1m\x7f\r", "a?b?[1m??"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"a line that is longer than its room", "a line that is longer t"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[24];
		const char *text = rows[i].text;
		words_telling_line(text, line, sizeof line);
		unit_same_text(text, line, rows[i].line);
	}
}

/* ---- derive ---- */

static char *some_inputs[] = {(char *)(uintptr_t) "ct/slice_0005.png", (char *)(uintptr_t) "ct/slice_0006.png",
			      (char *)(uintptr_t) "ct/slice_0007.png", (char *)(uintptr_t) "ct/slice_0012.png", NULL};
static char *no_inputs[] = {NULL};

static void assert_depends(enum derive how, const char *output, const char *input, char *const *inputs, bool wanted)
{
	if (derive_depends(how, output, input, inputs) != wanted)
		fail_msg("%s of %s: not %d", output, input, wanted);
}

static void outputs_of_a_stem_come_from_its_input(void **state)
{
	(void)state;
	static const struct {
		const char *output, *input;
		bool depends;
	} rows[] = {
		{"b.json", "a/b.wav", true},   {"x/b.wav.flac", "b.wav", true}, {"b", "b.wav", true},     {"b.tar.gz", "b.tar", true},
		{"b", "b", true},	       {"b.json", "b", true},		{"bc.json", "b.wav", false}, {"b-small.json", "b.wav", false},
		{"a.json", "b.wav", false},    {"b/x.json", "b.wav", false},	{"B.json", "b.wav", false}, {"a.b.json", "a.b.wav", true},
		{"a.json", "a.b.wav", false}, {".hidden.json", ".hidden", true}, {"x.json", ".hidden", false}, {"json", "b.wav", false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_depends(DERIVE_STEM, rows[i].output, rows[i].input, no_inputs, rows[i].depends);
}

static void outputs_of_a_pyramid_come_from_their_slices(void **state)
{
	(void)state;
	/* Slices from 5 on: level 1 has pairs, level 2 fours, each counted from the first. */
	static const struct {
		const char *output;
		bool of_5, of_6, of_7, of_12;
	} rows[] = {
		{"p/1/0000.png", true, true, false, false},  {"p/1/0001.png", false, false, true, false},
		{"p/1/0003.png", false, false, false, true}, {"p/2/0000.png", true, true, true, false},
		{"p/2/1.png", false, false, false, true},    {"p/3/0000.png", true, true, true, true},
		{"1/slice_0000.tif", true, true, false, false}, {"40/0.png", true, true, true, true},
		/* Not of this form: anything may be behind it. */
		{"info.json", true, true, true, true},	     {"p/info.json", true, true, true, true},
		{"p/0/0000.png", true, true, true, true},    {"p/41/0000.png", true, true, true, true},
		{"p/x/0009.png", true, true, true, true},    {"0009.png", true, true, true, true},
		{"p/1x/0009.png", true, true, true, true},   {"p/1/none.png", true, true, true, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const bool wanted[] = {rows[i].of_5, rows[i].of_6, rows[i].of_7, rows[i].of_12};
		for (size_t j = 0; j < 4; j++)
			assert_depends(DERIVE_PYRAMID, rows[i].output, some_inputs[j], some_inputs, wanted[j]);
	}
	assert_depends(DERIVE_PYRAMID, "p/1/0009.png", "readme.txt", some_inputs, true);
	assert_depends(DERIVE_PYRAMID, "p/1/0009.png", "slice_0001.png", some_inputs, true); /* before the first */
	assert_depends(DERIVE_PYRAMID, "p/1/0009.png", "slice_0005.png", no_inputs, true);
}

static void slices_may_be_counted_from_zero(void **state)
{
	(void)state;
	static char *inputs[] = {(char *)(uintptr_t) "s_0002.png", (char *)(uintptr_t) "s_0000.png", (char *)(uintptr_t) "s_0001.png",
				 (char *)(uintptr_t) "s_0003.png", NULL};
	static const struct {
		const char *output;
		bool of_2, of_0, of_1, of_3;
	} rows[] = {
		{"p/1/0.png", false, true, true, false}, {"p/1/1.png", true, false, false, true}, {"p/1/2.png", false, false, false, false},
		{"p/2/0.png", true, true, true, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const bool wanted[] = {rows[i].of_2, rows[i].of_0, rows[i].of_1, rows[i].of_3};
		for (size_t j = 0; j < 4; j++)
			assert_depends(DERIVE_PYRAMID, rows[i].output, inputs[j], inputs, wanted[j]);
	}
}

static void anything_may_come_of_anything(void **state)
{
	(void)state;
	assert_depends(DERIVE_ALL, "x", "y", no_inputs, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_are_always_said_are_left_out),
		cmocka_unit_test(chatter_is_known_by_its_shape),
		cmocka_unit_test(new_lines_are_those_that_a_slow_search_finds),
		cmocka_unit_test(programs_that_say_much_are_looked_through_too),
		cmocka_unit_test(a_name_is_a_word_of_its_own),
		cmocka_unit_test(codes_are_what_the_group_finds),
		cmocka_unit_test(the_line_that_tells_most_is_shown),
		cmocka_unit_test(outputs_of_a_stem_come_from_its_input),
		cmocka_unit_test(outputs_of_a_pyramid_come_from_their_slices),
		cmocka_unit_test(slices_may_be_counted_from_zero),
		cmocka_unit_test(anything_may_come_of_anything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

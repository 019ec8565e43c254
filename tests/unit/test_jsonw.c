/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JSON as it is written, read back by jansson. */
#include "unit.h"

#include "base/jsonw.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>

static void assert_json(const struct buf *buf, const char *wanted)
{
	json_error_t why;
	json_t *json = json_loadb(buf->at, buf->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (!json)
		fail_msg("%s: %s", buf_string(buf), why.text);
	json_decref(json);
	assert_string_equal(buf_string(buf), wanted);
}

static void commas_stand_where_they_belong(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_object(&j);
	jsonw_key(&j, "a"), jsonw_int(&j, -1);
	jsonw_key(&j, "b"), jsonw_array(&j), jsonw_close(&j);
	jsonw_key(&j, "c"), jsonw_array(&j);
	jsonw_uint(&j, 1), jsonw_bool(&j, true), jsonw_text(&j, NULL), jsonw_text(&j, "x");
	jsonw_object(&j), jsonw_close(&j);
	jsonw_object(&j), jsonw_key(&j, "d"), jsonw_real(&j, 1.25, 1), jsonw_close(&j);
	jsonw_array(&j), jsonw_array(&j), jsonw_close(&j), jsonw_array(&j), jsonw_close(&j), jsonw_close(&j);
	jsonw_close(&j);
	jsonw_key(&j, "e"), jsonw_object(&j), jsonw_close(&j);
	jsonw_key(&j, "f"), jsonw_bool(&j, false);
	jsonw_close(&j);
	assert_int_equal(j.depth, 0);
	assert_json(&buf, "{\"a\":-1,\"b\":[],\"c\":[1,true,null,\"x\",{},{\"d\":1.2},[[],[]]],\"e\":{},\"f\":false}");
	buf_free(&buf);
}

static void a_value_may_stand_alone(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_text(&j, "x");
	assert_json(&buf, "\"x\"");
	/* Several values in one buffer, as lines: */
	buf_char(&buf, '\n');
	jsonw_int(&j, 2);
	assert_string_equal(buf_string(&buf), "\"x\"\n2");
	buf_free(&buf);
}

static void numbers_are_exact(void **state)
{
	(void)state;
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_array(&j);
	jsonw_int(&j, INT64_MIN), jsonw_int(&j, INT64_MAX), jsonw_int(&j, 0);
	jsonw_uint(&j, INT64_MAX), jsonw_uint(&j, 0);
	jsonw_real(&j, 0, 0), jsonw_real(&j, 2.0 / 3, 6), jsonw_real(&j, -1e15, 3), jsonw_real(&j, 0.0004, 3);
	jsonw_real(&j, (double)NAN, 3), jsonw_real(&j, HUGE_VAL, 3), jsonw_real(&j, -HUGE_VAL, 3);
	jsonw_close(&j);
	assert_json(&buf, "[-9223372036854775808,9223372036854775807,0,9223372036854775807,0,0,0.666667,"
			  "-1000000000000000.000,0.000,null,null,null]");
	buf_clear(&buf);
	jsonw_uint(&j, UINT64_MAX); /* more than jansson holds */
	assert_string_equal(buf_string(&buf), "18446744073709551615");
	buf_free(&buf);
}

static void numbers_do_not_depend_on_the_locale(void **state)
{
	(void)state;
	static const char *const with_commas[] = {"de_DE.UTF-8", "de_DE", "fr_FR.UTF-8", "fr_FR"};
	bool found = false;
	for (size_t i = 0; i < COUNT_OF(with_commas) && !found; i++)
		found = setlocale(LC_NUMERIC, with_commas[i]) != NULL;
	if (!found) {
		print_message("no locale with decimal commas is installed\n");
		skip();
	}
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_real(&j, 1.5, 2);
	setlocale(LC_NUMERIC, "C");
	assert_json(&buf, "1.50");
	buf_free(&buf);
}

static void texts_may_be_any_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t length;
		const char *json;
	} rows[] = {
		{"", 0, "\"\""},
		{"plain", 5, "\"plain\""},
		{"\"\\/", 3, "\"\\\"\\\\/\""},
		{"a\nb\tc\r", 6, "\"a\\nb\\u0009c\\u000d\""},
		{"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\\u007f\""},
		{"a\0b", 3, "\"a\\u0000b\""},
		{"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
		{"\xff", 1, "\"\\ufffd\""},
		{"\xc3", 1, "\"\\ufffd\""},
		{"\xc3(", 2, "\"\\ufffd(\""},
		{"a\x80z", 3, "\"a\\ufffdz\""},
		{"\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""},
		{"\xc0\xaf", 2, "\"\\ufffd\\ufffd\""},
		{"\xf0\x9f\x98", 3, "\"\\ufffd\\ufffd\\ufffd\""},
		{"</script>", 9, "\"</script>\""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf buf = {0};
		struct jsonw j = jsonw_to(&buf);
		jsonw_bytes(&j, rows[i].bytes, rows[i].length);
		assert_json(&buf, rows[i].json);
		buf_free(&buf);
	}
	struct buf buf = {0};
	struct jsonw j = jsonw_to(&buf);
	jsonw_object(&j), jsonw_key(&j, "k\"\xff\n"), jsonw_int(&j, 1), jsonw_close(&j);
	assert_json(&buf, "{\"k\\\"\\ufffd\\n\":1}");
	buf_free(&buf);
}

static void any_bytes_make_valid_json(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 5000; n++) {
		char bytes[40];
		size_t length = unit_drawn(6, n, 0, sizeof bytes);
		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)unit_drawn(6, n, 1 + i, 256);
		struct buf buf = {0};
		struct jsonw j = jsonw_to(&buf);
		json_error_t why;
		jsonw_array(&j), jsonw_bytes(&j, bytes, length), jsonw_close(&j);
		json_t *json = json_loadb(buf.at, buf.length, JSON_ALLOW_NUL, &why);
		if (!json)
			fail_msg("%u: %s: %s", n, buf_string(&buf), why.text);
		json_decref(json);
		buf_free(&buf);
	}
}

static void nesting_is_32_deep_at_the_most(void **state)
{
	(void)state;
	for (int deepest = 1; deepest <= 32; deepest++) {
		struct buf buf = {0}, wanted = {0};
		struct jsonw j = jsonw_to(&buf);
		for (int i = 0; i < deepest; i++) {
			bool array = i % 3;
			buf_text(&wanted, array ? "[0," : "{\"k\":0,\"l\":");
			if (array) {
				jsonw_array(&j), jsonw_int(&j, 0);
			} else {
				jsonw_object(&j), jsonw_key(&j, "k"), jsonw_int(&j, 0), jsonw_key(&j, "l");
			}
		}
		jsonw_int(&j, 1);
		buf_char(&wanted, '1');
		for (int i = deepest; i-- > 0;) {
			jsonw_close(&j);
			buf_char(&wanted, i % 3 ? ']' : '}');
		}
		assert_json(&buf, buf_string(&wanted));
		buf_free(&buf);
		buf_free(&wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_stand_where_they_belong),
		cmocka_unit_test(a_value_may_stand_alone),
		cmocka_unit_test(numbers_are_exact),
		cmocka_unit_test(numbers_do_not_depend_on_the_locale),
		cmocka_unit_test(texts_may_be_any_bytes),
		cmocka_unit_test(any_bytes_make_valid_json),
		cmocka_unit_test(nesting_is_32_deep_at_the_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plans that contradict themselves are refused, and only they; what is only odd is told. */
#include "unit_plan.h"

struct row {
	const char *rules, *wanted; /* the complaint's first line behind "p:"; "": none */
};

static void assert_checked(const struct row *row)
{
	struct plan *plan = NULL;
	struct err err = {0};
	int rc = unit_plan_try(row->rules, &plan, &err);
	err.text[strcspn(err.text, "\n")] = '\0';
	unit_same_text(row->rules, rc ? err.text + 2 : "", row->wanted);
	plan_free(plan);
}

static void assert_all_checked(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_checked(&rows[i]);
}

#define NEVER(place, name, by, ops) \
	place ": rule '" name "' can never strike: rule '" by "' before it ends every " ops " (put the narrower rule first)"

static void a_rule_that_never_gets_its_turn_is_refused(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{on: read, fail: EIO}\n{on: read, fail: EACCES}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{name: a, on: all, fail: EIO}\n{name: b, on: [read, open], delay: 1s}", NEVER("5:3", "b", "a", "open, read")},
		{"{on: read, hang: true}\n{corrupt: flip}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{on: open, deny: true}\n{path: a.png, on: open, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "open")},
		{"{missing: true}\n{path: a.png, missing: {readdir: false}}", NEVER("5:3", "rule-2", "rule-1", "lookup, listed")},
		{"{missing: true}\n{path: a.png, on: lookup, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "lookup")},
		/* paths */
		{"{path: '**', on: read, fail: EIO}\n{on: read, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{path: '**/*.png', on: read, fail: EIO}\n{path: a/b.png, on: read, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{path: 'a/**', on: read, fail: EIO}\n{path: 'a/*/c', on: read, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{path: '{a,b}', on: read, fail: EIO}\n{path: '{a,b}', on: read, short: 1}", NEVER("5:3", "rule-2", "rule-1", "read")},
		/* volumes, ranges, conditions of the later one */
		{"{on: read, fail: EIO}\n{volume: in, on: read, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{volume: out, on: read, fail: EIO}\n{volume: out, on: read, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		{"{on: read, fail: EIO}\n{on: read, offset: 5.., when: {nth: 3}, fail: EIO}", NEVER("5:3", "rule-2", "rule-1", "read")},
		/* not the next one, but one further on */
		{"{on: read, fail: EIO}\n{on: open, delay: 1s}\n{on: read, delay: 1s}", NEVER("6:3", "rule-3", "rule-1", "read")},
	};
	assert_all_checked(rows, COUNT_OF(rows));
}

static void rules_that_can_have_a_turn_are_taken(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{path: a.png, on: read, fail: EACCES}\n{on: read, fail: EIO}", ""}, /* the narrower one first */
		{"{on: read, delay: 1s}\n{on: read, fail: EIO}", ""},
		{"{on: read, fail: EIO}\n{on: [read, open], fail: EIO}", ""},
		{"{path: a, on: read, fail: EIO}\n{path: '**/a', on: read, fail: EIO}", ""},
		{"{path: '*', on: read, fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{path: '*', on: read, fail: EIO}\n{path: a/b, on: read, fail: EIO}", ""},
		{"{path: 'a/**', on: read, fail: EIO}\n{path: a, on: read, fail: EIO}", ""},
		{"{path: 'a/**', on: read, fail: EIO}\n{path: 'ab/**', on: read, fail: EIO}", ""},
		{"{path: '[a]/**', on: read, fail: EIO}\n{path: '[a]/*', on: read, fail: EIO}", ""}, /* it is so, but not plain to see */
		{"{volume: in, on: read, fail: EIO}\n{volume: out, on: read, fail: EIO}", ""},
		{"{volume: in, on: read, fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{missing: {readdir: false}}\n{missing: {lookup: false}}", ""},
		{"{missing: {lookup: false}}\n{on: lookup, fail: EIO}", ""},
		/* conditions of the earlier one, of any kind */
		{"{on: read, when: {nth: 3}, fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{on: read, when: {probability: 50%}, fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{on: read, when: {after: 1s}, fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{on: read, offset: 5.., fail: EIO}\n{on: read, fail: EIO}", ""},
		{"{on: readdir, entries: 5.., fail: EIO}\n{on: readdir, fail: EIO}", ""},
	};
	assert_all_checked(rows, COUNT_OF(rows));
}

static void a_group_can_be_switched_off(void **state)
{
	(void)state;
	static const char text[] = "version: 1\ngroups: {g: on}\nrules:\n- {group: g, on: read, fail: EIO}\n- {on: read, fail: EACCES}\n";
	struct plan *plan;
	assert_int_equal(plan_parse("p", text, strlen(text), &plan, NULL), 0);
	assert_int_equal(plan->doubts.count, 0);
	plan_free(plan);
	/* Where only the later one has a group, whoever switches may switch both. */
	static const char later[] = "version: 1\ngroups: {g: off}\nrules:\n- {on: read, fail: EIO}\n- {group: g, on: read, fail: EACCES}\n";
	assert_int_equal(plan_parse("p", later, strlen(later), &plan, NULL), 0);
	assert_int_equal(plan->doubts.count, 1);
	assert_string_equal(plan->doubts.at[0], "p:5:3: rule 'rule-2' will hardly strike: rule 'rule-1' ends every read of what it is for");
	plan_free(plan);
}

static void numbers_that_nothing_comes_to_are_refused(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"{on: read, offset: 9223372036854775807.., fail: EIO}", ""},
		{"{on: read, offset: 9223372036854775808.., fail: EIO}",
		 "4:3: rule 'rule-1' can never strike: it begins at byte 9223372036854775808, and no file is longer than 2^63 - 1"},
		{"{on: read, when: {nth: 4294967295}, fail: EIO}", ""},
		{"{on: read, when: {nth: 4294967296..}, fail: EIO}",
		 "4:3: rule 'rule-1' can never strike: requests are counted to 4294967295, not to 4294967296"},
		{"{on: read, when: {after: 8760h}, fail: EIO}", ""},
		{"{on: read, when: {after: 8761h}, fail: EIO}", "4:3: rule 'rule-1' can never strike: it waits for more than a year"},
	};
	assert_all_checked(rows, COUNT_OF(rows));
}

static void names_that_are_too_long_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *before, *behind;
		int count;
		bool taken;
	} rows[] = {
		{"", "", 255, true},	 {"", "", 256, false},	   {"*", "*", 255, true},      {"*", "*", 256, false},
		{"a/", "/b", 255, true}, {"a/", "/b", 256, false}, {"?[a-z]", "", 253, true},  {"?[a-z]", "", 254, false},
		{"\\?", "", 254, true},  {"\\?", "", 255, false},  {"{b,", "}", 300, true},    {"[]x]", "", 254, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char rule[500], name[400];
		struct plan *plan = NULL;
		memset(name, 'n', sizeof name);
		name[rows[i].count] = '\0';
		snprintf(rule, sizeof rule, "{path: '%s%s%s', on: read, fail: EIO}", rows[i].before, name, rows[i].behind);
		if ((unit_plan_try(rule, &plan, NULL) == 0) != rows[i].taken)
			fail_msg("%s", rule);
		plan_free(plan);
	}
}

static void assert_doubts(const char *rules, const char *wanted)
{
	struct plan *plan = unit_plan(rules);
	unit_same_text(rules, plan->doubts.count ? plan->doubts.at[0] : "", wanted);
	assert_true(plan->doubts.count <= 1);
	plan_free(plan);
}

static void what_is_only_odd_is_told(void **state)
{
	(void)state;
	assert_doubts("{path: a, missing: true}\n{path: a, on: read, fail: EIO}",
		      "p:5:3: rule 'rule-2' will hardly strike: rule 'rule-1' ends every lookup of what it is for");
	assert_doubts("{on: lookup, fail: EIO}\n{path: a, on: open, fail: EIO}",
		      "p:5:3: rule 'rule-2' will hardly strike: rule 'rule-1' ends every lookup of what it is for");
	assert_doubts("{on: open, fail: EIO}\n{on: read, corrupt: zero}",
		      "p:5:3: rule 'rule-2' will hardly strike: rule 'rule-1' ends every open of what it is for");
	assert_doubts("{on: opens, fail: EIO}\n{on: write, short: 1}",
		      "p:5:3: rule 'rule-2' will hardly strike: rule 'rule-1' ends every open of what it is for");
	assert_doubts("{on: read, delay: 25h}", "p:4:3: rule 'rule-1' delays by more than a day");
	assert_doubts("{on: read, when: {after: 25h}, fail: EIO}", "p:4:3: rule 'rule-1' waits for more than a day");
	/* a new file is open without having been opened; the root is never looked up; what is fine */
	assert_doubts("{on: open, fail: EIO}\n{on: write, short: 1}", "");
	assert_doubts("{on: lookup, fail: EIO}\n{on: opendir, fail: EIO}", "");
	assert_doubts("{path: a, missing: true}\n{path: b, on: read, fail: EIO}", "");
	assert_doubts("{path: a, missing: true}\n{path: a, on: create, fail: EIO}", "");
	assert_doubts("{on: read, delay: 24h}", "");
}

static void many_rules_are_checked_in_a_moment(void **state)
{
	(void)state;
	struct buf text = {0};
	struct plan *plan;
	struct err err = {0};
	buf_text(&text, "version: 1\nrules:\n");
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "- {path: '*/%d*', on: read, fail: 5}\n", i);
	if (plan_parse("p", buf_string(&text), text.length, &plan, &err))
		fail_msg("%s", err.text);
	assert_int_equal(plan->rules.count, 20000);
	plan_free(plan);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_that_never_gets_its_turn_is_refused),
		cmocka_unit_test(rules_that_can_have_a_turn_are_taken),
		cmocka_unit_test(a_group_can_be_switched_off),
		cmocka_unit_test(numbers_that_nothing_comes_to_are_refused),
		cmocka_unit_test(names_that_are_too_long_are_refused),
		cmocka_unit_test(what_is_only_odd_is_told),
		cmocka_unit_test(many_rules_are_checked_in_a_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

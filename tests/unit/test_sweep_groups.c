/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Groups: what is the same failure, what is not, and which comes first. */
#include "unit.h"

#include "harness/sweep/groups.h"
#include "harness/sweep/sites.h"

/* No stacks here: nothing has to be named. */
struct symbols *session_symbols(struct session *session)
{
	return session->symbols;
}

static struct session session;
static struct sweep sweep;

static int begin(void **state)
{
	(void)state;
	sweep = (struct sweep){.session = &session};
	return 0;
}

static struct trial *add(enum sweep_axis axis, const char *name, size_t point, enum verdict_class verdict, const char *reasons)
{
	struct trial *trial = calloc(1, sizeof *trial);
	struct sweep_case *one = vec_add(&sweep.cases);
	if (!trial || !one)
		abort();
	*one = (struct sweep_case){.axis = axis, .name = strdup(name), .point = point, .trial = trial};
	trial->state = TRIAL_JUDGED;
	trial->judgement.verdict = verdict;
	buf_text(&trial->judgement.reasons, reasons);
	return trial;
}

static void add_damage(const char *name, const char *file)
{
	static char damage[] = "{}";
	add(SWEEP_FILE, name, SIZE_MAX, VERDICT_WRONG, "differs");
	sweep.cases.at[sweep.cases.count - 1].file = file;
	sweep.cases.at[sweep.cases.count - 1].damage = damage;
}

static void add_point(const char *path, enum op op, uint32_t nth)
{
	struct point *point = vec_add(&sweep.count.points.list);
	if (!point)
		abort();
	*point = (struct point){.volume = strdup("in"), .path = strdup(path), .op = op, .nth = nth};
}

static int end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sweep.cases.count; i++) {
		buf_free(&sweep.cases.at[i].trial->judgement.reasons);
		free(sweep.cases.at[i].trial->crash_site);
		free(sweep.cases.at[i].trial);
		free(sweep.cases.at[i].name);
	}
	vec_free(&sweep.cases);
	for (size_t i = 0; i < sweep.count.points.list.count; i++) {
		free(sweep.count.points.list.at[i].volume);
		free(sweep.count.points.list.at[i].path);
	}
	vec_free(&sweep.count.points.list);
	return 0;
}

/* "crashed 0 2; wrong 1": verdicts and indices of cases, group by group. */
static void expect(const char *wanted)
{
	struct groups groups;
	struct buf got = {0};
	assert_int_equal(groups_make(&sweep, &groups), 0);
	for (size_t i = 0; i < groups.list.count; i++) {
		buf_printf(&got, "%s%s%s", i ? "; " : "", verdict_class_name(groups.list.at[i].verdict), groups.list.at[i].flaky ? "?" : "");
		for (size_t j = 0; j < groups.list.at[i].cases.count; j++)
			buf_printf(&got, " %zu", groups.list.at[i].cases.at[j]);
	}
	unit_same_text("groups", buf_string(&got), wanted);
	buf_free(&got);
	groups_free(&groups);
}

static void crashes_at_one_place_are_one(void **state)
{
	(void)state;
	add(SWEEP_OP, "a", SIZE_MAX, VERDICT_CRASHED, "SIGSEGV")->crash_site = strdup("load (a.c:3)");
	add(SWEEP_ALLOC, "b", SIZE_MAX, VERDICT_CRASHED, "SIGABRT")->crash_site = strdup("load (a.c:3)");
	add(SWEEP_OP, "c", SIZE_MAX, VERDICT_CRASHED, "SIGSEGV")->crash_site = strdup("store (a.c:9)");
	expect("crashed 0 1; crashed 2");
}

static void requests_of_one_kind_are_one(void **state)
{
	(void)state;
	add_point("slice_0001.png", OP_read, 1);
	add_point("slice_0002.png", OP_read, 7);
	add_point("slice_0002.png", OP_open, 1);
	add(SWEEP_OP, "x EIO", 0, VERDICT_WRONG, "a.json: differs at byte 17\nmore");
	add(SWEEP_OP, "x EINTR", 1, VERDICT_WRONG, "a.json: differs at byte 2000\nother");
	add(SWEEP_OP, "x EIO", 2, VERDICT_WRONG, "a.json: differs at byte 17");   /* another operation */
	add(SWEEP_OP, "x EIO", 0, VERDICT_WRONG, "a.json: is missing");		  /* another reason */
	add(SWEEP_KILL, "x SIGKILL", 0, VERDICT_WRONG, "a.json: differs at byte 17"); /* another stroke */
	add(SWEEP_OP, "x EIO", 0, VERDICT_LEAKED, "a.json: differs at byte 17");	  /* another verdict */
	expect("wrong 0 1; wrong 4; wrong 2; wrong 3; leaked 5");
}

/* By what ended it, and not by where that was; nor by the errno, nor by the name of what was left. */
static void what_is_left_behind_is_told_by_the_crime(void **state)
{
	(void)state;
	add_point("a.wav", OP_read, 1);
	add_point("b.wav", OP_flush, 1);
	add(SWEEP_OP, "x EIO", 0, VERDICT_LEAKED, "failed, and left what is not right: a.flac");
	add(SWEEP_SPACE, "x disk full", 1, VERDICT_LEAKED, "failed, and left what is not right: b.flac");
	add(SWEEP_KILL, "x SIGKILL", 0, VERDICT_LEAKED, "failed, and left what is not right: a.flac");
	add(SWEEP_KILL, "x SIGKILL", 1, VERDICT_LEAKED, "failed, and left what is not right: a.flac");
	add(SWEEP_KILL, "x SIGTERM", 1, VERDICT_LEAKED, "failed, and left what is not right: a.flac");
	add(SWEEP_CUT, "x cut strict", 1, VERDICT_LEAKED, "failed, and left what is not right: a.flac");
	add(SWEEP_OP, "x EIO", 1, VERDICT_WRONG, "close of a.flac failed with EIO: it may be lost");
	add(SWEEP_OP, "x EDQUOT", 1, VERDICT_WRONG, "close of a.flac failed with EDQUOT: it may be lost");
	expect("wrong 6 7; leaked 2 3; leaked 0 1; leaked 4; leaked 5");
}

static void damage_to_what_nobody_knows_is_one(void **state)
{
	(void)state;
	add_damage("in:a.txt empty", "a.txt");
	add_damage("in:b.conf garbage", "b.conf");
	add_damage("in:a.wav empty", "a.wav");
	add_damage("in:a.wav garbage", "a.wav");
	expect("wrong 0 1; wrong 2; wrong 3");
}

static void what_is_never_met_is_one(void **state)
{
	(void)state;
	add_point("a.wav", OP_read, 1);
	add(SWEEP_OP, "x EIO", 0, VERDICT_UNEXERCISED, "no rule struck");
	add(SWEEP_CUT, "x cut strict", 0, VERDICT_UNEXERCISED, "no rule");
	expect("unexercised 0 1");
}

static void without_a_point_it_goes_by_the_name(void **state)
{
	(void)state;
	add(SWEEP_RANGE, "in:a1.png 0..65536 EIO", SIZE_MAX, VERDICT_HUNG, "it waits");
	add(SWEEP_RANGE, "in:a2.png 65536..70000 EIO", SIZE_MAX, VERDICT_HUNG, "it waits");
	add(SWEEP_RANGE, "in:a1.png 0..65536 flip", SIZE_MAX, VERDICT_HUNG, "it waits");
	expect("hung 0 1; hung 2");
}

static void the_worst_come_first_then_the_most(void **state)
{
	(void)state;
	add(SWEEP_CUT, "l", SIZE_MAX, VERDICT_LEAKED, "1");
	add(SWEEP_CUT, "h", SIZE_MAX, VERDICT_HUNG, "1");
	add(SWEEP_CUT, "c", SIZE_MAX, VERDICT_CRASHED, "1");
	add(SWEEP_CUT, "u", SIZE_MAX, VERDICT_UNEXERCISED, "1");
	add(SWEEP_CUT, "r", SIZE_MAX, VERDICT_REFUSED, "not allowed");
	add(SWEEP_CUT, "w", SIZE_MAX, VERDICT_WRONG, "once");
	add(SWEEP_CUT, "v", SIZE_MAX, VERDICT_WRONG, "twice");
	add(SWEEP_CUT, "v", SIZE_MAX, VERDICT_WRONG, "twice");
	expect("wrong 6 7; wrong 5; crashed 2; hung 1; leaked 0; refused 4; unexercised 3");
}

static void what_passed_or_was_not_judged_is_in_no_group(void **state)
{
	(void)state;
	add(SWEEP_OP, "p", SIZE_MAX, VERDICT_REFUSED, "1")->judgement.passed = true;
	add(SWEEP_OP, "w", SIZE_MAX, VERDICT_WRONG, "1")->state = TRIAL_WAITING;
	add(SWEEP_OP, "t", SIZE_MAX, VERDICT_WRONG, "1")->state = TRIAL_TROUBLED;
	add(SWEEP_OP, "b", SIZE_MAX, VERDICT_UNEXERCISED, "1");
	sweep.cases.at[3].left = LEFT_BOUND;
	expect("");
}

static void one_that_does_not_repeat_marks_its_group(void **state)
{
	(void)state;
	add(SWEEP_OP, "w", SIZE_MAX, VERDICT_WRONG, "1");
	add(SWEEP_OP, "w", SIZE_MAX, VERDICT_WRONG, "1");
	add(SWEEP_OP, "v", SIZE_MAX, VERDICT_WRONG, "1");
	sweep.cases.at[1].flaky = true;
	expect("wrong? 0 1; wrong 2");
}

/* Groups of many cases, and many groups, and none is lost. */
static void many_are_sorted_in_time(void **state)
{
	(void)state;
	struct groups groups;
	char reason[30];
	size_t cases = 0;
	for (int i = 0; i < 20000; i++) {
		snprintf(reason, sizeof reason, "%c%c%c", 'a' + i % 26, 'a' + i / 26 % 26, 'a' + i / 676 % 26);
		add(SWEEP_OP, "x", SIZE_MAX, VERDICT_WRONG, reason);
	}
	assert_int_equal(groups_make(&sweep, &groups), 0);
	assert_int_equal(groups.list.count, 17576);
	for (size_t i = 0; i < groups.list.count; i++)
		cases += groups.list.at[i].cases.count;
	assert_int_equal(cases, 20000);
	assert_int_equal(groups.list.at[0].cases.count, 2);
	assert_int_equal(groups.list.at[17575].cases.count, 1);
	groups_free(&groups);
}

static void numbers_are_no_matter(void **state)
{
	(void)state;
	static const struct {
		const char *text, *wanted;
	} rows[] = {
		{"", ""}, {"17", "#"}, {"a17b", "a#b"}, {"1.5 s of 20", "#.# s of #"}, {"one\n2", "one"}, {"x1", "x#"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf got = {0};
		sites_put_line(rows[i].text, &got);
		unit_same_text(rows[i].text, buf_string(&got), rows[i].wanted);
		buf_free(&got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(crashes_at_one_place_are_one, begin, end),
		cmocka_unit_test_setup_teardown(requests_of_one_kind_are_one, begin, end),
		cmocka_unit_test_setup_teardown(what_is_left_behind_is_told_by_the_crime, begin, end),
		cmocka_unit_test_setup_teardown(damage_to_what_nobody_knows_is_one, begin, end),
		cmocka_unit_test_setup_teardown(what_is_never_met_is_one, begin, end),
		cmocka_unit_test_setup_teardown(without_a_point_it_goes_by_the_name, begin, end),
		cmocka_unit_test_setup_teardown(the_worst_come_first_then_the_most, begin, end),
		cmocka_unit_test_setup_teardown(what_passed_or_was_not_judged_is_in_no_group, begin, end),
		cmocka_unit_test_setup_teardown(one_that_does_not_repeat_marks_its_group, begin, end),
		cmocka_unit_test_setup_teardown(many_are_sorted_in_time, begin, end),
		cmocka_unit_test(numbers_are_no_matter),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Axes by name, and rules that strike one point and no other. */
#include "unit_plan.h"

#include "harness/sweep/sweep.h"

#define BIT(axis) (1u << SWEEP_##axis)
#define ALL (BIT(ALLOC) | BIT(OP) | BIT(FILE) | BIT(RANGE) | BIT(CUT) | BIT(KILL) | BIT(SPACE))

static void axes_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint32_t axes; /* 0: refused */
	} rows[] = {
		{"op", BIT(OP)},
		{"op,alloc", BIT(OP) | BIT(ALLOC)},
		{"all", ALL},
		{"all,double", ALL | BIT(DOUBLE)},
		{"pairs,pairs", BIT(PAIRS)},
		{"", 0},
		{"op,", 0},
		{"Op", 0},
		{"op alloc", 0},
		{"everything", 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint32_t axes = 0;
		struct err err = {0};
		int rc = sweep_axes_parse(rows[i].text, &axes, &err);
		if ((rc == 0) != (rows[i].axes != 0) || (!rc && axes != rows[i].axes))
			fail_msg("'%s': %d, %x: %s", rows[i].text, rc, axes, err.text);
	}
}

static void a_slip_gets_a_hint(void **state)
{
	(void)state;
	uint32_t axes = 0;
	struct err err = {0};
	assert_int_equal(sweep_axes_parse("op,alocs", &axes, &err), -EINVAL);
	assert_string_equal(err.text, "'alocs' is no axis (did you mean 'alloc'?)");
}

static void every_axis_has_its_name(void **state)
{
	(void)state;
	for (enum sweep_axis axis = 0; axis < SWEEP_AXES; axis++) {
		uint32_t axes = 0;
		struct err err = {0};
		assert_int_equal(sweep_axes_parse(sweep_axis_name(axis), &axes, &err), 0);
		assert_int_equal(axes, 1u << axis);
	}
	assert_string_equal(sweep_left_about(LEFT_NOT), "");
	for (enum sweep_left why = LEFT_NOT + 1; why < LEFT_REASONS; why++)
		assert_true(sweep_left_about(why)[0]);
}

/* Names that a pattern, YAML or a shell would take for something else. */
static char *const names[] = {
	(char *)(uintptr_t) "a.png",
	(char *)(uintptr_t) "dir/b.png",
	(char *)(uintptr_t) "*",
	(char *)(uintptr_t) "a?c",
	(char *)(uintptr_t) "[ab].png",
	(char *)(uintptr_t) "a[!b",
	(char *)(uintptr_t) "{a,b}",
	(char *)(uintptr_t) "back\\slash",
	(char *)(uintptr_t) "trailing\\",
	(char *)(uintptr_t) "quo\"te",
	(char *)(uintptr_t) "it's",
	(char *)(uintptr_t) "colon: here, and # there",
	(char *)(uintptr_t) " blanks ",
	(char *)(uintptr_t) "new\nline\ttab",
	(char *)(uintptr_t) "\x01\x7f",
	(char *)(uintptr_t) "caf\xc3\xa9",
	(char *)(uintptr_t) "\xf0\x9f\x8e\xb5",
	(char *)(uintptr_t) "~",
	(char *)(uintptr_t) "null",
	(char *)(uintptr_t) "1e3",
	(char *)(uintptr_t) "-",
	(char *)(uintptr_t) "!not",
	(char *)(uintptr_t) ".",
	(char *)(uintptr_t) "a",
	(char *)(uintptr_t) "b",
	(char *)(uintptr_t) "ab",
	(char *)(uintptr_t) "abc",
};

/* The verdict of a plan on the n-th read of a file. */
static int error_of(struct bound *bound, const struct plan *plan, char *path)
{
	struct site site = unit_read(0, 512);
	struct verdict verdict;
	site.path = path;
	plan_decide(plan, NULL, bound, &site, &verdict);
	return verdict.error;
}

static void a_rule_strikes_its_path_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		static char volume[] = "in";
		struct buf rule = {0};
		struct point point = {.volume = volume, .path = names[i], .op = OP_read, .nth = 1};
		sweep_point_rule(&point, false, &rule);
		buf_text(&rule, ", fail: EIO}");
		struct plan *plan = unit_plan(buf_string(&rule));
		for (size_t j = 0; j < COUNT_OF(names); j++) {
			struct bound *bound = unit_bound(plan, "in", names[j]);
			int error = bound ? error_of(bound, plan, names[j]) : 0;
			free(bound);
			if (error != (i == j ? EIO : 0))
				fail_msg("%s: of \"%s\": error %d", buf_string(&rule), names[j], error);
		}
		struct bound *elsewhere = unit_bound(plan, "out", names[i]);
		assert_true(!elsewhere || !error_of(elsewhere, plan, names[i]));
		free(elsewhere);
		plan_free(plan);
		buf_free(&rule);
	}
}

static void a_rule_strikes_its_request_alone_or_all_from_it(void **state)
{
	(void)state;
	static char volume[] = "in", path[] = "a.png";
	const struct point point = {.volume = volume, .path = path, .op = OP_read, .nth = 3};
	for (int persistent = 0; persistent < 2; persistent++) {
		struct buf rule = {0};
		sweep_point_rule(&point, persistent, &rule);
		buf_text(&rule, ", fail: EIO}");
		struct plan *plan = unit_plan(buf_string(&rule));
		struct bound *bound = unit_bound(plan, "in", path);
		for (int nth = 1; nth <= 5; nth++) {
			struct verdict verdict;
			struct site other = unit_site(OP_getattr);
			plan_decide(plan, NULL, bound, &other, &verdict);
			assert_int_equal(verdict.error, 0);
			assert_int_equal(error_of(bound, plan, path), nth == 3 || (persistent && nth > 3) ? EIO : 0);
		}
		free(bound);
		plan_free(plan);
		buf_free(&rule);
	}
}

static void a_point_has_a_name(void **state)
{
	(void)state;
	static char volume[] = "out", path[] = "dir/a b";
	const struct point point = {.volume = volume, .path = path, .op = OP_fsync, .nth = 12};
	struct buf name = {0};
	sweep_point_name(&point, &name);
	assert_string_equal(buf_string(&name), "out:dir/a b fsync#12");
	buf_free(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(axes_are_read),
		cmocka_unit_test(a_slip_gets_a_hint),
		cmocka_unit_test(every_axis_has_its_name),
		cmocka_unit_test(a_rule_strikes_its_path_alone),
		cmocka_unit_test(a_rule_strikes_its_request_alone_or_all_from_it),
		cmocka_unit_test(a_point_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

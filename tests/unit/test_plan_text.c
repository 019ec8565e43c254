/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plans that are changed rule by rule, and what their rules remember. */
#include "unit_plan.h"

#include "faults/live.h"
#include "faults/plan_text.h"

static const char source[] = "version: 1\n"
			     "name: three\n"
			     "seed: 7\n"
			     "groups: {night: off}\n"
			     "rules:\n"
			     "- {name: a, path: \"*.png\", on: read, fail: EIO}\n"
			     "- on: open\n"
			     "  deny: EACCES\n"
			     "  group: night\n"
			     "- {name: c, on: [read, write], offset: 4KiB.., when: {nth: 2.., probability: 5%}, delay: 10ms}\n";

static void open_text(struct plan_text *text)
{
	struct err err = {0};
	assert_int_equal(plan_text_parse("p", source, sizeof source - 1, text, &err), 0);
}

static void put(struct plan_text *text, const char *rule, enum plan_place place, const char *beside)
{
	struct err err = {0};
	assert_int_equal(plan_text_put(text, rule, strlen(rule), place, beside, NULL, &err), 0);
}

/* "a b c" */
static const char *names(const struct plan_text *text, char *out)
{
	out[0] = '\0';
	for (size_t i = 0; i < text->rules.count; i++)
		sprintf(out + strlen(out), "%s%s", i ? " " : "", text->rules.at[i].name);
	return out;
}

static struct plan *read_text(const struct plan_text *text)
{
	struct plan *plan = NULL;
	struct err err = {0};
	assert_int_equal(plan_text_read(text, "p", &plan, &err), 0);
	return plan;
}

static void a_text_says_what_the_plan_said(void **state)
{
	(void)state;
	struct plan_text text;
	struct plan *wanted = NULL;
	struct err err = {0};
	open_text(&text);
	struct plan *plan = read_text(&text);
	assert_int_equal(plan_parse("p", source, sizeof source - 1, &wanted, &err), 0);
	assert_string_equal(plan->name, "three");
	assert_int_equal(plan->seed, 7);
	assert_int_equal(plan->rules.count, 3);
	for (size_t i = 0; i < 3; i++) {
		struct buf one = {0}, other = {0};
		plan_explain_rule(plan->rules.at[i], &one);
		plan_explain_rule(wanted->rules.at[i], &other);
		assert_string_equal(one.at, other.at);
		assert_int_equal(plan->rules.at[i]->serial, i + 1);
		assert_int_equal(plan->rules.at[i]->group, wanted->rules.at[i]->group);
		buf_free(&one);
		buf_free(&other);
	}
	plan_free(plan);
	plan_free(wanted);
	plan_text_free(&text);
}

static void rules_are_put_where_they_are_wanted(void **state)
{
	(void)state;
	struct plan_text text;
	char out[200];
	open_text(&text);
	assert_string_equal(names(&text, out), "a rule-2 c");
	put(&text, "{name: d, path: d, on: read, fail: EIO}", PLAN_AS_IT_IS, NULL);
	assert_string_equal(names(&text, out), "a rule-2 c d");
	put(&text, "{name: d, path: d, on: read, fail: EPERM}", PLAN_FIRST, NULL);
	assert_string_equal(names(&text, out), "d a rule-2 c");
	put(&text, "{name: d, path: d, on: read, fail: EPERM}", PLAN_AFTER, "rule-2");
	assert_string_equal(names(&text, out), "a rule-2 d c");
	put(&text, "{name: a, path: a, on: read, fail: EPERM}", PLAN_BEFORE, "c");
	assert_string_equal(names(&text, out), "rule-2 d a c");
	put(&text, "{name: d, path: d, on: read, fail: EPERM}", PLAN_AS_IT_IS, NULL);
	assert_string_equal(names(&text, out), "rule-2 d a c");
	put(&text, "{name: rule-2, path: rule-2, on: read, fail: EPERM}", PLAN_LAST, NULL);
	assert_string_equal(names(&text, out), "d a c rule-2");
	put(&text, "- {name: x, path: x, on: read, fail: EIO}\n- {name: y, path: y, on: read, fail: EIO}", PLAN_FIRST, NULL);
	assert_string_equal(names(&text, out), "x y d a c rule-2");
	put(&text, "{path: none, on: read, fail: EIO}", PLAN_AS_IT_IS, NULL);
	assert_string_equal(names(&text, out), "x y d a c rule-2 rule-7");
	assert_true(plan_text_remove(&text, "y"));
	assert_false(plan_text_remove(&text, "y"));
	assert_string_equal(names(&text, out), "x d a c rule-2 rule-7");
	plan_free(read_text(&text));
	plan_text_free(&text);
}

static void a_text_without_rules_is_no_plan(void **state)
{
	(void)state;
	struct plan_text text;
	assert_int_equal(plan_text_empty(&text), 0);
	assert_null(read_text(&text));
	put(&text, "{name: d, path: d, on: read, fail: EIO}", PLAN_AS_IT_IS, NULL);
	struct plan *plan = read_text(&text);
	assert_int_equal(plan->rules.count, 1);
	plan_free(plan);
	plan_text_free(&text);
}

static void what_is_no_rule_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "word", "[1]", "{name: [a], on: read}", "{name: x", "- {on: read}\n- 3"};
	struct plan_text text, copy;
	open_text(&text);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct err err = {0};
		assert_int_equal(plan_text_copy(&text, &copy), 0);
		assert_int_not_equal(plan_text_put(&copy, bad[i], strlen(bad[i]), PLAN_AS_IT_IS, NULL, NULL, &err), 0);
		assert_true(err.text[0]);
		plan_text_free(&copy);
	}
	plan_text_free(&text);
}

/* Each is looked for among all: a long list would take the server minutes. */
static void so_many_rules_are_put_at_once(void **state)
{
	(void)state;
	struct plan_text text;
	struct buf list = {0};
	open_text(&text);
	for (int i = 0; i < PLAN_PUT_MAX; i++)
		buf_printf(&list, "- {name: n%d, on: read, path: p%d, fail: EIO}\n", i, i);
	put(&text, buf_string(&list), PLAN_LAST, NULL);
	assert_int_equal(text.rules.count, 3 + PLAN_PUT_MAX);
	buf_text(&list, "- {name: more, on: read, fail: EIO}\n");
	struct err err = {0};
	assert_int_equal(plan_text_put(&text, buf_string(&list), list.length, PLAN_LAST, NULL, NULL, &err), -E2BIG);
	assert_string_equal(err.text, "1001 rules at once are too many: at most 1000 (a whole plan may have more)");
	assert_int_equal(text.rules.count, 3 + PLAN_PUT_MAX);
	buf_free(&list);
	plan_text_free(&text);
}

static void rules_are_found_by_number_wherever_they_stand(void **state)
{
	(void)state;
	struct plan_text text;
	open_text(&text);
	put(&text, "{name: d, path: d, on: open, fail: EIO}", PLAN_FIRST, NULL);
	put(&text, "{name: e, path: e, on: open, fail: EIO}", PLAN_BEFORE, "c");
	assert_true(plan_text_remove(&text, "rule-2"));
	struct plan *plan = read_text(&text);
	for (uint64_t serial = 0; serial <= text.serials + 1; serial++) {
		const struct rule *found = plan_rule_of_serial(plan, serial), *wanted = NULL;
		for (size_t i = 0; i < plan->rules.count; i++)
			if (plan->rules.at[i]->serial == serial)
				wanted = plan->rules.at[i];
		assert_ptr_equal(found, wanted);
	}
	plan_free(plan);
	plan_text_free(&text);
}

/* Written with names and quotes, a text takes more room than it had. */
static void a_text_too_long_when_written_out_says_so(void **state)
{
	(void)state;
	struct buf whole = {0};
	struct plan_text text;
	struct plan *plan = NULL;
	struct err err = {0};
	buf_text(&whole, "version: 1\nrules:\n");
	for (int i = 0; i < 80000; i++)
		buf_printf(&whole, "- {path: directory-%d, on: read, fail: 5}\n", i);
	assert_int_equal(plan_text_parse("p", buf_string(&whole), whole.length, &text, &err), 0);
	assert_int_equal(plan_text_read(&text, "p", &plan, &err), -EFBIG);
	assert_non_null(strstr(err.text, "p: 80000 rules take "));
	assert_null(plan);
	plan_text_free(&text);
	buf_free(&whole);
}

static void rules_that_stay_remember(void **state)
{
	(void)state;
	struct plan_text text;
	struct live before, now;
	open_text(&text);
	struct plan *old = read_text(&text);
	assert_int_equal(live_init(&before, old), 0);
	live_count(&before, old->rules.at[0], 5);
	live_count(&before, old->rules.at[2], 9);
	live_switch(&before, "night", true);
	live_switch(&before, "c", false);
	put(&text, "{name: a, path: a, on: read, fail: EPERM}", PLAN_AS_IT_IS, NULL);
	put(&text, "{name: d, path: d, on: read, fail: EPERM}", PLAN_FIRST, NULL);
	struct plan *plan = read_text(&text);
	assert_int_equal(live_init(&now, plan), 0);
	live_take_over(&now, &before);
	assert_int_equal(now.rules[0].hits, 0); /* d: new */
	assert_int_equal(now.rules[1].hits, 0); /* a: another one by the same name */
	assert_int_equal(now.rules[3].hits, 1); /* c */
	assert_int_equal(now.rules[3].first_hit_ns, 9);
	assert_false(now.rules[3].on);
	assert_true(now.rules[1].on);
	assert_true(now.groups[0]);
	live_fini(&before);
	live_fini(&now);
	plan_free(old);
	plan_free(plan);
	plan_text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_says_what_the_plan_said), cmocka_unit_test(rules_are_put_where_they_are_wanted),
		cmocka_unit_test(a_text_without_rules_is_no_plan), cmocka_unit_test(what_is_no_rule_is_refused),
		cmocka_unit_test(so_many_rules_are_put_at_once), cmocka_unit_test(rules_are_found_by_number_wherever_they_stand),
		cmocka_unit_test(a_text_too_long_when_written_out_says_so), cmocka_unit_test(rules_that_stay_remember),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

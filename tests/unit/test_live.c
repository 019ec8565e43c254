/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a plan in force remembers: switches and hits. */
#include "unit_plan.h"

#include "faults/live.h"

static const char groups_text[] = "version: 1\n"
				  "groups: {outage: off, noise: on}\n"
				  "rules:\n"
				  "- {name: down, group: outage, on: read, fail: EIO}\n"
				  "- {name: gone, group: outage, on: open, fail: ENOENT}\n"
				  "- {name: slow, group: noise, on: read, delay: 1ms}\n"
				  "- {name: alone, on: getattr, fail: ESTALE}\n";

struct fixture {
	struct plan *plan;
	struct live live;
	struct bound *bound;
};

static void open_fixture(struct fixture *f)
{
	struct err err = {0};
	assert_int_equal(plan_parse("p", groups_text, sizeof groups_text - 1, &f->plan, &err), 0);
	assert_int_equal(live_init(&f->live, f->plan), 0);
	f->bound = unit_bound(f->plan, "in", "a.png");
}

static void close_fixture(struct fixture *f)
{
	free(f->bound);
	live_fini(&f->live);
	plan_free(f->plan);
}

static const char *asked(struct fixture *f, enum op op, char *text)
{
	struct verdict verdict;
	struct site site = op == OP_read ? unit_read(0, 10) : unit_site(op);
	plan_decide(f->plan, &f->live, f->bound, &site, &verdict);
	return unit_verdict(&verdict, text);
}

static void groups_begin_as_the_plan_says_and_are_switched_as_one(void **state)
{
	(void)state;
	struct fixture f;
	char text[1000];
	open_fixture(&f);
	assert_string_equal(asked(&f, OP_read, text), "delay=1000000ns by slow");
	assert_string_equal(asked(&f, OP_open, text), "-");
	assert_int_equal(live_switch(&f.live, "outage", true), 2);
	assert_string_equal(asked(&f, OP_read, text), "error=EIO by down");
	assert_string_equal(asked(&f, OP_open, text), "error=ENOENT by gone");
	assert_int_equal(live_switch(&f.live, "outage", false), 2);
	assert_string_equal(asked(&f, OP_open, text), "-");
	close_fixture(&f);
}

static void a_rule_is_switched_by_its_name_and_stays_in_its_group(void **state)
{
	(void)state;
	struct fixture f;
	char text[1000];
	open_fixture(&f);
	assert_int_equal(live_switch(&f.live, "alone", false), 1);
	assert_string_equal(asked(&f, OP_getattr, text), "-");
	assert_int_equal(live_switch(&f.live, "gone", true), 1); /* its group is off all the same */
	assert_string_equal(asked(&f, OP_open, text), "-");
	assert_int_equal(live_switch(&f.live, "*", false), 4);
	assert_string_equal(asked(&f, OP_read, text), "-");
	assert_int_equal(live_switch(&f.live, "nobody", true), 0);
	close_fixture(&f);
}

static void what_is_switched_off_is_not_counted(void **state)
{
	(void)state;
	struct fixture f;
	char text[1000];
	open_fixture(&f);
	for (int i = 0; i < 3; i++)
		asked(&f, OP_open, text);
	assert_int_equal(f.bound->at[1].tally.seen, 0);
	close_fixture(&f);
}

static void hits_are_counted_until_a_reset_that_switches_nothing(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f);
	live_switch(&f.live, "alone", false);
	live_count(&f.live, f.plan->rules.at[0], 50);
	live_count(&f.live, f.plan->rules.at[0], 70);
	assert_int_equal(f.live.rules[0].hits, 2);
	assert_int_equal(f.live.rules[0].first_hit_ns, 50);
	assert_true(f.live.rules[1].first_hit_ns == INT64_MAX);
	live_reset(&f.live);
	assert_int_equal(f.live.rules[0].hits, 0);
	assert_false(f.live.rules[3].on);
	close_fixture(&f);
}

/* Nobody has met the rule yet: it comes with the next request, if anybody makes one. */
static void a_cut_is_no_hit_and_nobody_follows_it(void **state)
{
	(void)state;
	static const char text[] = "version: 1\nname: p\nrules:\n- {name: a, on: read, offset: 5.., fail: EIO}\n"
				   "- {name: b, on: open, fail: EIO, when: {after_rule: a}}\n";
	struct plan *plan;
	struct live live;
	struct err err = {0};
	if (plan_parse("p", text, sizeof text - 1, &plan, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(live_init(&live, plan), 0);
	live_count_cut(&live, plan->rules.at[0]);
	assert_int_equal(live.rules[0].hits, 0);
	assert_int_equal(live.rules[0].cuts, 1);
	assert_true(live.rules[0].first_hit_ns == INT64_MAX && live.rules[1].followed_at_ns == INT64_MAX);
	live_count(&live, plan->rules.at[0], 70);
	assert_int_equal(live.rules[0].hits, 1);
	assert_int_equal(live.rules[0].cuts, 1);
	assert_int_equal(live.rules[1].followed_at_ns, 70);
	live_reset(&live);
	assert_int_equal(live.rules[0].cuts, 0);
	live_fini(&live);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_begin_as_the_plan_says_and_are_switched_as_one),
		cmocka_unit_test(a_rule_is_switched_by_its_name_and_stays_in_its_group),
		cmocka_unit_test(what_is_switched_off_is_not_counted),
		cmocka_unit_test(hits_are_counted_until_a_reset_that_switches_nothing),
		cmocka_unit_test(a_cut_is_no_hit_and_nobody_follows_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

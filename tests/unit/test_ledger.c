/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Strikes since the mount began: nothing takes them back, and what is remembered has a limit. */
#include "unit_plan.h"

#include "base/draw.h"
#include "fusefs/ledger.h"

static void take(struct ledger *ledger, struct plan **plan, const char *rules)
{
	struct err err = {0};
	plan_free(*plan);
	*plan = unit_plan(rules);
	assert_int_equal(ledger_take(ledger, *plan, &err), 0);
}

static void strikes_stay_whatever_becomes_of_their_rule(void **state)
{
	(void)state;
	struct ledger ledger = {0};
	struct plan *plan = NULL;
	struct err err = {0};
	take(&ledger, &plan, "{name: a, on: read, fail: EIO, must_fire: true}\n{name: b, path: b, on: open, fail: EIO}");
	ledger_count(&ledger, plan->rules.at[0]);
	take(&ledger, &plan, "{name: a, on: read, delay: 1ms, must_fire: true}");
	ledger_count(&ledger, plan->rules.at[0]);
	ledger_count_cut(&ledger, plan->rules.at[0]);
	assert_int_equal(ledger.entries.count, 3);
	struct ledger_entry a = ledger_sum(&ledger, 0);
	assert_int_equal(a.hits, 2);
	assert_int_equal(a.cuts, 1);
	assert_true(a.must_fire && a.in_force && !a.follows);
	assert_true(ledger.entries.at[2].follows);
	assert_string_equal(ledger.entries.at[0].effect, "fail");
	assert_int_equal(ledger.entries.at[0].hits, 1);
	assert_false(ledger_tells(&ledger.entries.at[1])); /* b is gone, and has done nothing */
	take(&ledger, &plan, "{name: a, on: read, fail: ENXIO}");
	assert_int_equal(ledger.entries.count, 3);
	assert_false(ledger_sum(&ledger, 0).must_fire);
	assert_int_equal(ledger_take(&ledger, NULL, &err), 0);
	assert_int_equal(ledger_sum(&ledger, 0).hits, 2);
	assert_false(ledger_sum(&ledger, 0).in_force);
	plan_free(plan);
	ledger_fini(&ledger);
}

/* As many rules as a plan may have, with names of their own in each edition. */
static void rename_all(struct plan *plan, char edition)
{
	for (uint32_t i = 0; i < plan->rules.count; i++) {
		struct rule *rule = plan->rules.at[i];
		snprintf(rule->name, 16, "%c%u", edition, i);
		rule->id = draw_text(rule->name);
		rule->must_fire = edition == 'b' && i == 7;
	}
}

static struct plan *full_plan(void)
{
	static struct rule rules[PLAN_RULES_MAX], *list[PLAN_RULES_MAX];
	static char names[PLAN_RULES_MAX][16];
	static struct plan plan = {.rules = {.at = list, .count = PLAN_RULES_MAX}};
	for (uint32_t i = 0; i < PLAN_RULES_MAX; i++) {
		rules[i] = (struct rule){.name = names[i], .kind = &kind_fail, .index = i};
		list[i] = &rules[i];
	}
	return &plan;
}

static void gone_ones_are_forgotten_when_there_are_too_many(void **state)
{
	(void)state;
	struct ledger ledger = {0};
	struct err err = {0};
	struct plan *plan = full_plan();
	for (char edition = 'a'; edition <= 'c'; edition++) {
		rename_all(plan, edition);
		assert_int_equal(ledger_take(&ledger, plan, &err), 0);
		ledger_count(&ledger, plan->rules.at[PLAN_RULES_MAX - 1]);
	}
	assert_int_equal(ledger.entries.count, LEDGER_MAX);
	assert_string_equal(ledger.entries.at[0].name, "b0");
	assert_int_equal(ledger.entries.at[PLAN_RULES_MAX - 1].hits, 1);
	rename_all(plan, 'd'); /* what must strike stays, and there is no room for one more */
	assert_int_equal(ledger_take(&ledger, plan, &err), -E2BIG);
	assert_string_equal(ledger.entries.at[0].name, "b7");
	rename_all(plan, 'c');
	assert_int_equal(ledger_take(&ledger, plan, &err), 0);
	ledger_count(&ledger, plan->rules.at[PLAN_RULES_MAX - 1]);
	assert_int_equal(ledger.entries.at[PLAN_RULES_MAX].hits, 2);
	ledger_fini(&ledger);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strikes_stay_whatever_becomes_of_their_rule),
		cmocka_unit_test(gone_ones_are_forgotten_when_there_are_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

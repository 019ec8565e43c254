/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Signals by descriptor: what comes while nobody looks is heard by who looks next. */
#include "unit.h"

#include "harness/interrupts.h"

#include <poll.h>
#include <signal.h>

static bool hears(const struct interrupts *interrupts)
{
	struct pollfd fd = {.fd = interrupts->fd, .events = POLLIN};
	return poll(&fd, 1, 0) == 1;
}

static void begin(struct interrupts *interrupts)
{
	struct err err = {0};
	assert_int_equal(interrupts_begin(interrupts, &err), 0);
}

static void one_within_another_forgets_nothing(void **state)
{
	(void)state;
	struct interrupts outer, inner, next;
	begin(&outer);
	begin(&inner);
	assert_false(hears(&inner));
	raise(SIGTERM);
	interrupts_end(&inner);
	begin(&next);
	assert_true(hears(&next));
	interrupts_end(&next);
	assert_true(hears(&outer));
	interrupts_end(&outer);
	begin(&outer);
	assert_false(hears(&outer));
	interrupts_end(&outer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(one_within_another_forgets_nothing)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Plans of strangers: read or refused with a reason; and what was read can be explained, bound, asked and applied. */
#include "base/buf.h"
#include "faults/kinds.h"
#include "faults/live.h"
#include "faults/plan.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* Rules of a plan that are looked at one by one; all are read. */
#define RULES_LOOKED_AT 64

static void explain(const struct plan *plan)
{
	struct buf words = {0};
	for (size_t i = 0; i < plan->rules.count && i < RULES_LOOKED_AT; i++)
		plan_explain_rule(plan->rules.at[i], &words);
	for (size_t i = 0; i < plan->allocations.count; i++)
		plan_explain_allocation(&plan->allocations.at[i], &words);
	PROMISE(!words.length || !strchr(buf_string(&words), '\n'));
	buf_free(&words);
}

/* Places from the plan itself, and from the ends of what there can be. */
static uint64_t place(const struct plan *plan, unsigned number)
{
	static const uint64_t places[] = {0, 1, 4095, 4096, 1 << 20, INT64_MAX, UINT64_MAX};
	size_t rule = number / 8 % plan->rules.count;
	return number % 8 < 7 ? places[number % 8] : plan->rules.at[rule]->range.first;
}

static void alter(const struct plan *plan, const struct site *site, const struct verdict *verdict)
{
	unsigned char bytes[512], before[512];
	for (size_t i = 0; i < sizeof bytes; i++)
		before[i] = bytes[i] = (unsigned char)i;
	for (size_t i = 0; i < verdict->altering_count; i++) {
		uint64_t length = site->offset > UINT64_MAX - sizeof bytes ? UINT64_MAX - site->offset : sizeof bytes;
		PROMISE(plan_alter(plan, verdict->altering[i], site, bytes, site->offset, length) <= sizeof bytes);
	}
	PROMISE(verdict->altering_count || memcmp(bytes, before, sizeof bytes) == 0);
}

static void ask(const struct plan *plan, struct live *live, struct bound *bound, const char *path)
{
	for (unsigned number = 0; number < 4 * OP_COUNT; number++) {
		struct verdict verdict;
		const struct site site = {
			.op = (enum op)(number % OP_COUNT),
			.volume = "in",
			.path = path,
			.offset = place(plan, number),
			.length = place(plan, number / 3),
			.size = place(plan, number / 5),
			.buffered = number & 4,
			.now_ns = (int64_t)(place(plan, number / 7) >> 1),
		};
		plan_decide(plan, live, bound, &site, &verdict);
		PROMISE(verdict.rules_count <= VERDICT_RULES_MAX && verdict.altering_count <= VERDICT_RULES_MAX);
		PROMISE(verdict.error >= 0 && verdict.error < 512 && verdict.delay_ns >= 0);
		alter(plan, &site, &verdict);
	}
}

static void use(const struct plan *plan)
{
	static const char *const paths[] = {".", "a", "a.png", "ct/slice_0001.png", "a/b/c/d/e"};
	struct live live;
	explain(plan);
	PROMISE(live_init(&live, plan) == 0);
	for (size_t i = 0; plan->rules.count && i < COUNT_OF(paths); i++) {
		struct bound *bound;
		PROMISE(plan_bind(plan, "in", paths[i], &bound) == 0);
		if (bound)
			ask(plan, &live, bound, paths[i]);
		free(bound);
	}
	live_fini(&live);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct plan *plan = NULL;
	struct err err = {0};
	int rc = plan_parse("fuzz", (const char *)bytes, size, &plan, &err);
	PROMISE(rc ? rc < 0 && !plan && err.text[0] && err.code == -rc : plan != NULL);
	if (!rc) {
		PROMISE(plan->rules.count + plan->allocations.count > 0);
		use(plan);
	}
	plan_free(plan);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Binds rules to paths and decides on requests. */
#include "faults/plan.h"

#include "base/draw.h"
#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

static bool can_touch(const struct rule *rule, const char *volume, const char *path)
{
	return (!rule->volume || strcmp(rule->volume, volume) == 0) && (!rule->path || glob_match(rule->path, path));
}

int plan_bind(const struct plan *plan, const char *volume, const char *path, struct bound **out)
{
	*out = NULL;
	struct bound *bound = NULL;
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = &plan->rules.at[i];
		if (!can_touch(rule, volume, path))
			continue;
		uint32_t count = bound ? bound->count : 0;
		struct bound *grown = realloc(bound, sizeof *bound + (count + 1) * sizeof bound->at[0]);
		if (!grown) {
			free(bound);
			return -ENOMEM;
		}
		bound = grown;
		bound->ops = (count ? bound->ops : 0) | rule->on;
		bound->split_at = 0;
		bound->count = count + 1;
		bound->at[count] = (struct bound_rule){.rule = rule};
	}
	*out = bound;
	return 0;
}

#define PAGE_BYTES 4096

/* Does the rule end a request, so that what it does belongs to the first byte of its range? */
static bool ends_the_request(const struct rule *rule)
{
	return rule->kind == &kind_fail || rule->kind == &kind_deny || rule->kind == &kind_hang;
}

/* A request that starts before the range of a rule that would end it. A program's own read or write is served up to the
 * range, so that the error stands exactly at its first byte whatever the block size. The page cache must not be served
 * short: its request is failed once and comes again page by page; the page that holds the byte is struck. */
static bool reach_into(struct bound *bound, const struct rule *rule, const struct site *site, struct verdict *out)
{
	uint64_t before = rule->range.first - site->offset;
	if (!site->buffered) {
		if (before < out->length)
			out->length = before;
		return false;
	}
	if (site->length <= PAGE_BYTES || bound->split_at == site->offset + 1)
		return true;
	bound->split_at = site->offset + 1;
	out->split = true;
	return false;
}

/* Is the request inside the rule's place? May shorten or split it instead. */
static bool in_place(struct bound *bound, const struct rule *rule, const struct site *site, struct verdict *out)
{
	if (!rule->ranged)
		return true;
	uint64_t end = site->offset + site->length;
	if (end < site->offset)
		end = UINT64_MAX;
	if (end <= rule->range.first || site->offset >= rule->range.end)
		return false;
	if (ends_the_request(rule) && site->offset < rule->range.first)
		return reach_into(bound, rule, site, out);
	return true;
}

static bool drawn(const struct plan *plan, const struct rule *rule, const struct site *site, const struct tally *tally)
{
	if (rule->when.probability >= 1)
		return true;
	bool placed = site->op == OP_read || site->op == OP_write || site->op == OP_fallocate;
	bool by_offset = rule->when.draw == DRAW_BY_OFFSET || (rule->when.draw == DRAW_AUTO && placed);
	const struct draw_key key = {
		.seed = plan->seed,
		.who = rule->id,
		.path = draw_text(site->path),
		.where = rule->kind->steady ? 0 : by_offset ? site->offset : tally->seen,
	};
	return draw_chance(&key, rule->when.probability);
}

/* Count the request and ask the rule's conditions. */
static bool is_due(const struct plan *plan, const struct rule *rule, const struct site *site, struct tally *tally)
{
	if (!site->continues || tally->seen == 0)
		tally->seen++;
	return ordinals_have(&rule->when.nth, tally->seen) && (site->continues || tally->fired < rule->when.times) &&
	       drawn(plan, rule, site, tally);
}

static void ask(const struct plan *plan, struct bound *bound, struct bound_rule *asked, const struct site *site,
		struct verdict *out)
{
	const struct rule *rule = asked->rule;
	if (!(rule->on >> site->op & 1))
		return;
	if (site->now_ns < rule->when.after_ns || site->now_ns >= rule->when.until_ns)
		return;
	if (!in_place(bound, rule, site, out) || !is_due(plan, rule, site, &asked->tally))
		return;
	if (!rule->kind->apply(plan, rule, site, &asked->tally, out))
		return;
	if (!site->continues)
		asked->tally.fired++;
	out->rules[out->rules_count++] = rule;
}

void plan_decide(const struct plan *plan, struct bound *bound, const struct site *site, struct verdict *out)
{
	*out = VERDICT_NONE;
	for (uint32_t i = 0; i < bound->count; i++) {
		ask(plan, bound, &bound->at[i], site, out);
		if (verdict_is_final(out) || out->rules_count == VERDICT_RULES_MAX)
			break;
	}
}

uint64_t plan_alter(const struct plan *plan, const struct rule *rule, const struct site *site, void *bytes,
		    uint64_t offset, uint64_t length)
{
	uint64_t first = offset > rule->range.first ? offset : rule->range.first;
	uint64_t end = offset + length < rule->range.end ? offset + length : rule->range.end;
	if (!rule->kind->alter || first >= end)
		return 0;
	return rule->kind->alter(plan, rule, site, (unsigned char *)bytes + (first - offset), first, end - first);
}

bool plan_space(const struct plan *plan, const char *volume, uint64_t *bytes, uint64_t *files)
{
	bool found = false;
	*bytes = *files = UINT64_MAX;
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = &plan->rules.at[i];
		if (rule->kind != &kind_space || (rule->volume && strcmp(rule->volume, volume) != 0))
			continue;
		found = true;
		if (rule->effect.space.bytes < *bytes)
			*bytes = rule->effect.space.bytes;
		if (rule->effect.space.files < *files)
			*files = rule->effect.space.files;
	}
	return found;
}

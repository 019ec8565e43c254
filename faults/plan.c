/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Binds rules to paths and decides on requests. */
#include "faults/plan.h"

#include "base/draw.h"
#include "faults/kinds.h"
#include "faults/live.h"

#include <errno.h>
#include <string.h>

static bool can_touch(const struct rule *rule, const char *volume, const char *path)
{
	return (!rule->volume || strcmp(rule->volume, volume) == 0) && (!rule->path || glob_match(rule->path, path));
}

static struct bound *bound_grown(struct bound *bound, size_t *room)
{
	size_t more = *room ? 2 * *room : 2;
	struct bound *grown = realloc(bound, sizeof *bound + more * sizeof bound->at[0]);
	if (!grown)
		return NULL;
	if (!bound)
		*grown = (struct bound){.begun_at = UINT64_MAX};
	*room = more;
	return grown;
}

int plan_bind(const struct plan *plan, const char *volume, const char *path, struct bound **out)
{
	struct bound *bound = *out = NULL;
	for (size_t i = 0, room = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (!can_touch(rule, volume, path))
			continue;
		if (!bound || bound->count == room) {
			struct bound *grown = bound_grown(bound, &room);
			if (!grown) {
				free(bound);
				return -ENOMEM;
			}
			bound = grown;
		}
		bound->ops |= rule->on | rule->watch;
		bound->at[bound->count++] = (struct bound_rule){.rule = rule};
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

/* The page cache must not be served short, and does not give up after an error: it asks again page by page. So a larger
 * request of its is failed once, without being counted, and only the page is struck that the program wants. (The same request
 * once more: then it does not come in smaller pieces.) */
static bool comes_by_page(struct bound *bound, const struct site *site, struct verdict *out)
{
	bool again = bound->split_at == site->offset + 1;
	out->split = site->length > PAGE_BYTES && !again;
	bound->split_at = out->split ? site->offset + 1 : 0;
	return !out->split;
}

/* For one read of a program's the page cache may ask so often more for the page that failed: it reads ahead, then for the
 * program, and for a page fault it begins anew whenever it has let go of its locks (filemap_fault() in mm/filemap.c). The
 * program learns of the last time only. */
#define REPEATS_MAX 2

/* Is this the struck request once more? Then it fails as before and no rule counts it: what was promised is an error that the
 * program sees. Any other read of the file ends that. */
static bool is_repeated(struct bound *bound, const struct site *site)
{
	if (site->op != OP_read)
		return false;
	bool same = site->buffered && bound->struck.repeats > 0 && site->offset == bound->struck.offset &&
		    site->length == bound->struck.length;
	bound->struck.repeats = same ? bound->struck.repeats - 1 : 0;
	return same;
}

static void await_repeats(struct bound *bound, const struct rule *by, const struct site *site)
{
	bound->struck.by = by;
	bound->struck.offset = site->offset;
	bound->struck.length = site->length;
	bound->struck.repeats = REPEATS_MAX;
	bound->struck.untold = bound->begun_at < site->offset;
}

/* A copy that came to the page from before it has told the program how many bytes it made, and not the error: that comes with the
 * next copy, which begins where this one ended. */
static bool is_still_untold(const struct bound *bound, uint64_t offset)
{
	return bound->struck.untold && offset >= bound->struck.offset && offset - bound->struck.offset < bound->struck.length;
}

void plan_anew(struct bound *bound, uint64_t offset)
{
	bool untold = is_still_untold(bound, offset);
	bound->split_at = 0;
	bound->struck.repeats = untold ? REPEATS_MAX : 0;
	bound->struck.untold = false;
	bound->begun_at = offset;
}

/* Does the request touch the range of the rule? Behind the end of the file a read touches no byte. */
static bool touches(const struct rule *rule, const struct site *site)
{
	uint64_t end = site->offset + site->length;
	if (end < site->offset)
		end = UINT64_MAX;
	if (site->op == OP_read && end > site->size)
		end = site->size;
	return end > rule->range.first && site->offset < rule->range.end && (site->op != OP_read || site->offset < end);
}

/* Is the request inside the rule's place? May split it instead. */
static bool in_place(struct bound *bound, const struct rule *rule, const struct site *site, struct verdict *out)
{
	if (rule->ranged && !touches(rule, site))
		return false;
	bool may_split = site->buffered && site->op == OP_read && ends_the_request(rule);
	return !may_split || comes_by_page(bound, site, out);
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

/* Is this more of a listing that was counted already? One that a rule waits for begins where it comes to the rule's entries. */
static bool goes_on(const struct rule *rule, const struct site *site, const struct tally *tally)
{
	bool begins_here = rule->ranged && rule->range.first && site->offset <= rule->range.first;
	return site->continues && !begins_here && tally->seen > 0;
}

/* Count the request and ask the rule's conditions. */
static bool is_due(const struct plan *plan, const struct rule *rule, const struct site *site, struct tally *tally)
{
	tally->seen++;
	return ordinals_have(&rule->when.nth, tally->seen) && tally->fired < rule->when.times &&
	       drawn(plan, rule, site, tally);
}

static bool reaches_into(const struct rule *rule, const struct site *site)
{
	bool divides = !site->buffered && site->op != OP_fallocate;
	return rule->ranged && ends_the_request(rule) && divides && site->offset < rule->range.first;
}

/* A request of a program's own that starts before the range of a rule that would end it is served up to the range, so that the
 * error stands exactly at its first byte whatever the block size. Only if the request for the rest would be struck: else it is
 * counted and passes whole. (A listing is cut without being asked: programs do not see where.) */
static void reach_into(const struct plan *plan, const struct rule *rule, const struct site *site, struct tally *tally,
		       struct verdict *out)
{
	struct tally then = *tally;
	struct site rest = *site;
	uint64_t before = rule->range.first - site->offset;
	rest.offset = rule->range.first;
	if (!is_due(plan, rule, &rest, &then) && site->op != OP_readdir) {
		*tally = then;
	} else if (before < out->length) {
		out->length = before;
		out->cut = rule;
	}
}

/* Does a program get fewer bytes because of a rule that it will meet only if it asks for the rest? One that takes them for all
 * there is never does, so that has to be told too. Not of a listing, whose end is known by an empty answer alone. */
static bool is_cut(const struct verdict *v, const struct site *site)
{
	if (!v->cut || verdict_is_final(v) || site->op == OP_readdir)
		return false;
	uint64_t first = v->cut->range.first;
	return v->length == first - site->offset && first < v->size;
}

static bool apply(const struct plan *plan, struct live *live, const struct rule *rule, const struct site *site,
		  const struct tally *tally, struct verdict *out)
{
	const struct asking asking = {.plan = plan, .live = live, .rule = rule, .site = site, .tally = tally};
	return rule->kind->apply(&asking, out);
}

static void ask(const struct plan *plan, struct live *live, struct bound *bound, struct bound_rule *asked,
		const struct site *site, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	if (!(rule->on >> site->op & 1) || !live_is_on(live, rule))
		return;
	if (site->now_ns < rule->when.after_ns || site->now_ns >= rule->when.until_ns)
		return;
	if (!in_place(bound, rule, site, out))
		return;
	if (reaches_into(rule, site)) {
		reach_into(plan, rule, site, &asked->tally, out);
		return;
	}
	bool more = goes_on(rule, site, &asked->tally);
	if (!more)
		asked->tally.due = is_due(plan, rule, site, &asked->tally);
	if (!asked->tally.due || !apply(plan, live, rule, site, &asked->tally, out))
		return;
	asked->tally.fired += !more;
	if (site->buffered && site->op == OP_read && ends_the_request(rule))
		await_repeats(bound, rule, site);
	out->rules[out->rules_count++] = rule;
}

void plan_decide(const struct plan *plan, struct live *live, struct bound *bound, const struct site *site,
		 struct verdict *out)
{
	*out = VERDICT_NONE;
	if (is_repeated(bound, site)) {
		apply(plan, live, bound->struck.by, site, NULL, out);
		return;
	}
	for (uint32_t i = 0; i < bound->count; i++) {
		ask(plan, live, bound, &bound->at[i], site, out);
		if (verdict_is_final(out) || out->rules_count == VERDICT_RULES_MAX)
			break;
	}
	if (!is_cut(out, site))
		out->cut = NULL;
}

uint64_t plan_alter(const struct plan *plan, const struct rule *rule, const struct site *site, void *bytes,
		    uint64_t offset, uint64_t length)
{
	uint64_t first = offset > rule->range.first ? offset : rule->range.first;
	uint64_t end = offset + length < rule->range.end ? offset + length : rule->range.end;
	if (!rule->kind->alter || first >= end)
		return 0;
	const struct asking asking = {.plan = plan, .rule = rule, .site = site};
	return rule->kind->alter(&asking, (unsigned char *)bytes + (first - offset), first, end - first);
}

static bool concerns(const struct rule *rule, const char *volume, const struct kind *kind)
{
	return rule->kind == kind && (!rule->volume || strcmp(rule->volume, volume) == 0);
}

bool plan_has_kind(const struct plan *plan, const char *volume, const struct kind *kind)
{
	for (size_t i = 0; i < plan->rules.count; i++)
		if (concerns(plan->rules.at[i], volume, kind))
			return true;
	return false;
}

bool plan_space(const struct plan *plan, const char *volume, uint64_t *bytes, uint64_t *files)
{
	bool found = false;
	*bytes = *files = UINT64_MAX;
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (!concerns(rule, volume, &kind_space))
			continue;
		found = true;
		if (rule->effect.space.bytes < *bytes)
			*bytes = rule->effect.space.bytes;
		if (rule->effect.space.files < *files)
			*files = rule->effect.space.files;
	}
	return found;
}

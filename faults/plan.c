/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Binds rules to paths and decides on requests. */
#include "faults/plan.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "faults/live.h"
#include "faults/rule_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool plan_rule_touches(const struct rule *rule, const char *volume, const char *path)
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

const struct rule *plan_rule_named(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->rules.count; i++)
		if (strcmp(plan->rules.at[i]->name, name) == 0)
			return plan->rules.at[i];
	return NULL;
}

const char *plan_nearest_rule(const struct plan *plan, const char *name)
{
	const char *near = NULL;
	for (size_t i = 0; !near && i < plan->rules.count; i++)
		near = nearest_in(&plan->rules.at[i]->name, 1, sizeof plan->rules.at[i]->name, name);
	return near;
}

static int by_serial(const void *a, const void *b)
{
	const struct rule *const *x = a, *const *y = b;
	return ((*x)->serial > (*y)->serial) - ((*x)->serial < (*y)->serial);
}

int plan_sort_serials(struct plan *plan)
{
	size_t count = plan->rules.count;
	free(take_ptr(&plan->by_serial));
	plan->by_serial = calloc(count ? count : 1, sizeof *plan->by_serial);
	if (!plan->by_serial)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		plan->by_serial[i] = plan->rules.at[i];
	qsort(plan->by_serial, count, sizeof *plan->by_serial, by_serial);
	return 0;
}

const struct rule *plan_rule_of_serial(const struct plan *plan, uint64_t serial)
{
	const struct rule wanted = {.serial = serial}, *key = &wanted;
	if (!serial || !plan->by_serial)
		return NULL;
	const struct rule *const *found = bsearch(&key, plan->by_serial, plan->rules.count, sizeof *plan->by_serial, by_serial);
	return found ? *found : NULL;
}

/* The rules that may touch the path, by index, rising: from the plan's index, or all. */
struct candidates {
	bool some; /* of those in `at`; else all */
	size_t count;
	uint32_t at[RULE_INDEX_FOUND_MAX];
};

static void find_candidates(const struct plan *plan, const char *path, struct candidates *c)
{
	c->count = plan->rules.count;
	c->some = false;
	if (!plan->index)
		return;
	size_t found = rule_index_find(plan->index, path, c->at);
	c->some = found <= RULE_INDEX_FOUND_MAX;
	if (c->some)
		c->count = found;
}

int plan_bind(const struct plan *plan, const char *volume, const char *path, struct bound **out)
{
	struct candidates candidates;
	struct bound *bound = *out = NULL;
	find_candidates(plan, path, &candidates);
	for (size_t i = 0, room = 0; i < candidates.count; i++) {
		const struct rule *rule = plan->rules.at[candidates.some ? candidates.at[i] : i];
		if (!plan_rule_touches(rule, volume, path))
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
		bound->counts_bytes |= when_counts_bytes(&rule->when);
		bound->at[bound->count++] = (struct bound_rule){.rule = rule};
	}
	*out = bound;
	return 0;
}

/* Fewer rules are tried one by one in less time than it takes to look them up. */
#define INDEX_FROM 8

void plan_index(struct plan *plan)
{
	rule_index_free(take_ptr(&plan->index));
	size_t count = plan->rules.count;
	SCOPED_FREE const struct glob **patterns = count < INDEX_FROM ? NULL : calloc(count, sizeof *patterns);
	for (size_t i = 0; patterns && i < count; i++)
		patterns[i] = plan->rules.at[i]->path;
	if (patterns)
		plan->index = rule_index_new(patterns, count);
}

#define PAGE_BYTES 4096

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

static void await_repeats(struct bound *bound, const struct bound_rule *by, const struct site *site)
{
	bound->struck.by = by->rule;
	bound->struck.tally = by->tally;
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

/* The bytes where the rule strikes: its range, without what a write has healed of it. */
static struct range place_of(const struct asking *asking)
{
	const struct rule *rule = asking->rule;
	const struct site *site = asking->site;
	struct range place = rule->range;
	if (!asking->live || !rule->heal_sector)
		return place;
	if (place.first < site->offset)
		place.first = site->offset;
	if (place.end > site->offset + site->length)
		place.end = site->offset + site->length;
	return mended_gap(&asking->live->mended, site->file, rule->index, place);
}

/* Does the request touch the place? Behind the end of the file a read touches no byte. */
static bool touches(const struct range *place, const struct site *site)
{
	uint64_t end = site->offset + site->length;
	if (end < site->offset)
		end = UINT64_MAX;
	if (site->op == OP_read && end > site->size)
		end = site->size;
	return place->first < place->end && end > place->first && site->offset < place->end &&
	       (site->op != OP_read || site->offset < end);
}

/* How much of the request comes before the first byte (entry) that the rule is for; UINT64_MAX: it is for none of it. */
static uint64_t length_before(const struct asking *asking)
{
	const struct rule *rule = asking->rule;
	const struct site *site = asking->site;
	const struct range place = place_of(asking);
	bool placed = rule->ranged || rule->heal_sector;
	uint64_t first = 0, end = UINT64_MAX;
	if (placed && !touches(&place, site))
		return UINT64_MAX;
	if (placed && place.first > site->offset)
		first = place.first - site->offset;
	if (placed && place.end != UINT64_MAX)
		end = place.end - site->offset;
	return when_counts_bytes(&rule->when) ? when_first_byte(asking, first, end) : first;
}

/* Must the page cache ask again in smaller pieces first? */
static bool is_split(struct bound *bound, const struct asking *asking, struct verdict *out)
{
	const struct site *site = asking->site;
	bool may_split = site->buffered && site->op == OP_read && asking->rule->kind->ends;
	return may_split && !comes_by_page(bound, site, out);
}

/* Is this more of a listing that was counted already? One that a rule waits for begins where it comes to the rule's entries. */
static bool goes_on(const struct rule *rule, const struct site *site, const struct tally *tally)
{
	bool begins_here = rule->ranged && rule->range.first && site->offset <= rule->range.first;
	return site->continues && !begins_here && tally->seen > 0;
}

/* Count the request and ask the rule's conditions. */
static bool is_due(const struct asking *asking, struct tally *tally)
{
	tally->seen++;
	const struct asking counted = {asking->plan, asking->live, asking->rule, asking->site, tally};
	return when_chooses(&counted);
}

static bool divides(const struct rule *rule, const struct site *site)
{
	bool parts = site->op == OP_read || site->op == OP_write || site->op == OP_readdir;
	return rule->kind->ends && !site->buffered && parts;
}

/* A request of a program's own that starts before the place of a rule that would end it is served up to there, so that the
 * error stands exactly at its first byte whatever the block size. Only if the request for the rest would be struck: else it is
 * counted and passes whole. (A listing is cut without being asked: programs do not see where.) */
static void reach_into(const struct asking *asking, uint64_t before, struct tally *tally, struct verdict *out)
{
	struct tally then = *tally;
	struct site rest = *asking->site;
	rest.offset += before;
	const struct asking later = {asking->plan, asking->live, asking->rule, &rest, &then};
	if (!is_due(&later, &then) && rest.op != OP_readdir) {
		*tally = then;
	} else if (before < out->length) {
		out->length = before;
		out->cut = asking->rule;
		out->cut_at = rest.offset;
	}
}

/* Does a program get fewer bytes because of a rule that it will meet only if it asks for the rest? One that takes them for all
 * there is never does, so that has to be told too. Not of a listing, whose end is known by an empty answer alone. */
static bool is_cut(const struct verdict *v, const struct site *site)
{
	if (!v->cut || verdict_is_final(v) || site->op == OP_readdir)
		return false;
	return v->length == v->cut_at - site->offset && v->cut_at < v->size;
}

static void strike(struct bound *bound, struct bound_rule *asked, const struct asking *asking, struct verdict *out)
{
	const struct site *site = asking->site;
	const struct rule *rule = asking->rule;
	bool more = goes_on(rule, site, &asked->tally);
	if (!more)
		asked->tally.due = is_due(asking, &asked->tally);
	if (!asked->tally.due || !rule->kind->apply(asking, out))
		return;
	if (!more) {
		asked->tally.fired++;
		if (asking->live)
			live_fired(asking->live, rule, site->now_ns);
	}
	if (site->buffered && site->op == OP_read && rule->kind->ends)
		await_repeats(bound, asked, site);
	out->rules[out->rules_count++] = rule;
}

static void ask(const struct plan *plan, struct live *live, struct bound *bound, struct bound_rule *asked,
		const struct site *site, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct asking asking = {plan, live, rule, site, &asked->tally};
	if (!(rule->on >> site->op & 1) || !live_is_on(live, rule) || !when_holds(&asking))
		return;
	asked->tally.counts_bytes = when_counts_bytes(&rule->when);
	uint64_t before = length_before(&asking);
	if (before == UINT64_MAX || is_split(bound, &asking, out))
		return;
	if (before && divides(rule, site))
		reach_into(&asking, before, &asked->tally, out);
	else
		strike(bound, asked, &asking, out);
}

/* The bytes that the request will move count for all rules that it was one for. */
static void count_bytes(struct live *live, struct bound *bound, const struct site *site, const struct verdict *v)
{
	uint64_t moved = when_bytes_wanted(site), shown = v->size > site->offset ? v->size - site->offset : 0;
	moved = moved < v->length ? moved : v->length;
	if (site->op == OP_read && moved > shown)
		moved = shown;
	if (verdict_is_final(v))
		moved = 0;
	for (uint32_t i = 0; i < bound->count; i++) {
		struct tally *tally = &bound->at[i].tally;
		if (tally->counts_bytes && live)
			live->rules[bound->at[i].rule->index].moved += moved;
		tally->moved += tally->counts_bytes ? moved : 0;
		tally->counts_bytes = false;
	}
}

/* The struck request of the page cache's once more. Whoever has switched the rule off since then is to see no more of it. */
static void repeat(const struct plan *plan, struct live *live, const struct bound *bound, const struct site *site,
		   struct verdict *out)
{
	const struct asking asking = {plan, live, bound->struck.by, site, &bound->struck.tally};
	asking.rule->kind->apply(&asking, out);
}

void plan_decide(const struct plan *plan, struct live *live, struct bound *bound, const struct site *site,
		 struct verdict *out)
{
	*out = VERDICT_NONE;
	if (is_repeated(bound, site) && live_is_on(live, bound->struck.by)) {
		repeat(plan, live, bound, site, out);
		return;
	}
	for (uint32_t i = 0; i < bound->count; i++) {
		ask(plan, live, bound, &bound->at[i], site, out);
		if (verdict_is_final(out) || out->rules_count == VERDICT_RULES_MAX)
			break;
	}
	if (!is_cut(out, site))
		out->cut = NULL;
	if (bound->counts_bytes)
		count_bytes(live, bound, site, out);
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

bool plan_space(const struct plan *plan, const struct live *live, const char *volume, uint64_t *bytes, uint64_t *files)
{
	bool found = false;
	*bytes = *files = UINT64_MAX;
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (!concerns(rule, volume, &kind_space) || !live_is_on(live, rule))
			continue;
		found = true;
		if (rule->effect.space.bytes < *bytes)
			*bytes = rule->effect.space.bytes;
		if (rule->effect.space.files < *files)
			*files = rule->effect.space.files;
	}
	return found;
}

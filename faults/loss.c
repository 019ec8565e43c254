/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Parts a write into what is kept and what is lost. */
#include "faults/loss.h"

#include "base/draw.h"
#include "base/least.h"
#include "base/nearest.h"
#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

struct moment {
	const char *name;
	enum loss_at at;
};

static const struct moment moments[] = {
	{"write", LOSS_AT_WRITE}, {"fsync", LOSS_AT_FSYNC}, {"close", LOSS_AT_CLOSE}, {"cut", LOSS_AT_CUT}};

int loss_at_yaml(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct moment *moment = named_in(moments, COUNT_OF(moments), sizeof moments[0], text);
	char hint[NEAREST_HINT_SIZE];
	if (!moment)
		return yaml_error(at, err, "lost at write, fsync, close or cut, not at '%s'%s", text,
				  nearest_hint(hint, nearest_in(moments, COUNT_OF(moments), sizeof moments[0], text)));
	*(enum loss_at *)into = moment->at;
	return 0;
}

const char *loss_at_text(enum loss_at at)
{
	return moments[at].name;
}

int loss_sector_yaml(struct yaml_at at, void *into, struct err *err)
{
	uint64_t bytes;
	int rc = yaml_size(at, &bytes, err);
	if (!rc && bytes != 512 && bytes != 4096)
		return yaml_error(at, err, "a sector has 512 or 4096 bytes");
	if (!rc)
		*(uint32_t *)into = (uint32_t)bytes;
	return rc;
}

static uint64_t draw_at(const struct plan *plan, const struct rule *rule, const struct site *site, uint64_t where, uint64_t lane)
{
	const struct draw_key key = {.seed = plan->seed ^ site->ordinal << 32, .who = rule->id, .path = draw_text(site->path),
				     .where = where, .lane = lane};
	return draw_u64(&key);
}

/* Each sector by the toss of a coin, but one of them, drawn as well, is always lost: so that a struck write is a torn one. */
static bool is_drawn(const struct plan *plan, const struct rule *rule, const struct site *site, uint64_t sector)
{
	uint64_t bytes = rule->effect.loss.sector;
	uint64_t first = site->offset / bytes;
	uint64_t count = (site->offset + site->length + bytes - 1) / bytes - first;
	uint64_t doomed = first + draw_at(plan, rule, site, site->offset, 3) % (count ? count : 1);
	return sector == doomed || draw_at(plan, rule, site, sector, 4) & 1;
}

uint64_t loss_run(const struct plan *plan, const struct rule *rule, const struct site *site, uint64_t at, uint64_t end, bool *lost)
{
	*lost = false;
	if (at < rule->range.first)
		return min_of(end, rule->range.first);
	if (at >= rule->range.end)
		return end;
	end = min_of(end, rule->range.end);
	if (rule->effect.loss.random) {
		uint64_t sector = at / rule->effect.loss.sector;
		*lost = is_drawn(plan, rule, site, sector);
		return min_of(end, (sector + 1) * rule->effect.loss.sector);
	}
	uint64_t kept = site->offset + rule->effect.loss.keep;
	*lost = at >= kept;
	return *lost ? end : min_of(end, kept);
}

static bool is_stale(const struct rule *rule)
{
	return rule->kind == &kind_corrupt && rule->effect.corrupt.mode == CORRUPT_STALE;
}

static bool changes_files(const struct rule *rule)
{
	bool loses = rule->kind == &kind_lose || rule->kind == &kind_torn;
	return (loses && rule->effect.loss.at != LOSS_AT_WRITE) || is_stale(rule) || rule->kind == &kind_fsync_fails;
}

static bool remembers(const struct rule *rule)
{
	return changes_files(rule) || rule->kind == &kind_cut;
}

bool loss_is_of_changes(const struct rule *rule)
{
	return is_stale(rule) || rule->kind == &kind_fsync_fails;
}

static bool any_rule(const struct plan *plan, const char *volume, bool (*is)(const struct rule *))
{
	for (size_t i = 0; i < plan->rules.count; i++) {
		const struct rule *rule = plan->rules.at[i];
		if (is(rule) && (!rule->volume || strcmp(rule->volume, volume) == 0))
			return true;
	}
	return false;
}

bool loss_remembers(const struct plan *plan, const char *volume)
{
	return any_rule(plan, volume, remembers);
}

bool loss_shows_stale(const struct plan *plan, const char *volume)
{
	return any_rule(plan, volume, is_stale);
}

bool loss_changes_files(const struct plan *plan, const char *volume)
{
	return any_rule(plan, volume, changes_files);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Asks the rules about requests, and notes what they strike. */
#include "fusefs/request.h"

#include "faults/kinds.h"
#include "fusefs/power.h"
#include "fusefs/request_site.h"
#include "fusefs/rulebook.h"

#include <errno.h>
#include <string.h>

void request_strike(struct request *r, const struct rule *rule, uint64_t changed)
{
	const struct rule *now = rulebook_now(r->server, r->edition, rule);
	if (now)
		live_count(&r->server->live, now, r->site.now_ns);
	ledger_count(&r->server->ledger, rule);
	journal_strike(&r->server->journal, r, rule, changed);
}

/* Noted when it is done: bytes that change, when they are at hand; bytes that are lost, when they are gone; what is told of a
 * file, when it is not so; a signal, when it is sent; a power cut, when it comes. */
static bool is_noted_later(const struct rule *rule)
{
	const struct kind *kind = rule->kind;
	return kind->alter || kind == &kind_signal || kind == &kind_cut || kind == &kind_lose || kind == &kind_torn ||
	       kind == &kind_pretend;
}

static void note_strikes(struct request *r)
{
	for (size_t i = 0; i < r->verdict.rules_count; i++)
		if (!is_noted_later(r->verdict.rules[i]))
			request_strike(r, r->verdict.rules[i], UINT64_MAX);
	if (r->verdict.cut) {
		live_count_cut(&r->server->live, r->verdict.cut);
		ledger_count_cut(&r->server->ledger, r->verdict.cut);
		journal_cut(&r->server->journal, r, r->verdict.cut);
	}
}

/* Handles that no rule was asked about are not looked up for it: with the rules begins what is the first access. */
static void note_access(struct request *r)
{
	struct handle *handle = r->site.first_access ? handles_get(&r->server->nodes, r->file.fh, r->node) : NULL;
	if (handle)
		handle->accessed = true;
}

/* Ask these rules of one path. Takes the path. Returns whether any of them had a say. */
static bool ask_rules(struct request *r, char *path, struct bound *bound)
{
	if (!path || !bound || !(bound->ops >> r->op & 1)) {
		free(path);
		return false;
	}
	free(r->path);
	r->path = path;
	r->site = request_site(r, path);
	plan_decide(r->server->plan, &r->server->live, bound, &r->site, &r->verdict);
	power_settle(r);
	note_access(r);
	note_strikes(r);
	return r->verdict.rules_count > 0;
}

static bool ask(struct request *r, char *path)
{
	return ask_rules(r, path, path ? volume_bound(request_volume(r), path) : NULL);
}

/* A request on a file, and not on a name. */
static void ask_node(struct request *r, struct node *node)
{
	/* By far the commonest: no string is made where no rule is concerned. */
	struct bound *bound = volume_node_bound(node);
	if (!bound || !(bound->ops >> r->op & 1))
		return;
	joint_fetch(&node->joint);
	ask_rules(r, volume_path_for(node, r->op), bound);
	joint_return(&node->joint);
}

void request_decide(struct request *r)
{
	r->verdict = VERDICT_NONE;
	struct volume *volume = request_volume(r);
	if (power_refusal(r))
		return;
	if (!r->server->armed || r->server->paused || !volume || !volume->plan || (volume->corpus && OPSET_CHANGES >> r->op & 1))
		return; /* a corpus refuses all changes: a rule would only put its own word in the place of EROFS */
	if (!r->name || r->about) {
		ask_node(r, r->about ? r->about : r->node);
		return;
	}
	/* Where a name moves, the place it goes to has the first word. */
	if (r->node2 && ask(r, node_child_path(r->node2, r->name2)))
		return;
	if (!r->node2 || r->op == OP_rename)
		ask(r, node_child_path(r->node, r->name));
}

/* What blocks held before they were last written is the server's to know. */
static uint64_t show_stale(struct request *r, const struct rule *rule, char *bytes, uint64_t length)
{
	struct durable *d = power_durable(r->server, r->node);
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	uint64_t first = rule->range.first > r->site.offset ? rule->range.first : r->site.offset;
	uint64_t end = r->site.offset + length < rule->range.end ? r->site.offset + length : rule->range.end;
	if (!d || !handle || handle->fd < 0 || first >= end)
		return 0;
	return durable_stale(d, handle->fd, (unsigned char *)bytes + (first - r->site.offset), first, end - first);
}

uint64_t request_alter(struct request *r, char *bytes, uint64_t length)
{
	const struct plan *plan = r->edition ? r->edition->plan : r->server->plan;
	uint64_t all = 0;
	for (size_t i = 0; i < r->verdict.altering_count; i++) {
		const struct rule *rule = r->verdict.altering[i];
		r->site.ordinal = r->verdict.altering_ordinals[i];
		uint64_t changed = rule->kind == &kind_corrupt && rule->effect.corrupt.mode == CORRUPT_STALE
					   ? show_stale(r, rule, bytes, length)
					   : plan_alter(plan, rule, &r->site, bytes, r->site.offset, length);
		if (changed)
			request_strike(r, rule, changed);
		all += changed;
	}
	return all;
}

/* Of two rules the first has the say (pretend_apply() in faults/rule_pretend.c). */
void request_pretended(struct request *r, unsigned told)
{
	unsigned said = 0;
	for (size_t i = 0; told && i < r->verdict.rules_count; i++) {
		const struct rule *rule = r->verdict.rules[i];
		unsigned own = rule->kind == &kind_pretend ? rule->effect.pretence.told & ~said : 0;
		said |= own;
		if (own & told)
			request_strike(r, rule, UINT64_MAX);
	}
}

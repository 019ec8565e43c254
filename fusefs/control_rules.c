/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells of rules. */
#include "fusefs/control_rules.h"

#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>

/* Its outage was ended by hand, and this is how long until the next one. */
static void put_healed(const struct server *server, const struct rule *rule, struct jsonw *j)
{
	int64_t now_ns = server_clock_ns(server), next_ns;
	if (!server->armed || !live_is_healed(&server->live, rule, now_ns, &next_ns))
		return;
	jsonw_key(j, "healed_for_s");
	if (next_ns == INT64_MAX)
		jsonw_text(j, NULL);
	else
		jsonw_real(j, (double)(next_ns - now_ns) / NS_PER_S, 3);
}

static void put_rule(const struct server *server, const struct rule *rule, bool written, struct jsonw *j)
{
	SCOPED(buf_free) struct buf text = {0};
	const struct live_rule *live = &server->live.rules[rule->index];
	jsonw_object(j);
	jsonw_key(j, "name"), jsonw_text(j, rule->name);
	jsonw_key(j, "group"), jsonw_text(j, rule->group == PLAN_NO_GROUP ? NULL : server->plan->groups.at[rule->group].name);
	jsonw_key(j, "on"), jsonw_bool(j, live_is_on(&server->live, rule));
	jsonw_key(j, "hits"), jsonw_uint(j, live->hits);
	jsonw_key(j, "cuts"), jsonw_uint(j, live->cuts);
	put_healed(server, rule, j);
	plan_explain_rule(rule, &text);
	jsonw_key(j, "text"), jsonw_text(j, buf_string(&text));
	if (written) {
		jsonw_key(j, "serial"), jsonw_uint(j, rule->serial);
		jsonw_key(j, "rule"), jsonw_text(j, server->rulebook.text.rules.at[rule->index].text);
	}
	jsonw_close(j);
}

static void put_groups(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "groups"), jsonw_object(j);
	for (size_t i = 0; server->plan && i < server->plan->groups.count; i++)
		jsonw_key(j, server->plan->groups.at[i].name), jsonw_bool(j, server->live.groups[i]);
	jsonw_close(j);
}

/* Which part of a list is asked for. */
struct page {
	uint64_t from, limit;
};

static int read_page(struct control_call *call, struct page *page)
{
	*page = (struct page){control_count(call, "from", 0), control_count(call, "limit", WIRE_RULES_MAX)};
	if (page->limit < 1 || page->limit > WIRE_RULES_MAX)
		return err_set(call->err, EINVAL, "'limit' is from 1 to %d", WIRE_RULES_MAX);
	return 0;
}

static void put_next(struct page page, uint64_t count, struct jsonw *j)
{
	if (page.from < count && count - page.from > page.limit)
		jsonw_key(j, "next"), jsonw_uint(j, page.from + page.limit);
}

int control_rules(struct control_call *call)
{
	const struct server *server = call->server;
	struct jsonw *j = call->j;
	uint64_t count = server->plan ? server->plan->rules.count : 0;
	uint64_t since = control_count(call, "since", UINT64_MAX), i, put = 0;
	struct page page;
	int rc = read_page(call, &page);
	if (rc)
		return rc;
	jsonw_key(j, "count"), jsonw_uint(j, count);
	jsonw_key(j, "rules"), jsonw_array(j);
	for (i = page.from; i < count && put < page.limit; i++) {
		const struct rule *rule = server->plan->rules.at[i];
		if (since != UINT64_MAX && rule->serial <= since)
			continue;
		put_rule(server, rule, since != UINT64_MAX, j);
		put++;
	}
	jsonw_close(j);
	if (i < count)
		jsonw_key(j, "next"), jsonw_uint(j, i);
	if (since != UINT64_MAX)
		jsonw_key(j, "serial"), jsonw_uint(j, server->rulebook.text.serials);
	put_groups(server, j);
	return 0;
}

/* ---- since the mount began ---- */

static void put_entry(const struct ledger *ledger, size_t index, struct jsonw *j)
{
	struct ledger_entry entry = ledger_sum(ledger, index);
	if (entry.follows || !ledger_tells(&entry))
		return;
	jsonw_object(j);
	jsonw_key(j, "name"), jsonw_text(j, entry.name);
	jsonw_key(j, "hits"), jsonw_uint(j, entry.hits);
	jsonw_key(j, "cuts"), jsonw_uint(j, entry.cuts);
	jsonw_key(j, "must_fire"), jsonw_bool(j, entry.must_fire);
	jsonw_close(j);
}

int control_struck(struct control_call *call)
{
	const struct ledger *ledger = &call->server->ledger;
	struct jsonw *j = call->j;
	struct page page;
	int rc = read_page(call, &page);
	if (rc)
		return rc;
	jsonw_key(j, "rules"), jsonw_array(j);
	for (uint64_t i = page.from; i < ledger->entries.count && i - page.from < page.limit; i++)
		put_entry(ledger, i, j);
	jsonw_close(j);
	put_next(page, ledger->entries.count, j);
	return 0;
}

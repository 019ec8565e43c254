/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells of rules. */
#include "fusefs/control_rules.h"

#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>

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

int control_rules(struct control_call *call)
{
	const struct server *server = call->server;
	struct jsonw *j = call->j;
	uint64_t count = server->plan ? server->plan->rules.count : 0;
	uint64_t from = control_count(call, "from", 0), since = control_count(call, "since", UINT64_MAX), i, put = 0, limit = control_count(call, "limit", WIRE_RULES_MAX);
	if (limit < 1 || limit > WIRE_RULES_MAX)
		return err_set(call->err, EINVAL, "'limit' is from 1 to %d", WIRE_RULES_MAX);
	jsonw_key(j, "count"), jsonw_uint(j, count);
	jsonw_key(j, "rules"), jsonw_array(j);
	for (i = from; i < count && put < limit; i++) {
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

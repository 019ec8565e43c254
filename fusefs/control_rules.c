/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells of rules and switches them. */
#include "fusefs/control_rules.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/request.h"
#include "fusefs/server.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <string.h>

/* ---- telling ---- */

static void put_rule(const struct server *server, const struct rule *rule, struct jsonw *j)
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
	uint64_t from = control_count(call, "from", 0), limit = control_count(call, "limit", WIRE_RULES_MAX);
	if (limit < 1 || limit > WIRE_RULES_MAX)
		return err_set(call->err, EINVAL, "'limit' is from 1 to %d", WIRE_RULES_MAX);
	jsonw_key(j, "count"), jsonw_uint(j, count);
	jsonw_key(j, "rules"), jsonw_array(j);
	for (uint64_t i = from; i < count && i - from < limit; i++)
		put_rule(server, server->plan->rules.at[i], j);
	jsonw_close(j);
	if (from < count && count - from > limit)
		jsonw_key(j, "next"), jsonw_uint(j, from + limit);
	put_groups(server, j);
	return 0;
}

/* ---- switching ---- */

/* The nearest name of a rule or a group. */
static const char *nearest_of(const struct plan *plan, const char *word)
{
	const char *near = plan ? nearest_in(plan->groups.at, plan->groups.count, sizeof *plan->groups.at, word) : NULL;
	for (size_t i = 0; plan && !near && i < plan->rules.count; i++)
		near = nearest_in(&plan->rules.at[i]->name, 1, sizeof plan->rules.at[i]->name, word);
	return near;
}

static bool is_known(const struct server *server, const char *name)
{
	bool known = strcmp(name, "*") == 0;
	for (size_t i = 0; server->plan && !known && i < server->plan->rules.count; i++)
		known = strcmp(server->plan->rules.at[i]->name, name) == 0;
	for (size_t i = 0; server->plan && !known && i < server->plan->groups.count; i++)
		known = strcmp(server->plan->groups.at[i].name, name) == 0;
	return known;
}

/* All of them or none: names are looked at before the first is switched. */
static int switch_all(struct control_call *call, bool on)
{
	size_t count = 0;
	const char *name;
	char hint[NEAREST_HINT_SIZE];
	for (size_t i = 0; (name = control_item(call, "names", i)); i++)
		if (!is_known(call->server, name))
			return err_set(call->err, ENOENT, "no rule or group is named '%s'%s", name,
				       nearest_hint(hint, nearest_of(call->server->plan, name)));
	for (size_t i = 0; (name = control_item(call, "names", i)); i++)
		count += live_switch(&call->server->live, name, on);
	jsonw_key(call->j, "rules"), jsonw_uint(call->j, count);
	return 0;
}

int control_on(struct control_call *call)
{
	return switch_all(call, true);
}

int control_off(struct control_call *call)
{
	int rc = switch_all(call, false);
	if (!rc)
		request_reconsider(call->server);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Switches rules, and the plan as a whole. */
#include "fusefs/control_switch.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/invalidate.h"
#include "fusefs/request.h"
#include "fusefs/server.h"

#include <errno.h>
#include <string.h>

/* ---- what comes into force ---- */

/* The rules that are in force, by index. NULL also where memory is out: then all of them come anew. */
static bool *in_force(const struct server *server)
{
	size_t count = server->plan ? server->plan->rules.count : 0;
	bool *now = count ? calloc(count, sizeof *now) : NULL;
	for (size_t i = 0; now && i < count; i++)
		now[i] = server_in_force(server, server->plan->rules.at[i]);
	return now;
}

/* Done what there was to do: the answer waits until no cache hides a rule that was not in force before. */
static int uncovered(struct control_call *call, const bool *before)
{
	call->change = invalidate_switched(call->server, before);
	return 0;
}

/* ---- rules and groups ---- */

/* The nearest name of a rule or a group. */
static const char *nearest_of(const struct plan *plan, const char *word)
{
	const char *near = plan ? nearest_in(plan->groups.at, plan->groups.count, sizeof *plan->groups.at, word) : NULL;
	return near || !plan ? near : plan_nearest_rule(plan, word);
}

static bool is_known(const struct server *server, const char *name)
{
	bool known = strcmp(name, "*") == 0 || (server->plan && plan_rule_named(server->plan, name));
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
	SCOPED_FREE bool *before = in_force(call->server);
	int rc = switch_all(call, true);
	return rc ? rc : uncovered(call, before);
}

int control_off(struct control_call *call)
{
	int rc = switch_all(call, false);
	if (!rc)
		request_reconsider(call->server);
	return rc;
}

/* ---- the plan ---- */

int control_arm(struct control_call *call)
{
	SCOPED_FREE bool *before = in_force(call->server);
	server_arm(call->server);
	return uncovered(call, before);
}

int control_disarm(struct control_call *call)
{
	server_disarm(call->server);
	return 0;
}

int control_pause(struct control_call *call)
{
	server_pause(call->server);
	return 0;
}

int control_resume(struct control_call *call)
{
	SCOPED_FREE bool *before = in_force(call->server);
	server_resume(call->server);
	return uncovered(call, before);
}

int control_reset(struct control_call *call)
{
	server_reset(call->server);
	return 0;
}

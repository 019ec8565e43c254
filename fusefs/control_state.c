/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells and changes the state of the mount as a whole. */
#include "fusefs/control_state.h"

#include "base/clock.h"
#include "fusefs/control_words.h"
#include "fusefs/request.h"
#include "fusefs/server.h"
#include "fusefs/standing.h"
#include "fusefs/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- status ---- */

static void put_count(struct jsonw *j, const char *key, uint64_t count)
{
	jsonw_key(j, key), jsonw_uint(j, count);
}

/* A text: readers of JSON take no more than 63 bits, or 53, for a number. */
static void put_seed(const struct plan *plan, struct jsonw *j)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, plan ? plan->seed : 0);
	jsonw_key(j, "seed"), jsonw_text(j, plan ? text : NULL);
}

static void put_identity(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "version"), jsonw_text(j, ORDEAL_VERSION);
	put_count(j, "protocol", WIRE_PROTOCOL);
	put_count(j, "pid", (uint64_t)getpid());
	jsonw_key(j, "plan"), jsonw_text(j, server->plan && server->rulebook.name ? server->plan->name : NULL);
	put_seed(server->plan, j);
	jsonw_key(j, "armed"), jsonw_bool(j, server->armed);
	jsonw_key(j, "paused"), jsonw_bool(j, server->paused);
	jsonw_key(j, "t"), jsonw_real(j, (double)server_clock_ns(server) / NS_PER_S, 6);
}

static void put_operations(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "operations"), jsonw_object(j);
	for (int op = 0; op < OP_COUNT; op++)
		if (server->counts.operations[op])
			put_count(j, ops_name((enum op)op), server->counts.operations[op]);
	jsonw_close(j);
}

/* A plan may have very many rules; those that have struck are told first of all, in full by `rules`. */
static void put_rules(const struct server *server, struct jsonw *j)
{
	uint64_t hits = 0, cuts = 0;
	size_t count = server->plan ? server->plan->rules.count : 0, told = 0;
	jsonw_key(j, "rules"), jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		const struct live_rule *live = &server->live.rules[i];
		hits += live->hits;
		cuts += live->cuts;
		if ((count > WIRE_RULES_MAX && !live->hits && !live->cuts) || told++ >= WIRE_RULES_MAX)
			continue;
		jsonw_object(j);
		jsonw_key(j, "name"), jsonw_text(j, server->plan->rules.at[i]->name);
		put_count(j, "hits", live->hits);
		put_count(j, "cuts", live->cuts);
		jsonw_close(j);
	}
	jsonw_close(j);
	put_count(j, "rules_count", count);
	put_count(j, "hits", hits);
	put_count(j, "cuts", cuts);
}

static void put_power(const struct server *server, struct jsonw *j)
{
	jsonw_key(j, "power_off"), jsonw_array(j);
	for (size_t i = 0; i < server->volumes.count; i++)
		if (server->volumes.at[i]->power_off)
			jsonw_text(j, server->volumes.at[i]->name);
	jsonw_close(j);
}

static void put_outages(const struct server *server, struct jsonw *j)
{
	struct standing_outage outages[STANDING_MAX];
	size_t count = standing_outages(server, outages);
	metrics_json_outages(outages, count, j);
}

int control_status(struct control_call *call)
{
	struct server *server = call->server;
	struct jsonw *j = call->j;
	journal_flush(&server->journal);
	put_identity(server, j);
	put_power(server, j);
	put_outages(server, j);
	put_count(j, "volumes", server->volumes.count);
	put_count(j, "handles", server->nodes.handles_open);
	put_count(j, "handles_peak", server->nodes.handles_peak);
	put_count(j, "nodes", server->nodes.count);
	put_count(j, "parked", server->park.count);
	put_count(j, "clients", server->control.clients_count);
	put_count(j, "bytes_read", server->counts.bytes_read);
	put_count(j, "bytes_written", server->counts.bytes_written);
	put_count(j, "refused", server->counts.refused);
	jsonw_key(j, "refused_last"), jsonw_text(j, server->counts.refused ? server->refused_last : NULL);
	put_count(j, "journal_lost", journal_lost(&server->journal));
	put_operations(server, j);
	put_rules(server, j);
	return 0;
}

/* ---- trace ---- */

int control_trace(struct control_call *call)
{
	const char *state = control_text(call, "state");
	bool on = strcmp(state, "on") == 0;
	if (!on && strcmp(state, "off") != 0)
		return err_set(call->err, EINVAL, "'state' takes on or off, not '%s'", state);
	if (!call->server->trace.map)
		return err_set(call->err, EINVAL, "this mount has no trace (ordeal mount --trace FILE)");
	call->server->trace.paused = !on;
	return 0;
}

/* ---- stale ---- */

static bool is_of_stale(const struct request *request, const void *with)
{
	(void)with;
	return request->node->stale;
}

int control_stale(struct control_call *call)
{
	struct server *server = call->server;
	size_t count = nodes_make_stale(&server->nodes);
	size_t held = server_release_those(server, is_of_stale, NULL, ESTALE);
	call->change = invalidate_all(server);
	jsonw_key(call->j, "files"), jsonw_uint(call->j, count);
	jsonw_key(call->j, "released"), jsonw_uint(call->j, held);
	return 0;
}

/* ---- the end ---- */

/* What is held is failed with ECONNABORTED behind the loop, where it ends. */
int control_abort(struct control_call *call)
{
	jsonw_key(call->j, "released"), jsonw_uint(call->j, server_release(call->server, false));
	call->server->stopping = true;
	return 0;
}

int control_quit(struct control_call *call)
{
	call->server->stopping = true;
	return 0;
}

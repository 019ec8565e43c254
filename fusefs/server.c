/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts plans in force and lifts them. */
#include "fusefs/server.h"

#include "base/clock.h"
#include "fusefs/power.h"
#include "fusefs/request.h"

void server_begin(struct server *server)
{
	live_reset(&server->live);
	server->armed_at_ns = server->paused_at_ns = clock_now_ns();
}

void server_reset(struct server *server)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		volume_rearm(server->volumes.at[i]);
	server_begin(server);
}

void server_arm(struct server *server)
{
	server_reset(server);
	for (size_t i = 0; i < server->volumes.count; i++)
		power_begin(server->volumes.at[i]);
	server->armed = true;
	server->paused = false;
	server->nodes.handles_peak = server->nodes.handles_open;
}

size_t server_release(struct server *server, bool heal)
{
	size_t count = 0;
	for (size_t i = 0; heal && i < server->volumes.count; i++)
		power_on(server->volumes.at[i]);
	for (struct request *request; (request = park_take_any(&server->park)); count++)
		request_release(request, heal);
	return count;
}

size_t server_release_those(struct server *server, bool (*is_one)(const struct request *, const void *), const void *with,
			    int error)
{
	VEC(struct request *) those = {0};
	for (size_t i = 0; i < server->park.count; i++) {
		struct request **slot = is_one(server->park.heap[i], with) ? vec_add(&those) : NULL;
		if (slot)
			*slot = server->park.heap[i];
	}
	size_t count = those.count;
	for (size_t i = 0; i < count; i++) {
		park_move(&server->park, those.at[i], INT64_MIN); /* to the front, where it can be taken */
		struct request *request = park_take_any(&server->park);
		if (error)
			request_fail(request, error);
		else
			request_release(request, true);
	}
	vec_free(&those);
	return count;
}

void server_disarm(struct server *server)
{
	server->armed = server->paused = false;
	server_release(server, true);
	journal_flush(&server->journal);
}

void server_pause(struct server *server)
{
	if (server->paused || !server->armed)
		return;
	server->paused_at_ns = clock_now_ns();
	server->paused = true;
}

void server_resume(struct server *server)
{
	int64_t stood_ns = clock_now_ns() - server->paused_at_ns;
	if (!server->paused)
		return;
	server->armed_at_ns += stood_ns;
	handles_shift(&server->nodes, server->paused_at_ns, stood_ns);
	server->paused = false;
}

bool server_in_force(const struct server *server, const struct rule *rule)
{
	return server->armed && !server->paused && live_is_on(&server->live, rule);
}

int64_t server_clock_ns(const struct server *server)
{
	if (!server->armed)
		return 0;
	return (server->paused ? server->paused_at_ns : clock_now_ns()) - server->armed_at_ns;
}

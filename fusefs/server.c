/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts plans in force and lifts them. */
#include "fusefs/server.h"

#include "base/clock.h"
#include "fusefs/power.h"
#include "fusefs/request.h"

void server_reset(struct server *server)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		volume_rearm(server->volumes.at[i]);
	live_reset(&server->live);
	server->armed_at_ns = server->paused_at_ns = clock_now_ns();
}

void server_arm(struct server *server)
{
	server_reset(server);
	for (size_t i = 0; i < server->volumes.count; i++)
		power_begin(server->volumes.at[i]);
	server->armed = true;
	server->paused = false;
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

int64_t server_clock_ns(const struct server *server)
{
	if (!server->armed)
		return 0;
	return (server->paused ? server->paused_at_ns : clock_now_ns()) - server->armed_at_ns;
}

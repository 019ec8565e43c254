/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts plans in force and lifts them. */
#include "fusefs/server.h"

#include "base/clock.h"
#include "fusefs/request.h"

void server_arm(struct server *server)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		volume_rearm(server->volumes.at[i]);
	live_reset(&server->live);
	server->armed_at_ns = clock_now_ns();
	server->armed = true;
}

void server_disarm(struct server *server)
{
	struct request *request;
	server->armed = false;
	while ((request = park_take_any(&server->park)))
		request_release(request, true);
	journal_flush(&server->journal);
}

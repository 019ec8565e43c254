/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for outages. */
#include "fusefs/standing.h"

#include "base/clock.h"
#include "faults/kinds.h"
#include "fusefs/server.h"

/* Rules of a plan that is lifted or paused strike nothing. */
static bool is_out(const struct server *server, const struct rule *rule, int64_t now_ns, struct span *span)
{
	const struct outage *outage = rule->kind->outage ? rule->kind->outage(rule) : NULL;
	return outage && !outage->none && now_ns >= rule->when.after_ns && live_outage(&server->live, rule, outage, now_ns, span);
}

static int64_t left_of(int64_t end_ns, int64_t now_ns)
{
	return end_ns == INT64_MAX ? INT64_MAX : end_ns > now_ns ? end_ns - now_ns : 0;
}

size_t standing_of_rules(const struct server *server)
{
	size_t count = 0;
	struct span span;
	for (size_t i = 0; server->armed && server->plan && i < server->plan->rules.count; i++)
		count += is_out(server, server->plan->rules.at[i], server_clock_ns(server), &span);
	return count;
}

size_t standing_outages(const struct server *server, struct standing_outage out[STANDING_MAX])
{
	size_t count = 0, rules = server->plan && server->armed && !server->paused ? server->plan->rules.count : 0;
	int64_t now_ns = server_clock_ns(server);
	struct span span;
	for (size_t i = 0; i < server->outages.count && count < STANDING_MAX; i++)
		out[count++] = (struct standing_outage){server->outages.at[i].name, left_of(server->outages.at[i].until_ns, clock_now_ns())};
	for (size_t i = 0; i < rules && count < STANDING_MAX; i++)
		if (is_out(server, server->plan->rules.at[i], now_ns, &span))
			out[count++] = (struct standing_outage){server->plan->rules.at[i]->name, left_of(span.end_ns, now_ns)};
	return count;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs what a run cost against what a clean one does. Machines are noisy: without a limit of the case it is only said. */
#include "harness/court.h"

#include "base/clock.h"

#include <stdio.h>

/* Said from so many times the clean run on, where no limit is set. */
#define TIMES_SLOWER 10
#define TIMES_MORE 4

/* Below these nothing is too much, however little the clean run took: a second, and the pages that a libc may touch or not. */
#define MEMORY_FLOOR_KIB (16u << 10)
/* What a child has touched of its own before it became the program. */
#define MEMORY_BEGUN_KIB 512

static const char *const named[COSTS] = {[COST_TIME] = "took", [COST_MEMORY] = "held", [COST_BYTES] = "read",
					 [COST_OPERATIONS] = "made"};

struct price {
	double now, usual, floor;
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static double operations(const struct daemon_status *s)
{
	return (double)(s->lookups + s->opens + s->reads + s->readdirs + s->writes);
}

static struct price price_of(const struct court *c, enum cost cost)
{
	const struct box_findings *now = &c->evidence->found, *clean = &c->clean->evidence.found;
	const struct process_outcome *second = &clean->runs[RUN_AGAIN];
	switch (cost) {
	case COST_TIME:
		return (struct price){(double)c->run->wall_ns, (double)larger((uint64_t)c->usual->wall_ns, (uint64_t)second->wall_ns),
				      (double)NS_PER_S};
	case COST_MEMORY:
		return (struct price){(double)c->run->max_rss_kib, (double)larger(c->usual->max_rss_kib, second->max_rss_kib),
				      (double)larger(MEMORY_FLOOR_KIB, c->run->inherited_rss_kib + MEMORY_BEGUN_KIB)};
	case COST_BYTES:
		return (struct price){(double)now->server.bytes_read, (double)clean->server.bytes_read, 0};
	case COST_OPERATIONS:
	case COSTS:
	default:
		return (struct price){operations(&now->server), operations(&clean->server), 0};
	}
}

static void put_amount(enum cost cost, double amount, char *out, size_t size)
{
	switch (cost) {
	case COST_TIME:
		snprintf(out, size, "%.3g s", amount / (double)NS_PER_S);
		return;
	case COST_MEMORY:
		snprintf(out, size, "%.0f KiB", amount);
		return;
	case COST_BYTES:
		snprintf(out, size, "%.0f bytes", amount);
		return;
	case COST_OPERATIONS:
	case COSTS:
	default:
		snprintf(out, size, "%.0f operations on files", amount);
	}
}

/* Of a run over earlier outputs nobody knows what it reads without faults: the clean run had none. */
static bool is_comparable(const struct court *c, enum cost cost)
{
	return c->spec->before != BEFORE_RUN || (cost != COST_BYTES && cost != COST_OPERATIONS);
}

static void weigh_cost(struct court *c, enum cost cost)
{
	if (!is_comparable(c, cost))
		return;
	struct price price = price_of(c, cost);
	uint32_t limit = c->oracles.limits.times[cost];
	uint32_t times = limit ? limit : cost == COST_TIME ? TIMES_SLOWER : TIMES_MORE;
	char now[60], usual[60];
	if (!(price.usual > 0) || price.now <= price.floor || price.now <= times * price.usual)
		return;
	if (cost == COST_TIME && c->run->timed_out)
		return; /* has its own verdict */
	put_amount(cost, price.now, now, sizeof now);
	put_amount(cost, price.usual, usual, sizeof usual);
	if (limit)
		unmet(c, "it %s %s, %.1f times as much as without faults (%s): the limit is %u times", named[cost], now,
			    price.now / price.usual, usual, limit);
	else
		reason(c, "note: it %s %s, %.0f times as much as without faults (%s)", named[cost], now, price.now / price.usual,
			     usual);
}

void court_weigh_costs(struct court *c)
{
	for (enum cost cost = 0; cost < COSTS; cost++)
		weigh_cost(c, cost);
}

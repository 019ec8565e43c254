/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Outages that last at this moment: by hand (`outage`), and of rules that are in one. One thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct server;

/* Outages that are told; there may be as many as rules. */
#define STANDING_MAX 64

struct standing_outage {
	const char *rule; /* its name; borrowed */
	int64_t left_ns;  /* until it ends by itself; INT64_MAX: when somebody ends it */
};

/* How many rules are in one, also while the plan is paused: those that `heal` ends. */
size_t standing_of_rules(const struct server *server);

/* Those that last now. Returns how many it has filled in. */
size_t standing_outages(const struct server *server, struct standing_outage out[STANDING_MAX]);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words that change the rules. One thread. */
#pragma once

#include <stdint.h>

struct control_call;
struct server;

int control_plan(struct control_call *call);
int control_set(struct control_call *call);
int control_remove(struct control_call *call);
int control_outage(struct control_call *call);
int control_heal(struct control_call *call);

/* Outages by hand are rules that are removed when their time is up. When the next one's is (INT64_MAX: there is none), and the
 * end of those whose it is. */
int64_t control_outages_until(const struct server *server);
void control_end_outages(struct server *server);

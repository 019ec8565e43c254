/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Requests that wait: delayed ones until they are due, hung ones for ever. No thread waits with them; a timer descriptor
 * wakes the dispatcher when the first is due. Ten thousand at once are no trouble. One thread. */
#pragma once

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct request;

struct park {
	int timer_fd; /* readable when something is due */
	struct request **heap;
	size_t count, room;
	int64_t timer_ns; /* what the timer is set to; INT64_MAX: nothing */
};

#define PARK_NEVER INT64_MAX

int park_init(struct park *park) MUST_USE;
void park_fini(struct park *park); /* must be empty */

/* Keep the request until due_ns (CLOCK_MONOTONIC). Takes ownership. -ENOMEM: not taken. */
int park_add(struct park *park, struct request *request, int64_t due_ns) MUST_USE;

/* Make a parked request due at another time. */
void park_move(struct park *park, struct request *request, int64_t due_ns);

/* Due times were changed in place: put them in order. */
void park_sort(struct park *park);

/* The first one that is due, handed over; NULL when none is. */
struct request *park_take_due(struct park *park);

/* Set the timer to the first due time. Once before each sleep, and not at each change: it costs more than all the rest. */
void park_wind(struct park *park);

/* The timer has rung. */
void park_rung(struct park *park);

/* Any one, due or not; NULL when empty. */
struct request *park_take_any(struct park *park);

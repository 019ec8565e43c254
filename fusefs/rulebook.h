/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The plan in force, and those that were: what is changed while the mount is served.
 *
 * A change reads a whole new plan (faults/plan_text.h). What the old one's rules remember goes over to those that are the same in
 * the new one. The old plan stays as long as requests wait that were decided by it. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/plan_text.h"

#include <stdbool.h>
#include <stdint.h>

struct server;
struct invalidation;

/* A plan, and how many parked requests refer to its rules. */
struct edition {
	struct plan *plan;
	uint32_t holds;
	bool old;
};

struct rulebook {
	struct plan_text text;
	char *name;		 /* of the plan, as messages have it */
	struct edition *edition; /* in force; NULL: no rules */
	bool seeded;		 /* `seed` replaces that of each plan */
	uint64_t seed;
};

/* Put a plan's file in force before anything is mounted (NULL: none). Volumes are opened with server->plan behind this. */
int rulebook_load(struct server *server, const char *path, const char *mountpoint, struct err *err) MUST_USE;
void rulebook_fini(struct rulebook *book);

/* Put a changed text in force, and begin to make the kernel forget what it hides: *job, or NULL where there is nothing to forget.
 * Takes the text, and a name for the plan (NULL: as it was), also where it fails; nothing has changed then. */
int rulebook_adopt(struct server *server, struct plan_text *text, const char *name, struct invalidation **job,
		   struct err *err) MUST_USE;

/* Keep the plan in force for a request that refers to its rules; NULL: there is none. */
struct edition *rulebook_hold(struct server *server);
void rulebook_let_go(struct edition *edition);

/* The same rule in the plan that is in force now, or NULL. */
const struct rule *rulebook_now(const struct server *server, const struct edition *edition, const struct rule *rule);

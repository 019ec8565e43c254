/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The server as a whole: what main.c sets up and everything else works on. One thread. */
#pragma once

#include "base/vec.h"
#include "faults/live.h"
#include "fusefs/control.h"
#include "fusefs/device.h"
#include "fusefs/guard.h"
#include "fusefs/http.h"
#include "fusefs/invalidate.h"
#include "fusefs/journal.h"
#include "fusefs/ledger.h"
#include "fusefs/metrics.h"
#include "fusefs/near.h"
#include "fusefs/node.h"
#include "fusefs/outside.h"
#include "fusefs/park.h"
#include "fusefs/revalidate.h"
#include "fusefs/rulebook.h"
#include "fusefs/trace.h"
#include "fusefs/volume.h"
#include "fusefs/waits.h"

#include <stdbool.h>
#include <stdint.h>

/* How long the kernel may remember what no rule can touch, in seconds. Nothing changes behind the mount's back, or what
 * does (a tree, the backing of a scratch) is noticed after so long at the latest. */
#define REMEMBER_S 3600.0
#define REMEMBER_CHANGING_S 1.0

/* The largest read and write, in bytes: the kernel's own limit (FUSE_MAX_MAX_PAGES, 256 pages). */
#define TRANSFER_MAX (1u << 20)

struct server {
	struct device device; /* first: see device_attach() */
	struct fuse_session *session;
	const struct plan *plan; /* in force; the rulebook's; NULL: none */
	struct rulebook rulebook;
	struct live live;
	struct outside outside;
	bool armed, paused;
	int64_t armed_at_ns;  /* when the clock of the rules' windows was at zero */
	int64_t paused_at_ns;

	VEC(struct volume *) volumes;
	VEC(struct volume *) dropped; /* that the kernel still knows something of */
	struct volume *root_volume; /* served as the mount itself; NULL: volumes are directories of the mount */
	struct nodes nodes;
	struct node *newest, *oldest; /* nodes with an O_PATH descriptor, by last use */
	uint32_t path_fds, path_fds_max;

	VEC(struct outage_by_hand {
		char name[32]; /* of its rule */
		int64_t until_ns;
	}) outages;
	uint64_t outages_made; /* ever: they are named by it */

	enum caching caching;
	struct near *near; /* NULL: not followed */
	struct park park;
	struct revalidations revalidations;
	struct waits waits;
	struct journal journal;
	struct control control;
	struct invalidator invalidator;
	struct guard guard;

	struct {
		uint64_t operations[OP_COUNT];
		uint64_t bytes_read, bytes_written;
		uint64_t refused; /* changes of what cannot be changed */
	} counts;
	char refused_last[160]; /* "unlink a.png" */
	struct metrics metrics;
	struct ledger ledger; /* strikes since the mount began */
	struct trace trace;
	struct http http;
	uint64_t observed_written; /* counts.bytes_written at the last answer */

	char *transfer; /* TRANSFER_MAX bytes for replies */
	bool initialised, stopping;
	bool shared;	       /* with other users than ours */
	const char *durable;   /* each scratch keeps records for power cuts, by this model; NULL: where a rule wants them */
	bool dies_with_parent; /* the end of the control channel is the end of us */
};

/* Put the plan in force, with fresh tallies and a clock that starts now; or lift it, and let go of all that it holds. */
void server_arm(struct server *server);
void server_disarm(struct server *server);

/* Start the clock at zero, and forget hits: for a plan that is new as a whole, whose files have no tallies yet. */
void server_begin(struct server *server);

/* Forget tallies and hits, and start the clock at zero. */
void server_reset(struct server *server);

/* No rule strikes from pause to resume, and the clock stands still. What is held already stays held. */
void server_pause(struct server *server);
void server_resume(struct server *server);

/* Is a rule of the plan's in force now: it and its group on, the plan armed and not paused? */
bool server_in_force(const struct server *server, const struct rule *rule);

/* The clock of the rules' windows, ns: since arming, without the time that it stood still. 0 while disarmed. */
int64_t server_clock_ns(const struct server *server);

/* Let go of all requests that are held: served as if nothing had held them (`heal`), or failed with ECONNABORTED. Returns how
 * many they were. */
size_t server_release(struct server *server, bool heal);

/* The same for those that `is_one` is true of; they fail with `error`, or are served where that is 0. Without memory they stay, until
 * they are healed or interrupted. */
struct request;
size_t server_release_those(struct server *server, bool (*is_one)(const struct request *, const void *), const void *with,
			    int error);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Starts the filesystem's process, speaks to it, ends it. What passes between us is in fusefs/wire.h. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DAEMON_VOLUMES_MAX 16

struct daemon_request {
	const char *program; /* path of ordealfs */
	const char *volumes[DAEMON_VOLUMES_MAX]; /* NAME=SOURCE */
	size_t volumes_count;
	const char *root;    /* volume served as the mount itself; NULL: none */
	const char *plan;    /* path; NULL: none */
	uint64_t seed;
	bool seeded;	     /* seed replaces the plan's */
	const char *mountpoint;
	const char *how;     /* auto, direct, fusermount */
	const char *caching; /* auto, live, cached, uncached; NULL: auto */
	const char *without; /* features of the server to leave out; NULL: none */
	const char *journal; /* path; NULL: none */
	int journal_fd;	     /* -1: none */
	const char *control; /* where to listen for clients: a path, or "auto"; NULL: nowhere */
	const char *metrics_port; /* NULL: none */
	const char *trace, *trace_size; /* path, and a size or NULL; NULL: none */
	const char *durable; /* model of power cuts that scratch volumes are ready for: strict, ordered; NULL: as the plan needs */
	bool disarmed, allow_other;
	bool tied;	     /* with a control channel; ends with us. Otherwise it lives on by itself. */
	void (*before_exec)(const void *context); /* in the child; may be NULL */
	const void *context;
};

struct daemon {
	pid_t pid; /* 0: none */
	int control_fd;
	unsigned metrics_port; /* that it serves its metrics at; 0: none */
};

/* Start it and wait until the mount answers. On failure err has what it said, and *status its exit status (wire.h). */
int daemon_start(const struct daemon_request *request, struct daemon *daemon, int *status, struct err *err) MUST_USE;

/* What `status` tells. */
struct daemon_status {
	uint64_t handles, handles_peak, parked, bytes_read, bytes_written, journal_lost;
	uint64_t opens, reads, readdirs, lookups, writes;
	uint64_t rule_hits;
	uint64_t refused;	/* changes of what cannot be changed */
	char refused_last[160]; /* "unlink a.png" */
};

int daemon_arm(struct daemon *daemon, struct err *err) MUST_USE;
int daemon_disarm(struct daemon *daemon, struct err *err) MUST_USE;

/* Put a plan in force, or take all rules out; add and drop volumes. Texts in UTF-8. */
int daemon_plan(struct daemon *daemon, const char *text, uint64_t seed, struct err *err) MUST_USE;
int daemon_remove_rules(struct daemon *daemon, struct err *err) MUST_USE;
int daemon_add(struct daemon *daemon, const char *name, const char *source, struct err *err) MUST_USE;
int daemon_drop(struct daemon *daemon, const char *name, struct err *err) MUST_USE;

int daemon_status(struct daemon *daemon, struct daemon_status *status, struct err *err) MUST_USE;

/* What rules have struck since the mount began, whatever became of them: those that are in force, that did something or that were
 * to. The name is borrowed. */
struct daemon_struck {
	const char *name;
	uint64_t hits, cuts; /* requests struck; cut short before its place, which is no hit */
	bool must_fire;
};
typedef void daemon_visit_rule(const struct daemon_struck *rule, void *context);
int daemon_struck(struct daemon *daemon, daemon_visit_rule *visit, void *context, struct err *err) MUST_USE;

/* End it: asked first, killed after a second. Returns whether it had ended well by itself, or did when asked. */
bool daemon_stop(struct daemon *daemon);

/* Kill it now: frees whoever hangs on the mount. */
void daemon_abort(struct daemon *daemon);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Speaks to the filesystem of a mount (ordeal-control(5)). The mount itself is never asked, so that one that hangs can be spoken to;
 * every wait has a deadline. One thread for each link. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <jansson.h>
#include <stdint.h>

struct control_link {
	int fd; /* -1: none */
	char *name; /* what it leads to, for messages */
};

/* What an answer may take unless said otherwise, ns: the server answers at once, or as soon as a change is in force. */
#define CONTROL_DEADLINE_NS INT64_C(10000000000)

/* Find the mount that a path is in: its mount point or anything below, which need not exist. Leaves the whole path of the mount
 * point in a buffer of the caller's. -ENOENT where no mount of ours is there. */
int control_find(const char *path, char mountpoint[4096], struct err *err) MUST_USE;

/* Link to the mount that a path is in. -ENOENT: no mount of ours; -ECONNREFUSED: it has no socket, or its server has ended. */
int control_open(const char *path, struct control_link *out, struct err *err) MUST_USE;

/* Link to a socket by its path. */
int control_open_socket(const char *path, struct control_link *out, struct err *err) MUST_USE;
void control_close(struct control_link *link);

/* Send a request, {"do": WORD, ...}, and wait for its answer. 0: *answer is {"ok": true, ...}, and the caller's (json_decref()).
 * -EPROTO: refused, err says why, and *answer is what was said. Others, without an answer: -ETIMEDOUT, -EPIPE ...; the link is of no
 * use then. */
int control_ask(struct control_link *link, const json_t *request, int64_t deadline_ns, json_t **answer, struct err *err) MUST_USE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The control channel: clients that speak lines of JSON (ordeal-control(5)). They come through the mount's socket, or are there
 * from the start (--control-fd).
 *
 * Nobody is waited for: what a client sends and what it is sent are kept for it, both bounded, and a client that does not read
 * is not listened to. One that sends what is no line is dropped. Whatever they send, the filesystem has at least half of the
 * time. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/listen.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;
struct control_client;

/* At once. One more takes the place of the one that has been silent for longest. */
#define CONTROL_CLIENTS_MAX 64

struct control {
	int epoll_fd; /* readable when there is something to do */
	int timer_fd; /* ... when a wait of ours is over */
	struct listen socket;
	struct control_client *clients;
	size_t clients_count;
	int64_t idle_until_ns; /* nobody is heard before: the filesystem's turn */
};

/* Watches the invalidator's event_fd, too. 0 or a negative errno. control_fini() in any case. */
int control_init(struct control *control, int invalidator_fd) MUST_USE;
void control_fini(struct server *server);

/* Let clients come through a socket: see listen_open(). */
int control_listen(struct control *control, const char *path, const char *mountpoint, struct err *err) MUST_USE;

/* A client that is connected already. Takes the descriptor. `tied`: its end may be the end of the server. 0 or -ENOMEM. */
int control_add(struct control *control, int fd, bool tied) MUST_USE;

/* Read what has come and answer it. */
void control_serve(struct server *server);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* An optional HTTP server for the metrics, on the loopback interface alone: GET /metrics. It runs inside the event loop, on the one
 * thread: a client that stalls is waited for by nobody, and dropped after some seconds. (libmicrohttpd; without it, http_none.c) */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdint.h>

struct MHD_Daemon;
struct server;

struct http {
	struct MHD_Daemon *daemon; /* NULL: none */
	int fd;			   /* readable when there is something to do; -1: none */
	int timer_fd;
	uint16_t port;
};

/* Listen on 127.0.0.1. Port 0: one that is free; http->port says which. -EOPNOTSUPP where this program was built without. */
int http_open(struct server *server, uint16_t port, struct err *err) MUST_USE;

/* Do what is to be done now. Never waits. */
void http_serve(struct http *http);

void http_close(struct http *http);

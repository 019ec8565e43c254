/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The control channel: lines of JSON over one connected socket (see wire.h). One thread. */
#pragma once

#include "base/buf.h"

struct server;

struct control {
	int fd; /* -1: none, or the other side is gone */
	struct buf input;
};

/* Read what has come and answer it. */
void control_serve(struct server *server);
void control_fini(struct control *control);

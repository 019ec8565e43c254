/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The event loop: one thread that waits for the kernel, the control channel, timers and signals. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/server.h"

/* Serve until asked to stop (SIGTERM, SIGINT, SIGHUP, "quit"), or until the mount is gone. Writes the ready byte to
 * ready_fd (-1: none) once the kernel's INIT was answered, and closes it. Signals must be blocked by the caller. */
int loop_run(struct server *server, int ready_fd, struct err *err) MUST_USE;

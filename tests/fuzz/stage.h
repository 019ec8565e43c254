/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A server of a corpus (volume in), a scratch (out) and a plan with a rule of every kind that waits, fails or changes, for whoever
 * plays the kernel or a client. Runs as nobody, and leaves nothing behind. */
#pragma once

#include "fusefs/server.h"

/* Once. */
void stage_make(void);

/* Start the server, armed; what it answers is written to this descriptor, which becomes its own. Never fails. */
void stage_start(struct server *server, int answers_fd);
void stage_end(struct server *server);

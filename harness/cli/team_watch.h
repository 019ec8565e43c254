/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the thread that waits for a team does meanwhile. */
#pragma once

#include "harness/cli/corpus_team.h"

#include <signal.h>

/* One line on stderr in the place of the last one: how far it is, how fast, how long yet. */
void team_show(const struct team_job *job, int64_t begun_ns);

/* SIGINT, SIGTERM and SIGHUP, but for those that whoever started us had ignored (a blocked signal arrives at a signalfd(2) even so). */
sigset_t team_signals(void);

/* Let signals in again as before, but for those that were heard. */
void team_forget_signals(int signals, const sigset_t *before);

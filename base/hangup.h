/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Does the end of the terminal concern us? */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* Not if whoever started us had SIGHUP ignored, as nohup(1) does. A signal that is blocked arrives at a signalfd(2) or sigwaitinfo(2) all
 * the same (sig_ignored() in kernel/signal.c): so it must not be asked for. Any thread. */
static inline bool hangup_concerns_us(void)
{
	struct sigaction now;
	return sigaction(SIGHUP, NULL, &now) < 0 || now.sa_handler != SIG_IGN;
}

/* The signals by which people and their terminals end us. */
static inline void hangup_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	if (hangup_concerns_us())
		sigaddset(set, SIGHUP);
}

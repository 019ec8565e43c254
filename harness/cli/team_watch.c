/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Progress and signals of a team. */
#include "harness/cli/team_watch.h"

#include "base/clock.h"
#include "base/hangup.h"

#include <stdio.h>
#include <sys/signalfd.h>
#include <unistd.h>

void team_show(const struct team_job *job, int64_t begun_ns)
{
	const double elapsed = (double)(clock_now_ns() - begun_ns) / 1e9;
	const double moved = (double)atomic_load(&job->state->bytes), spared = (double)atomic_load(&job->state->spared);
	const double rate = elapsed > 0 ? moved / elapsed : 0, left = (double)job->bytes - moved - spared;
	fprintf(stderr, "\r\033[K%llu of %llu files, %.1f of %.1f MB, %.1f MB/s", (unsigned long long)atomic_load(&job->state->files),
		(unsigned long long)job->files, (moved + spared) / 1e6, (double)job->bytes / 1e6, rate / 1e6);
	if (rate > 0 && left > 0 && left / rate < 1e6)
		fprintf(stderr, ", %u:%02u left", (unsigned)(left / rate) / 60, (unsigned)(left / rate) % 60);
	fflush(stderr);
}

sigset_t team_signals(void)
{
	sigset_t set;
	struct sigaction now;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	if (hangup_concerns_us())
		sigaddset(&set, SIGHUP);
	if (sigaction(SIGINT, NULL, &now) < 0 || now.sa_handler != SIG_IGN)
		sigaddset(&set, SIGINT);
	return set;
}

void team_forget_signals(int signals, const sigset_t *before)
{
	struct signalfd_siginfo heard;
	while (read(signals, &heard, sizeof heard) > 0)
		;
	pthread_sigmask(SIG_SETMASK, before, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The timer and the signals behind the time limit. */
#include "common/limit.h"

#include "common/failure.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>

enum { TICK_US = 50000 }; /* the repetition that makes good a signal which came too early */

static const struct itimerval never = {0};
static const struct itimerval ticking = {.it_value = {0, TICK_US}, .it_interval = {0, TICK_US}};
static struct itimerval patience; /* all zeroes: no limit */
static volatile sig_atomic_t stopped;
static volatile sig_atomic_t expired;
static volatile sig_atomic_t shielded;

static void on_alarm(int signal)
{
	(void)signal;
	expired = 1;
}

static void on_stop(int signal)
{
	(void)signal;
	int kept = errno;
	stopped = 1;
	if (!shielded)
		setitimer(ITIMER_REAL, &ticking, NULL);
	errno = kept;
}

static void handle(int signal, void (*handler)(int))
{
	struct sigaction action = {.sa_handler = handler}; /* no SA_RESTART: that is the point */
	sigemptyset(&action.sa_mask);
	sigaction(signal, &action, NULL);
}

static void unblock(void)
{
	sigset_t ours;
	sigemptyset(&ours);
	sigaddset(&ours, SIGALRM);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

void limit_setup(double seconds)
{
	int64_t us = (int64_t)(seconds * 1e6 + 0.999); /* rounded up: 0 means no limit at all */
	patience.it_value = (struct timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
	patience.it_interval.tv_usec = TICK_US;
	handle(SIGALRM, on_alarm);
	handle(SIGINT, on_stop);
	handle(SIGTERM, on_stop);
	handle(SIGPIPE, SIG_IGN); /* a reader of stdout that went away is a failed write, which is reported */
	unblock();
}

bool limit_begin(void)
{
	expired = 0;
	setitimer(ITIMER_REAL, &patience, NULL);
	/* Asked after the timer was set: a handler that ran before would otherwise lose its ticks to our limit. */
	if (!stopped || shielded)
		return true;
	errno = IO_CANCELLED;
	return false;
}

long limit_end(long result)
{
	int error = errno;
	setitimer(ITIMER_REAL, &never, NULL);
	if (result >= 0)
		return result;
	if (error == EINTR && stopped && !shielded)
		return -IO_CANCELLED;
	if (error == EINTR && expired)
		return -IO_TIMED_OUT;
	return -error;
}

void limit_shield(void)
{
	shielded = 1;
	setitimer(ITIMER_REAL, &never, NULL);
}

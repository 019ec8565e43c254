/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides about another attempt. */
#include "common/retry.h"

#include <errno.h>
#include <time.h>

enum {
	FIRST_PAUSE_MS = 5,
	INTERRUPTIONS = 100, /* signals are few; a filesystem that always answers EINTR must not hold us for ever */
};

static unsigned allowed;

void retry_setup(unsigned retries)
{
	allowed = retries;
}

/* How often this error may be answered by another attempt. */
static unsigned patience_for(long error)
{
	switch (error) {
	case EIO: /* rarely passes: a bad sector stays bad, a lost frame does not */
		return allowed ? 1 : 0;
	case ETIMEDOUT:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENETUNREACH:
	case ENOTCONN:
	case ECONNRESET:
	case ECONNABORTED:
	case ESTALE:
	case EAGAIN:
	case EBUSY: return allowed;
	default: return 0;
	}
}

static void pause_before(unsigned attempt)
{
	long ms = (long)FIRST_PAUSE_MS << attempt;
	struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&pause, NULL); /* a signal ends it early: the next attempt sees to that signal */
}

bool retry_again(struct retry *retry, long result)
{
	if (result == -EINTR)
		return retry->interrupted++ < INTERRUPTIONS;
	if (result >= 0 || retry->used >= patience_for(-result))
		return false;
	pause_before(retry->used++);
	return true;
}

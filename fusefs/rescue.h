/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Ends the mount when the server was killed and cannot die.
 *
 * A thread of ours that waits in the kernel for a page whose reader waits for us (invalidate.h) keeps the device open when all other
 * threads are killed: nobody will answer, and the kernel sees no reason to give up. So before the first such thread a process is made
 * that does nothing but wait for the dispatcher's death (PR_SET_PDEATHSIG, which goes by threads), and then, if the process is still
 * there, breaks the connection from outside, which frees all who wait. */
#pragma once

#include "base/attr.h"

#include <sys/types.h>

struct device;

struct rescue {
	pid_t pid; /* 0: not made yet */
};

/* Have it there. Called by the dispatcher. A negative errno where that cannot be, or where it would have no right to break the
 * connection. */
int rescue_start(struct rescue *rescue, const struct device *device) MUST_USE;
void rescue_fini(struct rescue *rescue);

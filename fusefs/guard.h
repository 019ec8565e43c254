/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A process that waits for the end of the server, and does for it what it cannot do itself when it is killed:
 *
 *   unmounts     so that no dead mount stays ("Transport endpoint is not connected"). It takes away the mount that it was told of, and
 *                no other that may have come to its place. fusermount3's auto_unmount does nothing of the kind in a chroot that is no
 *                mount point, keeps a process as well, and is not used.
 *   sets free    all who wait, when the server was killed and cannot die. A thread of ours that waits in the kernel for a page whose
 *                reader waits for us (invalidate.h) keeps the device open when all other threads are killed: nobody will answer, and the
 *                kernel sees no reason to give up. The guard hears of the dispatcher's death (PR_SET_PDEATHSIG, which goes by threads),
 *                and if the process is still there then, breaks the connection from outside.
 *
 * It is made before anything else, while there is no memory, no thread and no device to share, holds none of our caller's descriptors
 * or directories, and takes no signal but SIGKILL: with that, all is as if it were not there. It stays in the server's process group, by
 * which it can be known after the server's end. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/detach.h"

#include <stdbool.h>
#include <sys/types.h>

struct guard {
	pid_t pid; /* 0: none */
	int line;  /* ours; whoever has it open is waited for; -1: none */
};

/* Called by the dispatcher, before there is any other thread. */
int guard_start(struct guard *guard, struct err *err) MUST_USE;

/* Something is about to be mounted here (a whole path); and then, this it is. What goes wrong here costs no more than the guard. */
void guard_expect(const struct guard *guard, const char *mountpoint);
void guard_tell(const struct guard *guard, const char *mountpoint, const struct mounted *ours);

/* Would it have the right to break the connection of this mount? */
bool guard_can_free(const struct guard *guard, const struct mounted *ours);

/* There is nothing to guard any more: it is gone when this returns. */
void guard_end(struct guard *guard);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Signals to callers whose request is parked.
 *
 * The kernel tells us once that the caller of a request got a signal, whatever signal, and after that waits for our reply
 * even when the caller is killed (request_wait_answer() in fs/fuse/dev.c). So:
 *   hang: interruptible     the call ends with EINTR at once
 *   hang: killable          the call ends when the caller is dying, and not for a signal that has a handler
 *   hang: uninterruptible   the signal is ignored; the caller is stuck, as it was meant
 *   delay                   a delay only delays: it ends early when the caller is dying, and not for a signal that has a
 *                           handler. From the first signal on we look every few milliseconds whether the caller is dying.
 *   outage                  as its `intr` says: like one of these */
#pragma once

#include <stdint.h>

struct request;

enum interrupt { INTERRUPT_NONE, INTERRUPT_ENDS_CALL, INTERRUPT_WAIT_ON };

/* Ask to be told of signals to the caller of a parked request. */
void interrupt_watch(struct request *request);

/* What a request that became due is to do. */
enum interrupt interrupt_state(const struct request *request);

/* When to look again at one that waits on, CLOCK_MONOTONIC ns. */
int64_t interrupt_next_look_ns(const struct request *request);

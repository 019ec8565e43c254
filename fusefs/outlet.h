/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lines on their way to a descriptor that may be slow, stalled or full, so that whoever has something to write never waits for it.
 *
 * A thread of its own owns the writing; between it and the writer is a queue of bounded size. It cannot be done with O_NONBLOCK: that
 * belongs to the open file, which others may have too, and a regular file knows no such thing (open(2)). What lies in memory (tmpfs,
 * a memfd) is written at once and without a thread: no disk can hold it up, and no kill can catch a line on its way. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outlet;

/* Take the descriptor. `limit`: bytes that may wait. `tell` makes the line that stands where so many were lost. NULL when memory or
 * threads are out (then the descriptor is still the caller's). */
struct outlet *outlet_open(int fd, size_t limit, void (*tell)(uint64_t lost, struct buf *line));

/* Hand over whole lines, so many. Where they do not fit into the queue they are lost. Never waits. */
void outlet_put(struct outlet *outlet, const struct buf *lines, uint64_t count);

/* Lines that were lost before they came here. */
void outlet_lose(struct outlet *outlet, uint64_t count);

/* Lines that were lost until now: there was no room for them, or they could not be written. */
uint64_t outlet_lost(struct outlet *outlet);

/* Write what waits, and what was lost, for so long at the most; then close. Returns whether all was tried: where a write is stuck in the kernel it is left
 * so, until the process ends. NULL is fine. */
bool outlet_close(struct outlet *outlet, int64_t patience_ns);

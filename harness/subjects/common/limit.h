/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bounds how long one call may block, and lets SIGINT and SIGTERM end it.
 *
 * A timer signal without SA_RESTART makes the blocked call return EINTR. The timer repeats: a signal that arrives after the
 * timer was set but before the call blocks is made good by the next one. The same repetition is started by SIGINT and
 * SIGTERM. A filesystem whose waits only SIGKILL ends (a hard NFS mount) cannot be bounded from inside the process.
 *
 * State of the process, one thread. Use through the macros of io.h. */
#pragma once

#include <stdbool.h>

/* Install the handlers. seconds: 0 sets no limit. */
void limit_setup(double seconds);

/* Before a call: set the timer. False, and errno IO_CANCELLED: do not call, the run is to stop. */
bool limit_begin(void);

/* After the call, with errno as it left it: its result when that is not negative, else a negative error. */
long limit_end(long result);

/* From here on SIGINT and SIGTERM change nothing: what is left is to clean up and to say so. The time limit stays. */
void limit_shield(void);

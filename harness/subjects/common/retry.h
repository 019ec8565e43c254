/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which failed calls are worth repeating, how often, and after what pause. One thread. */
#pragma once

#include <stdbool.h>

/* The story of one call. All zeroes before the first attempt. */
struct retry {
	unsigned used;        /* repetitions after a transient error */
	unsigned interrupted; /* repetitions after EINTR */
};

enum { RETRY_MOST = 10 }; /* the last pause is then 5 s */

/* How often a transient error is answered by another attempt. At most RETRY_MOST. */
void retry_setup(unsigned retries);

/* result: of an attempt, negative error or not. True: attempt again; the pause (5 ms x 2^n) is over. */
bool retry_again(struct retry *retry, long result);

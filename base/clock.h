/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Monotonic time and deadlines, in nanoseconds. Any thread; nothing fails. */
#pragma once

#include <stdint.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

/* CLOCK_MONOTONIC: never jumps, stands still while the machine sleeps. */
static inline int64_t clock_now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Nanoseconds since 1970, by the clock that people set. */
static inline int64_t clock_unix_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* Milliseconds until `when_ns`, rounded up, as poll(2) wants them: 0 when it has passed, -1 for "never" (INT64_MAX). */
static inline int clock_until_ms(int64_t when_ns)
{
	if (when_ns == INT64_MAX)
		return -1;
	int64_t left = when_ns - clock_now_ns();
	if (left <= 0)
		return 0;
	int64_t ms = (left + NS_PER_MS - 1) / NS_PER_MS;
	return ms > INT32_MAX ? INT32_MAX : (int)ms;
}

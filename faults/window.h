/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Windows of time that come again: `at: 2s, for: 500ms, every: 10s` is [2 s, 2.5 s), [12 s, 12.5 s) and so on. Nanoseconds
 * since arming; arithmetic alone, any thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct window {
	int64_t at_ns;
	int64_t for_ns;	  /* INT64_MAX: it has no end */
	int64_t every_ns; /* 0: it comes once. Longer than for_ns. */
};

/* Half-open: [start, end). end_ns INT64_MAX: none. */
struct span {
	int64_t start_ns, end_ns;
};

/* The latest window that has begun. Returns false before the first. */
bool window_latest(const struct window *window, int64_t now_ns, struct span *out);

/* When the latest window that is over ended; INT64_MIN: none is. */
int64_t window_last_end(const struct window *window, int64_t now_ns);

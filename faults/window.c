/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds windows of time. */
#include "faults/window.h"

static int64_t end_of(int64_t start_ns, int64_t for_ns)
{
	int64_t end;
	return __builtin_add_overflow(start_ns, for_ns, &end) ? INT64_MAX : end;
}

bool window_latest(const struct window *window, int64_t now_ns, struct span *out)
{
	if (now_ns < window->at_ns)
		return false;
	int64_t since = now_ns - window->at_ns;
	out->start_ns = window->every_ns ? now_ns - since % window->every_ns : window->at_ns;
	out->end_ns = end_of(out->start_ns, window->for_ns);
	return true;
}

int64_t window_last_end(const struct window *window, int64_t now_ns)
{
	struct span latest;
	if (!window_latest(window, now_ns, &latest))
		return INT64_MIN;
	if (latest.end_ns <= now_ns)
		return latest.end_ns;
	bool first = !window->every_ns || latest.start_ns == window->at_ns;
	return first ? INT64_MIN : latest.end_ns - window->every_ns;
}

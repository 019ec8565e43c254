/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lines: what serves one thing after another, so that what comes too fast has to wait. A rate, a link, the head of a disk.
 *
 * A line is one number: when all that it has taken on until now will be done. A request begins when that time has come, or a
 * little earlier where the line was idle (its credit), and adds what it costs. This is a token bucket, written as a virtual
 * time (the generic cell rate algorithm, ITU-T I.371): it holds under any number of threads, and is arithmetic alone. The
 * credit makes up for answers that come a little later than they were due: without any, 4 KiB reads at 100 MB/s would reach
 * half of that.
 *
 * Who waits how long depends on who came first: what kinds decide by lines is bound to the schedule of the threads. Times are
 * nanoseconds since arming. One thread. */
#pragma once

#include "base/yaml.h"

#include <stdint.h>

struct asking;

/* Who shares one line. */
enum line_per { LINE_PER_RULE, LINE_PER_VOLUME, LINE_PER_FILE, LINE_PER_HANDLE };

/* An idle line saves up as much as passes in this time, where a rule does not say otherwise. */
#define LINE_CREDIT_NS INT64_C(10000000)

/* A wait shorter than this is not worth a timer: it is passed over, and owed by the next. */
#define LINE_GRAIN_NS INT64_C(50000)

/* A rule may have one line for what comes and one for what goes. */
enum line_way { LINE_IN, LINE_OUT, LINE_WAYS };

/* Send something down a line: returns how long it has to wait for its end, from now. free_at_ns is 0 for a line that nothing has
 * used. */
int64_t line_take(int64_t *free_at_ns, int64_t now_ns, int64_t cost_ns, int64_t credit_ns);

/* What so many units cost at so many a second. Rate from 1. */
int64_t line_cost_ns(uint64_t units, uint64_t rate);

/* Many lines, by key. Idle ones are the same as none and are forgotten, so there are hardly more than requests that wait. */
struct lines {
	struct line_slot {
		uint64_t key; /* 0: free */
		int64_t free_at_ns, credit_ns;
	} *at;
	uint32_t used, room;
};

void lines_fini(struct lines *lines);

/* The line of a key. NULL when memory is out. Borrowed until the next call. */
int64_t *lines_at(struct lines *lines, uint64_t key, int64_t now_ns, int64_t credit_ns);

/* Send something down the line that the request is for, and return how long it has to wait. */
int64_t line_pass(const struct asking *asked, enum line_per per, enum line_way way, int64_t cost_ns, int64_t credit_ns);

/* Reads rule (also mount), volume, file or handle into an enum line_per. */
yaml_reader line_per_yaml;

/* "one for all that it touches", "one for each file" */
const char *line_per_text(enum line_per per);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Ways to look at a trace: each is given the operations one after the other, and writes to stdout. */
#pragma once

#include "harness/trace_file.h"

struct trace_view {
	/* Begin; NULL when memory is out. `top` is the number of files that stat tells. */
	void *(*begin)(unsigned top);
	/* -ENOMEM where memory is out. */
	int (*add)(void *state, const struct trace_entry *entry);
	void (*end)(void *state, const struct trace_tally *tally); /* tells what there is to tell, and frees */
};

extern const struct trace_view trace_view_text;   /* a line an operation */
extern const struct trace_view trace_view_json;   /* the same as JSON lines */
extern const struct trace_view trace_view_stat;   /* sums by operation and by file */
extern const struct trace_view trace_view_chrome; /* the trace event format */

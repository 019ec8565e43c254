/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One run of a core from its first report to its exit status: what was counted, left out and made, and how it ends.
 *
 * One thread; it sets up state of the process (signals, retries), so one run a process. */
#pragma once

#include "common/failure.h"
#include "common/made.h"
#include "common/options.h"
#include "common/status.h"
#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

struct run_skip {
	const char *file; /* borrowed */
	enum code code;
};

struct run {
	const char *core; /* borrowed, as are the options */
	const struct options *options;
	struct timespec begun;
	struct made made;
	size_t inputs;  /* found */
	size_t outputs; /* made, or kept by --resume */
	struct run_skip *skips;
	size_t skip_count;
	bool has_gaps; /* inputs are missing that nothing lists */
};

/* Signals, retries, standard descriptors. Borrows its arguments. */
void run_begin(struct run *run, const struct options_core *core, const struct options *options);

/* So many inputs were found: take room to list every one of them as skipped. */
int run_expect(struct run *run, size_t inputs, struct failure *why) MUST_USE;

/* An input is bad. 0: it was left out, reported and listed (file: borrowed until run_finish). -1: it ends the run. */
int run_skip(struct run *run, const char *file, const struct failure *failure) MUST_USE;

/* Print the answer to --count. why: NULL, or what prevented counting; that nothing was found counts as 0. */
enum status run_count(const struct run *run, const struct failure *why);

/* More members for the JSON object, each with a comma before it. */
typedef void run_details(struct text *text, const void *of);

/* Report, clean up, print the summary, free the run. why: NULL, or what ended the run. details may be NULL. */
enum status run_finish(struct run *run, const struct failure *why, run_details *details, const void *of);

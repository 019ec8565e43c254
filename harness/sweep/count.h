/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counting: what a run does, so that each of it can be made to fail. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "harness/sweep/points.h"
#include "harness/trial.h"

struct count {
	struct points points;
	struct process_outcome run;
	struct schedule_outcome allocations;
	struct manifest before; /* what stood in {out} when it began */
	struct alloc_map map; /* where allocations are to fail */
};

/* Run the trial's subject under its rules (which strike nothing, or the one that is to be known more about), with every operation
 * written down. The trial is prepared. -ECANCELED where it does not end well and `clean` asks
 * for that; -EINTR after a Ctrl-C. `preload`: write down its allocations. */
int count_run(const struct session *session, const struct trial *trial, bool clean, bool preload, struct count *out, struct err *err) MUST_USE;
void count_free(struct count *count);

/* A rule that strikes nothing: what is only counted has a plan too. */
#define COUNT_WATCH "{name: nothing, on: access, when: {nth: 4294967295}, fail: EIO}"

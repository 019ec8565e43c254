/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A file of finished cases, so that a sweep that was stopped goes on where it was.
 *
 * JSON lines. The first says which sweep it is of: {"ordeal_sweep": 1, "base": CASE, "sum": TEXT}. Each further one is a case:
 * {"case": NAME, "verdict": WORD, "passed": BOOL, "injected": TEXT, "reasons": TEXT, "failures": TEXT, "site": TEXT, "ms": N}, with "site" where
 * it crashed at a known place. Of two lines for a case the later counts. A line that a kill has cut off is left out, and its case is run again. One sweep at a time writes to it (flock(2)). */
#pragma once

#include "base/attr.h"
#include "base/err.h"

struct sweep;
struct trial;
struct checkpoint;

/* Open or make the file that the sweep's options name, and take what it has of the sweep's cases: those are not run. 0 without such a
 * file. -EINVAL where it is of another sweep. */
int checkpoint_open(struct sweep *sweep, struct err *err) MUST_USE;
void checkpoint_close(struct checkpoint *checkpoint);

/* A case is finished. What cannot be written is said once. */
void checkpoint_add(struct checkpoint *checkpoint, const struct trial *trial);

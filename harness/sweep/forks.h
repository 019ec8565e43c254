/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The cases of the axis alloc that copies of the program can do (harness/forks.h), and whether they are to be believed.
 *
 * Only what passes there is done. Some of that is run as ordinary cases as well; where one of these differs, all are. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/alloc/page.h"
#include "harness/trial.h"

struct sweep;

/* One that is done twice: what came of it first. */
struct sweep_twice {
	struct trial *trial;
	struct trial_run run;
	struct judgement judgement;
};

struct sweep_forks {
	size_t done, handed_on[ALLOC_FORK_STATES]; /* by why */
	VEC(struct sweep_twice) twice;
	size_t again; /* of those: had the same verdict as cases by themselves */
	char void_why[300]; /* why nothing of it counts; "": it does */
};

void sweep_forks_free(struct sweep_forks *forks);

/* Before the ordinary cases are run: what is judged then is done, but for the sample. */
int sweep_fork(struct sweep *sweep, struct err *err) MUST_USE;

/* Behind them: where the sample does not agree, all that copies did is run as ordinary cases. */
int sweep_fork_check(struct sweep *sweep, struct err *err) MUST_USE;

/* A line for the report; nothing where nothing was tried. */
void sweep_fork_tell(const struct sweep_forks *forks, struct buf *out);

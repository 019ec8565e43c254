/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks into the outputs of a run, in the box's process and world, where the case or its subject asks for it (oracles.h): compares the
 * content of what differs from the clean run's in bytes, and has a command check each file. Both see copies, or files as they are below
 * the filesystem: no fault reaches them, and nothing that they do reaches the next run. What comes of it goes to STREAM_OBSERVATIONS, a line
 * of JSON each: {"observed": "equal", "again": false, "path": "a.png", "said": "..."}. */
#pragma once

#include "base/attr.h"
#include "harness/manifest.h"
#include "harness/stage.h"

/* The clean run, for the runs of its cases. */
struct inspect_clean {
	const struct manifest *outputs;
	int kept, kept_again; /* files of kept.h: of its first run, and what of its second one is needed */
};

/* The outputs are in the run's manifest. `again`: of the run after the faults were lifted. */
int inspect_outputs(struct stage *s, bool again) MUST_USE;

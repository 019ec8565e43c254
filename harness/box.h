/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A box: one case carried out in a world of its own, by a child process, with everything seen written down.
 *
 * The child makes the world, starts the filesystem, lets the subject run under its faults, looks at what is left, lifts the
 * faults and lets it run again. Findings go into memory and files that both share, so that whatever the child got to is
 * there however it ended. The caller polls box.pidfd and calls box_finish(). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/schedule.h"
#include "harness/case.h"
#include "harness/daemon.h"
#include "harness/process.h"
#include "harness/subject.h"
#include "harness/world.h"

#include <stdbool.h>
#include <stdint.h>

enum box_run { RUN_BEFORE, RUN_MAIN, RUN_AGAIN, RUNS };

enum box_stream {
	STREAM_STDOUT,	     /* of the run in question */
	STREAM_STDERR,
	STREAM_AGAIN_STDOUT, /* of the run after the faults were lifted (or of the one before) */
	STREAM_AGAIN_STDERR,
	STREAM_JOURNAL,
	STREAM_OUTPUTS,	      /* manifest of the outputs after the run */
	STREAM_AGAIN_OUTPUTS, /* ... and after the run again */
	STREAM_TMP,	      /* manifest of the subject's TMPDIR after the run */
	STREAMS
};

/* What the child found. In memory shared by both; the streams are files. */
struct box_findings {
	bool complete; /* the child got to the end */
	int status;    /* where it did not: exit status that fits (see report.h) */
	char trouble[1000];
	struct process_outcome runs[RUNS];
	unsigned leftovers;
	char leftover_names[512];
	bool server_lost; /* the filesystem ended by itself */
	struct daemon_status server; /* after the run */
	struct schedule_outcome allocations;
	bool allocations_known;
};

struct box_request {
	const struct case_spec *spec;
	const struct subject *subject;
	const char *plan_path; /* NULL: none */
	const struct alloc_rule *allocations;
	size_t allocations_count;
	bool preload;	       /* with the allocation shim, also where no rule is given */
	char *const *files;    /* names in the corpus, for {files} */
	int64_t deadline_ns;
	bool again;	       /* run again after the faults are lifted */
	int64_t again_after_ns; /* ... no sooner than this after the start of the first run */
	const char *keep;      /* directory that gets a copy of the outputs; NULL: none */
	enum world_kind world;
};

struct box {
	pid_t pid;
	int pidfd; /* readable when the child has ended; -1 after box_finish() */
	int64_t until_ns; /* when the child must have ended */
	struct world world;
	struct box_findings *findings; /* mapped */
	int streams[STREAMS];
};

int box_start(const struct box_request *request, struct box *box, struct err *err) MUST_USE;

/* Tell the child to end. */
void box_cancel(struct box *box);

/* Reap the child (killing it where it has not ended), clean up behind it, and see that the findings say so where it did not
 * get to the end. */
void box_finish(struct box *box);

/* Forget the findings. */
void box_close(struct box *box);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A box: cases carried out in a world of their own, by a child process, with everything seen written down.
 *
 * The child makes the world, starts the filesystem, lets the subject run under its faults, looks at what is left, lifts the
 * faults and lets it run again. Then it puts everything away, and waits for the next case, which gets by with the same world and server,
 * or for the end. Findings go into memory and files that both share, so that whatever the child got to is there however it ended. The
 * caller polls box.line and calls box_finish(). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/schedule.h"
#include "harness/case.h"
#include "harness/daemon.h"
#include "harness/forks.h"
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
	STREAM_MAP,	      /* where stacks are written down: faults/alloc/schedule.h */
	STREAM_BEFORE,	      /* manifest of the outputs before the run */
	STREAM_HOME,	      /* ... of its HOME after it */
	STREAM_OBSERVATIONS,      /* what was found in the outputs: inspect.h */
	STREAM_LEAKS,	      /* reports of lost memory: leaks.h */
	STREAM_KEPT,	      /* of a clean run, what others are compared with: kept.h */
	STREAM_KEPT_AGAIN,
	STREAM_FORKS,	      /* forks.h */
	STREAM_TRACE,	      /* where operations are counted: fusefs/wire_trace.h */
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
	unsigned objects; /* shared memory, semaphores, message queues that were left */
	char object_names[512];
	bool server_lost; /* the filesystem ended by itself */
	struct daemon_status server; /* after the run */
	struct schedule_outcome allocations;
	bool allocations_known;
	uint64_t counted_from; /* of a counted box: the first record of its trace that is of the first run */
};

struct inspect_clean;

struct box_request {
	const struct case_spec *spec;
	const char *corpus; /* source of the volume `in` */
	const struct inspect_clean *clean; /* what its outputs are held against; NULL: it is a clean run itself */
	const struct subject *subject;
	const char *plan_path; /* NULL: none */
	const char *rules;     /* a plan's text, in UTF-8; NULL: none */
	const struct alloc_rule *allocations;
	size_t allocations_count;
	const struct forks_points *forks; /* allocations that fail in copies of the first run; NULL: none */
	bool preload;	       /* with the allocation shim, also where no rule is given */
	bool autopsy;	       /* learn what the first run dies of */
	bool mapped;	       /* with preload: write down each allocation's stack */
	bool counted;	       /* write down each operation of the first run */
	char *const *files;    /* names in the corpus, for {files} */
	const char *env;       /* "NAME=VALUE", one variable more for its runs; NULL: none */
	int64_t deadline_ns;
	bool again;	       /* run again after the faults are lifted */
	const char *golden;    /* ... unless the first run left just these outputs (as manifest.h writes them), or nothing at all: then there
				* is nothing that could spoil another run. NULL: run again in any case */
	int64_t again_after_ns; /* ... no sooner than this after the start of the first run */
	char keep[320];	       /* directory that gets a copy of the outputs; "": none */
};

/* Who knows the cases. request() is asked in the caller's process and in the box's, which has a copy of all that the caller had when
 * the box was started: cases of which it was not told then are none of its. */
struct box_host {
	enum world_kind world;
	void (*request)(const void *context, size_t index, struct box_request *out);
	const void *context;
};

struct box {
	pid_t pid;	  /* 0: none, and no child */
	int line;	  /* readable when a case is done or the child has ended; -1 after its end */
	bool idle;	  /* the child waits for one more case */
	int64_t until_ns; /* when the case must be done */
	struct world world;
	const struct box_host *host;
	struct box_findings *findings; /* mapped */
	int streams[STREAMS];
};

/* A new box, with its first case. The host is borrowed. */
int box_start(const struct box_host *host, size_t index, struct box *box, struct err *err) MUST_USE;

/* One more case for a box that is idle, of the same subject: without a plan's file, and with a corpus whose name is UTF-8. What was found
 * before is forgotten. */
int box_repeat(struct box *box, size_t index, struct err *err) MUST_USE;

/* May it be played by a box that has played others? */
bool box_may_repeat(const struct box_request *request);

/* Tell the child to end. */
void box_cancel(struct box *box);

/* The case is done, or its time is up: see that the findings say so where the child did not get to the end, and then clean up
 * behind it. */
void box_finish(struct box *box);

/* End the child, and forget the findings. */
void box_close(struct box *box);

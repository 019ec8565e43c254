/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Goes over every name of a corpus with several threads.
 *
 * One thread walks, and does itself what is quick (directories, links); files wait in a window of bounded size for the workers. What
 * there is to say of each name is delivered in the order of the walk, whoever was done first. The thread that called shows the progress
 * and waits for SIGINT, SIGTERM and SIGHUP: they end the work between two blocks of a file. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "corpora/corpus.h"

#include <stdatomic.h>

#define TEAM_MAX 64

/* What those who work tell of themselves, and are told. */
struct team_state {
	atomic_bool stop; /* end as soon as you can, with -EINTR */
	atomic_uint_fast64_t files, bytes; /* done; bytes that were moved, for the rate */
	atomic_uint_fast64_t spared; /* bytes of files that needed no work */
};

/* All of these but `deliver` may be called at once by several threads. 0, or a negative errno with a line in err, which ends all. */
struct team_job {
	/* In the walk, directories before what is in them. A regular file goes to the workers when this is done, unless *done was set. */
	int (*meet)(void *context, const char *path, mode_t type, bool *done, struct buf *said, struct err *err);
	/* `worker` counts from 0: no two at once have the same. */
	int (*work)(void *context, unsigned worker, const char *path, struct buf *said, struct err *err);
	void (*deliver)(void *context, const char *said); /* one at a time; not called where nothing was said */
	/* Say how it stands after a signal; returns the exit status. The team calls it only where a worker hangs for longer than five
	 * seconds: then it ends the process. */
	int (*interrupted)(void *context);
	void *context;
	struct team_state *state;
	uint64_t files, bytes; /* in all, for the progress; 0: not known */
};

/* 0, a negative errno with a line in err, or -EINTR after a signal. `workers`: 1 to TEAM_MAX. */
int team_run(const struct corpus *corpus, const struct team_job *job, unsigned workers, struct err *err) MUST_USE;

/* So many as there are processors, at most 8. */
unsigned team_usual(void);

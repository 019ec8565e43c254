/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A sweep: what a run without faults does is counted, and then each of it is made to fail once, in a case of its own.
 *
 * The cases are those of a session (harness/trial.h), so that each is judged, told and repeated as any other. What the sweep adds is
 * which there are, which of them are run and why others are not, and what of their failures is the same. One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "harness/sweep/count.h"
#include "harness/sweep/forks.h"
#include "harness/trial.h"

#include <stdbool.h>
#include <stdint.h>

/* What is made to fail. */
enum sweep_axis {
	SWEEP_ALLOC, /* each allocation */
	SWEEP_OP,    /* each file operation, with each errno that it may return; short transfers; delays */
	SWEEP_FILE,  /* each file that is read, with each damage */
	SWEEP_RANGE, /* each block of each file that is read: unreadable, changed, the end */
	SWEEP_CUT,   /* the power fails at each change of the outputs */
	SWEEP_KILL,  /* the program is killed at each operation */
	SWEEP_SPACE, /* the disk is full at each write */
	SWEEP_DOUBLE, /* a second fault in what the program does after a first one */
	SWEEP_PAIRS, /* two operations fail, anywhere */
	SWEEP_AXES
};

const char *sweep_axis_name(enum sweep_axis axis);

/* Words separated by commas; "all" for all but double and pairs. -EINVAL with a hint. */
int sweep_axes_parse(const char *text, uint32_t *axes, struct err *err) MUST_USE;

/* Why a case is not run. */
enum sweep_left {
	LEFT_NOT,     /* it is */
	LEFT_SAMPLE,  /* not drawn */
	LEFT_MAX,     /* more than were asked for */
	LEFT_BUDGET,  /* the time was up */
	LEFT_STOPPED, /* Ctrl-C */
	LEFT_VOID,    /* it could change nothing */
	LEFT_REFUSED, /* it cannot be prepared: sweep->refused */
	LEFT_GCOV,    /* an allocation of what counts for gcov, and not of the subject */
	LEFT_SYNCED,  /* closing what has been synced loses nothing, whatever close says */
	LEFT_BOUND,   /* the point depends on the schedule: another run without faults did not have it */
	LEFT_REASONS
};
const char *sweep_left_about(enum sweep_left why);

/* Is it known how files of this name look? Whether anybody could notice what is wrong with others, nobody knows. */
bool sweep_knows_form(const char *path);

/* Does a break ("png-adler") go with the name? */
bool sweep_break_fits(const char *lesion, const char *path);

struct sweep_case {
	enum sweep_axis axis;
	char *name;		/* of the point and what is done to it; unique */
	char *rules, *damage, *alloc; /* what the case has besides the base; NULL: none */
	const struct alloc_map_stack *stack; /* of the allocation that fails; NULL: none. Borrowed of the count */
	const struct alloc_map *map; /* that the stack is of */
	const struct alloc_map_image *image; /* in which that is the one of `ordinal`, in both runs; NULL: not known to be. Likewise */
	uint64_t ordinal, nth; /* among all, and among those of the stack */
	size_t point;		/* index in the counted points; SIZE_MAX: none */
	const char *file;	/* of the axes file and range: which one of the corpus. NULL: none. Borrowed of the count */
	bool bound;		/* to the schedule: only one of the two runs had its point */
	enum sweep_left left;
	struct trial *trial;	/* NULL: not run. Borrowed */
	bool restored;		/* from a checkpoint */
	bool confirmed, flaky;	/* run again alone; with another verdict */
};

struct sweep_options {
	uint32_t axes;		/* bit per enum sweep_axis */
	uint64_t max;		/* cases; 0: all */
	double sample;		/* portion of the cases that are run, 0 to 1 */
	int64_t budget_ns;	/* 0: none */
	uint64_t seed;		/* of the sample, and of pairs */
	uint64_t block;		/* bytes, of the axis range */
	uint64_t pairs;		/* how many */
	bool exhaustive;	/* each allocation, and not one of each stack */
	bool hangs;		/* operations also hang */
	bool persistent;	/* what fails fails from then on, too */
	bool no_confirm;
	bool no_fork;		/* each allocation in a case by itself */
	const char *checkpoint; /* file that finished cases are written to, and taken from; NULL: none */
};

struct checkpoint;

struct sweep {
	struct session *session;
	struct sweep_options options;
	struct case_spec base;	/* corpus and command */
	struct count count, second; /* of two runs */
	struct buf litter;	/* names in the current directory that both changed; empty: none */
	size_t bound;		/* points that only one of both had */
	uint64_t stacks;	/* distinct ones of allocations */
	uint64_t alike;		/* allocations that have the stack of another, which stands for them */
	uint64_t cut;		/* allocations whose stacks end in code without unwind tables: each a case by itself */
	uint64_t unsteady;	/* processes whose allocations have no number that says anything: threads, or not the same twice */
	uint64_t unrecorded;	/* ... of which too little is known to name them */
	size_t unprobed;	/* points of the axis double: what comes behind them is not known */
	VEC(struct sweep_case) cases;
	struct sweep_forks forks;
	struct checkpoint *checkpoint; /* NULL: none */
	uint64_t program;	/* digest of the program and the corpus (program.h), for the checkpoint */
	size_t unconfirmed;	/* cases that hung, and that there was no time to run again */
	char *refused;		/* why the first such case cannot be prepared; NULL: all can */
	bool confirming;	/* cases are run again */
	int64_t started_ns;
	int64_t wall_ns;
	/* Told of each case that is finished. May be NULL. */
	void (*progress)(const struct sweep *sweep, const struct trial *done, void *context);
	void *context;
};

/* Takes the base over. */
void sweep_init(struct sweep *sweep, struct session *session, const struct sweep_options *options, struct case_spec *base);
void sweep_free(struct sweep *sweep);

/* Count: two runs without faults. -ECANCELED where the subject cannot be swept. */
int sweep_count(struct sweep *sweep, struct err *err) MUST_USE;

/* List the cases of all axes that were asked for, and choose those to run. */
int sweep_list(struct sweep *sweep, struct err *err) MUST_USE;

/* Make trials of those, take from the checkpoint what is finished, and run the base without faults: what cases are measured by.
 * -ECANCELED where that does not end well, and then no case can be judged. After a Ctrl-C 0. */
int sweep_begin(struct sweep *sweep, struct err *err) MUST_USE;

/* Run them; then those that failed once more, alone. */
int sweep_run(struct sweep *sweep, struct err *err) MUST_USE;

/* What could not be prepared in time is left out, and what was not begun when the time was up; behind it all, whatever else is no case of
 * the sum. */
void sweep_leave_unprepared(struct sweep *sweep);
void sweep_leave_late(struct sweep *sweep);
void sweep_tell_left(struct sweep *sweep);

/* Of those that failed, run the first of each kind once more, in a world of their own and with nothing beside. */
int sweep_confirm(struct sweep *sweep, struct err *err) MUST_USE;

/* The runs without faults of sweep_begin(). */
int sweep_measure(struct sweep *sweep, struct err *err) MUST_USE;
/* What its cases are measured by, or NULL where that was not run. */
const struct baseline *sweep_baseline(const struct sweep *sweep);

/* ---- for the axes ---- */

/* One more case. Takes the texts over, also when it fails; NULL for what it has not. */
int sweep_add(struct sweep *sweep, enum sweep_axis axis, size_t point, char *name, char *rules, char *damage, char *alloc) MUST_USE;

/* Each adds its cases. 0 or -ENOMEM; sweep_add_double() runs the subject, and may fail for more. */
int sweep_add_ops(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_kills(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_cuts(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_spaces(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_ranges(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_files(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_doubles(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_pairs(struct sweep *sweep, struct err *err) MUST_USE;
int sweep_add_allocs(struct sweep *sweep, struct err *err) MUST_USE;

/* Count a run of the base under these rules. */
int sweep_probe(struct sweep *sweep, const char *rules, int64_t deadline_ns, bool clean, struct count *out, struct err *err) MUST_USE;
/* Is the budget used up? */
bool sweep_is_late(const struct sweep *sweep);

/* A path in YAML, as a pattern that matches nothing else. */
void sweep_put_path(const char *path, struct buf *out);
/* "in:a.png read#2" */
void sweep_point_name(const struct point *point, struct buf *out);
/* The beginning of a rule that strikes just this point, without the closing brace. */
void sweep_point_rule(const struct point *point, bool persistent, struct buf *out);

/* ---- what came of it ---- */

/* What cannot be compared, and what follows from that for all verdicts: lines, said once. Nothing where all can be. */
void sweep_tell_measure(const struct sweep *sweep, struct buf *out);
/* How long it may take, and what to do where that is long. */
void sweep_tell_estimate(const struct sweep *sweep, struct buf *out);

/* The report for people. */
void sweep_report(const struct sweep *sweep, bool colour, struct buf *out);

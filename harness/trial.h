/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Trials: cases on their way through clean runs, boxes and judgement, several at once. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/plan.h"
#include "harness/case.h"
#include "harness/evidence.h"
#include "harness/inspect.h"
#include "harness/judge.h"
#include "harness/subject.h"
#include "harness/world.h"

#include <stdbool.h>
#include <stdint.h>

enum trial_state {
	TRIAL_WAITING,
	TRIAL_JUDGED,
	TRIAL_SKIPPED,	/* not for this subject */
	TRIAL_TROUBLED, /* could not be judged: `why` says it, `status` is an exit status */
};

struct coverage;
struct symbols;

struct trial {
	struct case_spec spec;
	const struct subject *subject; /* borrowed from the session */
	uint32_t scenario;
	char *title; /* may be NULL */
	enum trial_state state;
	int status;
	char *why; /* trial_why() reads it */
	struct evidence *evidence; /* NULL: not yet, or (session->frugal) not any more */
	struct judgement judgement;
	struct trial_run {	   /* of its evidence, what reports tell */
		int exit_code, signal;
		int64_t wall_ns;
		uint64_t max_rss_kib, allocations;
		uint64_t outputs, stdout_digest, words; /* hashes of what it made and printed; words: without the numbers */
	} run;
	bool autopsy;	  /* find out where it crashes */
	bool confirmed;	  /* it has failed before, and was run once more to be sure */
	char *crash_site; /* the function that it crashed in, or for; NULL: not known */
	int64_t wall_ns;
	bool forked;	  /* asked to be done by a copy of the program (forks.h): what became of that */
	enum alloc_fork_state fork;

	bool prepared, late; /* late: it was not, because there was no time (session->prepare_until_ns) */
	/* While it is prepared and runs. */
	struct plan *plan; /* NULL: none, or forgotten, and can be read again (trial_read_plan()) */
	char *plan_path;  /* of a plan's file; NULL: none */
	char *rules;	  /* the plan's text, where the case itself has the rules; NULL: it has none */
	char *corpus;	  /* source, with the damage of the case */
	VEC(struct alloc_rule) allocations;
	size_t baseline; /* index in the session */
};

/* The clean run that cases of the same subject, mode and whole corpus share. */
struct baseline_entry {
	char *key;
	struct case_spec spec;
	const struct subject *subject;
	struct baseline baseline;
	struct inspect_clean outputs; /* for the boxes of its cases */
	VEC(char *) inputs; /* NULL-terminated */
	struct buf golden;  /* the outputs of its first run, as manifest.h writes them */
	bool preload, usable;
	/* It handles signals that programs crash by; its cases are traced, so that this hides nothing (tried: that was tried). */
	bool watched, watch_tried;
	int status;
	char why[1200];
};

/* Allocations that fail in copies of a program that is started once for many. */
struct session_forks {
	VEC(struct forks_points) batches; /* the names of points are indices of trials */
	char void_why[300]; /* why nothing of it counts; "": it does */
};

struct session {
	VEC(struct trial *) trials;
	VEC(struct subject *) subjects;
	VEC(struct baseline_entry *) baselines;
	unsigned jobs;	     /* boxes at once */
	enum world_kind world;
	const char *keep;    /* directory that gets, for each case, out/, stdout, stderr and journal.jsonl; NULL: none */
	int keep_fd;	     /* ... while it runs */
	bool again;	     /* run again after the faults are lifted */
	bool autopsy;	     /* of every case: find out where it crashes */
	bool reuse;	     /* play one case after the other in the same world, where that can be */
	bool lenient;	     /* a case that could change nothing is skipped; else session_prepare() fails */
	bool frugal;	     /* of a case that is judged and told, nothing but the judgement is kept */
	int64_t until_ns;    /* no case begins after this; 0: any time */
	int64_t prepare_until_ns; /* no case is prepared after this; 0: any time */
	int64_t wall_ns;
	bool interrupted;
	struct session_forks *forks; /* NULL: none */
	bool skip_unavailable;	 /* what this machine cannot do is skipped, not trouble */
	struct symbols *symbols; /* see session_symbols() */
	const struct coverage *coverage; /* what the runs reach of their subject is counted there: coverage.h. NULL: it is not. Borrowed */
	const char *unavailable; /* why the first such case was skipped; NULL: none was. Borrowed of its trial */

	/* Told of each trial that is done. May be NULL. */
	void (*progress)(const struct session *session, const struct trial *done, void *context);
	void *context;
	/* The report for people; NULL: report_text(). */
	void (*tell)(const struct session *session, bool colour, struct buf *out);
};

void session_init(struct session *session);
void session_fini(struct session *session);

/* The subject of this name or path, loaded once; or made of a command. Borrowed. */
int session_subject(struct session *session, const char *name, const struct subject **out, struct err *err) MUST_USE;

/* Names for places in code, the same for all: what was looked up once is known. NULL when memory is out. Borrowed. */
struct symbols *session_symbols(struct session *session);

/* Add a case. Takes the spec over, also when it fails. The trial is borrowed. */
int session_add(struct session *session, struct case_spec *spec, struct trial **out, struct err *err) MUST_USE;

/* Forget the last one. */
void session_drop_last(struct session *session);

/* Forget those that are skipped. Indices of others change. */
void session_drop_skipped(struct session *session);

/* Read plans and corpora of all waiting trials: what a user may have got wrong shows here, before anything runs. Those that there is no
 * time for are skipped (late); a signal that is kept waiting ends it (interrupted). */
int session_prepare(struct session *session, struct err *err) MUST_USE;

/* Carry all waiting trials out. SIGINT and SIGTERM end it early, `interrupted` then. */
int session_run(struct session *session, struct err *err) MUST_USE;

/* Do what can be done by copies. Trials that pass there are judged, and nobody is told of them; the others still wait. */
int session_fork(struct session *session, struct session_forks *forks, struct err *err) MUST_USE;

/* It waits again, as if it had not run. */
void trial_begin_anew(struct trial *trial);

/* A plan that stands in the case is forgotten, too: it can be read again. */
void trial_forget_evidence(struct trial *trial);

/* Where it has rules of its own and no plan (any more): make that of them. */
int trial_read_plan(struct trial *trial, struct err *err) MUST_USE;

/* Why it was not judged; "" where nothing was said. Saying something replaces what was said. */
const char *trial_why(const struct trial *trial);
void trial_say(struct trial *trial, const char *why);

struct session_counts {
	unsigned passed, failed, unexercised, skipped, troubled, waiting;
	int worst_trouble; /* an exit status */
};
struct session_counts session_count(const struct session *session);

/* The exit status that says how it went (exits.h). */
int session_exit_status(const struct session *session);

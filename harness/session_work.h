/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Between the files that carry sessions out. */
#pragma once

#include "harness/trial.h"

/* One kind of work: how many there are, what a box is asked to do for one, and what is done with its findings. */
struct work {
	size_t count;
	/* 0: its box can be asked; 1: nothing to do; negative: a reason is in err. May be NULL. */
	int (*prepare)(struct session *session, size_t index, struct err *err);
	void (*request)(const void *session, size_t index, struct box_request *out);
	void (*finish)(struct session *session, size_t index, struct box *box);
	void (*trouble)(struct session *session, size_t index, const struct err *err);
};

/* Boxes at once, at most. */
#define SESSION_JOBS_MAX 64

/* Do all of it, several at once, until it is done, a signal can be read or the time is up. */
void session_do_work(struct session *session, const struct work *work, int signal_fd);

/* The runs without faults that there are not yet. */
const struct work *session_clean_work(const struct session *session);

/* ... of which some are run once more and traced: behind them. */
const struct work *session_watch_work(const struct session *session);

/* Clean runs, where there are none yet, and then this work. */
int session_work(struct session *session, const struct work *work, struct err *err) MUST_USE;

/* What the box of a trial is asked. */
void session_case_request(const void *session, size_t index, struct box_request *out);

/* What only who has the case knows of its evidence. */
int session_add_to_evidence(const struct session *session, const struct trial *trial, struct evidence *evidence) MUST_USE;

/* A hash of what it printed, without numbers: many programs tell how long they took. */
uint64_t session_words_of(const struct evidence *evidence);

/* Of its run, what outlives the evidence. */
struct trial_run session_run_of(const struct evidence *evidence, const struct box *box);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which lines of a subject only faults reach, which nothing reaches, and which error branches were never taken: for a subject that gcc
 * has instrumented (--coverage), by what gcov makes of the counts. clang's are in a format of their own and refused with a word.
 *
 *     struct coverage coverage;
 *     struct coverage_report report;
 *     rc = coverage_begin("build", &coverage, &err);
 *     ... runs without faults with coverage_env(&coverage, COVERAGE_CLEAN) in their environment, others with COVERAGE_FAULTS
 *     rc = coverage_take(&coverage, &report, &err);
 *     coverage_tell(&report, &text);
 *     coverage_report_free(&report);
 *     coverage_end(&coverage);
 *
 * Counts are written when a program exits: a run that ends by a signal, or by _exit(2), leaves none. One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

enum coverage_side { COVERAGE_CLEAN, COVERAGE_FAULTS, COVERAGE_SIDES };

/* Files of notes in the directory of a build, at most. */
#define COVERAGE_NOTES_MAX 5000

struct coverage {
	VEC(char *) notes;	    /* paths of the .gcno files, absolute */
	char place[128];	    /* of ours, for the counts; removed at the end */
	char env[COVERAGE_SIDES][160]; /* "GCOV_PREFIX=..." */
	char gcov[64];		    /* the program that fits the notes */
};

/* Branches of a line that are decided together; more than 64 of them are not looked at. */
struct coverage_choice {
	uint32_t ordinal, count;
	uint64_t first;	      /* bits: the first of the two sides of a condition */
	uint64_t exceptional; /* bits: where a thrown exception leads */
	uint64_t taken[COVERAGE_SIDES];
};

struct coverage_line {
	uint32_t number;
	bool reached[COVERAGE_SIDES];
	VEC(struct coverage_choice) choices;
	/* Branches not taken in any run, in a line that some run reached. */
	uint32_t never;
	/* Error branches: not taken in the clean runs, which took the other side. Of them, those that no fault has led into either. */
	uint32_t error, error_never;
};

struct coverage_file {
	char *path; /* of the source */
	VEC(struct coverage_line) lines; /* those with code, by number */
	uint32_t reached, by_faults_alone, unreached; /* lines; the second are among the first */
	uint32_t never, error, error_never; /* branches */
};

struct coverage_report {
	VEC(struct coverage_file) files; /* by path */
	uint32_t counts[COVERAGE_SIDES]; /* files with counts: 0 means that no run has left any */
};

/* `dir` holds the build: .gcno files, at any depth. Takes the gcov of the same gcc (the variable GCOV names another). */
int coverage_begin(const char *dir, struct coverage *out, struct err *err) MUST_USE;

/* "GCOV_PREFIX=DIR", for the environment of a run. Borrowed. */
const char *coverage_env(const struct coverage *coverage, enum coverage_side side);

/* Read what all runs so far have left. Takes a second or so for a hundred sources; a minute at the most. */
int coverage_take(const struct coverage *coverage, struct coverage_report *out, struct err *err) MUST_USE;
void coverage_report_free(struct coverage_report *report);

/* A paragraph a file; with the text of lines where their source can be read. */
void coverage_tell(const struct coverage_report *report, struct buf *out);

void coverage_end(struct coverage *coverage);

/* ---- between the files of this part ---- */

/* What gcov says of all notes, with the counts below `side`: one JSON document after the other. */
int coverage_run_gcov(const struct coverage *coverage, enum coverage_side side, struct buf *out, uint32_t *counts, struct err *err) MUST_USE;

/* Add such documents to the files and lines of a report. */
int coverage_add(struct coverage_report *report, enum coverage_side side, const struct buf *documents, struct err *err) MUST_USE;

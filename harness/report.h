/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reports on a session: for people (text), and for machines in standard forms (TAP 13, JUnit XML, JSON lines). Each writer
 * appends to a buffer; report_write() sends it to a file or stdout. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "harness/trial.h"

#include <stdbool.h>

/* The whole report of a session, in colour where asked. */
void report_text(const struct session *session, const char *title, bool colour, struct buf *out);
void report_tap(const struct session *session, const char *title, bool colour, struct buf *out);
void report_junit(const struct session *session, const char *title, bool colour, struct buf *out);
void report_json(const struct session *session, const char *title, bool colour, struct buf *out);

/* All that is known of one trial: verdict, evidence, how to repeat it. */
void report_trial(const struct trial *trial, bool colour, struct buf *out);

/* One line on one trial, without a newline. */
void report_line(const struct trial *trial, bool colour, struct buf *out);

/* The command that repeats a trial: ordeal replay '...' */
void report_replay(const struct trial *trial, struct buf *out);

/* Short name of a trial: the case without its suite. */
const char *report_case_name(const struct trial *trial);

/* Write a report as FORMAT or FORMAT:FILE says ("junit:out.xml"; "-" is stdout). Files are written aside and renamed. */
int report_write(const char *target, const struct session *session, const char *title, bool colour,
		 struct err *err) MUST_USE;

/* Is the target's form known? -EINVAL with a hint where not. */
int report_check(const char *target, struct err *err) MUST_USE;

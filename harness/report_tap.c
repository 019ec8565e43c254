/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* TAP version 13 (testanything.org): flat, with a YAML block for what was found. No '#' in names, because readers disagree on
 * how to escape it. */
#include "harness/report.h"

#include "base/jsonw.h"
#include "base/scope.h"

#include <string.h>

static void put_plain(const char *text, struct buf *out)
{
	for (; *text; text++)
		buf_char(out, *text == '#' || (unsigned char)*text < ' ' ? '_' : *text);
}

static void put_name(const struct trial *trial, struct buf *out)
{
	put_plain(trial->subject->name, out);
	buf_text(out, ": ");
	put_plain(report_case_name(trial), out);
}

/* A YAML scalar in double quotes is what JSON calls a string. */
static void put_field(struct buf *out, const char *key, const char *value)
{
	struct jsonw j = jsonw_to(out);
	buf_printf(out, "  %s: ", key);
	jsonw_text(&j, value);
	buf_char(out, '\n');
}

static void put_found(const struct trial *trial, struct buf *out)
{
	SCOPED(buf_free) struct buf replay = {0};
	report_replay(trial, &replay);
	buf_text(out, "  ---\n");
	if (trial->state == TRIAL_JUDGED) {
		put_field(out, "verdict", verdict_class_name(trial->judgement.verdict));
		put_field(out, "injected", buf_string(&trial->judgement.injected));
		put_field(out, "evidence", buf_string(&trial->judgement.reasons));
		if (trial->judgement.failures.length)
			put_field(out, "not_met", buf_string(&trial->judgement.failures));
	} else {
		put_field(out, "trouble", trial_why(trial));
	}
	put_field(out, "replay", buf_string(&replay));
	buf_text(out, "  ...\n");
}

static void put_trial(const struct trial *trial, size_t number, struct buf *out)
{
	bool passed = trial->state == TRIAL_SKIPPED || (trial->state == TRIAL_JUDGED && trial->judgement.passed);
	buf_printf(out, "%sok %zu - ", passed ? "" : "not ", number);
	put_name(trial, out);
	if (trial->state == TRIAL_SKIPPED) {
		buf_text(out, " # SKIP ");
		put_plain(trial_why(trial), out);
	}
	buf_char(out, '\n');
	if (trial->state != TRIAL_SKIPPED)
		put_found(trial, out);
}

void report_tap(const struct session *session, const char *title, bool colour, struct buf *out)
{
	(void)title, (void)colour;
	buf_printf(out, "TAP version 13\n1..%zu\n", session->trials.count);
	for (size_t i = 0; i < session->trials.count; i++)
		put_trial(session->trials.at[i], i + 1, out);
	if (session->interrupted)
		buf_text(out, "Bail out! interrupted\n");
}

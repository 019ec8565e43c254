/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The report for people: a table of verdicts, then the story of each failure. */
#include "harness/report.h"

#include "base/clock.h"
#include "base/harmless.h"
#include "base/scope.h"

#include <string.h>

#define GREEN "32"
#define YELLOW "33"
#define RED "31"
#define FAINT "2"
#define BOLD "1"

static void coloured(struct buf *out, bool colour, const char *code, const char *text)
{
	if (colour)
		buf_printf(out, "\033[%sm%s\033[0m", code, text);
	else
		buf_text(out, text);
}

/* ---- one trial ---- */

static const char *verdict_word(const struct trial *trial)
{
	switch (trial->state) {
	case TRIAL_JUDGED:
		return verdict_class_name(trial->judgement.verdict);
	case TRIAL_SKIPPED:
		return "skipped";
	case TRIAL_TROUBLED:
		return "trouble";
	case TRIAL_WAITING:
	default:
		return "not run";
	}
}

static const char *verdict_colour(const struct trial *trial)
{
	if (trial->state == TRIAL_SKIPPED || trial->state == TRIAL_WAITING)
		return FAINT;
	if (trial->state == TRIAL_JUDGED && trial->judgement.passed)
		return GREEN;
	return trial->state == TRIAL_JUDGED && trial->judgement.verdict == VERDICT_UNEXERCISED ? YELLOW : RED;
}

static const char *passed_word(const struct trial *trial)
{
	if (trial->state == TRIAL_SKIPPED)
		return "skip";
	return trial->state == TRIAL_JUDGED && trial->judgement.passed ? "ok" : "FAIL";
}

/* A sweep's cases are called after files. */
static void put_name(const struct trial *trial, struct buf *out)
{
	size_t start = out->length;
	buf_text(out, report_case_name(trial));
	if (!out->failed && out->at)
		harmless(out->at + start, "");
}

void report_line(const struct trial *trial, bool colour, struct buf *out)
{
	char word[16];
	snprintf(word, sizeof word, "%-5s", passed_word(trial));
	coloured(out, colour, verdict_colour(trial), word);
	snprintf(word, sizeof word, "%-12s", verdict_word(trial));
	coloured(out, colour, verdict_colour(trial), word);
	buf_printf(out, "%-14s ", trial->subject->name);
	put_name(trial, out);
	if (trial->state == TRIAL_JUDGED)
		buf_printf(out, "  (%.2f s)", (double)trial->wall_ns / NS_PER_S);
	else if (*trial_why(trial))
		buf_printf(out, "  (%.*s)", (int)strcspn(trial_why(trial), "\n"), trial_why(trial));
}

/* Each line of `text`, indented. */
static void indented(struct buf *out, const char *indent, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		buf_printf(out, "%s%.*s\n", indent, (int)length, text);
		text += length + (text[length] == '\n');
	}
}

void report_trial(const struct trial *trial, bool colour, struct buf *out)
{
	buf_printf(out, "%s: ", trial->subject->name);
	put_name(trial, out);
	buf_text(out, ": ");
	coloured(out, colour, verdict_colour(trial), verdict_word(trial));
	buf_char(out, '\n');
	if (trial->state != TRIAL_JUDGED) {
		indented(out, "    ", trial_why(trial));
	} else {
		buf_printf(out, "    injected: %s\n", buf_string(&trial->judgement.injected));
		indented(out, "    evidence: ", buf_string(&trial->judgement.reasons));
		indented(out, "    not met:  ", buf_string(&trial->judgement.failures));
	}
	buf_text(out, "    repeat:   ");
	report_replay(trial, out);
	buf_char(out, '\n');
}

/* ---- the table: a row a case, a column a subject ---- */

#define COLUMNS_MAX 16

struct table {
	const struct session *session;
	const struct subject *columns[COLUMNS_MAX];
	size_t columns_count;
	size_t name_width, column_width;
	bool colour;
};

static void lay_out(struct table *table)
{
	for (size_t i = 0; i < table->session->trials.count; i++) {
		const struct trial *trial = table->session->trials.at[i];
		size_t width = strlen(report_case_name(trial)), column = 0;
		if (width > table->name_width)
			table->name_width = width;
		while (column < table->columns_count && table->columns[column] != trial->subject)
			column++;
		if (column < table->columns_count || column == COLUMNS_MAX)
			continue;
		table->columns[table->columns_count++] = trial->subject;
		if (strlen(trial->subject->name) + 2 > table->column_width)
			table->column_width = strlen(trial->subject->name) + 2;
	}
}

static const struct trial *cell_of(const struct table *table, const char *name, const struct subject *subject)
{
	for (size_t i = 0; i < table->session->trials.count; i++) {
		const struct trial *trial = table->session->trials.at[i];
		if (trial->subject == subject && strcmp(report_case_name(trial), name) == 0)
			return trial;
	}
	return NULL;
}

static void put_cell(const struct table *table, const struct trial *trial, struct buf *out)
{
	char text[80];
	bool bad = trial && trial->state != TRIAL_SKIPPED && trial->state != TRIAL_WAITING &&
		   !(trial->state == TRIAL_JUDGED && trial->judgement.passed);
	snprintf(text, sizeof text, "%-*s", (int)(table->column_width < 60 ? table->column_width : 60),
		 !trial || trial->state == TRIAL_SKIPPED ? "-" : verdict_word(trial));
	if (bad)
		memcpy(text + strlen(verdict_word(trial)), " !", 2);
	coloured(out, table->colour, trial ? verdict_colour(trial) : FAINT, text);
}

static void end_row(struct buf *out)
{
	while (out->length && out->at[out->length - 1] == ' ')
		out->at[--out->length] = '\0';
	buf_char(out, '\n');
}

static void put_row(const struct table *table, const struct trial *first, struct buf *out)
{
	const char *name = report_case_name(first);
	char number[12] = "";
	if (first->scenario)
		snprintf(number, sizeof number, "%u", first->scenario);
	buf_printf(out, "%3s  %-*s  ", number, (int)table->name_width, name);
	for (size_t i = 0; i < table->columns_count; i++)
		put_cell(table, cell_of(table, name, table->columns[i]), out);
	end_row(out);
}

static bool is_first_of_its_name(const struct session *session, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (strcmp(report_case_name(session->trials.at[i]), report_case_name(session->trials.at[index])) == 0)
			return false;
	return true;
}

static void put_table(const struct table *table, struct buf *out)
{
	buf_printf(out, "     %-*s  ", (int)table->name_width, "case");
	for (size_t i = 0; i < table->columns_count; i++)
		buf_printf(out, "%-*s", (int)table->column_width, table->columns[i]->name);
	end_row(out);
	for (size_t i = 0; i < table->session->trials.count; i++)
		if (is_first_of_its_name(table->session, i))
			put_row(table, table->session->trials.at[i], out);
}

/* ---- the whole ---- */

static bool is_worth_telling(const struct trial *trial)
{
	return trial->state == TRIAL_TROUBLED || (trial->state == TRIAL_JUDGED && !trial->judgement.passed);
}

static void put_count(struct buf *out, bool colour, unsigned count, const char *what, const char *code)
{
	char text[48];
	if (!count)
		return;
	snprintf(text, sizeof text, "%u %s", count, what);
	buf_text(out, out->length && out->at[out->length - 1] != '\n' ? ", " : "");
	coloured(out, colour, code, text);
}

static void put_summary(const struct session *session, bool colour, struct buf *out)
{
	struct session_counts counts = session_count(session);
	SCOPED(buf_free) struct buf line = {0};
	put_count(&line, colour, counts.passed, "passed", GREEN);
	put_count(&line, colour, counts.failed, "failed", RED);
	put_count(&line, colour, counts.unexercised, "unexercised", YELLOW);
	put_count(&line, colour, counts.troubled, "not judged", RED);
	put_count(&line, colour, counts.skipped, "skipped", FAINT);
	put_count(&line, colour, counts.waiting, "not run", FAINT);
	buf_printf(out, "%s in %.1f s%s\n", line.length ? buf_string(&line) : "nothing was run",
		   (double)session->wall_ns / NS_PER_S, session->interrupted ? " (interrupted)" : "");
}

/* Reasons told, of those that skipped a case: the rest are in the other reports. */
#define REASONS_MAX 6

static bool is_skipped_for(const struct trial *trial, const char *why)
{
	return trial->state == TRIAL_SKIPPED && strcmp(trial_why(trial), why) == 0;
}

static unsigned count_skipped_for(const struct session *session, size_t from, size_t to, const char *why)
{
	unsigned count = 0;
	for (size_t i = from; i < to; i++)
		count += is_skipped_for(session->trials.at[i], why);
	return count;
}

/* Why cases were skipped, each reason once. */
static void put_skipped(const struct session *session, struct buf *out)
{
	unsigned told = 0;
	for (size_t i = 0; i < session->trials.count; i++) {
		const struct trial *trial = session->trials.at[i];
		if (trial->state != TRIAL_SKIPPED || count_skipped_for(session, 0, i, trial_why(trial)))
			continue;
		if (told++ < REASONS_MAX)
			buf_printf(out, "%3u skipped: %.*s\n", count_skipped_for(session, i, session->trials.count, trial_why(trial)),
				   (int)strcspn(trial_why(trial), "\n"), trial_why(trial));
	}
	if (told > REASONS_MAX)
		buf_printf(out, "    (%u further reasons: --verbose)\n", told - REASONS_MAX);
	if (told)
		buf_char(out, '\n');
}

void report_text(const struct session *session, const char *title, bool colour, struct buf *out)
{
	/* The longest verdict is "unexercised !". */
	struct table table = {.session = session, .colour = colour, .name_width = 4, .column_width = 15};
	lay_out(&table);
	bool tabled = title && session->trials.count > 1;
	if (tabled) {
		coloured(out, colour, BOLD, title);
		buf_text(out, "\n\n");
	}
	for (size_t i = 0; i < session->trials.count; i++)
		if (is_worth_telling(session->trials.at[i]) || session->trials.count == 1) {
			report_trial(session->trials.at[i], colour, out);
			buf_char(out, '\n');
		}
	/* Last, so that it is what stands on the screen in the end. */
	if (tabled) {
		put_table(&table, out);
		buf_char(out, '\n');
		put_skipped(session, out);
	}
	put_summary(session, colour, out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JUnit XML, as Jenkins, GitLab and GitHub's actions read it: a testsuite a subject; failure for what is the subject's,
 * error for what is ours or the machine's. Messages stand in the body again, because some readers ignore attributes. */
#include "harness/report.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/utf8.h"

#include <string.h>

/* Bytes shown of what a subject said. */
#define SAID_MAX 65536

/* XML 1.0 has no control characters but tab, newline and return, and no U+FFFE and U+FFFF, not even as references. */
static bool is_character(const char *at, size_t width)
{
	unsigned char c = (unsigned char)*at;
	bool control = (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
	return width && !control && !(width == 3 && memcmp(at, "\xef\xbf", 2) == 0 && (unsigned char)at[2] >= 0xbe);
}

static void put_bytes(struct buf *out, const char *text, size_t left)
{
	while (left) {
		size_t width = utf8_width(text, left);
		char c = *text;
		if (c == '&' || c == '<' || c == '>' || c == '"')
			buf_text(out, c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&quot;");
		else if (is_character(text, width))
			buf_add(out, text, width);
		else
			buf_text(out, "\xef\xbf\xbd");
		text += width ? width : 1;
		left -= width ? width : 1;
	}
}

static void put_escaped(struct buf *out, const char *text)
{
	put_bytes(out, text, strlen(text));
}

static void put_attribute(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, " %s=\"", name);
	put_escaped(out, value);
	buf_char(out, '"');
}

static void put_seconds(struct buf *out, const char *name, int64_t ns)
{
	/* Always a point, whatever the locale: no %f. */
	buf_printf(out, " %s=\"%lld.%03lld\"", name, (long long)(ns / NS_PER_S), (long long)(ns % NS_PER_S / NS_PER_MS));
}

static void put_body(const struct trial *trial, const char *element, const char *type, const char *message, struct buf *out)
{
	buf_printf(out, "      <%s", element);
	put_attribute(out, "type", type);
	put_attribute(out, "message", message);
	buf_text(out, ">");
	put_escaped(out, message);
	SCOPED(buf_free) struct buf story = {0};
	report_trial(trial, false, &story);
	buf_char(out, '\n');
	put_escaped(out, buf_string(&story));
	buf_printf(out, "</%s>\n", element);
}

/* What lists of failures show is the message: the evidence, on one line. */
static void put_failure(const struct trial *trial, struct buf *out)
{
	const char *verdict = verdict_class_name(trial->judgement.verdict);
	const char *reasons = buf_string(&trial->judgement.reasons);
	SCOPED(buf_free) struct buf message = {0};
	buf_printf(&message, "%s: %.*s", verdict, (int)strcspn(reasons, "\n"), reasons);
	put_body(trial, "failure", verdict, buf_string(&message), out);
}

static void put_case(const struct trial *trial, struct buf *out)
{
	buf_text(out, "    <testcase");
	put_attribute(out, "classname", trial->subject->name);
	put_attribute(out, "name", report_case_name(trial));
	put_seconds(out, "time", trial->wall_ns);
	buf_text(out, ">\n");
	if (trial->state == TRIAL_SKIPPED) {
		buf_text(out, "      <skipped");
		put_attribute(out, "message", trial_why(trial));
		buf_text(out, "/>\n");
	} else if (trial->state != TRIAL_JUDGED) {
		put_body(trial, "error", "trouble", trial_why(trial), out);
	} else if (!trial->judgement.passed) {
		put_failure(trial, out);
	}
	const struct buf *said = trial->evidence ? &trial->evidence->err : NULL;
	if (said && said->length) {
		buf_text(out, "      <system-err>");
		put_bytes(out, said->at, said->length < SAID_MAX ? said->length : SAID_MAX);
		buf_text(out, "</system-err>\n");
	}
	buf_text(out, "    </testcase>\n");
}

struct totals {
	unsigned tests, failures, errors, skipped;
	int64_t ns;
};

/* Of one subject, or of all where it is NULL. */
static struct totals count(const struct session *session, const struct subject *subject)
{
	struct totals t = {0};
	for (size_t i = 0; i < session->trials.count; i++) {
		const struct trial *trial = session->trials.at[i];
		if (subject && trial->subject != subject)
			continue;
		t.tests++;
		t.skipped += trial->state == TRIAL_SKIPPED;
		t.errors += trial->state == TRIAL_TROUBLED || trial->state == TRIAL_WAITING;
		t.failures += trial->state == TRIAL_JUDGED && !trial->judgement.passed;
		t.ns += trial->wall_ns;
	}
	return t;
}

static void put_totals(struct buf *out, const char *name, struct totals t)
{
	put_attribute(out, "name", name);
	buf_printf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"", t.tests, t.failures, t.errors, t.skipped);
	put_seconds(out, "time", t.ns);
	buf_text(out, ">\n");
}

void report_junit(const struct session *session, const char *title, bool colour, struct buf *out)
{
	(void)colour;
	buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
	put_totals(out, title ? title : "ordeal", count(session, NULL));
	for (size_t i = 0; i < session->subjects.count; i++) {
		const struct subject *subject = session->subjects.at[i];
		if (!count(session, subject).tests)
			continue;
		buf_text(out, "  <testsuite");
		put_totals(out, subject->name, count(session, subject));
		for (size_t j = 0; j < session->trials.count; j++)
			if (session->trials.at[j]->subject == subject)
				put_case(session->trials.at[j], out);
		buf_text(out, "  </testsuite>\n");
	}
	buf_text(out, "</testsuites>\n");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs evidence: the parts of it, in order. */
#include "harness/court.h"

#include "base/harmless.h"
#include "harness/words.h"

#include <stdarg.h>

/* In all that is told stand names and words of strangers. */
static void tidy(struct buf *text, size_t from)
{
	if (text->length > from)
		harmless(text->at + from, "");
}

void reason(struct court *c, const char *format, ...)
{
	size_t from = c->out->reasons.length;
	va_list args;
	va_start(args, format);
	buf_vprintf(&c->out->reasons, format, args);
	va_end(args);
	tidy(&c->out->reasons, from);
	buf_char(&c->out->reasons, '\n');
}

void unmet(struct court *c, const char *format, ...)
{
	size_t from = c->out->failures.length;
	va_list args;
	va_start(args, format);
	buf_vprintf(&c->out->failures, format, args);
	va_end(args);
	tidy(&c->out->failures, from);
	buf_char(&c->out->failures, '\n');
}

/* Was nothing done to it at all? Then there is nothing to judge. What was only cut short can be taken for all there is. */
static bool is_untouched(const struct court *c)
{
	return !c->evidence->touches.count && !evidence_exercised(c->evidence, AXIS_ALLOCATIONS);
}

static enum verdict_class name_verdict(struct court *c)
{
	if (court_is_crash(c))
		return VERDICT_CRASHED;
	if (court_is_hung(c))
		return VERDICT_HUNG;
	if (!is_untouched(c) && court_is_wrong(c))
		return VERDICT_WRONG;
	if (!is_untouched(c) && court_is_leaked(c))
		return VERDICT_LEAKED;
	if (court_is_unexercised(c))
		return VERDICT_UNEXERCISED;
	return court_graceful(c);
}

void judge(const struct case_spec *spec, const struct subject *subject, const struct baseline *clean,
	   const struct evidence *evidence, struct judgement *out)
{
	struct court c = {.spec = spec, .subject = subject, .clean = clean, .evidence = evidence,
			  .run = &evidence->found.runs[RUN_MAIN], .usual = &clean->evidence.found.runs[RUN_MAIN],
			  .oracles = oracles_merge(&spec->oracles, &subject->oracles), .out = out};
	*out = (struct judgement){0};
	words_new_lines(buf_string(&evidence->err), buf_string(&clean->evidence.err), buf_string(&clean->evidence.again_err),
			clean->inputs, &c.new_err);
	words_new_lines(buf_string(&evidence->out), buf_string(&clean->evidence.out), buf_string(&clean->evidence.again_out),
			clean->inputs, &c.new_words);
	buf_add(&c.new_words, buf_string(&c.new_err), c.new_err.length);
	court_tell_injected(&c);
	tidy(&out->injected, 0);
	court_weigh_outputs(&c);
	out->verdict = name_verdict(&c);
	court_note_mute(&c);
	court_note_rest(&c);
	court_check_expectations(&c);
	out->passed = !out->failures.length;
	buf_free(&c.new_err);
	buf_free(&c.new_words);
}

void judgement_free(struct judgement *judgement)
{
	buf_free(&judgement->injected);
	buf_free(&judgement->reasons);
	buf_free(&judgement->failures);
}

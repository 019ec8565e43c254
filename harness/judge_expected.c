/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Holds the verdict against what the case expects. */
#include "harness/court.h"

#include "base/scope.h"
#include "harness/words.h"

#include <string.h>

static void check_names(struct court *c)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool file = touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0;
		if (file && !words_name(buf_string(&c->new_words), touch->path))
			unmet(c, "%s was struck (%s) and is not named in its report", touch->path, touch->effect);
	}
}

const char *judge_is_blind(const struct case_spec *spec, const struct subject *subject, const struct baseline *clean)
{
	const struct manifest *golden = &clean->evidence.outputs;
	unsigned files = 0;
	for (size_t i = 0; i < golden->entries.count; i++) {
		if (golden->entries.at[i].type == 'd' || court_is_bystander(clean, golden->entries.at[i].path))
			continue;
		files++;
		if (!court_is_unstable(clean, golden->entries.at[i].path))
			return NULL;
	}
	if (subject_does(subject, "check") || (oracles_merge(&spec->oracles, &subject->oracles).check && files))
		return NULL;
	if (files)
		return "no output is the same in two runs without faults (fix its time stamps, seeds ...)";
	if (!clean->evidence.out.length)
		return "without faults it writes no file into {out} and prints nothing";
	return clean->stdout_stable ? NULL : "without faults it writes no file into {out}, and never prints the same twice";
}

/* A verdict that rests on comparing results is none where no result could be compared. */
static void check_comparison(struct court *c)
{
	const char *why = judge_is_blind(c->spec, c->subject, c->clean);
	if (why)
		unmet(c, "nothing was compared: %s", why);
}

void court_check_expectations(struct court *c)
{
	const struct case_spec *spec = c->spec;
	if (!(spec->allow >> c->out->verdict & 1)) {
		SCOPED(buf_free) struct buf allowed = {0};
		verdict_set_print(spec->allow, &allowed);
		unmet(c, "verdict %s, allowed: %s", verdict_class_name(c->out->verdict), buf_string(&allowed));
	}
	if (c->subject->has_codes)
		c->out->code = words_code(buf_string(&c->new_words), &c->subject->codes);
	if (spec->code && c->subject->has_codes &&
	    !words_have_code(buf_string(&c->new_words), &c->subject->codes, spec->code))
		unmet(c, "error code %u expected, reported: %u", spec->code, c->out->code);
	if (spec->names && c->out->verdict <= VERDICT_REFUSED)
		check_names(c);
	if (c->out->verdict == VERDICT_COMPLETE || c->out->verdict == VERDICT_DEGRADED)
		check_comparison(c);
}

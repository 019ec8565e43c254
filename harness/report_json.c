/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* JSON lines: one object a trial. */
#include "harness/report.h"

#include "base/clock.h"
#include "base/jsonw.h"
#include "base/scope.h"

static const char *state_name(const struct trial *trial)
{
	static const char *const names[] = {[TRIAL_WAITING] = "not run", [TRIAL_JUDGED] = "judged", [TRIAL_SKIPPED] = "skipped",
					    [TRIAL_TROUBLED] = "trouble"};
	return names[trial->state];
}

static void put_judgement(const struct trial *trial, struct jsonw *j)
{
	const struct judgement *judgement = &trial->judgement;
	const struct trial_run *run = &trial->run;
	jsonw_key(j, "verdict"), jsonw_text(j, verdict_class_name(judgement->verdict));
	jsonw_key(j, "passed"), jsonw_bool(j, judgement->passed);
	jsonw_key(j, "injected"), jsonw_text(j, buf_string(&judgement->injected));
	jsonw_key(j, "evidence"), jsonw_text(j, buf_string(&judgement->reasons));
	jsonw_key(j, "not_met"), jsonw_text(j, buf_string(&judgement->failures));
	jsonw_key(j, "mute"), jsonw_bool(j, judgement->mute);
	jsonw_key(j, "code"), jsonw_uint(j, judgement->code);
	jsonw_key(j, "exit_status"), jsonw_int(j, run->exit_code);
	jsonw_key(j, "signal"), jsonw_int(j, run->signal);
	jsonw_key(j, "subject_s"), jsonw_real(j, (double)run->wall_ns / NS_PER_S, 6);
	jsonw_key(j, "max_rss_kib"), jsonw_uint(j, run->max_rss_kib);
	jsonw_key(j, "allocations"), jsonw_uint(j, run->allocations);
}

static void put_trial(const struct trial *trial, struct buf *out)
{
	SCOPED(buf_free) struct buf replay = {0};
	struct jsonw j = jsonw_to(out);
	report_replay(trial, &replay);
	jsonw_object(&j);
	jsonw_key(&j, "case"), jsonw_text(&j, trial->spec.name);
	jsonw_key(&j, "subject"), jsonw_text(&j, trial->subject->name);
	jsonw_key(&j, "state"), jsonw_text(&j, state_name(trial));
	if (trial->state == TRIAL_JUDGED)
		put_judgement(trial, &j);
	else
		jsonw_key(&j, "why"), jsonw_text(&j, trial_why(trial));
	jsonw_key(&j, "seconds"), jsonw_real(&j, (double)trial->wall_ns / NS_PER_S, 6);
	jsonw_key(&j, "replay"), jsonw_text(&j, buf_string(&replay));
	jsonw_close(&j);
	buf_char(out, '\n');
}

void report_json(const struct session *session, const char *title, bool colour, struct buf *out)
{
	(void)title, (void)colour;
	for (size_t i = 0; i < session->trials.count; i++)
		put_trial(session->trials.at[i], out);
}

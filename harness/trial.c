/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Trials and their session, from the beginning to the end. (Preparing them: prepare.c; carrying them out: session.c.) */
#include "harness/trial.h"

#include "base/scope.h"
#include "harness/symbols.h"

#include <errno.h>
#include <string.h>

/* ---- subjects ---- */

static int add_subject(struct session *session, struct subject *subject, struct err *err)
{
	struct subject **slot = vec_add(&session->subjects);
	if (!slot) {
		subject_free(subject);
		return err_set(err, ENOMEM, "out of memory");
	}
	*slot = subject;
	return 0;
}

int session_subject(struct session *session, const char *name, const struct subject **out, struct err *err)
{
	*out = NULL;
	for (size_t i = 0; i < session->trials.count; i++)
		if (session->trials.at[i]->spec.subject && strcmp(session->trials.at[i]->spec.subject, name) == 0) {
			*out = session->trials.at[i]->subject;
			return 0;
		}
	struct subject *subject;
	int rc = subject_load(name, &subject, err);
	if (!rc)
		rc = add_subject(session, subject, err);
	if (!rc)
		*out = subject;
	return rc;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_command(const struct case_spec *a, const struct case_spec *b)
{
	size_t i = 0;
	if (!a->command || !same_text(a->does, b->does))
		return false;
	while (a->command[i] && b->command[i] && strcmp(a->command[i], b->command[i]) == 0)
		i++;
	return !a->command[i] && !b->command[i];
}

static int subject_of(struct session *session, const struct case_spec *spec, const struct subject **out, struct err *err)
{
	if (spec->subject && spec->does)
		return err_set(err, EINVAL, "does: the subject's file says what '%s' does", spec->subject);
	if (spec->subject)
		return session_subject(session, spec->subject, out, err);
	struct trial *last = session->trials.count ? session->trials.at[session->trials.count - 1] : NULL;
	if (last && same_command(&last->spec, spec)) {
		*out = last->subject;
		return 0;
	}
	struct subject *subject;
	int rc = subject_of_command(spec->command, spec->does, &subject, err);
	if (!rc)
		rc = add_subject(session, subject, err);
	*out = rc ? NULL : subject;
	return rc;
}

/* ---- life ---- */

int session_add(struct session *session, struct case_spec *spec, struct trial **out, struct err *err)
{
	const struct subject *subject;
	int rc = subject_of(session, spec, &subject, err);
	struct trial *trial = rc ? NULL : calloc(1, sizeof *trial);
	struct trial **slot = trial ? vec_add(&session->trials) : NULL;
	*out = NULL;
	if (!slot) {
		free(trial);
		case_fini(spec);
		return rc ? rc : err_set(err, ENOMEM, "out of memory");
	}
	*slot = *out = trial;
	trial->subject = subject;
	trial->spec = *spec;
	case_init(spec);
	return 0;
}

void session_init(struct session *session)
{
	struct err why;
	*session = (struct session){.jobs = 1, .again = true, .world = world_best(&why)};
}

void trial_begin_anew(struct trial *trial)
{
	trial_forget_evidence(trial);
	judgement_free(&trial->judgement);
	trial->judgement = (struct judgement){0};
	trial->state = TRIAL_WAITING;
}

void trial_forget_evidence(struct trial *trial)
{
	if (trial->evidence)
		evidence_free(trial->evidence);
	free(take_ptr(&trial->evidence));
	if (trial->rules)
		plan_free(take_ptr(&trial->plan));
}

const char *trial_why(const struct trial *trial)
{
	return trial->why ? trial->why : "";
}

void trial_say(struct trial *trial, const char *why)
{
	free(trial->why);
	trial->why = strdup(why);
}

static void trial_free(struct trial *trial)
{
	case_fini(&trial->spec);
	trial_forget_evidence(trial);
	free(trial->crash_site);
	free(trial->why);
	judgement_free(&trial->judgement);
	plan_free(trial->plan);
	for (size_t i = 0; i < trial->allocations.count; i++)
		plan_allocation_clear(&trial->allocations.at[i]);
	vec_free(&trial->allocations);
	free(trial->plan_path);
	free(trial->rules);
	free(trial->corpus);
	free(trial->title);
	free(trial);
}

void session_drop_last(struct session *session)
{
	trial_free(session->trials.at[--session->trials.count]);
}

void session_drop_skipped(struct session *session)
{
	size_t kept = 0;
	for (size_t i = 0; i < session->trials.count; i++) {
		struct trial *trial = session->trials.at[i];
		if (trial->state == TRIAL_SKIPPED)
			trial_free(trial);
		else
			session->trials.at[kept++] = trial;
	}
	session->trials.count = kept;
}

static void baseline_free(struct baseline_entry *entry)
{
	case_fini(&entry->spec);
	evidence_free(&entry->baseline.evidence);
	if (entry->outputs.kept >= 0)
		close(entry->outputs.kept);
	if (entry->outputs.kept_again >= 0)
		close(entry->outputs.kept_again);
	subject_words_free(&entry->baseline.unstable);
	for (size_t i = 0; i < entry->inputs.count; i++)
		free(entry->inputs.at[i]);
	vec_free(&entry->inputs);
	buf_free(&entry->golden);
	free(entry->key);
	free(entry);
}

struct symbols *session_symbols(struct session *session)
{
	if (!session->symbols)
		session->symbols = symbols_open();
	return session->symbols;
}

void session_fini(struct session *session)
{
	symbols_close(session->symbols);
	for (size_t i = 0; i < session->trials.count; i++)
		trial_free(session->trials.at[i]);
	for (size_t i = 0; i < session->baselines.count; i++)
		baseline_free(session->baselines.at[i]);
	for (size_t i = 0; i < session->subjects.count; i++)
		subject_free(session->subjects.at[i]);
	vec_free(&session->trials);
	vec_free(&session->baselines);
	vec_free(&session->subjects);
}

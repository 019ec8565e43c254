/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Trials that are done by copies of a program (forks.h). */
#include "base/clock.h"
#include "base/json_text.h"
#include "base/jsonw.h"
#include "base/scope.h"
#include "base/shortfall.h"
#include "harness/record.h"
#include "harness/session_work.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* The program's deadline does not run while a copy does, but while it begins and ends one. */
#define PAUSE_NS (100 * NS_PER_MS)

static const struct trial *trial_of(const struct session *session, const struct forks_points *points, size_t index)
{
	return session->trials.at[points->list.at[index].name];
}

/* ---- in the box ---- */

static bool is_empty(const struct manifest *manifest)
{
	return !manifest->entries.count;
}

/* Is there nothing that could spoil another run? As the box itself asks (stage.c). */
static bool left_nothing_new(const struct baseline_entry *clean, const struct evidence *evidence, const struct box *found)
{
	SCOPED(buf_free) struct buf outputs = {0};
	int fd = found->streams[STREAM_OUTPUTS];
	if (!is_empty(&evidence->tmp) || !is_empty(&evidence->home))
		return false;
	bool read = lseek(fd, 0, SEEK_SET) == 0 && buf_read_fd(&outputs, fd, EVIDENCE_STREAM_MAX) == 0;
	return read && (!outputs.length || strcmp(buf_string(&outputs), buf_string(&clean->golden)) == 0);
}

static void put_record(size_t index, const struct trial_run *run, const struct judgement *judgement, struct buf *lines)
{
	struct jsonw j = jsonw_to(lines);
	jsonw_object(&j);
	jsonw_key(&j, "point"), jsonw_uint(&j, index);
	jsonw_key(&j, "verdict"), jsonw_uint(&j, judgement->verdict);
	jsonw_key(&j, "code"), jsonw_uint(&j, judgement->code);
	jsonw_key(&j, "exit"), jsonw_int(&j, run->exit_code);
	jsonw_key(&j, "wall"), jsonw_int(&j, run->wall_ns);
	jsonw_key(&j, "rss"), jsonw_uint(&j, run->max_rss_kib);
	jsonw_key(&j, "allocations"), jsonw_uint(&j, run->allocations);
	jsonw_key(&j, "outputs"), jsonw_int(&j, (int64_t)run->outputs);
	jsonw_key(&j, "stdout"), jsonw_int(&j, (int64_t)run->stdout_digest);
	jsonw_key(&j, "words"), jsonw_int(&j, (int64_t)run->words);
	jsonw_key(&j, "injected"), jsonw_text(&j, buf_string(&judgement->injected));
	jsonw_key(&j, "reasons"), jsonw_text(&j, buf_string(&judgement->reasons));
	jsonw_close(&j);
	buf_char(lines, '\n');
}

static bool weigh(const void *context, const struct forks_points *points, size_t index, const struct box *found, struct buf *lines)
{
	const struct session *session = context;
	const struct trial *trial = trial_of(session, points, index);
	const struct baseline_entry *clean = session->baselines.at[trial->baseline];
	struct evidence evidence;
	struct judgement judgement;
	struct err err = {0};
	if (evidence_take(found, &evidence, &err) < 0)
		return false;
	uint64_t before = shortfalls();
	bool good = session_add_to_evidence(session, trial, &evidence) == 0;
	if (good) {
		judge(&trial->spec, trial->subject, &clean->baseline, &evidence, &judgement);
		const struct trial_run run = session_run_of(&evidence, found);
		good = judgement.passed && !run.signal && (VERDICT_GRACEFUL >> judgement.verdict & 1);
		if (good && session->again && clean->baseline.repeats)
			good = left_nothing_new(clean, &evidence, found);
		good = good && shortfalls() == before;
		if (good)
			put_record(index, &run, &judgement, lines);
		judgement_free(&judgement);
	}
	evidence_free(&evidence);
	return good;
}

/* ---- at home ---- */

static void request(const void *context, size_t index, struct box_request *out)
{
	const struct session *session = context;
	const struct forks_points *points = &session->forks->batches.at[index];
	session_case_request(session, points->list.at[0].name, out);
	out->forks = points;
	out->deadline_ns += (int64_t)points->list.count * PAUSE_NS;
	out->allocations = NULL;
	out->allocations_count = 0;
	out->again = false;
	out->keep[0] = '\0';
}

static int prepare(struct session *session, size_t index, struct err *err)
{
	struct forks_points *points = &session->forks->batches.at[index];
	(void)err;
	points->weigh = weigh;
	points->context = session;
	const struct baseline_entry *clean = session->baselines.at[trial_of(session, points, 0)->baseline];
	/* Nobody traces copies. */
	if (clean->watched)
		snprintf(session->forks->void_why, sizeof session->forks->void_why, "the program has handlers for signals that programs crash by");
	return clean->usable && !clean->watched ? 0 : 1;
}

static void trouble(struct session *session, size_t index, const struct err *err)
{
	(void)index;
	snprintf(session->forks->void_why, sizeof session->forks->void_why, "%.250s", err->text);
}

static int64_t number_at(const json_t *record, const char *key)
{
	return json_integer_value(json_object_get(record, key));
}

static void take_done(struct session *session, const struct forks_points *points, const json_t *record)
{
	size_t index = (size_t)number_at(record, "point");
	if (index >= points->list.count)
		return;
	struct trial *trial = session->trials.at[points->list.at[index].name];
	trial->judgement = (struct judgement){.verdict = (enum verdict_class)number_at(record, "verdict"), .passed = true,
					      .code = (uint32_t)number_at(record, "code")};
	buf_text(&trial->judgement.injected, record_text(record, "injected"));
	buf_text(&trial->judgement.reasons, record_text(record, "reasons"));
	trial->wall_ns = number_at(record, "wall");
	trial->run = (struct trial_run){(int)number_at(record, "exit"), 0, trial->wall_ns, (uint64_t)number_at(record, "rss"),
					(uint64_t)number_at(record, "allocations"), (uint64_t)number_at(record, "outputs"),
					(uint64_t)number_at(record, "stdout"), (uint64_t)number_at(record, "words")};
	trial->state = TRIAL_JUDGED;
}

static void take_states(struct session *session, const struct forks_points *points, const json_t *states)
{
	for (size_t i = 0; i < points->list.count; i++) {
		struct trial *trial = session->trials.at[points->list.at[i].name];
		trial->forked = true;
		trial->fork = (enum alloc_fork_state)json_integer_value(json_array_get(states, i));
	}
}

static void take_records(struct session *session, const struct forks_points *points, char *rest)
{
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		struct err why;
		json_t *record = *line ? json_read(line, 0, &why) : NULL;
		const json_t *states = json_object_get(record, "states");
		if (states)
			take_states(session, points, states);
		else if (record)
			take_done(session, points, record);
		json_decref(record);
	}
}

/* Did the program itself end as it does without faults? If not, a copy has reached into it. NULL: it did. */
static const char *what_is_odd(const struct baseline_entry *clean, const struct evidence *evidence)
{
	const struct process_outcome *run = &evidence->found.runs[RUN_MAIN], *usual = &clean->baseline.evidence.found.runs[RUN_MAIN];
	const struct manifest *golden = &clean->baseline.evidence.outputs;
	if (!evidence->found.complete)
		return evidence->found.trouble;
	if (run->timed_out || run->signal || run->exit_code != usual->exit_code || evidence->found.leftovers)
		return "the program itself did not end as it does without faults";
	if (evidence->outputs.entries.count != golden->entries.count || !is_empty(&evidence->tmp) != !is_empty(&clean->baseline.evidence.tmp))
		return "the program itself left other files than without faults";
	for (size_t i = 0; !clean->baseline.unstable.words.count && i < golden->entries.count; i++)
		if (!manifest_same(&golden->entries.at[i], manifest_find(&evidence->outputs, golden->entries.at[i].path)))
			return "the program itself made other outputs than without faults";
	if (clean->baseline.stdout_stable && session_words_of(evidence) != session_words_of(&clean->baseline.evidence))
		return "the program itself printed something else than without faults";
	return NULL;
}

static void finish(struct session *session, size_t index, struct box *box)
{
	const struct forks_points *points = &session->forks->batches.at[index];
	const struct baseline_entry *clean = session->baselines.at[trial_of(session, points, 0)->baseline];
	SCOPED(buf_free) struct buf text = {0};
	struct evidence evidence;
	struct err err = {0};
	int fd = box->streams[STREAM_FORKS];
	if (evidence_take(box, &evidence, &err) < 0) {
		trouble(session, index, &err);
		return;
	}
	const char *odd = what_is_odd(clean, &evidence);
	if (odd)
		snprintf(session->forks->void_why, sizeof session->forks->void_why, "%.250s", odd);
	else if (lseek(fd, 0, SEEK_SET) == 0 && buf_read_fd(&text, fd, EVIDENCE_STREAM_MAX) == 0)
		take_records(session, points, text.at);
	evidence_free(&evidence);
}

int session_fork(struct session *session, struct session_forks *forks, struct err *err)
{
	const struct work work = {.count = forks->batches.count, .prepare = prepare, .request = request, .finish = finish, .trouble = trouble};
	session->forks = forks;
	int rc = session_work(session, &work, err);
	session->forks = NULL;
	return rc;
}

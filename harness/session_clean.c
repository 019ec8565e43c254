/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The clean runs of a session: what its cases are measured by. */
#include "harness/session_work.h"

#include "base/clock.h"
#include "base/scope.h"
#include "base/shortfall.h"
#include "harness/coverage.h"
#include "harness/exits.h"
#include "harness/words.h"

#include <fcntl.h>
#include <string.h>

/* A clean run has so long; it sets the measure for the rest. */
#define CLEAN_DEADLINE_NS (120 * NS_PER_S)
/* Formats that store the time of day store it in seconds: only runs further apart show that. */
#define AGAIN_AFTER_NS (1100 * NS_PER_MS)

/* Once is enough, also where cases come later. */
static int prepare_clean(struct session *session, size_t index, struct err *err)
{
	(void)err;
	return session->baselines.at[index]->usable;
}

static void clean_request(const void *context, size_t index, struct box_request *out)
{
	const struct session *session = context;
	const struct baseline_entry *entry = session->baselines.at[index];
	*out = (struct box_request){
		.spec = &entry->spec,
		.corpus = entry->spec.corpus,
		.subject = entry->subject,
		.preload = entry->preload,
		.files = entry->inputs.at,
		.env = session->coverage ? coverage_env(session->coverage, COVERAGE_CLEAN) : NULL,
		.deadline_ns = CLEAN_DEADLINE_NS,
		.again = true,
		.again_after_ns = AGAIN_AFTER_NS,
	};
}

static void clean_trouble(struct session *session, size_t index, const struct err *err)
{
	struct baseline_entry *entry = session->baselines.at[index];
	snprintf(entry->why, sizeof entry->why, "%s", err->text);
	entry->status = EXIT_ENVIRONMENT;
}

/* Outputs that differ between the two clean runs are not held against a faulty one. */
static bool find_unstable(struct baseline *baseline)
{
	const struct manifest *first = &baseline->evidence.outputs, *second = &baseline->evidence.again;
	bool all_there = first->entries.count == second->entries.count;
	for (size_t i = 0; i < first->entries.count; i++) {
		const struct manifest_entry *entry = &first->entries.at[i];
		const struct manifest_entry *other = manifest_find(second, entry->path);
		all_there &= other != NULL;
		bool equal = entry->type == 'f' && evidence_observation(&baseline->evidence, OBSERVED_EQUAL, true, entry->path);
		if (manifest_same(entry, other) || equal)
			continue;
		char **slot = vec_add(&baseline->unstable.words);
		if (!slot || !(*slot = strdup(entry->path)))
			shortfall_note();
	}
	return all_there;
}

/* What stands against a clean run as a measure, or NULL. */
static void judge_clean(struct baseline_entry *entry)
{
	const struct box_findings *found = &entry->baseline.evidence.found;
	const struct process_outcome *run = &found->runs[RUN_MAIN];
	const struct observation *bad;
	char said[300];
	words_telling_line(buf_string(&entry->baseline.evidence.err), said, sizeof said);
	entry->status = EXIT_USAGE;
	if (!found->complete) {
		entry->status = found->status ? found->status : EXIT_INTERNAL;
		snprintf(entry->why, sizeof entry->why, "%s", found->trouble);
	} else if (run->timed_out) {
		snprintf(entry->why, sizeof entry->why, "without any fault it does not end: %s", run->stuck);
	} else if (run->signal || run->exit_code != 0) {
		snprintf(entry->why, sizeof entry->why, "without any fault it fails already (%s %d)%s%s",
			 run->signal ? "signal" : "exit status", run->signal ? run->signal : run->exit_code,
			 said[0] ? ": " : "", said);
	} else if ((bad = evidence_observation(&entry->baseline.evidence, OBSERVED_BAD, false, NULL))) {
		snprintf(entry->why, sizeof entry->why, "without any fault its check does not pass %s%s%s", bad->path[0] ? bad->path : "its outputs",
			 bad->said[0] ? ": " : "", bad->said);
	} else {
		entry->usable = true;
	}
}

/* What its box was asked to keep of its outputs outlives it. */
static int keep_clean(struct baseline_entry *entry, const struct box *box)
{
	if (!oracles_merge(&entry->spec.oracles, &entry->subject->oracles).compare)
		return 0;
	entry->outputs.kept = fcntl(box->streams[STREAM_KEPT], F_DUPFD_CLOEXEC, 0);
	entry->outputs.kept_again = fcntl(box->streams[STREAM_KEPT_AGAIN], F_DUPFD_CLOEXEC, 0);
	return entry->outputs.kept < 0 || entry->outputs.kept_again < 0 ? -errno : 0;
}

static void finish_clean(struct session *session, size_t index, struct box *box)
{
	struct baseline_entry *entry = session->baselines.at[index];
	struct err err = {0};
	if (evidence_take(box, &entry->baseline.evidence, &err) < 0) {
		clean_trouble(session, index, &err);
		entry->status = EXIT_INTERNAL;
		return;
	}
	int outputs = box->streams[STREAM_OUTPUTS];
	if (lseek(outputs, 0, SEEK_SET) < 0 || buf_read_fd(&entry->golden, outputs, EVIDENCE_STREAM_MAX) < 0)
		buf_free(&entry->golden);
	if (keep_clean(entry, box) < 0) {
		clean_trouble(session, index, &(struct err){.text = "out of descriptors"});
		return;
	}
	uint64_t before = shortfalls();
	judge_clean(entry);
	const struct process_outcome *runs = entry->baseline.evidence.found.runs;
	bool all_there = find_unstable(&entry->baseline);
	entry->baseline.repeats = all_there && runs[RUN_AGAIN].started && runs[RUN_AGAIN].exit_code == runs[RUN_MAIN].exit_code;
	entry->baseline.stdout_stable =
		strcmp(buf_string(&entry->baseline.evidence.out), buf_string(&entry->baseline.evidence.again_out)) == 0;
	if (shortfalls() == before)
		return;
	clean_trouble(session, index, &(struct err){.text = "out of memory"});
	entry->status = EXIT_INTERNAL;
	entry->usable = false;
}

const struct work *session_clean_work(const struct session *session)
{
	static struct work work = {.prepare = prepare_clean, .request = clean_request, .finish = finish_clean, .trouble = clean_trouble};
	work.count = session->baselines.count;
	return &work;
}

/* ---- to be traced ---- */

/* A handler of the program's own may hide a crash, but not from a tracer. Most have none, and are spared that. */
static int prepare_watch(struct session *session, size_t index, struct err *err)
{
	struct baseline_entry *entry = session->baselines.at[index];
	const struct process_outcome *runs = entry->baseline.evidence.found.runs;
	(void)err;
	/* The library that looks for lost memory has such handlers, and cannot be traced. */
	bool leaks = oracles_merge(&entry->spec.oracles, &entry->subject->oracles).leaks == STANCE_FAIL;
	bool needed = entry->usable && !entry->watch_tried && !leaks && (runs[RUN_MAIN].prepared || runs[RUN_AGAIN].prepared);
	entry->watch_tried = true;
	return needed ? 0 : 1;
}

static void watch_request(const void *context, size_t index, struct box_request *out)
{
	clean_request(context, index, out);
	out->autopsy = true;
	out->again = false;
}

/* Does it complain where it does not else? */
static bool complains(const struct baseline_entry *entry, const struct box *box)
{
	const struct evidence *clean = &entry->baseline.evidence;
	SCOPED(buf_free) struct buf said = {0}, new = {0};
	int fd = box->streams[STREAM_STDERR];
	if (lseek(fd, 0, SEEK_SET) < 0 || buf_read_fd(&said, fd, EVIDENCE_STREAM_MAX) < 0)
		return true;
	words_new_lines(buf_string(&said), buf_string(&clean->err), buf_string(&clean->again_err), entry->inputs.at, &new);
	return new.length;
}

/* Who cannot be traced (LeakSanitizer ends with a message of its own) or meets such signals in daily life (as Java does) is left alone. */
static void finish_watch(struct session *session, size_t index, struct box *box)
{
	struct baseline_entry *entry = session->baselines.at[index];
	const struct process_outcome *run = &box->findings->runs[RUN_MAIN];
	bool as_usual = box->findings->complete && !run->timed_out && !run->signal && !run->exit_code && !complains(entry, box);
	entry->watched = as_usual && !run->autopsy.found && !run->autopsy.why_not[0];
}

static void watch_trouble(struct session *session, size_t index, const struct err *err)
{
	(void)session, (void)index, (void)err; /* its cases are not traced then */
}

const struct work *session_watch_work(const struct session *session)
{
	static struct work work = {.prepare = prepare_watch, .request = watch_request, .finish = finish_watch, .trouble = watch_trouble};
	work.count = session->baselines.count;
	return &work;
}

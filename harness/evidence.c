/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads the streams of a box. */
#include "harness/evidence.h"

#include "base/json_text.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "harness/record.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

/* ---- the journal ---- */

static bool is_damage(const json_t *record)
{
	return json_object_get(record, "damage") != NULL;
}

static bool is_touch_of(const struct touch *touch, const json_t *record, const char *rule)
{
	return touch->at_rest == is_damage(record) && strcmp(touch->path, record_text(record, "path")) == 0 && strcmp(touch->rule, rule) == 0 &&
	       strcmp(touch->volume, record_text(record, "volume")) == 0 && strcmp(touch->op, record_text(record, "op")) == 0;
}

/* What only comes late costs nothing, nor does a short transfer. An outage may end in an error. */
static bool costs(const char *effect, bool failed)
{
	const struct kind *kind = kinds_find(effect);
	if (kind && kind->late)
		return kind->outage && failed;
	return strcmp(effect, "short") != 0;
}

static bool is_listing(const char *op, const char *path)
{
	return strcmp(path, ".") == 0 || strcmp(op, "opendir") == 0 || strcmp(op, "readdir") == 0;
}

static bool fill_touch(struct touch *touch, const json_t *record, const char *rule, const char *effect)
{
	const char *error = json_string_value(json_object_get(record, "error"));
	const char *signal = json_string_value(json_object_get(record, "signal"));
	touch->volume = strdup(record_text(record, "volume"));
	touch->path = strdup(record_text(record, "path"));
	touch->op = strdup(record_text(record, "op"));
	touch->rule = strdup(rule);
	touch->effect = strdup(effect);
	touch->error = signal ? strdup(signal) : error ? strdup(error) : NULL;
	if (!touch->volume || !touch->path || !touch->op || !touch->rule || !touch->effect || ((signal || error) && !touch->error))
		return false;
	touch->at_rest = is_damage(record);
	touch->unseen = strcmp(record_text(record, "class"), "unseen") == 0;
	touch->costs = costs(effect, error);
	/* A removed file shows in the listing of its directory, but it is the file that is concerned. */
	touch->listing = !touch->at_rest && is_listing(touch->op, touch->path);
	return true;
}

/* A read is cut so that an error stands at its exact byte. For a program that reads on it is the error that happened, and the
 * cut only part of that; for one that does not, the cut is all there was. */
static bool is_cut(const char *effect)
{
	return strcmp(effect, "cut") == 0;
}

static int become_error(struct touch *touch, const json_t *record)
{
	const char *error = json_string_value(json_object_get(record, "error"));
	char *effect = strdup(record_text(record, "effect"));
	touch->error = error ? strdup(error) : NULL;
	if (!effect || (error && !touch->error)) {
		free(effect);
		return -ENOMEM;
	}
	free(touch->effect);
	touch->effect = effect;
	touch->count = 0;
	return 0;
}

/* What follows a strike and is none: sectors that a write has healed, what a power cut has taken back. */
static bool is_aftermath(const json_t *record)
{
	const char *effect = record_text(record, "effect");
	return strcmp(effect, "heal") == 0 || strcmp(effect, "taken-back") == 0;
}

static int add_record(struct evidence *evidence, const json_t *record)
{
	if (json_object_get(record, "lost"))
		return 0; /* of lines that could not be kept; the status has them too */
	const char *damage = json_string_value(json_object_get(record, "damage"));
	if (strcmp(record_text(record, "effect"), "control") == 0)
		return 0; /* what we have told the filesystem ourselves */
	const char *rule = damage ? "damage" : record_text(record, "rule");
	struct touch *touch = NULL;
	/* What strikes once mostly strikes again soon: the newest first. */
	for (size_t i = evidence->touches.count; !touch && i-- > 0;)
		if (is_touch_of(&evidence->touches.at[i], record, rule))
			touch = &evidence->touches.at[i];
	if (!touch) {
		touch = vec_add(&evidence->touches);
		if (!touch || !fill_touch(touch, record, rule, damage ? damage : record_text(record, "effect")))
			return -ENOMEM;
	}
	bool cut = is_cut(record_text(record, "effect"));
	if (cut && !is_cut(touch->effect))
		return 0;
	if (!cut && is_cut(touch->effect) && become_error(touch, record) < 0)
		return -ENOMEM;
	bool fails = json_object_get(record, "error") && costs(touch->effect, true);
	if (fails && !touch->costs && become_error(touch, record) < 0)
		return -ENOMEM;
	touch->costs |= fails;
	touch->count++;
	touch->changed += (uint64_t)json_integer_value(json_object_get(record, "changed"));
	return 0;
}

static int add_observation(struct evidence *evidence, const json_t *record)
{
	static const char *const kinds[] = {[OBSERVED_EQUAL] = "equal", [OBSERVED_DIFFERENT] = "differs", [OBSERVED_BAD] = "bad"};
	struct observation *observation = vec_add(&evidence->observations);
	if (!observation)
		return -ENOMEM;
	observation->kind = OBSERVED_DIFFERENT;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(record_text(record, "observed"), kinds[i]) == 0)
			observation->kind = (enum observation_kind)i;
	observation->again = json_is_true(json_object_get(record, "again"));
	observation->path = strdup(record_text(record, "path"));
	observation->said = strdup(record_text(record, "said"));
	return observation->path && observation->said ? 0 : -ENOMEM;
}

/* A line that was cut off by a kill is left out; what stands before it counts. */
static int read_records(int fd, struct evidence *evidence, int (*add)(struct evidence *, const json_t *))
{
	SCOPED(buf_free) struct buf text = {0};
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(&text, fd, EVIDENCE_STREAM_MAX);
	char *rest = text.at;
	for (char *line; !rc && rest && (line = strsep(&rest, "\n"));) {
		struct err why = {0};
		json_t *record = *line ? json_read(line, 0, &why) : NULL;
		if (record && !is_aftermath(record))
			rc = add(evidence, record);
		else if (why.code == ENOMEM)
			rc = -ENOMEM;
		json_decref(record);
	}
	return rc;
}

/* ---- everything ---- */

static int read_text(int fd, struct buf *text)
{
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(text, fd, 2 * PROCESS_OUTPUT_MAX);
	/* NULs would hide what follows them. */
	for (size_t i = 0; i < text->length; i++)
		if (!text->at[i])
			text->at[i] = ' ';
	return rc;
}

void evidence_name_stacks(struct evidence *evidence, struct symbols *symbols)
{
	const struct process_outcome *run = &evidence->found.runs[RUN_MAIN];
	if (run->autopsy.found)
		autopsy_tell(&run->autopsy, symbols, &evidence->died);
	if (run->timed_out && run->stuck_stack.count)
		symbols_stack(symbols, &run->stuck_stack, false, &evidence->stuck);
}

static int read_leaks(int fd, struct evidence *evidence)
{
	SCOPED(buf_free) struct buf text = {0};
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : buf_read_fd(&text, fd, EVIDENCE_STREAM_MAX);
	return rc ? rc : leaks_read(buf_string(&text), &evidence->leaks);
}

int evidence_take(const struct box *box, struct evidence *out, struct err *err)
{
	*out = (struct evidence){.found = *box->findings};
	int rc = manifest_read(box->streams[STREAM_OUTPUTS], &out->outputs, err);
	rc = rc ? rc : manifest_read(box->streams[STREAM_AGAIN_OUTPUTS], &out->again, err);
	rc = rc ? rc : manifest_read(box->streams[STREAM_TMP], &out->tmp, err);
	rc = rc ? rc : manifest_read(box->streams[STREAM_HOME], &out->home, err);
	rc = rc ? rc : manifest_read(box->streams[STREAM_BEFORE], &out->before, err);
	if (rc)
		return rc;
	rc = read_text(box->streams[STREAM_STDOUT], &out->out);
	rc = rc ? rc : read_text(box->streams[STREAM_STDERR], &out->err);
	rc = rc ? rc : read_text(box->streams[STREAM_AGAIN_STDOUT], &out->again_out);
	rc = rc ? rc : read_text(box->streams[STREAM_AGAIN_STDERR], &out->again_err);
	rc = rc ? rc : read_records(box->streams[STREAM_JOURNAL], out, add_record);
	rc = rc ? rc : read_records(box->streams[STREAM_OBSERVATIONS], out, add_observation);
	rc = rc ? rc : read_leaks(box->streams[STREAM_LEAKS], out);
	return rc ? err_set(err, -rc, "the findings of a case cannot be read: %s", strerror(-rc)) : 0;
}

void evidence_free(struct evidence *evidence)
{
	manifest_free(&evidence->outputs);
	manifest_free(&evidence->again);
	manifest_free(&evidence->tmp);
	manifest_free(&evidence->home);
	manifest_free(&evidence->before);
	buf_free(&evidence->out);
	buf_free(&evidence->err);
	buf_free(&evidence->again_out);
	buf_free(&evidence->again_err);
	buf_free(&evidence->died);
	buf_free(&evidence->stuck);
	for (size_t i = 0; i < evidence->touches.count; i++) {
		struct touch *touch = &evidence->touches.at[i];
		char *texts[] = {touch->volume, touch->path, touch->op, touch->rule, touch->effect, touch->error};
		for (size_t j = 0; j < COUNT_OF(texts); j++)
			free(texts[j]);
	}
	vec_free(&evidence->touches);
	for (size_t i = 0; i < evidence->observations.count; i++) {
		free(evidence->observations.at[i].path);
		free(evidence->observations.at[i].said);
	}
	vec_free(&evidence->observations);
	leaks_free(&evidence->leaks);
	vec_free(&evidence->idle);
	*evidence = (struct evidence){.found = evidence->found};
}

const struct observation *evidence_observation(const struct evidence *evidence, enum observation_kind kind, bool again, const char *path)
{
	for (size_t i = 0; i < evidence->observations.count; i++) {
		const struct observation *observation = &evidence->observations.at[i];
		if (observation->kind == kind && observation->again == again && (!path || strcmp(observation->path, path) == 0))
			return observation;
	}
	return NULL;
}

bool evidence_exercised(const struct evidence *evidence, enum axis axis)
{
	if (axis == AXIS_ALLOCATIONS)
		return evidence->found.allocations.fired > 0;
	for (size_t i = 0; i < evidence->touches.count; i++)
		if (evidence->touches.at[i].at_rest == (axis == AXIS_DAMAGE) && !is_cut(evidence->touches.at[i].effect))
			return true;
	return false;
}

static bool is_strike_of(const struct touch *touch, const char *rule)
{
	return !touch->at_rest && !is_cut(touch->effect) && strcmp(touch->rule, rule) == 0;
}

bool evidence_struck(const struct evidence *evidence, const char *rule)
{
	for (size_t i = 0; i < evidence->touches.count; i++)
		if (is_strike_of(&evidence->touches.at[i], rule))
			return true;
	return false;
}

const struct touch *evidence_first_cut(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->touches.count; i++)
		if (!evidence->touches.at[i].at_rest && is_cut(evidence->touches.at[i].effect))
			return &evidence->touches.at[i];
	return NULL;
}

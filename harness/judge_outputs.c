/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs outputs: what is there, against what a clean run makes. */
#include "harness/court.h"

#include "harness/compare.h"

#include <stdio.h>
#include <string.h>

bool court_is_unstable(const struct baseline *clean, const char *path)
{
	for (size_t i = 0; i < clean->unstable.words.count; i++)
		if (strcmp(clean->unstable.words.at[i], path) == 0)
			return true;
	return false;
}

/* As much like the clean run's as clean runs are like each other, as far as can be seen from outside: in type, and in size where
 * that stays the same; else that it is not empty. */
static bool resembles_clean(const struct baseline *clean, const struct manifest_entry *entry, const struct manifest_entry *golden)
{
	const struct manifest_entry *second = manifest_find(&clean->evidence.again, golden->path);
	if (entry->type != golden->type)
		return false;
	if (second && second->size == golden->size)
		return entry->size == golden->size;
	return entry->size > 0 || golden->size == 0;
}

/* Different in bytes, but a comparator says that the content is equal. */
static bool is_alike(const struct court *c, const struct manifest_entry *entry, const struct manifest_entry *golden, bool again)
{
	return entry && golden && entry->type == golden->type && entry->mode == golden->mode &&
	       evidence_observation(c->evidence, OBSERVED_EQUAL, again, entry->path);
}

bool court_equals_clean(const struct court *c, const struct manifest_entry *entry, const char *path, bool again)
{
	const struct manifest_entry *golden = manifest_find(&c->clean->evidence.outputs, path);
	if (is_alike(c, entry, golden, again))
		return true;
	if (entry && golden && court_is_unstable(c->clean, path))
		return resembles_clean(c->clean, entry, golden);
	return manifest_same(entry, golden);
}

/* A directory with something in it stands and falls with that. */
static bool is_empty(const struct manifest *manifest, const struct manifest_entry *directory)
{
	size_t length = strlen(directory->path);
	const struct manifest_entry *end = manifest->entries.at + manifest->entries.count;
	for (const struct manifest_entry *at = directory + 1; at < end && strncmp(at->path, directory->path, length) == 0; at++)
		if (court_is_below(at->path, directory->path))
			return false;
	return true;
}

/* " (samples differ by up to 3)", where somebody has looked; else "". */
static void tell_difference(const struct court *c, const char *path, char *out, size_t size)
{
	const struct observation *differs = evidence_observation(c->evidence, OBSERVED_DIFFERENT, false, path);
	snprintf(out, size, "%s%s%s", differs ? " (" : "", differs ? differs->said : "", differs ? ")" : "");
}

/* Was it kept from removing the file, or from finding it for that? */
static bool could_not_remove(const struct court *c, const char *path)
{
	for (size_t i = 0; i < c->evidence->touches.count; i++) {
		const struct touch *touch = &c->evidence->touches.at[i];
		bool removal = strcmp(touch->op, "unlink") == 0 || strcmp(touch->op, "rmdir") == 0 || strcmp(touch->op, "lookup") == 0;
		if (removal && touch->costs && touch->error && strcmp(touch->effect, "signal") != 0 && strcmp(touch->volume, "out") == 0 &&
		    (strcmp(touch->path, path) == 0 || strcmp(touch->path, ".") == 0))
			return true;
	}
	return false;
}

static void weigh_output(struct court *c, const struct manifest_entry *golden, const struct manifest_entry *entry)
{
	struct outcome *o = &c->outcome;
	const char *path = golden ? golden->path : entry->path;
	if (!golden) {
		if (could_not_remove(c, path))
			return;
		if (!o->extra++)
			snprintf(o->first_extra, sizeof o->first_extra, "%s", path);
		return;
	}
	bool equal = court_equals_clean(c, entry, path, false);
	if (golden->type == 'd' && (equal || !is_empty(&c->clean->evidence.outputs, golden)))
		return;
	if (equal) {
		o->same++;
		bool alike = is_alike(c, entry, golden, false);
		o->alike += alike && !manifest_same(entry, golden);
		o->blurred += !alike && court_is_unstable(c->clean, path);
		return;
	}
	if (entry && court_is_excused(c, path)) {
		o->excused++;
		return;
	}
	if (!entry && !o->missing++)
		snprintf(o->first_missing, sizeof o->first_missing, "%s", path);
	char how[COMPARE_SAID_MAX + 4];
	tell_difference(c, entry ? path : "", how, sizeof how);
	if (entry && !o->different++)
		snprintf(o->first_different, sizeof o->first_different, "%s%s", path, how);
	if (!court_is_explained(c, path) && !o->unexplained++)
		snprintf(o->first_unexplained, sizeof o->first_unexplained, "%s %s%s", path, entry ? "differs" : "is missing", how);
}

void court_weigh_outputs(struct court *c)
{
	const struct manifest *golden = &c->clean->evidence.outputs, *now = &c->evidence->outputs;
	for (size_t i = 0; i < golden->entries.count; i++)
		if (!court_is_bystander(c->clean, golden->entries.at[i].path))
			weigh_output(c, &golden->entries.at[i], manifest_find(now, golden->entries.at[i].path));
	for (size_t i = 0; i < now->entries.count; i++)
		if (!manifest_find(golden, now->entries.at[i].path))
			weigh_output(c, NULL, &now->entries.at[i]);
}

/* Does a clean run make any file? */
static bool makes_files(const struct baseline *clean)
{
	const struct manifest *outputs = &clean->evidence.outputs;
	for (size_t i = 0; i < outputs->entries.count; i++)
		if (outputs->entries.at[i].type != 'd' && !court_is_bystander(clean, outputs->entries.at[i].path))
			return true;
	return false;
}

/* Without output files the result of a program is what it prints. */
bool court_prints_the_same(const struct court *c)
{
	if (makes_files(c->clean) || !c->clean->stdout_stable)
		return true;
	const struct process_outcome *usual = &c->clean->evidence.found.runs[RUN_MAIN];
	return strcmp(buf_string(&c->clean->evidence.out), buf_string(&c->evidence->out)) == 0 &&
	       usual->stdout_bytes == c->run->stdout_bytes && usual->stdout_digest == c->run->stdout_digest;
}

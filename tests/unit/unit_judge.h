/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Evidence made by hand: a subject that makes a.json of a.png and b.json of b.png, and what one run of it left. */
#pragma once

#include "unit.h"

#include "harness/judge.h"

#include <signal.h>

static char *unit_inputs[] = {(char *)(uintptr_t) "a.png", (char *)(uintptr_t) "b.png", NULL};

/* What is judged: everything may be changed between unit_scene() and unit_judged(). */
static struct {
	struct case_spec spec;
	struct subject subject;
	struct baseline clean;
	struct evidence now;
	struct process_outcome *run, *again, *usual;
	struct judgement judgement;
} scene;

/* Keeps the manifest sorted, as those that are read. */
static inline void unit_entry(struct manifest *manifest, char type, const char *path, const char *digest)
{
	assert_non_null(vec_add(&manifest->entries));
	size_t at = manifest->entries.count - 1;
	for (; at && strcmp(manifest->entries.at[at - 1].path, path) > 0; at--)
		manifest->entries.at[at] = manifest->entries.at[at - 1];
	struct manifest_entry *entry = &manifest->entries.at[at];
	*entry = (struct manifest_entry){.path = strdup(path), .type = type, .size = type == 'f' ? strlen(digest) : 0};
	snprintf(entry->digest, sizeof entry->digest, "%s", digest);
}

static inline void unit_forget(struct manifest *manifest, const char *path)
{
	for (size_t i = 0; i < manifest->entries.count; i++)
		if (strcmp(manifest->entries.at[i].path, path) == 0) {
			free(manifest->entries.at[i].path);
			memmove(&manifest->entries.at[i], &manifest->entries.at[i + 1],
				(--manifest->entries.count - i) * sizeof manifest->entries.at[0]);
			return;
		}
	fail_msg("%s is not in the manifest", path);
}

/* An output that is not what it should be. */
static inline void unit_spoil(struct manifest *manifest, const char *path)
{
	unit_forget(manifest, path);
	unit_entry(manifest, 'f', path, "spoilt");
}

static inline void unit_outputs(struct manifest *manifest)
{
	unit_entry(manifest, 'f', "b.json", "bb");
	unit_entry(manifest, 'f', "a.json", "aa");
}

static inline void unit_word(struct subject_words *words, const char *word)
{
	char **slot = vec_add(&words->words);
	if (!slot)
		abort();
	*slot = strdup(word);
}

static inline void unit_does(const char *what)
{
	unit_word(&scene.subject.does, what);
}

/* Nothing struck yet; all as in the clean run. */
static inline void unit_scene(void)
{
	memset(&scene, 0, sizeof scene);
	case_init(&scene.spec);
	scene.subject.name = strdup("subject");
	scene.subject.derive = DERIVE_STEM;
	unit_word(&scene.subject.command, "/some/where/core");
	scene.clean.inputs = unit_inputs;
	scene.clean.repeats = scene.clean.stdout_stable = true;
	scene.run = &scene.now.found.runs[RUN_MAIN];
	scene.again = &scene.now.found.runs[RUN_AGAIN];
	scene.usual = &scene.clean.evidence.found.runs[RUN_MAIN];
	*scene.usual = *scene.run = (struct process_outcome){.started = true, .wall_ns = 100000000};
	unit_outputs(&scene.clean.evidence.outputs);
	unit_outputs(&scene.now.outputs);
	buf_text(&scene.clean.evidence.out, "2 files done\n");
	buf_text(&scene.now.out, "2 files done\n");
}

/* As evidence_take() has it. */
static inline struct touch *unit_strike(const char *volume, const char *path, const char *op, const char *effect,
					const char *error)
{
	struct touch *touch = vec_add(&scene.now.touches);
	if (!touch)
		abort();
	*touch = (struct touch){.volume = strdup(volume), .path = strdup(path), .op = strdup(op), .rule = strdup("rule-1"),
				.effect = strdup(effect), .error = error ? strdup(error) : NULL, .count = 1};
	touch->costs = strcmp(effect, "delay") != 0 && strcmp(effect, "short") != 0;
	touch->listing = strcmp(path, ".") == 0 || strcmp(op, "opendir") == 0 || strcmp(op, "readdir") == 0;
	return touch;
}

/* The usual fault: reading a.png fails. */
static inline void unit_strike_a(void)
{
	unit_strike("in", "a.png", "read", "fail", "EIO");
}

/* What somebody has seen in an output. */
static inline void unit_observe(struct evidence *evidence, enum observation_kind kind, bool again, const char *path,
				const char *said)
{
	struct observation *observation = vec_add(&evidence->observations);
	if (!observation)
		abort();
	*observation = (struct observation){kind, again, strdup(path), strdup(said)};
}

/* As if {out} had held a file of somebody else's all the time. */
static inline void unit_stood_before(const char *path, const char *clean, const char *now)
{
	unit_entry(&scene.clean.evidence.before, 'f', path, "other");
	unit_entry(&scene.now.before, 'f', path, "other");
	unit_entry(&scene.clean.evidence.outputs, 'f', path, clean);
	if (now)
		unit_entry(&scene.now.outputs, 'f', path, now);
}

/* The subject ran once more after the faults were lifted, and all was right. */
static inline void unit_ran_again(void)
{
	*scene.again = (struct process_outcome){.started = true};
	unit_outputs(&scene.now.again);
}

static inline void unit_end_scene(void)
{
	judgement_free(&scene.judgement);
	evidence_free(&scene.now);
	evidence_free(&scene.clean.evidence);
	subject_words_free(&scene.subject.command);
	subject_words_free(&scene.subject.does);
	subject_words_free(&scene.clean.unstable);
	free(scene.subject.name);
	if (scene.subject.has_codes)
		regfree(&scene.subject.codes);
	case_fini(&scene.spec);
}

/* Judge, keep the scene. */
static inline void unit_judge(const char *row, enum verdict_class verdict, const char *reasons)
{
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	if (scene.judgement.verdict != verdict)
		fail_msg("%s: %s instead of %s: %s", row, verdict_class_name(scene.judgement.verdict), verdict_class_name(verdict),
			 buf_string(&scene.judgement.reasons));
	unit_same_text(row, buf_string(&scene.judgement.reasons), reasons);
}

static inline void unit_judged(const char *row, enum verdict_class verdict, const char *reasons)
{
	unit_judge(row, verdict, reasons);
	unit_end_scene();
}

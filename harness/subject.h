/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A subject: a program under test, how it is called and what may be asked of it. Read from subjects/NAME.yaml:
 *
 *   version: 1
 *   name: vipsthumbnail
 *   title: thumbnails by libvips, one file each
 *   package: libvips-tools            # what to install when the program is missing
 *   input: stack                      # the kind of corpus it takes: stack, audio
 *   command: [vipsthumbnail, --size, 32x32, -o, "{out}/%s.png", "{files}"]
 *   modes: {count: [...]}             # further ways to call it
 *   does: [listing, cache]            # what a case may need of it
 *   derive: stem                      # which outputs come from which inputs: stem, pyramid, all
 *   codes: "error ([0-9]+)"           # extended regular expression whose group is an error code
 *   volumes: {lib: "tree:{home}/x"}   # further volumes of the world
 *   deadline: 10s
 *
 * In commands {in}, {out}, {tmp} and each {VOLUME} stand for directories of the world, {files} (a word of its own) for all
 * files of the corpus in order, {home} for the directory of ordeal's own programs, {cores} for that of the reference cores. Immutable once read: any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "harness/case.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

enum derive { DERIVE_ALL, DERIVE_STEM, DERIVE_PYRAMID };

struct subject_words {
	VEC(char *) words;
};

struct subject_mode {
	char *name;
	struct subject_words command;
};

struct subject_volume {
	char *name, *source;
};

struct subject {
	char *name, *title, *package, *input;
	struct subject_words command, does;
	VEC(struct subject_mode) modes;
	VEC(struct subject_volume) volumes;
	enum derive derive;
	char *codes_text;
	regex_t codes;
	bool has_codes; /* the expression is compiled */
	int64_t deadline_ns;
};

int subject_load(const char *name_or_path, struct subject **out, struct err *err) MUST_USE;
void subject_free(struct subject *subject);

/* A subject made of a bare command, for cases without a subject file. Copies the words. */
int subject_of_command(char *const *command, struct subject **out, struct err *err) MUST_USE;

bool subject_does(const struct subject *subject, const char *what);

/* The command of a mode (NULL: the usual one); NULL where it has no such mode. Borrowed. */
const struct subject_words *subject_command(const struct subject *subject, const char *mode);

/* What the placeholders stand for. */
struct subject_places {
	const char *home;
	const char *world; /* volumes are directories of world/m */
	const char *tmp;
	char *const *files; /* names of the corpus's files, relative to {in}; NULL-terminated */
};

/* The words to execute, NULL-terminated; free with subject_argv_free(). */
int subject_argv(const struct subject *subject, const char *mode, const struct subject_places *places, char ***argv,
		 struct err *err) MUST_USE;
void subject_argv_free(char **argv);

/* Append what {home} or {cores} stands for; false for another name. */
struct buf;
bool subject_expand_home(const char *name, const char *home, struct buf *out);

/* Is the program there? A path without a slash at its beginning is looked for in `cwd` (NULL: where we are). 0, or -ENOENT with
 * what to install. */
int subject_available(const struct subject *subject, const char *cwd, struct err *err) MUST_USE;

void subject_words_free(struct subject_words *words);

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
 *   does: [listing, cache]            # what a case may need of it, and a judge should know (subject_skill())
 *   derive: stem                      # which outputs come from which inputs: stem, pyramid, all
 *   codes: "error ([0-9]+)"           # extended regular expression whose group is an error code
 *   volumes: {lib: "tree:{here}/x"}   # further volumes of the world
 *   deadline: 10s
 *   abort: allow                      # and other keys of oracles.h
 *
 * In commands {in}, {out}, {tmp} and each {VOLUME} stand for directories of the world, {files} (a word of its own) for all
 * files of the corpus in order. {here}, the folder of the subject file, and {cores}, that of the reference cores, are filled in when
 * it is read; a program that is named by a relative path with a slash is taken from {here}. Immutable once read: any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "harness/case.h"
#include "harness/oracles.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

/* Of what stands in braces, with a NUL; longer words stay as they are. */
#define SUBJECT_PLACE_MAX 32

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
	bool beside;	/* its program is named by a relative path: it comes with the file, and not with a package */
	int64_t deadline_ns;
	struct oracles oracles;
};

int subject_load(const char *name_or_path, struct subject **out, struct err *err) MUST_USE;
void subject_free(struct subject *subject);

/* A subject made of a bare command, for cases without a subject file. Copies the words. `does`: words separated by commas, or
 * NULL. */
int subject_of_command(char *const *command, const char *does, struct subject **out, struct err *err) MUST_USE;

/* A word of `does`, or of what a case needs, into words: one of a fixed list, or one of the user's own that begins with x-. */
int subject_skill(struct yaml_at at, void *words, struct err *err) MUST_USE;
bool subject_does(const struct subject *subject, const char *what);

/* The command of a mode (NULL: the usual one); NULL where it has no such mode. Borrowed. */
const struct subject_words *subject_command(const struct subject *subject, const char *mode);

/* What the placeholders stand for. */
struct subject_places {
	const char *world; /* volumes are directories of world/m */
	const char *tmp;
	char *const *files; /* names of the corpus's files, relative to {in}; NULL-terminated */
};

/* The words to execute, NULL-terminated; free with subject_argv_free(). */
int subject_argv(const struct subject *subject, const char *mode, const struct subject_places *places, char ***argv,
		 struct err *err) MUST_USE;
void subject_argv_free(char **argv);

/* Is the program there? A path without a slash at its beginning is looked for in `cwd` (NULL: where we are). 0, or -ENOENT with
 * what to install. */
int subject_available(const struct subject *subject, const char *cwd, struct err *err) MUST_USE;

void subject_words_free(struct subject_words *words);

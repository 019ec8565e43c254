/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the command lines of subjects, and finds their programs. */
#include "harness/subject.h"

#include "base/buf.h"
#include "base/scope.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- command lines ---- */

/* The directory that a placeholder's name stands for, into `out`. False for an unknown one. */
static bool expand_name(const struct subject *subject, const struct subject_places *places, const char *name,
			struct buf *out)
{
	bool volume = strcmp(name, "in") == 0 || strcmp(name, "out") == 0;
	for (size_t i = 0; !volume && i < subject->volumes.count; i++)
		volume = strcmp(subject->volumes.at[i].name, name) == 0;
	if (volume)
		buf_printf(out, "%s/m/%s", places->world, name);
	else if (strcmp(name, "tmp") == 0)
		buf_text(out, places->tmp);
	else
		return false;
	return true;
}

/* Braces around anything that is no placeholder stay as they are: shells and regular expressions use them too. */
static void expand_word(const struct subject *subject, const struct subject_places *places, const char *word,
			struct buf *out)
{
	while (*word) {
		const char *close = *word == '{' ? strchr(word, '}') : NULL;
		char name[SUBJECT_PLACE_MAX];
		size_t length = close ? (size_t)(close - word) - 1 : 0;
		if (length && length < sizeof name) {
			memcpy(name, word + 1, length);
			name[length] = '\0';
			if (expand_name(subject, places, name, out)) {
				word = close + 1;
				continue;
			}
		}
		buf_char(out, *word++);
	}
}

struct argv_builder {
	VEC(char *) words;
	bool failed;
};

static void add_word(struct argv_builder *b, const char *text)
{
	char **slot = vec_add(&b->words);
	b->failed |= !slot || (text && !(*slot = strdup(text)));
}

static void add_files(struct argv_builder *b, const struct subject_places *places)
{
	for (char *const *file = places->files; file && *file; file++) {
		SCOPED_FREE char *path = NULL;
		if (asprintf(&path, "%s/m/in/%s", places->world, *file) < 0)
			b->failed = true;
		else
			add_word(b, path);
	}
}

int subject_argv(const struct subject *subject, const char *mode, const struct subject_places *places, char ***argv,
		 struct err *err)
{
	const struct subject_words *command = subject_command(subject, mode);
	struct argv_builder b = {0};
	*argv = NULL;
	if (!command)
		return err_set(err, EINVAL, "subject '%s' has no mode '%s'", subject->name, mode);
	for (size_t i = 0; i < command->words.count; i++) {
		SCOPED(buf_free) struct buf word = {0};
		if (strcmp(command->words.at[i], "{files}") == 0) {
			add_files(&b, places);
			continue;
		}
		expand_word(subject, places, command->words.at[i], &word);
		b.failed |= word.failed;
		add_word(&b, buf_string(&word));
	}
	add_word(&b, NULL);
	if (b.failed) {
		for (size_t i = 0; i < b.words.count; i++)
			free(b.words.at[i]);
		vec_free(&b.words);
		return err_set(err, ENOMEM, "out of memory");
	}
	*argv = b.words.at;
	return 0;
}

void subject_argv_free(char **argv)
{
	for (char **word = argv; word && *word; word++)
		free(*word);
	free(argv);
}

/* ---- is it installed? ---- */

static bool is_program(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* 1: it is; 0: it is not; or -ENOMEM. */
static int on_path(const char *name)
{
	const char *path = getenv("PATH");
	SCOPED_FREE char *copy = strdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = copy;
	for (char *dir; copy && (dir = strsep(&rest, ":"));) {
		SCOPED_FREE char *file = NULL;
		if (asprintf(&file, "%s/%s", *dir ? dir : ".", name) < 0)
			return -ENOMEM;
		if (is_program(file))
			return 1;
	}
	return copy ? 0 : -ENOMEM;
}

int subject_available(const struct subject *subject, const char *cwd, struct err *err)
{
	SCOPED_FREE char *path = NULL;
	const char *name = subject->command.words.at[0];
	if (name[0] == '{') /* in the world, that is not there yet */
		return 0;
	bool beside = cwd && name[0] != '/';
	if (asprintf(&path, "%s%s%s", beside ? cwd : "", beside ? "/" : "", name) < 0)
		return err_set(err, ENOMEM, "out of memory");
	int found = strchr(name, '/') ? is_program(path) : on_path(name);
	if (found)
		return found > 0 ? 0 : err_set(err, ENOMEM, "out of memory");
	bool there = strchr(name, '/') && access(path, F_OK) == 0;
	const char *package = subject->beside ? NULL : subject->package;
	return err_set(err, ENOENT, "%s: %s%s%s%s", name, there ? "is no program that can be executed" : "no such program",
		       package ? " (install the package " : "", package ? package : "", package ? ")" : "");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads subjects and makes their command lines. */
#include "harness/subject.h"

#include "base/buf.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/yaml.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- reading ---- */

static int read_word(struct yaml_at at, void *into, struct err *err)
{
	struct subject_words *words = into;
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	char **slot = vec_add(&words->words);
	if (!slot || !(*slot = strdup(text)))
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

static int read_words(struct yaml_at at, void *into, struct err *err)
{
	int rc = yaml_each(at, read_word, into, err);
	if (!rc && !((struct subject_words *)into)->words.count)
		rc = yaml_error(at, err, "the list is empty");
	return rc;
}

/* Call `read` for each key of a mapping of free names. */
static int each_key(struct yaml_at at, int (*read)(const char *key, struct yaml_at value, void *into, struct err *err),
		    void *into, struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "a mapping (name: value) is wanted here");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read(at.node->items[i]->text, (struct yaml_at){at.doc, at.node->items[i + 1]}, into, err);
	return rc;
}

static int read_mode(const char *key, struct yaml_at value, void *into, struct err *err)
{
	struct subject *subject = into;
	struct subject_mode *mode = vec_add(&subject->modes);
	if (!mode || !(mode->name = strdup(key)))
		return err_set(err, ENOMEM, "out of memory");
	return read_words(value, &mode->command, err);
}

static int read_modes(struct yaml_at at, void *into, struct err *err)
{
	return each_key(at, read_mode, into, err);
}

static int read_volume(const char *key, struct yaml_at value, void *into, struct err *err)
{
	struct subject *subject = into;
	if (strcmp(key, "in") == 0 || strcmp(key, "out") == 0)
		return yaml_error(value, err, "the volumes 'in' and 'out' are there already");
	struct subject_volume *volume = vec_add(&subject->volumes);
	if (!volume || !(volume->name = strdup(key)))
		return err_set(err, ENOMEM, "out of memory");
	return yaml_text(value, &volume->source, err);
}

static int read_volumes(struct yaml_at at, void *into, struct err *err)
{
	return each_key(at, read_volume, into, err);
}

static int read_derive(struct yaml_at at, void *into, struct err *err)
{
	static const char *const names[] = {[DERIVE_ALL] = "all", [DERIVE_STEM] = "stem", [DERIVE_PYRAMID] = "pyramid"};
	const char *text = yaml_scalar(at, err);
	for (size_t i = 0; text && i < COUNT_OF(names); i++)
		if (strcmp(names[i], text) == 0) {
			*(enum derive *)into = (enum derive)i;
			return 0;
		}
	return text ? yaml_error(at, err, "derive takes all, stem or pyramid, not '%s'", text) : -EINVAL;
}

static int read_codes(struct yaml_at at, void *into, struct err *err)
{
	struct subject *subject = into;
	int rc = yaml_text(at, &subject->codes_text, err);
	if (rc)
		return rc;
	rc = regcomp(&subject->codes, subject->codes_text, REG_EXTENDED);
	if (rc) {
		char why[100];
		regerror(rc, &subject->codes, why, sizeof why);
		return yaml_error(at, err, "bad regular expression: %s", why);
	}
	subject->has_codes = true;
	return subject->codes.re_nsub == 1 ? 0 : yaml_error(at, err, "the expression needs exactly one group, for the code");
}

static const struct yaml_field subject_fields[] = {
	{"version", yaml_version1, 0, true},
	YAML_REQUIRED(struct subject, "name", name, yaml_text),
	YAML_FIELD(struct subject, "title", title, yaml_text),
	YAML_FIELD(struct subject, "package", package, yaml_text),
	YAML_REQUIRED(struct subject, "input", input, yaml_text),
	YAML_REQUIRED(struct subject, "command", command, read_words),
	YAML_FIELD(struct subject, "does", does, read_words),
	YAML_FIELD(struct subject, "derive", derive, read_derive),
	YAML_FIELD(struct subject, "deadline", deadline_ns, yaml_duration),
	{"modes", read_modes, 0, false},
	{"volumes", read_volumes, 0, false},
	{"codes", read_codes, 0, false},
};

int subject_load(const char *name_or_path, struct subject **out, struct err *err)
{
	*out = NULL;
	SCOPED_FREE char *path = NULL;
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = places_find(PLACE_SUBJECTS, name_or_path, &path, err);
	if (!rc)
		rc = yaml_load(path, &doc, err);
	if (rc)
		return rc;
	struct subject *subject = calloc(1, sizeof *subject);
	if (!subject)
		return err_set(err, ENOMEM, "out of memory");
	rc = yaml_fields(yaml_root(doc), "subject", subject_fields, COUNT_OF(subject_fields), subject, err);
	if (rc) {
		subject_free(subject);
		return rc;
	}
	*out = subject;
	return 0;
}

int subject_of_command(char *const *command, struct subject **out, struct err *err)
{
	struct subject *subject = calloc(1, sizeof *subject);
	bool whole = subject && (subject->name = strdup("command")) && (subject->input = strdup("any"));
	for (; whole && *command; command++) {
		char **slot = vec_add(&subject->command.words);
		whole = slot && (*slot = strdup(*command));
	}
	if (!whole) {
		subject_free(subject);
		return err_set(err, ENOMEM, "out of memory");
	}
	*out = subject;
	return 0;
}

void subject_words_free(struct subject_words *words)
{
	for (size_t i = 0; i < words->words.count; i++)
		free(words->words.at[i]);
	vec_free(&words->words);
}

void subject_free(struct subject *subject)
{
	if (!subject)
		return;
	char *texts[] = {subject->name, subject->title, subject->package, subject->input, subject->codes_text};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		free(texts[i]);
	for (size_t i = 0; i < subject->modes.count; i++) {
		free(subject->modes.at[i].name);
		subject_words_free(&subject->modes.at[i].command);
	}
	for (size_t i = 0; i < subject->volumes.count; i++) {
		free(subject->volumes.at[i].name);
		free(subject->volumes.at[i].source);
	}
	subject_words_free(&subject->command);
	subject_words_free(&subject->does);
	vec_free(&subject->modes);
	vec_free(&subject->volumes);
	if (subject->has_codes)
		regfree(&subject->codes);
	free(subject);
}

/* ---- asking ---- */

bool subject_does(const struct subject *subject, const char *what)
{
	for (size_t i = 0; i < subject->does.words.count; i++)
		if (strcmp(subject->does.words.at[i], what) == 0)
			return true;
	return false;
}

const struct subject_words *subject_command(const struct subject *subject, const char *mode)
{
	if (!mode)
		return &subject->command;
	for (size_t i = 0; i < subject->modes.count; i++)
		if (strcmp(subject->modes.at[i].name, mode) == 0)
			return &subject->modes.at[i].command;
	return NULL;
}

/* ---- command lines ---- */

bool subject_expand_home(const char *name, const char *home, struct buf *out)
{
	if (strcmp(name, "home") == 0) {
		buf_text(out, home);
		return true;
	}
	if (strcmp(name, "cores") != 0)
		return false;
	/* In the build tree, or where they are installed. */
	size_t before = out->length;
	buf_printf(out, "%s/harness/subjects", home);
	if (access(buf_string(out) + before, F_OK) < 0) {
		out->length = before;
		buf_printf(out, "%s/../libexec/ordeal/subjects", home);
	}
	return true;
}

/* The directory that a placeholder's name stands for, into `out`. False for an unknown one. */
static bool expand_name(const struct subject *subject, const struct subject_places *places, const char *name,
			struct buf *out)
{
	bool volume = strcmp(name, "in") == 0 || strcmp(name, "out") == 0;
	for (size_t i = 0; !volume && i < subject->volumes.count; i++)
		volume = strcmp(subject->volumes.at[i].name, name) == 0;
	if (volume)
		buf_printf(out, "%s/m/%s", places->world, name);
	else if (subject_expand_home(name, places->home, out))
		return true;
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
		char name[32];
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

static bool on_path(const char *name)
{
	const char *path = getenv("PATH");
	SCOPED_FREE char *copy = strdup(path ? path : "/usr/local/bin:/usr/bin:/bin");
	char *rest = copy;
	for (char *dir; copy && (dir = strsep(&rest, ":"));) {
		SCOPED_FREE char *file = NULL;
		if (asprintf(&file, "%s/%s", *dir ? dir : ".", name) >= 0 && is_program(file))
			return true;
	}
	return false;
}

int subject_available(const struct subject *subject, const char *cwd, struct err *err)
{
	SCOPED_FREE char *home = NULL;
	SCOPED_FREE char *path = NULL;
	SCOPED(buf_free) struct buf program = {0};
	int rc = places_home(&home, err);
	if (rc)
		return rc;
	expand_word(subject, &(struct subject_places){.home = home, .world = "", .tmp = ""}, subject->command.words.at[0],
		    &program);
	const char *name = buf_string(&program);
	bool beside = cwd && name[0] != '/';
	if (asprintf(&path, "%s%s%s", beside ? cwd : "", beside ? "/" : "", name) < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (strchr(name, '/') ? is_program(path) : on_path(name))
		return 0;
	bool there = strchr(name, '/') && access(path, F_OK) == 0;
	return err_set(err, ENOENT, "%s: %s%s%s%s", name, there ? "is no program that can be executed" : "no such program", subject->package ? " (install the package " : "",
		       subject->package ? subject->package : "", subject->package ? ")" : "");
}

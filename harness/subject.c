/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads subjects. (Their command lines: subject_argv.c.) */
#include "harness/subject.h"

#include "base/buf.h"
#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/yaml.h"
#include "harness/subject_oracles.h"

#include <errno.h>
#include <limits.h>
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

/* What a subject can be said to do. All but the last two are for cases to need. */
static const struct {
	const char *name;
} skills[] = {
	{"listing"}, {"count"},	  {"output"}, {"mkdir"},   {"fsync"}, {"rename"},
	{"cache"},   {"retry"}, {"modules"}, {"check"}, {"degrade"},
};

static bool is_skill(const char *text)
{
	return strncmp(text, "x-", 2) == 0 || named_in(skills, COUNT_OF(skills), sizeof skills[0], text);
}

int subject_skill(struct yaml_at at, void *words, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	char hint[NEAREST_HINT_SIZE];
	if (!text)
		return -EINVAL;
	if (!is_skill(text))
		return yaml_error(at, err, "unknown word '%s'%s; words of your own begin with x-", text,
				  nearest_hint(hint, nearest_in(skills, COUNT_OF(skills), sizeof skills[0], text)));
	return read_word(at, words, err);
}

static int read_some(struct yaml_at at, yaml_reader *read, struct subject_words *into, struct err *err)
{
	int rc = yaml_each(at, read, into, err);
	return rc || into->words.count ? rc : yaml_error(at, err, "the list is empty");
}

static int read_words(struct yaml_at at, void *into, struct err *err)
{
	return read_some(at, read_word, into, err);
}

static int read_does(struct yaml_at at, void *into, struct err *err)
{
	return read_some(at, subject_skill, into, err);
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
	return subject_each_key(at, read_mode, into, err);
}

static int read_volume(const char *key, struct yaml_at value, void *into, struct err *err)
{
	struct subject *subject = into;
	static const char *const other_places[] = {"tmp", "here", "cores", "files"};
	if (strcmp(key, "in") == 0 || strcmp(key, "out") == 0)
		return yaml_error(value, err, "the volumes 'in' and 'out' are there already");
	for (size_t i = 0; i < COUNT_OF(other_places); i++)
		if (strcmp(key, other_places[i]) == 0)
			return yaml_error(value, err, "'{%s}' stands for something else", key);
	size_t good = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (!good || key[good] || good >= SUBJECT_PLACE_MAX)
		return yaml_error(value, err, "'%s' is no name of a volume (lib, ...)", key);
	struct subject_volume *volume = vec_add(&subject->volumes);
	if (!volume || !(volume->name = strdup(key)))
		return err_set(err, ENOMEM, "out of memory");
	return yaml_text(value, &volume->source, err);
}

static int read_volumes(struct yaml_at at, void *into, struct err *err)
{
	return subject_each_key(at, read_volume, into, err);
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
	YAML_REQUIRED(struct subject, "name", name, yaml_line),
	YAML_FIELD(struct subject, "title", title, yaml_line),
	YAML_FIELD(struct subject, "package", package, yaml_text),
	YAML_REQUIRED(struct subject, "input", input, yaml_text),
	YAML_REQUIRED(struct subject, "command", command, read_words),
	YAML_FIELD(struct subject, "does", does, read_does),
	YAML_FIELD(struct subject, "derive", derive, read_derive),
	YAML_FIELD(struct subject, "deadline", deadline_ns, yaml_duration),
	YAML_FIELD(struct subject, "abort", oracles.abort, subject_abort),
	YAML_FIELD(struct subject, "mute", oracles.mute, subject_mute),
	YAML_FIELD(struct subject, "leaks", oracles.leaks, subject_leaks),
	YAML_FIELD(struct subject, "limits", oracles.limits, subject_limits),
	YAML_FIELD(struct subject, "compare", oracles.compare, subject_compare),
	YAML_FIELD(struct subject, "check", oracles.check, subject_check),
	{"modes", read_modes, 0, false},
	{"volumes", read_volumes, 0, false},
	{"codes", read_codes, 0, false},
};

/* ---- places of this machine ---- */

struct machine {
	char *here, *cores;
};

static void machine_fini(struct machine *machine)
{
	free(machine->here);
	free(machine->cores);
}

static int machine_init(struct machine *machine, const char *file, struct err *err)
{
	char whole[PATH_MAX];
	if (!realpath(file, whole))
		return err_set(err, errno, "%s: %s", file, strerror(errno));
	*strrchr(whole, '/') = '\0';
	machine->here = strdup(whole);
	return machine->here ? places_cores(&machine->cores, err) : err_set(err, ENOMEM, "out of memory");
}

static int fill_in(const char *name, const char *place, char **text, struct err *err)
{
	SCOPED(buf_free) struct buf filled = {0};
	const char *at = *text;
	for (const char *found; (found = strstr(at, name)); at = found + strlen(name)) {
		buf_add(&filled, at, (size_t)(found - at));
		buf_text(&filled, place);
	}
	if (at == *text)
		return 0;
	buf_text(&filled, at);
	char *copy = filled.failed ? NULL : strdup(buf_string(&filled));
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	free(*text);
	*text = copy;
	return 0;
}

static int place_text(const struct machine *machine, char **text, struct err *err)
{
	int rc = fill_in("{cores}", machine->cores, text, err);
	return rc ? rc : fill_in("{here}", machine->here, text, err);
}

/* Is a program named by a relative path? */
static bool is_beside(const char *program)
{
	return strchr(program, '/') && *program != '/' && *program != '{';
}

static int place_command(const struct machine *machine, struct subject_words *command, struct err *err)
{
	char **program = &command->words.at[0], *beside = NULL;
	int rc = 0;
	for (size_t i = 0; !rc && i < command->words.count; i++)
		rc = place_text(machine, &command->words.at[i], err);
	if (rc || !is_beside(*program))
		return rc;
	if (asprintf(&beside, "%s/%s", machine->here, *program + (strncmp(*program, "./", 2) == 0 ? 2 : 0)) < 0)
		return err_set(err, ENOMEM, "out of memory");
	free(*program);
	*program = beside;
	return 0;
}

static int place_all(struct subject *subject, const char *file, struct err *err)
{
	SCOPED(machine_fini) struct machine machine = {0};
	int rc = machine_init(&machine, file, err);
	subject->beside = is_beside(subject->command.words.at[0]);
	rc = rc ? rc : place_command(&machine, &subject->command, err);
	for (size_t i = 0; !rc && i < subject->modes.count; i++)
		rc = place_command(&machine, &subject->modes.at[i].command, err);
	for (size_t i = 0; !rc && i < subject->volumes.count; i++)
		rc = place_text(&machine, &subject->volumes.at[i].source, err);
	return rc;
}

/* ---- a whole one ---- */

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
	rc = rc ? rc : place_all(subject, path, err);
	if (rc) {
		subject_free(subject);
		return rc;
	}
	*out = subject;
	return 0;
}

/* Words separated by commas. */
static int add_skills(struct subject *subject, const char *list, struct err *err)
{
	SCOPED_FREE char *copy = strdup(list);
	char *rest = copy, hint[NEAREST_HINT_SIZE];
	for (char *word; copy && (word = strsep(&rest, ","));) {
		if (!is_skill(word))
			return err_set(err, EINVAL, "does: unknown word '%s'%s", word,
				       nearest_hint(hint, nearest_in(skills, COUNT_OF(skills), sizeof skills[0], word)));
		char **slot = vec_add(&subject->does.words);
		if (!slot || !(*slot = strdup(word)))
			return err_set(err, ENOMEM, "out of memory");
	}
	return copy ? 0 : err_set(err, ENOMEM, "out of memory");
}

int subject_of_command(char *const *command, const char *does, struct subject **out, struct err *err)
{
	struct subject *subject = calloc(1, sizeof *subject);
	bool whole = subject && (subject->name = strdup("command")) && (subject->input = strdup("any"));
	for (; whole && *command; command++) {
		char **slot = vec_add(&subject->command.words);
		whole = slot && (*slot = strdup(*command));
	}
	int rc = whole ? 0 : err_set(err, ENOMEM, "out of memory");
	if (!rc && does)
		rc = add_skills(subject, does, err);
	if (rc) {
		subject_free(subject);
		return rc;
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
	oracles_free(&subject->oracles);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads subjects and makes their command lines. */
#include "harness/subject.h"

#include "base/buf.h"
#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/yaml.h"
#include "harness/wordline.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Of what stands in braces; longer words stay as they are. */
#define PLACE_NAME_MAX 32

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
	static const char *const other_places[] = {"tmp", "here", "cores", "files"};
	if (strcmp(key, "in") == 0 || strcmp(key, "out") == 0)
		return yaml_error(value, err, "the volumes 'in' and 'out' are there already");
	for (size_t i = 0; i < COUNT_OF(other_places); i++)
		if (strcmp(key, other_places[i]) == 0)
			return yaml_error(value, err, "'{%s}' stands for something else", key);
	size_t good = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	if (!good || key[good] || good >= PLACE_NAME_MAX)
		return yaml_error(value, err, "'%s' is no name of a volume (lib, ...)", key);
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

static int read_stance(const char *key, struct yaml_at at, enum stance *into, struct err *err)
{
	struct err why = {0};
	const char *text = yaml_scalar(at, err);
	int rc = text ? oracles_read_stance(key, text, into, &why) : -EINVAL;
	return text && rc ? yaml_error(at, err, "%s", why.text) : rc;
}

static int read_abort(struct yaml_at at, void *into, struct err *err)
{
	return read_stance("abort", at, into, err);
}

static int read_mute(struct yaml_at at, void *into, struct err *err)
{
	return read_stance("mute", at, into, err);
}

static int read_leaks(struct yaml_at at, void *into, struct err *err)
{
	return read_stance("leaks", at, into, err);
}

static int read_limit(const char *key, struct yaml_at value, void *into, struct err *err)
{
	struct buf *text = into;
	const char *times = yaml_scalar(value, err);
	buf_printf(text, "%s%s=%s", text->length ? "," : "", key, times ? times : "");
	return times ? 0 : -EINVAL;
}

static int read_limits(struct yaml_at at, void *into, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	struct err why = {0};
	int rc = each_key(at, read_limit, &text, err);
	if (!rc && oracles_read_limits(buf_string(&text), into, &why) < 0)
		rc = yaml_error(at, err, "%s", why.text);
	return rc;
}

/* A list stands for a command, word by word. */
static int flat_command(struct yaml_at at, struct buf *out, struct err *err)
{
	const char *text = "";
	for (size_t i = 0; text && i < at.node->count; i++) {
		text = yaml_scalar((struct yaml_at){at.doc, at.node->items[i]}, err);
		buf_text(out, i ? " " : "");
		wordline_print(out, text ? text : "");
	}
	return text ? 0 : -EINVAL;
}

static int read_comparator(const char *key, struct yaml_at value, void *into, struct err *err)
{
	struct buf *text = into;
	buf_printf(text, "%s%s=", text->length ? ";" : "", key);
	if (value.node->type == YAML_LIST) {
		buf_text(text, "command:");
		return flat_command(value, text, err);
	}
	const char *method = yaml_scalar(value, err);
	buf_text(text, method ? method : "");
	return method ? 0 : -EINVAL;
}

static int read_compare(struct yaml_at at, void *into, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	struct err why = {0};
	int rc = 0;
	if (at.node->type == YAML_MAP)
		rc = each_key(at, read_comparator, &text, err);
	else if (at.node->text)
		buf_text(&text, at.node->text);
	if (!rc && oracles_read_compare(buf_string(&text), into, &why) < 0)
		rc = yaml_error(at, err, "%s", why.text);
	return rc;
}

static int read_check(struct yaml_at at, void *into, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	struct err why = {0};
	int rc = 0;
	if (at.node->type == YAML_LIST)
		rc = flat_command(at, &text, err);
	else if (at.node->text)
		buf_text(&text, at.node->text);
	if (!rc && oracles_read_check(buf_string(&text), into, &why) < 0)
		rc = yaml_error(at, err, "%s", why.text);
	return rc;
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
	YAML_FIELD(struct subject, "abort", oracles.abort, read_abort),
	YAML_FIELD(struct subject, "mute", oracles.mute, read_mute),
	YAML_FIELD(struct subject, "leaks", oracles.leaks, read_leaks),
	YAML_FIELD(struct subject, "limits", oracles.limits, read_limits),
	YAML_FIELD(struct subject, "compare", oracles.compare, read_compare),
	YAML_FIELD(struct subject, "check", oracles.check, read_check),
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
		char name[PLACE_NAME_MAX];
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
	SCOPED_FREE char *path = NULL;
	const char *name = subject->command.words.at[0];
	if (name[0] == '{') /* in the world, that is not there yet */
		return 0;
	bool beside = cwd && name[0] != '/';
	if (asprintf(&path, "%s%s%s", beside ? cwd : "", beside ? "/" : "", name) < 0)
		return err_set(err, ENOMEM, "out of memory");
	if (strchr(name, '/') ? is_program(path) : on_path(name))
		return 0;
	bool there = strchr(name, '/') && access(path, F_OK) == 0;
	const char *package = subject->beside ? NULL : subject->package;
	return err_set(err, ENOENT, "%s: %s%s%s%s", name, there ? "is no program that can be executed" : "no such program",
		       package ? " (install the package " : "", package ? package : "", package ? ")" : "");
}

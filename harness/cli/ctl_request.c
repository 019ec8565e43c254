/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads what goes with a word of ordeal ctl. */
#include "harness/cli/ctl_request.h"

#include "base/buf.h"
#include "base/jsonw.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/utf8.h"
#include "harness/cli/cli.h"
#include "harness/cli/sources.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* What is read of a file, at the most: what a plan may have (base/yaml.h). */
#define FILE_MAX (4u << 20)

/* ---- values ---- */

/* jansson takes UTF-8 alone, and memory. */
static int refuse_text(const char *text, struct err *err)
{
	return utf8_is_text(text) ? err_set(err, ENOMEM, "out of memory") : err_set(err, EILSEQ, "'%s' is not UTF-8", text);
}

static json_t *text_of_file(const char *path, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	int rc = strcmp(path, "-") == 0 ? buf_read_fd(&text, STDIN_FILENO, FILE_MAX) : buf_read_file(&text, path, FILE_MAX);
	json_t *value = rc ? NULL : json_stringn(buf_string(&text), text.length);
	if (!value && !rc)
		rc = utf8_is_text(buf_string(&text)) ? -ENOMEM : -EILSEQ;
	if (!value)
		err_set(err, -rc, "%s: %s", path, strerror(-rc));
	return value;
}

static json_t *list_of(char **argv, struct err *err)
{
	json_t *list = json_array();
	for (; *argv; argv++)
		if (json_array_append_new(list, json_string(*argv)) < 0)
			refuse_text(*argv, err);
	return list;
}

static bool is_standard_input(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* The text of a plan, and the file that it is of, beside which its `{here}` is, and which stands before complaints. */
static json_t *text_of_plan(const char *name, json_t *request, struct err *err)
{
	SCOPED_FREE char *path = NULL;
	char whole[PATH_MAX];
	if (is_standard_input(name))
		return text_of_file(name, err);
	if (places_find(PLACE_PLANS, name, &path, err) < 0)
		return NULL;
	json_t *text = text_of_file(path, err);
	if (text && realpath(path, whole))
		json_object_set_new(request, "name", json_string(whole)); /* one that is not UTF-8: the plan goes without it */
	return text;
}

static json_t *text_of_source(const char *source, struct err *err)
{
	const char *path = strchr(source, ':');
	if (path && path[1] == '/') /* the server follows links by itself, and looks whether they lead into the mount */
		return json_string(source);
	SCOPED_FREE char *whole = source_whole(source, err);
	return whole ? json_string(whole) : NULL;
}

static json_t *text_of_rule(const char *text, struct err *err)
{
	json_t *rule = text[0] == '@' ? text_of_file(text + 1, err) : json_string(text);
	if (text[0] == '@' && err->code == ENOENT)
		err_set(err, ENOENT, "%s: no such file (behind '@' stands a file with a rule or a list of them; a whole plan goes with the word plan)",
			text + 1);
	return rule;
}

static json_t *value_of(enum ctl_shape shape, char **argv, json_t *request, struct err *err)
{
	json_t *value = shape == AS_REST     ? list_of(argv, err)
			: shape == AS_PLAN   ? text_of_plan(argv[0], request, err)
			: shape == AS_RULE   ? text_of_rule(argv[0], err)
			: shape == AS_SOURCE ? text_of_source(argv[0], err)
					     : json_string(argv[0]);
	if (!err->code && (!value || (json_is_array(value) && !json_array_size(value))))
		refuse_text(argv[0], err);
	return value;
}

/* ---- changes of a rule ---- */

/* A rule is a mapping, a list of them, or a file; what is none of these names one. */
static bool is_name(const char *text)
{
	return text[0] && !strpbrk(text, "{}[]:\n") && text[0] != '@' && text[0] != '-';
}

static void put_quoted(struct buf *to, const char *text)
{
	struct jsonw j = jsonw_to(to);
	jsonw_text(&j, text);
}

/* Lists and mappings are written as in a plan; all else stands for itself, a pattern in any case. */
static int add_change(const char *text, struct buf *change, struct err *err)
{
	const char *value = strchr(text, '=');
	if (!value || value == text)
		return err_set(err, EINVAL, "'%s' is not KEY=VALUE (a whole rule goes without a name before it: '{name: ..., on: read, fail: EIO}')",
			       text);
	SCOPED_FREE char *key = strndup(text, (size_t)(value - text));
	value++;
	bool as_it_is = (value[0] == '{' || value[0] == '[') && key && strcmp(key, "path") != 0;
	buf_text(change, change->length > 1 ? ", " : "");
	put_quoted(change, key ? key : "");
	buf_text(change, ": ");
	if (as_it_is)
		buf_text(change, value);
	else
		put_quoted(change, value);
	return !key || change->failed ? err_set(err, ENOMEM, "out of memory") : 0;
}

/* Which of the word's arguments is this? Those with a key may stand anywhere. */
static size_t index_of(const struct ctl_word *word, const char *text, size_t *position)
{
	size_t length = strcspn(text, "="), i = 0;
	for (; i < CTL_ARGUMENTS_MAX && word->takes[i].key; i++)
		if (word->takes[i].shape == AS_OPTION && text[length] && strncmp(word->takes[i].key, text, length) == 0 &&
		    !word->takes[i].key[length])
			return i;
	for (i = *position; i < CTL_ARGUMENTS_MAX && word->takes[i].key && word->takes[i].shape == AS_OPTION;)
		i++;
	*position = i + 1;
	return i;
}

static int add_argument(const struct ctl_word *word, char **argv, size_t *position, json_t *request, struct err *err)
{
	size_t i = index_of(word, argv[0], position);
	if (i >= CTL_ARGUMENTS_MAX || !word->takes[i].key)
		return err_set(err, EINVAL, "too many arguments (usage: ordeal ctl MOUNTPOINT %s %s)", word->name, word->usage);
	json_t *value = word->takes[i].shape == AS_OPTION ? json_string(strchr(argv[0], '=') + 1)
							  : value_of(word->takes[i].shape, argv, request, err);
	if (!err->code && (!value || json_object_set(request, word->takes[i].key, value) < 0))
		refuse_text(argv[0], err);
	json_decref(value);
	return -err->code;
}

/* NAME KEY=VALUE...: what is no argument of the word itself is a key of the rule. */
static int add_changes(const struct ctl_word *word, char **argv, json_t *request, struct err *err)
{
	SCOPED(buf_free) struct buf change = {0};
	int rc = 0;
	buf_char(&change, '{');
	for (char **at = argv + 1; !rc && *at; at++) {
		size_t position = CTL_ARGUMENTS_MAX;
		bool of_word = index_of(word, *at, &position) < CTL_ARGUMENTS_MAX;
		rc = of_word ? add_argument(word, at, &position, request, err) : add_change(*at, &change, err);
	}
	buf_char(&change, '}');
	if (!rc && (json_object_set_new(request, "name", json_string(argv[0])) < 0 ||
		    json_object_set_new(request, "change", json_string(buf_string(&change))) < 0))
		rc = refuse_text(argv[0], err);
	return rc;
}

int ctl_request(const struct ctl_word *word, char **argv, json_t *request, struct err *err)
{
	size_t position = 0;
	int rc = json_object_set_new(request, "do", json_string(word->name)) < 0 ? err_set(err, ENOMEM, "out of memory") : 0;
	if (!rc && word->takes[0].shape == AS_RULE && argv[0] && argv[1] && is_name(argv[0]))
		return add_changes(word, argv, request, err);
	for (bool rest = false; !rc && !rest && *argv; argv++) {
		size_t next = position, i = index_of(word, *argv, &next);
		rest = i < CTL_ARGUMENTS_MAX && word->takes[i].shape == AS_REST;
		rc = add_argument(word, argv, &position, request, err);
	}
	for (size_t i = 0; !rc && i < CTL_ARGUMENTS_MAX && word->takes[i].key; i++)
		if (word->takes[i].required && !json_object_get(request, word->takes[i].key))
			rc = err_set(err, EINVAL, "something is missing (usage: ordeal ctl MOUNTPOINT %s %s)", word->name, word->usage);
	return rc;
}

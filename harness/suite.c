/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads suites and makes cases of them. */
#include "harness/suite.h"

#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static int add_pair(struct suite_pairs *pairs, const char *key, const char *value, struct err *err)
{
	struct suite_pair *pair = vec_add(&pairs->pairs);
	if (!pair || !(pair->key = strdup(key)) || !(pair->value = strdup(value)))
		return err_set(err, ENOMEM, "out of memory");
	return 0;
}

/* Lists are written as the line form of a case has them: allow: [degraded, refused] is allow=degraded,refused. */
static int flat_value(struct yaml_at at, struct buf *out, struct err *err)
{
	if (at.node->type != YAML_LIST) {
		const char *text = yaml_scalar(at, err);
		buf_text(out, text ? text : "");
		return text ? 0 : -EINVAL;
	}
	for (size_t i = 0; i < at.node->count; i++) {
		const char *text = yaml_scalar((struct yaml_at){at.doc, at.node->items[i]}, err);
		if (!text)
			return -EINVAL;
		buf_printf(out, "%s%s", i ? "," : "", text);
	}
	return 0;
}

/* A field of a case, tried on a case that is thrown away so that a mistake is told where it stands. */
static int read_field(const char *key, struct yaml_at value, struct suite_pairs *into, struct err *err)
{
	/* Who is tried, and as what, is for the command line and the subject's file. */
	static const char *const not_here[] = {"name", "subject", "does", "cwd"};
	struct case_spec trial;
	struct err why = {0};
	SCOPED(buf_free) struct buf text = {0};
	int rc = flat_value(value, &text, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < COUNT_OF(not_here); i++)
		if (strcmp(key, not_here[i]) == 0)
			return yaml_error(value, err, "'%s' is not for a suite to say", key);
	case_init(&trial);
	rc = case_set(&trial, key, buf_string(&text), &why);
	case_fini(&trial);
	return rc ? yaml_error(value, err, "%s", why.text) : add_pair(into, key, buf_string(&text), err);
}

static int read_variant(const char *input, struct yaml_at at, struct suite_case *one, struct err *err)
{
	struct suite_variant *variant = vec_add(&one->variants);
	if (!variant || !(variant->input = strdup(input)))
		return err_set(err, ENOMEM, "out of memory");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read_field(at.node->items[i]->text, (struct yaml_at){at.doc, at.node->items[i + 1]}, &variant->fields,
				err);
	return rc;
}

/* Values for an input that no corpus is for would never count: a slip of the pen. */
static bool has_corpus(struct yaml_at at, const char *input, struct yaml_at variant)
{
	struct yaml_at corpora = yaml_get(yaml_root(at.doc), "corpora");
	return (corpora.node && yaml_get(corpora, input).node) || yaml_get(at, "corpus").node || yaml_get(variant, "corpus").node;
}

static int read_key(struct yaml_at at, const char *key, struct yaml_at value, struct suite_case *one, struct err *err)
{
	if (strcmp(key, "name") == 0)
		return yaml_line(value, &one->name, err);
	if (strcmp(key, "title") == 0)
		return yaml_line(value, &one->title, err);
	if (strcmp(key, "scenario") == 0)
		return yaml_count32(value, &one->scenario, err);
	if (strcmp(key, "needs") == 0)
		return yaml_each(value, subject_skill, &one->needs, err);
	if (value.node->type != YAML_MAP)
		return read_field(key, value, &one->common, err);
	return has_corpus(at, key, value) ? read_variant(key, value, one, err)
					  : yaml_error(value, err, "there is no corpus for an input of '%s'", key);
}

static int read_case(struct yaml_at at, void *into, struct err *err)
{
	struct suite *suite = into;
	struct suite_case *one = vec_add(&suite->cases);
	if (!one)
		return err_set(err, ENOMEM, "out of memory");
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "a case must be a mapping (key: value)");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read_key(at, at.node->items[i]->text, (struct yaml_at){at.doc, at.node->items[i + 1]}, one, err);
	if (rc)
		return rc;
	if (!one->name)
		return yaml_error(at, err, "the case has no 'name'");
	for (size_t i = 0; i + 1 < suite->cases.count; i++)
		if (strcmp(suite->cases.at[i].name, one->name) == 0)
			return yaml_error(at, err, "two cases are named '%s'", one->name);
	return 0;
}

static int read_cases(struct yaml_at at, void *into, struct err *err)
{
	return yaml_each(at, read_case, into, err);
}

static int read_corpora(struct yaml_at at, void *into, struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "corpora is a mapping: input: source");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2) {
		const char *source = yaml_scalar((struct yaml_at){at.doc, at.node->items[i + 1]}, err);
		rc = source ? add_pair(into, at.node->items[i]->text, source, err) : -EINVAL;
	}
	return rc;
}

static const struct yaml_field suite_fields[] = {
	{"version", yaml_version1, 0, true},
	YAML_REQUIRED(struct suite, "name", name, yaml_line),
	YAML_FIELD(struct suite, "title", title, yaml_line),
	YAML_FIELD(struct suite, "corpora", corpora, read_corpora),
	{"cases", read_cases, 0, true},
};

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

int suite_load(const char *name_or_path, struct suite **out, struct err *err)
{
	*out = NULL;
	SCOPED_FREE char *path = NULL;
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = places_find(PLACE_SUITES, name_or_path, &path, err);
	if (!rc)
		rc = yaml_load(path, &doc, err);
	if (rc)
		return rc;
	struct suite *suite = calloc(1, sizeof *suite);
	if (!suite)
		return err_set(err, ENOMEM, "out of memory");
	rc = yaml_fields(yaml_root(doc), "suite", suite_fields, COUNT_OF(suite_fields), suite, err);
	if (!rc && !(suite->here = folder_of(path)))
		rc = err_set(err, ENOMEM, "out of memory");
	if (rc) {
		suite_free(suite);
		return rc;
	}
	*out = suite;
	return 0;
}

static void pairs_free(struct suite_pairs *pairs)
{
	for (size_t i = 0; i < pairs->pairs.count; i++) {
		free(pairs->pairs.at[i].key);
		free(pairs->pairs.at[i].value);
	}
	vec_free(&pairs->pairs);
}

static void case_free(struct suite_case *one)
{
	free(one->name);
	free(one->title);
	subject_words_free(&one->needs);
	pairs_free(&one->common);
	for (size_t i = 0; i < one->variants.count; i++) {
		free(one->variants.at[i].input);
		pairs_free(&one->variants.at[i].fields);
	}
	vec_free(&one->variants);
}

void suite_free(struct suite *suite)
{
	if (!suite)
		return;
	for (size_t i = 0; i < suite->cases.count; i++)
		case_free(&suite->cases.at[i]);
	vec_free(&suite->cases);
	pairs_free(&suite->corpora);
	free(suite->name);
	free(suite->title);
	free(suite->here);
	free(suite);
}

/* ---- making cases ---- */

static const char *value_of(const struct suite_pairs *pairs, const char *key)
{
	for (size_t i = 0; i < pairs->pairs.count; i++)
		if (strcmp(pairs->pairs.at[i].key, key) == 0)
			return pairs->pairs.at[i].value;
	return NULL;
}

static const struct suite_pairs *variant_of(const struct suite_case *one, const char *input)
{
	for (size_t i = 0; i < one->variants.count; i++)
		if (strcmp(one->variants.at[i].input, input) == 0)
			return &one->variants.at[i].fields;
	return NULL;
}

bool suite_takes(const struct suite *suite, const char *input, const char **near)
{
	*near = suite->corpora.pairs.count ? nearest_in(suite->corpora.pairs.at, suite->corpora.pairs.count,
							sizeof suite->corpora.pairs.at[0], input)
					   : NULL;
	if (value_of(&suite->corpora, input))
		return true;
	for (size_t i = 0; i < suite->cases.count; i++) {
		const struct suite_pairs *variant = variant_of(&suite->cases.at[i], input);
		if (value_of(&suite->cases.at[i].common, "corpus") || (variant && value_of(variant, "corpus")))
			return true;
	}
	return false;
}

bool suite_skips(const struct suite *suite, const struct suite_case *one, const struct subject *subject, char *why,
		 size_t size)
{
	const struct suite_pairs *variant = variant_of(one, subject->input);
	bool own_corpus = value_of(&one->common, "corpus") || (variant && value_of(variant, "corpus"));
	if (!own_corpus && !value_of(&suite->corpora, subject->input)) {
		snprintf(why, size, "the case has no corpus for an input of '%s'", subject->input);
		return true;
	}
	for (size_t i = 0; i < one->needs.words.count; i++) {
		const char *need = one->needs.words.at[i];
		if (!subject_does(subject, need)) {
			snprintf(why, size, "%s does no %s%s", subject->name, need,
				 subject->does.words.count ? "" : " (its file has no 'does' that says what it can: ordeal-subject(5))");
			return true;
		}
	}
	return false;
}

static int apply(const struct suite_pairs *pairs, struct case_spec *spec, struct err *err)
{
	int rc = 0;
	for (size_t i = 0; !rc && pairs && i < pairs->pairs.count; i++)
		rc = case_set(spec, pairs->pairs.at[i].key, pairs->pairs.at[i].value, err);
	return rc;
}

/* The plan or the corpus of a case, if it is a relative path. */
static int place(const struct suite *suite, const char *key, const char *text, struct case_spec *spec, struct err *err)
{
	bool source = text && (strncmp(text, "tree:", 5) == 0 || strncmp(text, "pack:", 5) == 0);
	int head = source ? 5 : 0;
	if (!text || text[head] == '/' || (!source && !places_is_path(text, strcspn(text, ":"))))
		return 0;
	SCOPED_FREE char *placed = NULL;
	if (asprintf(&placed, "%.*s%s/%s", head, text, suite->here, text + head) < 0)
		return err_set(err, ENOMEM, "out of memory");
	return case_set(spec, key, placed, err);
}

int suite_instantiate(const struct suite *suite, const struct suite_case *one, const struct subject *subject,
		      const char *subject_name, struct case_spec *spec, struct err *err)
{
	const char *corpus = value_of(&suite->corpora, subject->input);
	SCOPED_FREE char *name = NULL;
	case_init(spec);
	if (asprintf(&name, "%s/%s", suite->name, one->name) < 0)
		return err_set(err, ENOMEM, "out of memory");
	int rc = case_set(spec, "name", name, err);
	rc = rc ? rc : case_set(spec, "subject", subject_name, err);
	rc = rc || !corpus ? rc : case_set(spec, "corpus", corpus, err);
	rc = rc ? rc : apply(&one->common, spec, err);
	rc = rc ? rc : apply(variant_of(one, subject->input), spec, err);
	rc = rc ? rc : place(suite, "corpus", spec->corpus, spec, err);
	rc = rc ? rc : place(suite, "plan", spec->plan, spec, err);
	if (rc)
		case_fini(spec);
	return rc;
}

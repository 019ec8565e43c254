/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads what a subject's file says of how it is judged. */
#include "harness/subject_oracles.h"

#include "base/buf.h"
#include "base/scope.h"
#include "harness/oracles.h"
#include "harness/wordline.h"

#include <errno.h>
#include <string.h>

int subject_each_key(struct yaml_at at, subject_key_reader *read, void *into, struct err *err)
{
	if (at.node->type != YAML_MAP)
		return yaml_error(at, err, "a mapping (name: value) is wanted here");
	int rc = 0;
	for (size_t i = 0; !rc && i + 1 < at.node->count; i += 2)
		rc = read(at.node->items[i]->text, (struct yaml_at){at.doc, at.node->items[i + 1]}, into, err);
	return rc;
}

static int read_stance(const char *key, struct yaml_at at, enum stance *into, struct err *err)
{
	struct err why = {0};
	const char *text = yaml_scalar(at, err);
	int rc = text ? oracles_read_stance(key, text, into, &why) : -EINVAL;
	return text && rc ? yaml_error(at, err, "%s", why.text) : rc;
}

int subject_abort(struct yaml_at at, void *into, struct err *err)
{
	return read_stance("abort", at, into, err);
}

int subject_mute(struct yaml_at at, void *into, struct err *err)
{
	return read_stance("mute", at, into, err);
}

int subject_leaks(struct yaml_at at, void *into, struct err *err)
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

int subject_limits(struct yaml_at at, void *into, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	struct err why = {0};
	int rc = subject_each_key(at, read_limit, &text, err);
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

int subject_compare(struct yaml_at at, void *into, struct err *err)
{
	SCOPED(buf_free) struct buf text = {0};
	struct err why = {0};
	int rc = 0;
	if (at.node->type == YAML_MAP)
		rc = subject_each_key(at, read_comparator, &text, err);
	else if (at.node->text)
		buf_text(&text, at.node->text);
	if (!rc && oracles_read_compare(buf_string(&text), into, &why) < 0)
		rc = yaml_error(at, err, "%s", why.text);
	return rc;
}

int subject_check(struct yaml_at at, void *into, struct err *err)
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

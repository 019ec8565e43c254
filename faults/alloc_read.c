/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads allocation rules, from plans and from their short form. */
#include "base/buf.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "faults/alloc/page.h"
#include "faults/kinds.h"
#include "faults/plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int read_comm(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	/* The kernel keeps 15 characters (TASK_COMM_LEN); the shim knows no more than * and ?. */
	if (strlen(text) > 15 || strpbrk(text, "[]{}\\/"))
		return yaml_error(at, err, "'%s' is no program name of at most 15 characters (with * and ?)", text);
	return yaml_text(at, into, err);
}

static int read_program(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (!*text || strlen(text) >= ALLOC_RULE_PROGRAM || strpbrk(text, "[]{}\\/"))
		return yaml_error(at, err, "'%s' is no file name of a program of at most %d characters (with * and ?)", text,
				  ALLOC_RULE_PROGRAM - 1);
	strcpy(into, text);
	return 0;
}

/* As reports print it: 16 hex digits, of which the last two say how deep it was taken. */
static int read_stack(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	uint64_t hash;
	if (!text)
		return -EINVAL;
	if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16 || sscanf(text, "%16" SCNx64, &hash) != 1)
		return yaml_error(at, err, "'%s' is no stack: 16 hex digits, as a report has it", text);
	uint32_t depth = alloc_hash_depth(hash);
	if (depth < 1 || depth > ALLOC_DEPTH_MAX)
		return yaml_error(at, err, "'%s' is no stack: its last two digits, the depth, are not from 01 to %x", text, ALLOC_DEPTH_MAX);
	*(uint64_t *)into = hash;
	return 0;
}

static int read_process(struct yaml_at at, void *into, struct err *err)
{
	int rc = yaml_number(at, into, err);
	return !rc && *(uint64_t *)into == 0 ? yaml_error(at, err, "processes are counted from 1") : rc;
}

static const struct yaml_field alloc_when_fields[] = {
	YAML_FIELD(struct alloc_rule, "nth", nth, yaml_ordinals),
	YAML_FIELD(struct alloc_rule, "times", times, yaml_number),
	YAML_FIELD(struct alloc_rule, "probability", probability, yaml_probability),
};

static int read_alloc_when(struct yaml_at at, void *into, struct err *err)
{
	struct alloc_rule *rule = into;
	int rc = yaml_fields(at, "'when'", alloc_when_fields, COUNT_OF(alloc_when_fields), rule, err);
	if (!rc && (rule->times == 0 || rule->probability <= 0))
		return yaml_error(at, err, "this rule can never strike");
	return rc;
}

static const struct yaml_field alloc_fields[] = {
	YAML_FIELD(struct alloc_rule, "name", name, yaml_line),
	YAML_FIELD(struct alloc_rule, "size", size, yaml_byte_range),
	YAML_FIELD(struct alloc_rule, "comm", comm, read_comm),
	YAML_FIELD(struct alloc_rule, "program", program, read_program),
	YAML_FIELD(struct alloc_rule, "process", process, read_process),
	YAML_FIELD(struct alloc_rule, "ordinal", ordinal, yaml_ordinals),
	YAML_FIELD(struct alloc_rule, "stack", stack, read_stack),
	{"when", read_alloc_when, 0, false},
};

static const struct alloc_rule alloc_always = {
	.nth = {.first = 1, .last = UINT64_MAX, .step = 1},
	.size = {.first = 0, .end = UINT64_MAX},
	.ordinal = {.first = 0, .last = UINT64_MAX, .step = 1},
	.times = UINT64_MAX,
	.probability = 1,
};

static int read_allocation(struct yaml_at at, void *into, struct err *err)
{
	struct plan *plan = into;
	if (plan->allocations.count >= ALLOC_RULES_MAX)
		return yaml_error(at, err, "more than %d allocation rules", ALLOC_RULES_MAX);
	struct alloc_rule *rule = vec_add(&plan->allocations);
	if (!rule)
		return err_set(err, ENOMEM, "out of memory");
	*rule = alloc_always;
	int rc = yaml_fields(at, "allocation rule", alloc_fields, COUNT_OF(alloc_fields), rule, err);
	if (!rc && !rule->name && asprintf(&rule->name, "allocation-%zu", plan->allocations.count) < 0)
		rc = err_set(err, ENOMEM, "out of memory");
	return rc;
}

#define KEYS_TEXT "nth, times, probability, size, comm, program, process, ordinal, stack"

/* One "key=value" of the short form, read as the YAML it stands for. */
static int take_word(const char *word, struct buf *plain, struct buf *when, struct err *err)
{
	const char *equals = strchr(word, '=');
	int length = equals ? (int)(equals - word) : 0;
	if (!length || !equals[1])
		return err_set(err, EINVAL, "'%s' is not key=value (keys: " KEYS_TEXT "%s)", word,
			       strcmp(word, "comm=") == 0 ? "; comm=nobody runs the program and lists the names that there are" : "");
	static const char *const keys[] = {"nth", "times", "probability", "size", "comm", "name", "program", "process", "ordinal", "stack"};
	char key[32], hint[NEAREST_HINT_SIZE];
	snprintf(key, sizeof key, "%.*s", length, word);
	const char *near = nearest_in(keys, COUNT_OF(keys), sizeof keys[0], key);
	if (!named_in(keys, COUNT_OF(keys), sizeof keys[0], key))
		return err_set(err, EINVAL, "unknown key '%s' in '%s'%s", key, word,
			       near ? nearest_hint(hint, near) : " (keys: " KEYS_TEXT ")");
	bool conditional = strncmp(word, "nth=", 4) == 0 || strncmp(word, "times=", 6) == 0 ||
			   strncmp(word, "probability=", 12) == 0;
	struct buf *to = conditional ? when : plain;
	buf_printf(to, "%s\"%.*s\": \"%s\"", to->length ? ", " : "", length, word, equals + 1);
	return 0;
}

int plan_allocation_parse(const char *text, struct alloc_rule *out, struct err *err)
{
	SCOPED(buf_free) struct buf plain = {0}, when = {0}, yaml_source = {0};
	SCOPED_FREE char *copy = strdup(text);
	*out = alloc_always;
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	if (strpbrk(text, "\"\\\n"))
		return err_set(err, EINVAL, "'%s': quotes and backslashes are not allowed here", text);
	char *rest = copy;
	for (char *word; (word = strsep(&rest, ","));) {
		int rc = take_word(word, &plain, &when, err);
		if (rc)
			return rc;
	}
	buf_printf(&yaml_source, "{%s%s\"when\": {%s}}", buf_string(&plain), plain.length ? ", " : "", buf_string(&when));
	SCOPED(yaml_scope) struct yaml *doc = NULL;
	int rc = yaml_source.failed ? err_set(err, ENOMEM, "out of memory")
				    : yaml_parse("--alloc", buf_string(&yaml_source), yaml_source.length, &doc, err);
	if (!rc)
		rc = yaml_fields(yaml_root(doc), "allocation rule", alloc_fields, COUNT_OF(alloc_fields), out, err);
	if (!rc && !out->name && !(out->name = strdup(text)))
		rc = err_set(err, ENOMEM, "out of memory");
	if (rc)
		plan_allocation_clear(out);
	return rc;
}

void plan_allocation_clear(struct alloc_rule *rule)
{
	free(rule->name);
	free(rule->comm);
	*rule = (struct alloc_rule){0};
}

int alloc_rules_yaml(struct yaml_at at, void *into, struct err *err)
{
	return yaml_each(at, read_allocation, into, err);
}

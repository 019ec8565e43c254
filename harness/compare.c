/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads which file is compared by what, and asks that. */
#include "harness/compare.h"

#include "base/glob.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "harness/wordline.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static const struct {
	const char *name;
	enum compare_method method;
	bool bounded; /* takes a bound behind a colon */
} methods[] = {
	{"bytes", COMPARE_BYTES, false}, {"pixels", COMPARE_PIXELS, true}, {"samples", COMPARE_SAMPLES, false},
	{"snr", COMPARE_SAMPLES, true},	 {"text", COMPARE_TEXT, false},	   {"command", COMPARE_COMMAND, true},
};

/* The method that a text begins with; a word of its own, or followed by a colon. Its index, or -1. */
static int method_at(const char *text)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		size_t length = strlen(methods[i].name);
		if (strncmp(text, methods[i].name, length) == 0 && (!text[length] || text[length] == ':'))
			return (int)i;
	}
	return -1;
}

static int read_bound(const char *text, const char *unit, double *bound, struct err *err)
{
	char *end = NULL;
	*bound = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
	if (*bound < 0 || *bound > 65535 || !end || strcmp(end, unit) != 0)
		return err_set(err, EINVAL, "compare: '%s' is no bound such as %s", text, *unit ? "60dB" : "2");
	return 0;
}

static int read_command(const char *text, struct compare_rule *rule, struct err *err)
{
	int rc = wordline_split("compare: the command", text, &rule->command, err);
	bool both[2] = {false, false};
	for (char **word = rule->command; !rc && *word; word++) {
		both[0] |= strstr(*word, "{clean}") != NULL;
		both[1] |= strstr(*word, "{now}") != NULL;
	}
	return rc || (both[0] && both[1]) ? rc : err_set(err, EINVAL, "compare: a command needs {clean} and {now}: '%s'", text);
}

static int read_method(const char *text, struct compare_rule *rule, struct err *err)
{
	int index = method_at(text);
	char hint[NEAREST_HINT_SIZE];
	if (index < 0)
		return err_set(err, EINVAL, "compare: '%s' is none of bytes, pixels[:N], samples, snr:NdB, text, command:...%s", text,
			       nearest_hint(hint, nearest_in(methods, COUNT_OF(methods), sizeof methods[0], text)));
	const char *bound = text + strlen(methods[index].name);
	rule->method = methods[index].method;
	if (*bound && !methods[index].bounded)
		return err_set(err, EINVAL, "compare: %s takes no bound: '%s'", methods[index].name, text);
	if (rule->method == COMPARE_COMMAND)
		return read_command(*bound ? bound + 1 : bound, rule, err);
	if (strcmp(methods[index].name, "snr") == 0)
		return read_bound(*bound ? bound + 1 : bound, "dB", &rule->bound, err);
	return *bound ? read_bound(bound + 1, "", &rule->bound, err) : 0;
}

static int read_rule(char *text, struct comparators *out, struct err *err)
{
	struct compare_rule *rule = vec_add(&out->rules);
	char *equals = method_at(text) < 0 ? strchr(text, '=') : NULL;
	if (!rule)
		return err_set(err, ENOMEM, "out of memory");
	if (!equals)
		return read_method(text, rule, err);
	*equals = '\0';
	int rc = glob_compile(text, &rule->glob, err);
	return rc ? err_context(err, "compare") : read_method(equals + 1, rule, err);
}

/* The end of the rule: a semicolon, or a comma as lists are written on one line, that stands neither in quotes nor in braces. */
static char *rule_end(char *at)
{
	bool quoted = false;
	int depth = 0;
	for (; *at; at++) {
		quoted ^= *at == '"';
		depth += (*at == '{') - (*at == '}');
		if (!quoted && depth <= 0 && (*at == ';' || *at == ','))
			break;
	}
	return at;
}

int comparators_read(const char *text, struct comparators *out, struct err *err)
{
	SCOPED_FREE char *copy = strdup(text);
	int rc = copy ? 0 : err_set(err, ENOMEM, "out of memory");
	*out = (struct comparators){0};
	for (char *at = copy; !rc && at;) {
		char *end = rule_end(at), *next = *end ? end + 1 : NULL;
		*end = '\0';
		rc = read_rule(at, out, err);
		at = next;
	}
	if (rc)
		comparators_free(out);
	return rc;
}

void comparators_free(struct comparators *comparators)
{
	for (size_t i = 0; i < comparators->rules.count; i++) {
		glob_free(comparators->rules.at[i].glob);
		wordline_free(comparators->rules.at[i].command);
	}
	vec_free(&comparators->rules);
}

/* ---- asking ---- */

const struct compare_rule *comparators_find(const struct comparators *comparators, const char *path)
{
	const char *slash = strrchr(path, '/');
	for (size_t i = 0; i < comparators->rules.count; i++) {
		const struct compare_rule *rule = &comparators->rules.at[i];
		bool whole = rule->glob && strchr(glob_text(rule->glob), '/');
		if (!rule->glob || glob_match(rule->glob, whole || !slash ? path : slash + 1))
			return rule->method == COMPARE_BYTES ? NULL : rule;
	}
	return NULL;
}

int compare_say(char said[COMPARE_SAID_MAX], int rc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(said, COMPARE_SAID_MAX, format, args);
	va_end(args);
	return rc;
}

bool compare_content(const struct compare_rule *rule, struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now,
		     char said[COMPARE_SAID_MAX])
{
	said[0] = '\0';
	switch (rule->method) {
	case COMPARE_PIXELS:
		return compare_pixels(clean, now, rule->bound, said);
	case COMPARE_SAMPLES:
		return compare_samples(clean, now, rule->bound, said);
	case COMPARE_TEXT:
		return compare_text(clean, second, now, said);
	case COMPARE_BYTES:
	case COMPARE_COMMAND:
	default:
		return clean.length == now.length && memcmp(clean.at, now.at, clean.length) == 0;
	}
}

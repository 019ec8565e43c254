/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads and prints what a case says of its judgement. */
#include "harness/oracles.h"

#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/compare.h"
#include "harness/wordline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const stance_names[] = {[STANCE_ALLOW] = "allow", [STANCE_FAIL] = "fail"};

int oracles_read_stance(const char *key, const char *text, enum stance *out, struct err *err)
{
	for (enum stance stance = STANCE_ALLOW; stance <= STANCE_FAIL; stance++)
		if (strcmp(text, stance_names[stance]) == 0) {
			*out = stance;
			return 0;
		}
	return err_set(err, EINVAL, "%s: '%s' is neither allow nor fail", key, text);
}

/* ---- limits ---- */

static const struct {
	const char *name;
} costs[COSTS] = {
	[COST_TIME] = {"time"}, [COST_MEMORY] = {"memory"}, [COST_BYTES] = {"bytes"}, [COST_OPERATIONS] = {"operations"}};

static int read_limit(char *word, struct limits *out, struct err *err)
{
	char *number = strchr(word, '='), hint[NEAREST_HINT_SIZE];
	uint64_t times;
	if (number)
		*number++ = '\0';
	for (enum cost cost = 0; cost < COSTS; cost++) {
		if (strcmp(word, costs[cost].name) != 0)
			continue;
		if (!number || units_number(number, &times) != 0 || !times || times > UINT32_MAX)
			return err_set(err, EINVAL, "limits: %s takes how many times the clean run (%s=10), not '%s'", word, word,
				       number ? number : "");
		out->times[cost] = (uint32_t)times;
		return 0;
	}
	return err_set(err, EINVAL, "limits: '%s' cannot be limited%s: time, memory, bytes, operations can", word,
		       nearest_hint(hint, nearest_in(costs, COSTS, sizeof costs[0], word)));
}

int oracles_read_limits(const char *text, struct limits *out, struct err *err)
{
	SCOPED_FREE char *copy = strdup(text);
	char *rest = copy;
	int rc = copy ? 0 : err_set(err, ENOMEM, "out of memory");
	*out = (struct limits){0};
	for (char *word; !rc && (word = strsep(&rest, ","));)
		rc = read_limit(word, out, err);
	return rc;
}

static void print_limits(const struct limits *limits, struct buf *out)
{
	const char *before = " limits=";
	for (enum cost cost = 0; cost < COSTS; cost++)
		if (limits->times[cost]) {
			buf_printf(out, "%s%s=%u", before, costs[cost].name, limits->times[cost]);
			before = ",";
		}
}

/* ---- what is taken as it is written, if it makes sense ---- */

static int replace(char **out, const char *text, struct err *err)
{
	char *copy = strdup(text);
	if (!copy)
		return err_set(err, ENOMEM, "out of memory");
	free(*out);
	*out = copy;
	return 0;
}

int oracles_read_compare(const char *text, char **out, struct err *err)
{
	struct comparators comparators;
	int rc = comparators_read(text, &comparators, err);
	if (rc)
		return rc;
	comparators_free(&comparators);
	return replace(out, text, err);
}

int oracles_read_check(const char *text, char **out, struct err *err)
{
	char **words;
	int rc = wordline_split("check: the command", text, &words, err);
	bool told = false;
	for (char **word = words; !rc && *word; word++)
		told |= strstr(*word, "{}") || strstr(*word, "{out}");
	wordline_free(words);
	if (!rc && !told)
		rc = err_set(err, EINVAL, "check: the command has neither {} (a file) nor {out}: '%s'", text);
	return rc ? rc : replace(out, text, err);
}

/* ---- all of them ---- */

void oracles_print(const struct oracles *oracles, struct buf *out)
{
	if (oracles->abort)
		buf_printf(out, " abort=%s", stance_names[oracles->abort]);
	if (oracles->mute)
		buf_printf(out, " mute=%s", stance_names[oracles->mute]);
	if (oracles->leaks)
		buf_printf(out, " leaks=%s", stance_names[oracles->leaks]);
	print_limits(&oracles->limits, out);
	if (oracles->compare) {
		buf_text(out, " compare=");
		wordline_print(out, oracles->compare);
	}
	if (oracles->check) {
		buf_text(out, " check=");
		wordline_print(out, oracles->check);
	}
}

void oracles_free(struct oracles *oracles)
{
	free(oracles->compare);
	free(oracles->check);
	*oracles = (struct oracles){0};
}

struct oracles oracles_merge(const struct oracles *of_case, const struct oracles *of_subject)
{
	struct oracles both = *of_case;
	both.abort = both.abort ? both.abort : of_subject->abort;
	both.mute = both.mute ? both.mute : of_subject->mute;
	both.leaks = both.leaks ? both.leaks : of_subject->leaks;
	both.compare = both.compare ? both.compare : of_subject->compare;
	both.check = both.check ? both.check : of_subject->check;
	for (enum cost cost = 0; cost < COSTS; cost++)
		if (!both.limits.times[cost])
			both.limits.times[cost] = of_subject->limits.times[cost];
	return both;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The axis double: what a program does about a fault is known only from a run with that fault. */
#include "base/clock.h"
#include "base/scope.h"
#include "faults/errnames.h"
#include "faults/usual.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <string.h>

/* So many requests behind the first fault are struck, one a case: error paths are short, and what comes later is the op axis's. */
#define SECONDS_MAX 8
/* The run with the first fault must not hang for long. */
#define FIRST_DEADLINE_NS (5 * NS_PER_S)

static bool is_it(const struct point *p, const struct point *struck)
{
	return p->op == struck->op && p->nth == struck->nth && strcmp(p->path, struck->path) == 0 && strcmp(p->volume, struck->volume) == 0;
}

static int add_second(struct sweep *sweep, size_t index, const char *first, const char *first_word, const struct point *second, int error)
{
	SCOPED(buf_free) struct buf name = {0};
	SCOPED(buf_free) struct buf rules = {0};
	char text[ERRNAME_SIZE];
	errnames_text(error, text);
	sweep_point_name(&sweep->count.points.list.at[index], &name);
	buf_printf(&name, " %s, then ", first_word);
	sweep_point_name(second, &name);
	buf_printf(&name, " %s", text);
	buf_printf(&rules, "[%s, ", first);
	sweep_point_rule(second, false, &rules);
	buf_printf(&rules, ", fail: %s}]", text);
	if (name.failed || rules.failed)
		return -ENOMEM;
	return sweep_add(sweep, SWEEP_DOUBLE, index, strdup(name.at), strdup(rules.at), NULL, NULL);
}

/* What comes behind the request that was struck. */
static int add_behind(struct sweep *sweep, size_t index, const char *first, const char *word, const struct points *seen)
{
	const struct point *struck = &sweep->count.points.list.at[index];
	size_t i = 0;
	int rc = 0;
	while (i < seen->list.count && !is_it(&seen->list.at[i], struck))
		i++;
	for (size_t taken = 0; !rc && ++i < seen->list.count && taken < SECONDS_MAX;) {
		int error = usual_errors(seen->list.at[i].op)[0];
		if (!error)
			continue;
		rc = add_second(sweep, index, first, word, &seen->list.at[i], error);
		taken++;
	}
	return rc;
}

/* A trial that is none of the session's cases, to be counted. */
static int count_with(struct sweep *sweep, const char *first, struct count *count, struct err *err)
{
	SCOPED(buf_free) struct buf rules = {0};
	buf_printf(&rules, "[%s, " COUNT_WATCH "]", first);
	return rules.failed ? err_set(err, ENOMEM, "out of memory") : sweep_probe(sweep, rules.at, FIRST_DEADLINE_NS, false, count, err);
}

static int add_doubles_at(struct sweep *sweep, size_t index, struct err *err)
{
	int error = usual_errors(sweep->count.points.list.at[index].op)[0];
	SCOPED(buf_free) struct buf first = {0};
	SCOPED(count_free) struct count count = {0};
	char text[ERRNAME_SIZE];
	if (!error)
		return 0;
	errnames_text(error, text);
	sweep_point_rule(&sweep->count.points.list.at[index], false, &first);
	buf_printf(&first, ", fail: %s}", text);
	int rc = first.failed ? err_set(err, ENOMEM, "out of memory") : count_with(sweep, first.at, &count, err);
	rc = rc ? rc : add_behind(sweep, index, first.at, text, &count.points);
	return rc == -ENOMEM ? err_set(err, ENOMEM, "out of memory") : rc;
}

/* One that cannot be counted is no reason to look at none of the others. */
int sweep_add_doubles(struct sweep *sweep, struct err *err)
{
	for (size_t i = 0; i < sweep->count.points.list.count; i++) {
		int rc = sweep_is_late(sweep) ? -ETIME : add_doubles_at(sweep, i, err);
		if (rc == -EINTR || rc == -ENOMEM)
			return rc;
		sweep->unprobed += rc != 0;
	}
	*err = (struct err){0};
	return 0;
}

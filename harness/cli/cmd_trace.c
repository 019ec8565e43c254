/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal trace: looks at what ordeal mount --trace has kept. */
#include "base/glob.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "base/units.h"
#include "faults/ops.h"
#include "harness/cli/cli.h"
#include "harness/trace_views.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TOP_USUAL 10
#define TOP_MAX 10000

struct trace_options {
	opset ops; /* 0: all */
	struct glob *path;
	bool errors, json, by_pid;
	uint64_t pid, top;
};

/* ---- options ---- */

static int take_op(void *into, const char *value, struct err *err)
{
	struct trace_options *o = into;
	SCOPED_FREE char *copy = strdup(value);
	char *rest = copy;
	for (char *word; copy && (word = strsep(&rest, ","));) {
		enum op op = ops_find(word);
		opset set = op < OP_COUNT ? UINT64_C(1) << op : ops_group(word);
		if (!set)
			return err_set(err, EINVAL, "'%s' is no operation, nor a group of them (ordeal-plan(5) lists them)", word);
		o->ops |= set;
	}
	return copy ? 0 : err_set(err, ENOMEM, "out of memory");
}

static int take_path(void *into, const char *value, struct err *err)
{
	struct trace_options *o = into;
	glob_free(take_ptr(&o->path));
	return glob_compile(value, &o->path, err);
}

static int take_errors(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct trace_options *)into)->errors = true;
	return 0;
}

static int take_json(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct trace_options *)into)->json = true;
	return 0;
}

static int take_pid(void *into, const char *value, struct err *err)
{
	struct trace_options *o = into;
	o->by_pid = true;
	return units_number(value, &o->pid) || o->pid > UINT32_MAX ? err_set(err, EINVAL, "'%s' is no process", value) : 0;
}

static int take_top(void *into, const char *value, struct err *err)
{
	struct trace_options *o = into;
	return units_number(value, &o->top) || o->top > TOP_MAX ? err_set(err, EINVAL, "'%s' is no number from 0 to %d", value, TOP_MAX)
								 : 0;
}

static const struct cli_option options[] = {
	{'o', "op", "NAMES", "operations, or groups of them, with commas between", take_op},
	{'p', "path", "PATTERN", "paths below a volume, as in plans: '**/*.png'", take_path},
	{'e', "errors", NULL, "what was answered with an error", take_errors},
	{0, "pid", "PID", "what this thread asked", take_pid},
	{0, "json", NULL, "show: a JSON object a line", take_json},
	{0, "top", "N", "stat: so many files (10)", take_top},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal trace show | stat | chrome FILE [OPTIONS]",
	.about = "Looks at the operations that ordeal mount --trace FILE has kept; also while they\n"
		 "are written, and when the server was killed.\n"
		 "\n"
		 "show    a line an operation: when, what, where, answer, how long, who, rule\n"
		 "stat    sums: count, errors, latencies, bytes; the files that took longest\n"
		 "chrome  JSON for ui.perfetto.dev and chrome://tracing",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 2,
	.operands_max = 2,
};

/* ---- looking ---- */

static bool is_wanted(const struct trace_options *o, const struct trace_entry *entry)
{
	if (o->ops && !(o->ops >> ops_find(entry->op) & 1)) /* one that we do not know has bit OP_COUNT, which nobody sets */
		return false;
	if (o->path && !glob_match(o->path, entry->path) && !(entry->path2 && glob_match(o->path, entry->path2)))
		return false;
	return (!o->errors || entry->record.result < 0) && (!o->by_pid || entry->record.pid == o->pid);
}

/* What the reader must know of what he does not see. Not for stat, which tells it with its sums. */
static void tell_losses(const struct trace_view *view, const struct trace_tally *tally)
{
	if (view == &trace_view_stat || (!tally->overwritten && !tally->torn))
		return;
	fflush(stdout);
	fprintf(stderr, "ordeal: trace: %" PRIu64 " older operations are overwritten (--trace-size), %" PRIu64 " half-written\n",
		tally->overwritten, tally->torn);
}

static int look(struct trace_file *file, const struct trace_view *view, const struct trace_options *o)
{
	struct err err = {0};
	struct trace_entry entry;
	void *state = view->begin((unsigned)o->top);
	int rc = state ? 0 : err_set(&err, ENOMEM, "out of memory");
	while (!rc && (rc = trace_file_next(file, &entry, &err)) > 0)
		rc = is_wanted(o, &entry) && view->add(state, &entry) < 0 ? err_set(&err, ENOMEM, "out of memory") : 0;
	struct trace_tally tally = trace_file_tally(file);
	if (state)
		view->end(state, &tally);
	if (rc)
		return cli_fail(rc == -ENOMEM ? EXIT_INTERNAL : EXIT_USAGE, &err);
	tell_losses(view, &tally);
	return EXIT_AS_EXPECTED;
}

struct way {
	const char *name;
	const struct trace_view *view;
};

static const struct way ways[] = {{"show", &trace_view_text}, {"stat", &trace_view_stat}, {"chrome", &trace_view_chrome}};

static int trace(char **words, const struct trace_options *o)
{
	const struct way *way = named_in(ways, COUNT_OF(ways), sizeof ways[0], words[0]);
	struct trace_file *file;
	struct err err = {0};
	if (!way)
		return cli_complain(EXIT_USAGE, "trace: usage: %s", syntax.usage);
	if (o->json && way->view != &trace_view_text)
		return cli_complain(EXIT_USAGE, "trace: --json is for show");
	if (trace_file_open(words[1], &file, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int status = look(file, o->json ? &trace_view_json : way->view, o);
	trace_file_close(file);
	return status;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_options o = {.top = TOP_USUAL};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status == CLI_GO_ON)
		status = trace(argv + operand, &o);
	glob_free(o.path);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal sweep: everything fails once. */
#include "base/harmless.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/cli/tell_coverage.h"
#include "harness/coverage.h"
#include "harness/interrupts.h"
#include "harness/report.h"
#include "harness/sweep/sweep.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct sweep_cli {
	struct cli_case basis; /* first: see CLI_CASE_FIELDS and CLI_TRIALS_OPTIONS */
	struct sweep_options sweep;
	const char *gcov; /* directory of a build; NULL: none */
	bool list;
};

/* ---- options ---- */

static int take_axis(void *into, const char *value, struct err *err)
{
	return sweep_axes_parse(value, &((struct sweep_cli *)into)->sweep.axes, err);
}

#define TAKE_NUMBER(field)                                                                                             \
	static int take_##field(void *into, const char *value, struct err *err)                                        \
	{                                                                                                              \
		uint64_t *number = &((struct sweep_cli *)into)->sweep.field;                                           \
		return units_number(value, number) ? err_set(err, EINVAL, "'%s' is no whole number", value) : 0;       \
	}

static int take_max(void *into, const char *value, struct err *err)
{
	uint64_t *max = &((struct sweep_cli *)into)->sweep.max;
	if (units_number(value, max) < 0 || !*max)
		return err_set(err, EINVAL, "'%s' is no number of cases, of at least 1 (without --max all are run; --list runs none)", value);
	return 0;
}

TAKE_NUMBER(seed)
TAKE_NUMBER(pairs)

static int take_sample(void *into, const char *value, struct err *err)
{
	double *sample = &((struct sweep_cli *)into)->sweep.sample;
	if (units_probability(value, sample) != 0 || *sample <= 0)
		return err_set(err, EINVAL, "'%s' is no portion such as 10%%", value);
	return 0;
}

static int take_budget(void *into, const char *value, struct err *err)
{
	int64_t *budget = &((struct sweep_cli *)into)->sweep.budget_ns;
	return units_duration(value, budget) || !*budget ? err_set(err, EINVAL, "'%s' is no duration such as 60s", value) : 0;
}

static int take_block(void *into, const char *value, struct err *err)
{
	uint64_t *block = &((struct sweep_cli *)into)->sweep.block;
	return units_size(value, block) || !*block ? err_set(err, EINVAL, "'%s' is no size such as 4KiB", value) : 0;
}

#define TAKE_FLAG(field)                                                          \
	static int take_##field(void *into, const char *value, struct err *err)   \
	{                                                                         \
		(void)value, (void)err;                                           \
		((struct sweep_cli *)into)->sweep.field = true;                   \
		return 0;                                                         \
	}

TAKE_FLAG(hangs)
TAKE_FLAG(exhaustive)
TAKE_FLAG(persistent)
TAKE_FLAG(no_confirm)
TAKE_FLAG(no_fork)

#define TAKE_TEXT(option, field)                                                  \
	static int take_##option(void *into, const char *value, struct err *err)  \
	{                                                                         \
		(void)err;                                                        \
		((struct sweep_cli *)into)->field = value;                        \
		return 0;                                                         \
	}

TAKE_TEXT(checkpoint, sweep.checkpoint)
TAKE_TEXT(gcov, gcov)

static int take_list(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct sweep_cli *)into)->list = true;
	return 0;
}

static const struct cli_option options[] = {
	{'c', "corpus", "SOURCE", "what {in} holds: a profile, tree:DIR, pack:FILE", cli_take_corpus},
	{'a', "axis", "AXES", "what is made to fail: op, alloc, ... (below), all", take_axis},
	{'s', "subject", "NAME", "a subject instead of a COMMAND", cli_take_subject},
	{0, "mode", "NAME", "another command of the subject's", cli_take_mode},
	{0, "does", "WORDS", "of COMMAND, as in a subject file: check, degrade", cli_take_does},
	{0, "before", "STATE", "what {out} holds first: nothing, run, others", cli_take_before},
	{0, "list", NULL, "say which cases there are, and run none", take_list},
	{0, "budget", "TIME", "begin no case after that; spread over all", take_budget},
	{0, "sample", "PORTION", "run 10% of the cases, drawn by the seed", take_sample},
	{0, "max", "N", "run at most so many; spread over all", take_max},
	{0, "seed", "N", "of samples, pairs and the order", take_seed},
	{0, "checkpoint", "FILE", "keep finished cases there; go on where it ended", take_checkpoint},
	{0, "exhaustive", NULL, "each allocation, not one of each call stack", take_exhaustive},
	{0, "persistent", NULL, "what fails also fails from then on", take_persistent},
	{0, "hangs", NULL, "operations also hang", take_hangs},
	{0, "block", "SIZE", "of the axis range (64KiB)", take_block},
	{0, "pairs", "N", "of the axis pairs: how many (100)", take_pairs},
	{0, "no-confirm", NULL, "do not run failures again, alone", take_no_confirm},
	{0, "gcov", "DIR", "what only faults reach of a gcc --coverage build", take_gcov},
	{0, "no-fork", NULL, "each allocation in a case by itself", take_no_fork},
	{'d', "deadline", "TIME", "hung beyond this (20 times a clean run, 1s)", cli_take_deadline},
	{0, "allow", "VERDICTS", "what passes (complete,degraded,refused)", cli_take_allow},
	CLI_ORACLE_OPTIONS,
	CLI_TRIALS_OPTIONS,
};

static const struct cli_syntax syntax = {
	.usage = "ordeal sweep --axis AXES --corpus SOURCE [OPTIONS] [--] COMMAND...",
	.about = "Counts what COMMAND does without faults, then makes each of it fail once, in a\n"
		 "case of its own, and judges each as ordeal try does. Failures that are the same\n"
		 "are told once, the worst first, each with the line that repeats it.\n"
		 "\n"
		 "Axes: alloc op file range cut kill space double pairs; all is all but the last\n"
		 "two. {in}, {out}, {files} and {tmp} as in ordeal try.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 0,
	.operands_max = -1,
	.takes_command = true,
};

/* ---- running ---- */

struct progress {
	bool terminal, verbose, colour;
	size_t done, all;
};

static void tell_name(const struct progress *p, const char *name)
{
	char text[60];
	snprintf(text, sizeof text, "%s", name);
	harmless(text, "");
	fprintf(stderr, "\r\033[K[%zu/%zu] %s", p->done, p->all, text);
}

static void tell(const struct sweep *sweep, const struct trial *done, void *context)
{
	struct progress *p = context;
	(void)sweep;
	p->done++;
	if (p->verbose) {
		SCOPED(buf_free) struct buf line = {0};
		report_line(done, p->colour, &line);
		fprintf(stderr, "%s%s\n", p->terminal ? "\r\033[K" : "", buf_string(&line));
	}
	if (p->terminal)
		tell_name(p, report_case_name(done));
	fflush(stderr);
}

static size_t chosen(const struct sweep *sweep)
{
	size_t count = 0;
	for (size_t i = 0; i < sweep->cases.count; i++)
		count += sweep->cases.at[i].left == LEFT_NOT;
	return count;
}

static void list_cases(const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->cases.count; i++) {
		const struct sweep_case *one = &sweep->cases.at[i];
		cli_tell("%-7s %s%s%s%s", sweep_axis_name(one->axis), one->name, one->bound ? "  schedule-bound" : "",
			 one->left ? "  left out: " : "", sweep_left_about(one->left));
		putchar('\n');
	}
	printf("%zu cases, %zu to be run\n", sweep->cases.count, chosen(sweep));
}

static void tell_sweep(const struct session *session, bool colour, struct buf *out)
{
	sweep_report(session->context, colour, out);
}

static int write_reports(const struct sweep *sweep, const struct sweep_cli *o)
{
	sweep->session->tell = tell_sweep;
	return cli_write_reports(sweep->session, &o->basis.trials, "sweep");
}

static int nothing_to_run(const struct sweep *sweep)
{
	const struct schedule_outcome *allocations = &sweep->count.allocations;
	if (sweep->cases.count)
		return cli_complain(EXIT_NOTHING, "sweep: of %zu cases none is to be run (--max, --sample)", sweep->cases.count);
	if (allocations->own_malloc)
		return cli_complain(EXIT_NOTHING, "sweep: there is nothing to make fail: %s brings a malloc of its own", allocations->own_malloc_program);
	if (sweep->options.axes == 1u << SWEEP_ALLOC)
		return cli_complain(EXIT_NOTHING, "sweep: there is nothing to make fail: no allocation was counted (a static or setuid program does "
					  "not load the shim, nor does one that was started with another environment)");
	return cli_complain(EXIT_NOTHING, "sweep: there is nothing to make fail: the command makes no such operation on {in} or {out}");
}

/* Before it begins. */
static void tell_plan(const struct sweep *sweep)
{
	SCOPED(buf_free) struct buf text = {0};
	sweep_tell_measure(sweep, &text);
	sweep_tell_estimate(sweep, &text);
	fputs(buf_string(&text), stderr);
	fflush(stderr);
}

static int run_listed(struct sweep *sweep, const struct sweep_cli *o)
{
	struct err err = {0};
	struct progress progress = {.terminal = isatty(STDERR_FILENO) && !o->basis.trials.quiet, .verbose = o->basis.trials.verbose && !o->basis.trials.quiet,
				    .colour = cli_colour(STDERR_FILENO), .all = chosen(sweep)};
	if (!progress.all)
		return nothing_to_run(sweep);
	int rc = sweep_begin(sweep, &err);
	if (rc == -EINTR)
		return cli_fail(EXIT_INTERRUPTED, &err);
	if (rc)
		return cli_fail(rc == -EINVAL || rc == -EBUSY || rc == -ECANCELED ? EXIT_USAGE : EXIT_INTERNAL, &err);
	if (!o->basis.trials.quiet)
		tell_plan(sweep);
	sweep->progress = tell;
	sweep->context = &progress;
	rc = sweep_run(sweep, &err);
	if (progress.terminal)
		fputs("\r\033[K", stderr);
	if (rc)
		return cli_fail(EXIT_INTERNAL, &err);
	int status = write_reports(sweep, o);
	if (!status && sweep->session->coverage)
		status = cli_tell_coverage(sweep->session->coverage, &o->basis.trials);
	return status ? status : cli_status_of(&o->basis.trials, session_exit_status(sweep->session));
}

static int sweep_all(struct sweep *sweep, const struct sweep_cli *o)
{
	struct err err = {0};
	int rc = sweep_count(sweep, &err);
	if (rc == -EINTR)
		return cli_fail(EXIT_INTERRUPTED, &err);
	if (rc)
		return cli_fail(rc == -ECANCELED || rc == -EINVAL ? EXIT_USAGE : EXIT_ENVIRONMENT, &err);
	rc = sweep_list(sweep, &err);
	if (rc)
		return cli_fail(rc == -EINTR ? EXIT_INTERRUPTED : EXIT_INTERNAL, &err);
	if (!o->list)
		return run_listed(sweep, o);
	list_cases(sweep);
	return sweep->cases.count ? EXIT_AS_EXPECTED : EXIT_NOTHING;
}

static int sweep_measured(struct sweep *sweep, const struct sweep_cli *o)
{
	struct coverage coverage;
	struct err err = {0};
	if (!o->gcov)
		return sweep_all(sweep, o);
	/* What gcov looks for is the whole path. */
	unsetenv("GCOV_PREFIX_STRIP");
	if (coverage_begin(o->gcov, &coverage, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	sweep->session->coverage = &coverage;
	int status = sweep_all(sweep, o);
	coverage_end(&coverage);
	return status;
}

/* A signal is heard where it suits, so that nothing stays. */
static int sweep_guarded(struct sweep *sweep, const struct sweep_cli *o)
{
	struct interrupts interrupts;
	struct err err = {0};
	if (interrupts_begin(&interrupts, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	int status = sweep_measured(sweep, o);
	interrupts_end(&interrupts);
	return status;
}

/* "--axis op alloc": the second would be the command. */
static bool is_stray_axis(const struct sweep_cli *o, int argc, char **argv, int operand)
{
	struct err unused = {0};
	uint32_t axes = 0;
	bool alone = operand + 1 < argc && strcmp(argv[operand + 1], "--") == 0;
	return operand < argc && (alone || !o->basis.spec.corpus) && strcmp(argv[operand - 1], "--") != 0 &&
	       sweep_axes_parse(argv[operand], &axes, &unused) == 0;
}

static int check(const struct sweep_cli *o, int argc, char **argv, int operand, struct err *err)
{
	if (is_stray_axis(o, argc, argv, operand))
		return err_set(err, EINVAL, "sweep: '%s' stands where the command begins: axes are separated by commas, without blanks: "
			       "--axis op,alloc", argv[operand]);
	if (!o->sweep.axes)
		return err_set(err, EINVAL, "sweep: --axis is missing: alloc, op, file, range, cut, kill, space, double, pairs or all");
	return 0;
}

int cmd_sweep(int argc, char **argv)
{
	struct sweep_cli o = {.sweep = {.sample = 1, .seed = 1, .block = 65536, .pairs = 100}};
	struct session session;
	struct sweep sweep;
	struct err err = {0};
	int operand;
	case_init(&o.basis.spec);
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status == CLI_GO_ON && (check(&o, argc, argv, operand, &err) < 0 || cli_complete_case("sweep", &o.basis.spec, argc, argv, operand, &err) < 0))
		status = cli_fail(EXIT_USAGE, &err);
	if (status != CLI_GO_ON) {
		case_fini(&o.basis.spec);
		return status;
	}
	session_init(&session);
	cli_trials_apply(&session, &o.basis.trials);
	if (!o.basis.trials.jobs)
		session.jobs *= 2; /* a case waits for the filesystem, and for ends of processes, about as long as it works */
	sweep_init(&sweep, &session, &o.sweep, &o.basis.spec);
	status = sweep_guarded(&sweep, &o);
	sweep_free(&sweep);
	session_fini(&session);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What try, run and replay have in common: options, progress, reports. */
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- options ---- */

int cli_take_report(void *into, const char *value, struct err *err)
{
	struct cli_trials *options = into;
	if (options->reports_count == CLI_REPORTS_MAX)
		return err_set(err, EINVAL, "more than %d reports", CLI_REPORTS_MAX);
	options->reports[options->reports_count++] = value;
	return report_check(value, err);
}

int cli_take_jobs(void *into, const char *value, struct err *err)
{
	uint64_t number;
	if (units_number(value, &number) != 0 || !number || number > 64)
		return err_set(err, EINVAL, "'%s' is no number from 1 to 64", value);
	((struct cli_trials *)into)->jobs = (unsigned)number;
	return 0;
}

/* What an earlier run left there would pass for this one's. */
int cli_take_keep(void *into, const char *value, struct err *err)
{
	int rc = cli_check_empty(value);
	if (rc && rc != -ENOENT)
		return err_set(err, -rc, "%s: %s", value,
			       rc == -ENOTEMPTY ? "is not empty (choose a new or empty directory)" : strerror(-rc));
	((struct cli_trials *)into)->keep = value;
	return 0;
}

int cli_take_no_again(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct cli_trials *)into)->no_again = true;
	return 0;
}

int cli_take_world(void *into, const char *value, struct err *err)
{
	bool shared = strcmp(value, "shared") == 0;
	if (!shared && strcmp(value, "private") != 0)
		return err_set(err, EINVAL, "'%s' is neither private nor shared", value);
	((struct cli_trials *)into)->shared_world = shared;
	return 0;
}

int cli_take_unavailable(void *into, const char *value, struct err *err)
{
	struct cli_trials *options = into;
	uint64_t number;
	if (units_number(value, &number) != 0 || number > 255)
		return err_set(err, EINVAL, "'%s' is no exit status", value);
	options->renamed_unavailable = true;
	options->unavailable_status = (int)number;
	return 0;
}

int cli_take_verbose(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct cli_trials *)into)->verbose = true;
	return 0;
}

int cli_take_quiet(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct cli_trials *)into)->quiet = true;
	return 0;
}

int cli_status_of(const struct cli_trials *options, int status)
{
	return status == EXIT_ENVIRONMENT && options->renamed_unavailable ? options->unavailable_status : status;
}

/* ---- progress, on stderr ---- */

struct progress {
	bool terminal, colour, verbose;
	unsigned done, all;
};

static void clear_line(const struct progress *p)
{
	if (p->terminal)
		fputs("\r\033[K", stderr);
}

static void tell(const struct session *session, const struct trial *done, void *context)
{
	(void)session;
	struct progress *p = context;
	SCOPED(buf_free) struct buf line = {0};
	p->done++;
	report_line(done, p->colour, &line);
	clear_line(p);
	if (!p->terminal || p->verbose)
		fprintf(stderr, "%s\n", buf_string(&line));
	if (p->verbose && done->state == TRIAL_JUDGED) {
		SCOPED(buf_free) struct buf story = {0};
		report_trial(done, p->colour, &story);
		fputs(buf_string(&story), stderr);
	}
	if (p->terminal)
		fprintf(stderr, "[%u/%u] %s: %s", p->done, p->all, done->subject->name, report_case_name(done));
	fflush(stderr);
}

static unsigned count_waiting(const struct session *session)
{
	unsigned count = 0;
	for (size_t i = 0; i < session->trials.count; i++)
		count += session->trials.at[i]->state == TRIAL_WAITING;
	return count;
}

/* ---- running ---- */

static unsigned processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	return count > 0 ? (unsigned)count : 1;
}

int cli_write_reports(const struct session *session, const struct cli_trials *options, const char *title)
{
	struct err err = {0};
	bool colour = cli_colour(STDOUT_FILENO);
	fflush(stdout);
	if (!options->reports_count && report_write("text", session, title, colour, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	int status = EXIT_AS_EXPECTED; /* one that cannot be written does not cost the others */
	for (size_t i = 0; i < options->reports_count; i++)
		if (report_write(options->reports[i], session, title, colour, &err) < 0)
			status = cli_fail(strchr(options->reports[i], ':') ? EXIT_USAGE : EXIT_INTERNAL, &err);
	return status;
}

void cli_trials_apply(struct session *session, const struct cli_trials *options)
{
	session->jobs = options->jobs ? options->jobs : processors();
	session->keep = options->keep;
	session->skip_unavailable = options->renamed_unavailable;
	if (options->shared_world)
		session->world = WORLD_SHARED;
	session->again = !options->no_again;
}

int cli_trials_run(struct session *session, const struct cli_trials *options, const char *title)
{
	struct err err = {0};
	int rc = session_prepare(session, &err);
	if (rc)
		return cli_fail(EXIT_USAGE, &err);
	struct progress progress = {.terminal = isatty(STDERR_FILENO) && !options->quiet,
				    .colour = cli_colour(STDERR_FILENO),
				    .verbose = options->verbose,
				    .all = count_waiting(session)};
	cli_trials_apply(session, options);
	session->progress = options->quiet || progress.all < 2 ? NULL : tell;
	session->context = &progress;
	rc = session_run(session, &err);
	clear_line(&progress);
	if (rc)
		return cli_fail(EXIT_INTERNAL, &err);
	if (session->unavailable)
		cli_complain(0, "skipped: %s", session->unavailable);
	int status = cli_write_reports(session, options, title);
	return status ? status : cli_status_of(options, session_exit_status(session));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal replay: a case again, from the line that it printed. */
#include "base/scope.h"
#include "harness/cli/cli.h"

static const struct cli_option options[] = {CLI_TRIALS_OPTIONS};

static const struct cli_syntax syntax = {
	.usage = "ordeal replay [OPTIONS] 'CASE'",
	.about = "Repeats a case exactly: same corpus, plan, seed, subject or command, and what\n"
		 "was expected of it. Every failure that is reported ends with such a line.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 1,
	.operands_max = 1,
};

int cmd_replay(int argc, char **argv)
{
	struct cli_trials o = {0};
	struct case_spec spec;
	struct session session;
	struct trial *trial;
	struct err err = {0};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status != CLI_GO_ON)
		return status;
	case_init(&spec);
	if (case_parse(argv[operand], &spec, &err) < 0) {
		case_fini(&spec);
		return cli_fail(EXIT_USAGE, &err);
	}
	session_init(&session);
	if (session_add(&session, &spec, &trial, &err) < 0)
		status = cli_fail(EXIT_USAGE, &err);
	else if (subject_available(trial->subject, trial->spec.cwd, &err) < 0)
		status = cli_fail(cli_status_of(&o, EXIT_ENVIRONMENT), &err);
	else
		status = cli_trials_run(&session, &o, NULL);
	session_fini(&session);
	return status;
}

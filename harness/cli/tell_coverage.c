/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What runs have reached, at the end of a report. */
#include "harness/cli/tell_coverage.h"

#include "base/scope.h"

#include <unistd.h>

int cli_tell_coverage(const struct coverage *coverage, const struct cli_trials *options)
{
	SCOPED(buf_free) struct buf text = {0};
	struct coverage_report report;
	struct err err = {0};
	int rc = coverage_take(coverage, &report, &err);
	if (rc)
		return cli_fail(EXIT_ENVIRONMENT, &err);
	buf_char(&text, '\n');
	coverage_tell(&report, &text);
	coverage_report_free(&report);
	fflush(stdout);
	if (text.failed || buf_write_fd(&text, options->reports_count ? STDERR_FILENO : STDOUT_FILENO) < 0)
		return cli_complain(EXIT_INTERNAL, "what was reached cannot be written");
	return EXIT_AS_EXPECTED;
}

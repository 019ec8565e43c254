/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the runs have reached of the subject, for people. */
#pragma once

#include "harness/cli/cli.h"
#include "harness/coverage.h"

/* On standard output; beside reports for machines on standard error. Returns an exit status, EXIT_AS_EXPECTED where all went well. */
int cli_tell_coverage(const struct coverage *coverage, const struct cli_trials *options);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What is said at the end of a captive run, and the status it ends with. */
#pragma once

#include "harness/captive.h"

/* Tell on stderr: what went wrong on our side in one line, always; which rules struck, unless `quiet`. Returns the exit status:
 * the command's own, or one of ours (exits.h). */
int captive_told(const struct captive_outcome *outcome, const struct captive_request *request, bool quiet);

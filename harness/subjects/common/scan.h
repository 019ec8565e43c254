/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a directory lists. */
#pragma once

#include "common/failure.h"
#include "common/names.h"

/* All names in `dir` but "." and "..", sorted, each once. The types that a listing gives are not looked at: they may lie,
 * and opening finds out. A listing that fails half-way is a failure, never half a list. Caller frees *names, also on
 * failure. */
int scan_names(struct names *names, const char *dir, struct failure *why) MUST_USE;

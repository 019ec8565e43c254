/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What of a write is acknowledged and not kept: shared by `lose` and `torn`. */
#pragma once

#include "base/yaml.h"
#include "faults/plan.h"

/* Reads the moment of a loss: write, fsync, close, cut. */
yaml_reader loss_at_yaml;
const char *loss_at_text(enum loss_at at);

/* Reads the size of a sector, 512 or 4096, into a uint32_t. */
yaml_reader loss_sector_yaml;

/* Part a struck write (a verdict's `losing`) into runs: from byte `at` of the file (inside the request, before `end`) to what is
 * returned, all bytes are lost, or none (*lost). Pure. */
uint64_t loss_run(const struct plan *plan, const struct rule *rule, const struct site *site, uint64_t at, uint64_t end,
		  bool *lost);

/* Does a rule for this volume need to know what a file held before: a power cut, a failed fsync, stale content, a loss that
 * shows later? */
bool loss_remembers(const struct plan *plan, const char *volume);

/* Can the rule strike only what was written before (a failed fsync, stale content)? */
bool loss_is_of_changes(const struct rule *rule);

/* Does one show what a block held before it was last written? And does one change a file while the program looks on (all of them
 * but a cut, behind which nobody does)? */
bool loss_shows_stale(const struct plan *plan, const char *volume);
bool loss_changes_files(const struct plan *plan, const char *volume);

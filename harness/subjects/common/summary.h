/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The one JSON line on stdout that ends a run. */
#pragma once

#include "common/run.h"

/* details: more members, or NULL. Fails when stdout cannot be written. */
int summary_print(const struct run *run, enum status status, run_details *details, const void *of, struct failure *why)
	MUST_USE;

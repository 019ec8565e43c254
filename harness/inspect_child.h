/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compares in a process of its own: what is decoded comes from a program under trial, and whoever decodes it may crash or not end. */
#pragma once

#include "harness/compare.h"

/* compare_content(): 1 equal, 0 not (also where no answer came; `said` has why), or a negative errno where no process could be made. */
int inspect_in_child(const struct compare_rule *rule, struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now,
		     int64_t until_ns, char said[COMPARE_SAID_MAX]);

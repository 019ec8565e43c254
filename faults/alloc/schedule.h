/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's side of the allocation shim: writes the rules of a plan into a page, reads back what happened. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/page.h"
#include "faults/plan.h"

/* Make a page file at `path` (which must not exist) from rules; none means: only count. Mode 0600. */
int schedule_make(const char *path, uint64_t seed, const struct alloc_rule *rules, size_t count,
		  struct err *err) MUST_USE;

/* What a run left in its page. */
struct schedule_outcome {
	uint64_t processes;   /* images that counted */
	uint64_t allocations; /* of all of them */
	uint64_t fired;
	uint32_t events_count;
	struct alloc_page_event events[32]; /* the first ones, module names terminated */
};

/* Read a page file. Trusts nothing in it but its size. */
int schedule_read(const char *path, struct schedule_outcome *out, struct err *err) MUST_USE;

const char *schedule_function_name(uint32_t function);

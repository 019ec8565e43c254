/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's side of the allocation shim: writes the rules of a plan into a page, reads back what happened. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "faults/alloc/page.h"
#include "faults/plan.h"

/* Make a page file at `path` (which must not exist) from rules; none means: only count. Mode 0600. */
int schedule_make(const char *path, uint64_t seed, const struct alloc_rule *rules, size_t count,
		  struct err *err) MUST_USE;

/* All processes of the same names. */
struct schedule_program {
	char comm[16];	  /* what rules for one program go by */
	char program[ALLOC_PROGRAM_SIZE]; /* file name, cut */
	uint64_t processes, allocations;
};

/* What a run left in its page. */
struct schedule_outcome {
	uint64_t processes;   /* images that counted */
	uint64_t uncounted;   /* images beyond the room of the page: unharmed */
	uint64_t allocations; /* of all of them */
	uint64_t fired;
	uint64_t diverged; /* rules whose ordinal came with another stack: these did not strike */
	uint64_t own_malloc;	     /* images whose malloc is not the shim's */
	char own_malloc_program[ALLOC_PROGRAM_SIZE]; /* ... the first one's file name */
	uint32_t programs_count;
	struct schedule_program programs[5]; /* those with most allocations; there may be more */
	uint32_t events_count;
	struct alloc_page_event events[32]; /* the first ones, names terminated */
	uint32_t divergences_count;
	struct alloc_page_event divergences[4]; /* likewise; of what was found instead */
	uint32_t modules_count;
	char modules[64][496]; /* paths; the frames of all these events number them from 1 */
};

/* Read a page file. Trusts nothing in it but its size. */
int schedule_read(const char *path, struct schedule_outcome *out, struct err *err) MUST_USE;

/* The path of a frame's module, or NULL where it is not known. */
const char *schedule_module(const struct schedule_outcome *outcome, uint64_t frame);

/* Append "libpng16.so.16+0x1234", and " <- " before it where there is something already. */
void schedule_frame_text(const char *module, uint64_t frame, struct buf *out);

/* Append all frames of an event, the innermost first: "libpng16.so.16+0x1234 <- sox+0x88". */
void schedule_event_stack(const struct schedule_outcome *outcome, const struct alloc_page_event *event, struct buf *out);

/* "malloc"; "before main". "?" where there is none. */
const char *schedule_function_name(uint32_t function);
const char *schedule_phase_name(uint32_t phase);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes the trace: a ring of all operations in a mapped file (layout: wire_trace.h). A record is a few stores to memory; no
 * system call, no allocation. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/wire_trace.h"

#include <stdbool.h>
#include <stdint.h>

/* Names that were written and stand in the ring, found by hash: four to a set. What has no place there is written again. */
#define TRACE_SETS 4096
#define TRACE_WAYS 4

struct trace_known {
	uint32_t hash, id;
};

/* A thread whose name is in the ring. */
#define TRACE_CALLERS 256

struct trace_caller {
	uint32_t pid; /* 0: nobody */
	int64_t asked_ns; /* when the name was looked at last */
	uint64_t record; /* that says it */
	char comm[16];
};

/* What steers the writing is kept here, and only told in the file, which others may write to. */
struct trace {
	char *map; /* NULL: nothing is traced */
	bool paused; /* by the word `trace` */
	uint64_t size;
	uint64_t names_offset, names_size, records_offset, capacity;
	uint64_t written, names_head;
	int64_t started_ns; /* CLOCK_MONOTONIC */
	int fd;		    /* holds the lock that says that somebody writes */
	struct trace_known (*known)[TRACE_WAYS];
	struct trace_caller callers[TRACE_CALLERS]; /* by number */
};

/* Make (or make anew) the file, of `size` bytes all of which the disk grants now. A file that is there must be empty, or a trace that no
 * server writes any more. -errno with a reason. */
int trace_open(struct trace *trace, const char *path, uint64_t size, bool uncached, struct err *err) MUST_USE;
void trace_close(struct trace *trace); /* what was written stays in the file */

/* Records that newer ones have replaced. */
uint64_t trace_overwritten(const struct trace *trace);

/* The number of a name; 0 where there is none (`path` is NULL). A rule's has an empty volume. */
uint32_t trace_name(struct trace *trace, const char *volume, const char *path);

/* Is the name of a thread to be looked at again? For one that was not here lately, and then once a millisecond at the most: who begins
 * another program (execve(2)) goes by the old name for that long. `now_ns` is of CLOCK_MONOTONIC. */
bool trace_wants_comm(const struct trace *trace, uint32_t pid, int64_t now_ns);

/* This is its name (NULL: nobody knows). */
void trace_comm(struct trace *trace, uint32_t pid, const char *comm, int64_t now_ns);

/* Write a record: all but sequence and check are filled. */
void trace_add(struct trace *trace, struct wire_trace_record *record);

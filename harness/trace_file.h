/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads a trace (fusefs/wire_trace.h), also one that is being written, or was when its server was killed. The file may come from
 * a stranger: nothing in it is believed before it was looked at, and memory stays small whatever it says. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "fusefs/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct trace_file;

/* One operation. Texts are borrowed until the next call; control characters in them are as the file has them. */
struct trace_entry {
	uint64_t number; /* of the record, ever */
	struct wire_trace_record record;
	const char *op;
	const char *volume, *path;     /* "" and "?": the name is not known any more */
	const char *volume2, *path2;   /* rename, link: where to; NULL: there is none */
	const char *rule;	       /* that struck first, or that it was cut short for; NULL: none */
	const char *comm;	       /* of the calling process; NULL: not known */
};

/* What a reader has to be told beside the operations. */
struct trace_tally {
	uint64_t read;	      /* records given out */
	uint64_t names;	      /* of callers: no operations, and not given out */
	uint64_t overwritten; /* older ones that newer have replaced, before or while they were read */
	uint64_t torn;	      /* half-written, and left out */
	int64_t started_unix_ns;
	bool uncached; /* the kernel answered nothing by itself */
};

/* -EINVAL where it is no trace, or a broken one; -errno. */
int trace_file_open(const char *path, struct trace_file **out, struct err *err) MUST_USE;
void trace_file_close(struct trace_file *file);

/* The next operation, in the order in which they were answered. 1, 0 at the end, or -errno with a reason. */
int trace_file_next(struct trace_file *file, struct trace_entry *entry, struct err *err) MUST_USE;

struct trace_tally trace_file_tally(const struct trace_file *file);

/* The errno of an answer, 0 where it was none. */
static inline int trace_error(const struct trace_entry *entry)
{
	return entry->record.result < 0 ? -entry->record.result : 0;
}

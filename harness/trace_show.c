/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A trace line by line, for people and as JSON. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/harmless.h"
#include "base/jsonw.h"
#include "base/quoted.h"
#include "faults/errnames.h"
#include "harness/trace_views.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The line being made; one buffer for all of them. */
static void *begin(unsigned top)
{
	(void)top;
	return calloc(1, sizeof(struct buf));
}

static void end(void *state, const struct trace_tally *tally)
{
	(void)tally;
	buf_free(state);
	free(state);
}

static int put_line(struct buf *line)
{
	buf_char(line, '\n');
	fwrite(line->at, 1, line->length, stdout);
	return line->failed ? -ENOMEM : 0;
}

/* ---- text ---- */

static void put_name(struct buf *line, const char *volume, const char *path)
{
	size_t start = line->length;
	buf_printf(line, "%s%s%s", volume, *volume ? "/" : "", path);
	if (line->length > start)
		harmless(line->at + start, "");
}

static void put_rule(struct buf *line, const char *rule)
{
	size_t start = line->length;
	buf_name(line, rule);
	if (line->length > start)
		harmless(line->at + start, "");
}

static void put_duration(struct buf *line, uint64_t ns)
{
	if (ns < 1000000)
		buf_printf(line, "%.1fus", (double)ns / 1e3);
	else if (ns < UINT64_C(1000000000))
		buf_printf(line, "%.3fms", (double)ns / 1e6);
	else
		buf_printf(line, "%.3fs", (double)ns / 1e9);
}

static int add_text(void *state, const struct trace_entry *entry)
{
	struct buf *line = state;
	const struct wire_trace_record *r = &entry->record;
	char name[ERRNAME_SIZE];
	buf_clear(line);
	buf_printf(line, "%12.6f %-11s ", (double)r->time_ns / NS_PER_S, entry->op);
	put_name(line, entry->volume, entry->path);
	if (entry->path2) {
		buf_text(line, " -> ");
		put_name(line, entry->volume2, entry->path2);
	} else if (r->length || r->offset) {
		buf_printf(line, " %" PRIu64 "+%" PRIu64, r->offset, r->length);
	}
	if (r->result < 0)
		buf_printf(line, " = %s ", errnames_text(trace_error(entry), name));
	else
		buf_printf(line, " = %" PRId32 " ", r->result);
	put_duration(line, r->latency_ns);
	buf_printf(line, " pid %" PRIu32, r->pid);
	if (entry->comm) {
		buf_text(line, " (");
		put_name(line, "", entry->comm);
		buf_char(line, ')');
	}
	if (entry->rule) {
		buf_text(line, r->flags & WIRE_TRACE_CUT ? " cut for rule " : " rule ");
		put_rule(line, entry->rule);
	}
	return put_line(line);
}

const struct trace_view trace_view_text = {begin, add_text, end};

/* ---- JSON ---- */

static void put_seconds(struct jsonw *j, const char *key, uint64_t ns)
{
	jsonw_key(j, key), jsonw_real(j, (double)ns / NS_PER_S, 9);
}

static void put_flag(struct jsonw *j, const char *key, bool is_so)
{
	if (is_so)
		jsonw_key(j, key), jsonw_bool(j, true);
}

static void put_range(struct jsonw *j, const struct trace_entry *entry)
{
	if (entry->path2) {
		jsonw_key(j, "volume2"), jsonw_text(j, entry->volume2);
		jsonw_key(j, "path2"), jsonw_text(j, entry->path2);
	} else if (entry->record.length || entry->record.offset) {
		jsonw_key(j, "offset"), jsonw_uint(j, entry->record.offset);
		jsonw_key(j, "length"), jsonw_uint(j, entry->record.length);
	}
}

static void put_answer(struct jsonw *j, const struct trace_entry *entry)
{
	const struct wire_trace_record *r = &entry->record;
	char name[ERRNAME_SIZE];
	jsonw_key(j, "result"), jsonw_int(j, r->result);
	if (r->result < 0)
		jsonw_key(j, "error"), jsonw_text(j, errnames_text(trace_error(entry), name));
	put_seconds(j, "latency_s", r->latency_ns);
	put_seconds(j, "service_s", r->service_ns);
	if (entry->rule)
		jsonw_key(j, "rule"), jsonw_text(j, entry->rule);
	put_flag(j, "parked", r->flags & WIRE_TRACE_PARKED);
	put_flag(j, "buffered", r->flags & WIRE_TRACE_BUFFERED);
	put_flag(j, "several", r->flags & WIRE_TRACE_SEVERAL);
	put_flag(j, "cut", r->flags & WIRE_TRACE_CUT);
}

static int add_json(void *state, const struct trace_entry *entry)
{
	struct buf *line = state;
	buf_clear(line);
	struct jsonw j = jsonw_to(line);
	jsonw_object(&j);
	jsonw_key(&j, "n"), jsonw_uint(&j, entry->number);
	put_seconds(&j, "t", entry->record.time_ns);
	jsonw_key(&j, "op"), jsonw_text(&j, entry->op);
	jsonw_key(&j, "volume"), jsonw_text(&j, entry->volume);
	jsonw_key(&j, "path"), jsonw_text(&j, entry->path);
	put_range(&j, entry);
	jsonw_key(&j, "pid"), jsonw_uint(&j, entry->record.pid);
	if (entry->comm)
		jsonw_key(&j, "comm"), jsonw_text(&j, entry->comm);
	put_answer(&j, entry);
	jsonw_close(&j);
	return put_line(line);
}

const struct trace_view trace_view_json = {begin, add_json, end};

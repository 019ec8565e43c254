/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A trace in the trace event format that chrome://tracing and Perfetto read (docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU,
 * "Trace Event Format", complete events).
 *
 * Events of one track must not overlap unless one holds the other. A thread has one request on its way at a time, but for readahead
 * and asynchronous I/O: whatever overlaps goes to further lanes, which are threads of their own to the viewer. */
#include "base/buf.h"
#include "base/jsonw.h"
#include "base/vec.h"
#include "faults/errnames.h"
#include "faults/ops.h"
#include "harness/trace_views.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Numbers of further lanes are none that the kernel gives to a thread (PID_MAX_LIMIT in include/linux/threads.h is 4194304). */
#define LANE_BASE 4194304u

/* Lanes in all, and of one caller, which are looked through for each of its requests. What would need more is put on the caller's last
 * one. */
#define LANES_MAX 65536
#define LANES_OF_ONE_MAX 1024
#define SLOTS (2 * LANES_MAX)

struct lane {
	uint32_t pid, tid;
	uint64_t free_ns; /* when its last event ends */
	uint32_t next;	  /* further lane of the same caller: index plus 1; 0: none */
};

struct chrome_state {
	struct buf text;
	VEC(struct lane) lanes;
	uint32_t slots[SLOTS]; /* a caller's first lane: index plus 1 */
	uint32_t further;      /* lanes that are not a caller's first */
	bool any;
};

static void *begin(unsigned top)
{
	(void)top;
	struct chrome_state *s = calloc(1, sizeof *s);
	if (s)
		fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", stdout);
	return s;
}

static struct jsonw open_event(struct chrome_state *s, const char *name, const char *phase)
{
	buf_clear(&s->text);
	buf_text(&s->text, s->any ? ",\n" : "\n");
	s->any = true;
	struct jsonw j = jsonw_to(&s->text);
	jsonw_object(&j);
	jsonw_key(&j, "name"), jsonw_text(&j, name);
	jsonw_key(&j, "ph"), jsonw_text(&j, phase);
	return j;
}

static int close_event(struct chrome_state *s, struct jsonw *j)
{
	jsonw_close(j);
	fwrite(s->text.at, 1, s->text.length, stdout);
	return s->text.failed ? -ENOMEM : 0;
}

/* ---- lanes ---- */

static int name_lane(struct chrome_state *s, const struct lane *lane, const char *comm, bool first)
{
	char name[72];
	snprintf(name, sizeof name, "caller %u%s%s%s%s", lane->pid, comm ? " (" : "", comm ? comm : "", comm ? ")" : "",
		 first ? "" : ", at the same time");
	for (int process = first; process >= 0; process--) {
		struct jsonw j = open_event(s, process ? "process_name" : "thread_name", "M");
		jsonw_key(&j, "pid"), jsonw_uint(&j, lane->pid);
		jsonw_key(&j, "tid"), jsonw_uint(&j, lane->tid);
		jsonw_key(&j, "args"), jsonw_object(&j);
		jsonw_key(&j, "name"), jsonw_text(&j, name);
		jsonw_close(&j);
		if (close_event(s, &j) < 0)
			return -ENOMEM;
	}
	return 0;
}

static uint32_t *slot_of(struct chrome_state *s, uint32_t pid)
{
	size_t slot = pid * 2654435761u % SLOTS;
	while (s->slots[slot] && s->lanes.at[s->slots[slot] - 1].pid != pid)
		slot = (slot + 1) % SLOTS;
	return &s->slots[slot];
}

static struct lane *add_lane(struct chrome_state *s, uint32_t pid, const char *comm, uint32_t *link, bool first)
{
	struct lane *lane = vec_add(&s->lanes);
	if (!lane)
		return NULL;
	*lane = (struct lane){.pid = pid, .tid = first ? pid : LANE_BASE + ++s->further};
	*link = (uint32_t)s->lanes.count;
	return name_lane(s, lane, comm, first) < 0 ? NULL : lane;
}

/* Of the lanes of a caller that are free, the one that was busy last: so as few as possible are needed. */
static struct lane *lane_for(struct chrome_state *s, uint32_t pid, const char *comm, uint64_t start_ns)
{
	uint32_t *slot = slot_of(s, pid), last = 0, count = 0;
	struct lane *best = NULL;
	for (uint32_t i = *slot; i; last = i, i = s->lanes.at[i - 1].next, count++) {
		struct lane *lane = &s->lanes.at[i - 1];
		if (lane->free_ns <= start_ns && (!best || lane->free_ns > best->free_ns))
			best = lane;
	}
	if (best)
		return best;
	if (s->lanes.count == LANES_MAX || count == LANES_OF_ONE_MAX)
		return &s->lanes.at[(last ? last : LANES_MAX) - 1];
	uint32_t link = 0;
	struct lane *added = add_lane(s, pid, comm, last ? &link : slot, !last);
	if (added && last)
		s->lanes.at[last - 1].next = link;
	return added;
}

/* ---- events ---- */

static void put_args(struct jsonw *j, const struct trace_entry *entry)
{
	char name[ERRNAME_SIZE];
	jsonw_key(j, "args"), jsonw_object(j);
	jsonw_key(j, "volume"), jsonw_text(j, entry->volume);
	jsonw_key(j, "path"), jsonw_text(j, entry->path);
	if (entry->path2) {
		jsonw_key(j, "path2"), jsonw_text(j, entry->path2);
	} else if (entry->record.length || entry->record.offset) {
		jsonw_key(j, "offset"), jsonw_uint(j, entry->record.offset);
		jsonw_key(j, "length"), jsonw_uint(j, entry->record.length);
	}
	if (entry->record.result < 0)
		jsonw_key(j, "error"), jsonw_text(j, errnames_text(trace_error(entry), name));
	else
		jsonw_key(j, "result"), jsonw_int(j, entry->record.result);
	if (entry->comm)
		jsonw_key(j, "comm"), jsonw_text(j, entry->comm);
	if (entry->rule)
		jsonw_key(j, "rule"), jsonw_text(j, entry->rule);
	jsonw_close(j);
}

static const char *category_of(const struct trace_entry *entry)
{
	const struct wire_trace_record *r = &entry->record;
	return r->result < 0 ? "error" : r->flags & WIRE_TRACE_CUT ? "cut" : entry->rule ? "struck" : "served";
}

static int add(void *state, const struct trace_entry *entry)
{
	struct chrome_state *s = state;
	const struct wire_trace_record *r = &entry->record;
	uint64_t end_ns = r->time_ns > UINT64_MAX - r->latency_ns ? UINT64_MAX : r->time_ns + r->latency_ns;
	struct lane *lane = lane_for(s, r->pid, entry->comm, r->time_ns);
	if (!lane)
		return -ENOMEM;
	lane->free_ns = end_ns > lane->free_ns ? end_ns : lane->free_ns;
	struct jsonw j = open_event(s, entry->op, "X");
	jsonw_key(&j, "cat"), jsonw_text(&j, category_of(entry));
	jsonw_key(&j, "ts"), jsonw_real(&j, (double)r->time_ns / 1e3, 3);
	jsonw_key(&j, "dur"), jsonw_real(&j, (double)r->latency_ns / 1e3, 3);
	jsonw_key(&j, "pid"), jsonw_uint(&j, lane->pid);
	jsonw_key(&j, "tid"), jsonw_uint(&j, lane->tid);
	put_args(&j, entry);
	return close_event(s, &j);
}

static void end(void *state, const struct trace_tally *tally)
{
	struct chrome_state *s = state;
	printf("\n],\"otherData\":{\"overwritten\":%llu,\"torn\":%llu}}\n", (unsigned long long)tally->overwritten,
	       (unsigned long long)tally->torn);
	vec_free(&s->lanes);
	buf_free(&s->text);
	free(s);
}

const struct trace_view trace_view_chrome = {begin, add, end};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Notes requests, for metrics and trace; gathers what is told of the server. */
#include "fusefs/observe.h"

#include "base/clock.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "fusefs/request.h"
#include "fusefs/standing.h"

#include <stdio.h>

/* ---- names for the trace ---- */

static uint32_t name_of(struct trace *trace, struct node *node, const char *name)
{
	const char *volume = node->volume ? node->volume->name : "";
	const char *above = node_path(node);
	char path[WIRE_TRACE_TEXT_MAX];
	if (!name || !above)
		return trace_name(trace, volume, above);
	bool at_root = strcmp(above, ".") == 0;
	snprintf(path, sizeof path, "%s%s%s", at_root ? "" : above, at_root ? "" : "/", name);
	return trace_name(trace, volume, path);
}

static void name_caller(struct server *server, const struct request *r)
{
	if (trace_wants_comm(&server->trace, r->seen.pid, r->seen.came_ns))
		trace_comm(&server->trace, r->seen.pid, outside_comm(&server->outside, (int32_t)r->seen.pid), r->seen.came_ns);
}

static void name_all(struct server *server, struct request *r)
{
	struct trace *trace = &server->trace;
	r->seen.pid = (uint32_t)fuse_req_ctx(r->req)->pid;
	name_caller(server, r);
	bool whole = r->about || r->op == OP_link; /* the node is what it is about, and no directory of it */
	r->seen.path = name_of(trace, r->about ? r->about : r->node, whole ? NULL : r->name);
	if (r->node2)
		r->seen.path2 = name_of(trace, r->node2, r->name2);
}

void observe_begin(struct request *r)
{
	r->seen.came_ns = clock_now_ns();
	if (r->node->volume)
		r->node->volume->operations++;
	if (r->server->trace.map && !r->server->trace.paused)
		name_all(r->server, r);
}

void observe_resume(struct request *r)
{
	r->seen.resumed_ns = clock_now_ns();
}

/* ---- the answer ---- */

/* Operations whose answer is bytes; of the others it is a struct. */
#define OPSET_BYTES \
	(OP_BIT(read) | OP_BIT(readdir) | OP_BIT(readlink) | OP_BIT(getxattr) | OP_BIT(listxattr))

/* A question for a size alone has a size of 0, and is answered with a struct. */
int32_t observe_result(const struct request *r)
{
	const struct device *device = &r->server->device;
	if (device->answer_error)
		return -device->answer_error;
	if (r->op == OP_write)
		return (int32_t)(r->server->counts.bytes_written - r->server->observed_written);
	bool bytes = OPSET_BYTES >> r->op & 1 && (r->size || r->op == OP_readlink);
	return bytes ? (int32_t)device->answer_bytes : 0;
}

static uint64_t length_of(const struct request *r)
{
	return r->op == OP_truncate ? (uint64_t)r->attributes.st_size : r->op == OP_fallocate ? r->length : r->size;
}

static uint8_t flags_of(const struct request *r)
{
	bool buffered = (r->op == OP_read && !r->file.lock_owner) || (r->op == OP_write && r->file.writepage);
	return (uint8_t)((r->seen.resumed_ns ? WIRE_TRACE_PARKED : 0) | (buffered ? WIRE_TRACE_BUFFERED : 0) |
			 (r->verdict.rules_count > 1 ? WIRE_TRACE_SEVERAL : 0) |
			 (!r->verdict.rules_count && r->verdict.cut ? WIRE_TRACE_CUT : 0) | (r->seen.path2 ? WIRE_TRACE_TWO_NAMES : 0));
}

static void trace_request(struct server *server, const struct request *r, int64_t now, int32_t result)
{
	const struct rule *rule = r->verdict.rules_count ? r->verdict.rules[0] : r->verdict.cut;
	uint64_t service = (uint64_t)(now - (r->seen.resumed_ns ? r->seen.resumed_ns : r->seen.came_ns));
	struct wire_trace_record record = {
		.time_ns = (uint64_t)(r->seen.came_ns - server->trace.started_ns),
		.latency_ns = (uint64_t)(now - r->seen.came_ns),
		.offset = r->seen.path2 ? r->seen.path2 : r->offset,
		.length = length_of(r),
		.service_ns = service < UINT32_MAX ? (uint32_t)service : UINT32_MAX,
		.result = result,
		.pid = r->seen.pid,
		.path = r->seen.path,
		.rule = rule ? trace_name(&server->trace, "", rule->name) : 0,
		.op = (uint8_t)r->op,
		.flags = flags_of(r),
	};
	trace_add(&server->trace, &record);
}

void observe_answer(struct request *r)
{
	struct server *server = r->server;
	int64_t now = clock_now_ns();
	int32_t result = observe_result(r);
	int64_t parked = r->seen.resumed_ns ? r->seen.resumed_ns - r->seen.came_ns : 0;
	server->observed_written = server->counts.bytes_written;
	metrics_answer(&server->metrics, r->op, server->device.answer_error, (uint64_t)(now - r->seen.came_ns), (uint64_t)parked);
	if (server->trace.map && !server->trace.paused)
		trace_request(server, r, now, result);
}

/* ---- telling ---- */

struct labels {
	struct metrics_rule *rules;
	struct metrics_volume *volumes;
	size_t rules_count, volumes_count;
	struct standing_outage outages[STANDING_MAX];
	size_t outages_count;
};

static void labels_free(struct labels *labels)
{
	free(labels->rules);
	free(labels->volumes);
}

/* Where memory is out, they are left out. */
static struct labels labels_of(const struct server *server)
{
	struct labels labels = {.rules = calloc(server->ledger.entries.count + 1, sizeof *labels.rules),
				.volumes = calloc(server->volumes.count + 1, sizeof *labels.volumes)};
	for (size_t i = 0; labels.rules && i < server->ledger.entries.count; i++) {
		const struct ledger_entry *entry = &server->ledger.entries.at[i];
		if (ledger_tells(entry))
			labels.rules[labels.rules_count++] = (struct metrics_rule){entry->name, entry->effect, entry->hits, entry->cuts};
	}
	for (size_t i = 0; labels.volumes && i < server->volumes.count; i++)
		labels.volumes[labels.volumes_count++] =
			(struct metrics_volume){server->volumes.at[i]->name, server->volumes.at[i]->operations, server->volumes.at[i]->power_off};
	labels.outages_count = standing_outages(server, labels.outages);
	return labels;
}

#define NUMBERS_MAX 16

static size_t numbers_of(const struct server *server, struct metrics_number numbers[NUMBERS_MAX])
{
	const struct metrics_number all[] = {
		{"armed", "1 while the plan is in force.", false, server->armed},
		{"plan_rules", "Rules that there are now, in force or not.", false, server->plan ? server->plan->rules.count : 0},
		{"paused", "1 while no rule strikes, until resume.", false, server->paused},
		{"requests_parked", "Requests that are made to wait now.", false, server->park.count},
		{"requests_parked_peak", "The most that did at once.", false, server->metrics.parked_peak},
		{"read_bytes_total", "Bytes delivered to reads.", true, server->counts.bytes_read},
		{"written_bytes_total", "Bytes taken from writes.", true, server->counts.bytes_written},
		{"handles_open", "Files and directories open now.", false, server->nodes.handles_open},
		{"handles_open_peak", "The most that were at once, since the mount began or was armed.", false, server->nodes.handles_peak},
		{"nodes", "Files that the kernel knows now.", false, server->nodes.count},
		{"journal_lines_total", "Lines of the journal.", true, server->journal.lines},
		{"journal_lost_lines_total", "Lines that the journal could not take.", true, journal_lost(&server->journal)},
		{"trace_records_total", "Records of the trace.", true, server->trace.written},
		{"trace_overwritten_records_total", "Records of the trace that newer ones have replaced.", true, trace_overwritten(&server->trace)},
	};
	_Static_assert(COUNT_OF(all) <= NUMBERS_MAX, "there is room for all");
	memcpy(numbers, all, sizeof all);
	return COUNT_OF(all);
}

static struct metrics_view view_of(const struct server *server, struct metrics_number numbers[NUMBERS_MAX], const struct labels *labels)
{
	return (struct metrics_view){
		.metrics = &server->metrics,
		.numbers = numbers,
		.numbers_count = numbers_of(server, numbers),
		.rules = labels->rules,
		.rules_count = labels->rules_count,
		.volumes = labels->volumes,
		.volumes_count = labels->volumes_count,
		.outages = labels->outages,
		.outages_count = labels->outages_count,
	};
}

void observe_prometheus(struct server *server, struct buf *out)
{
	struct metrics_number numbers[NUMBERS_MAX];
	SCOPED(labels_free) struct labels labels = labels_of(server);
	struct metrics_view view = view_of(server, numbers, &labels);
	metrics_prometheus(&view, out);
}

void observe_json(struct server *server, struct jsonw *j)
{
	struct metrics_number numbers[NUMBERS_MAX];
	SCOPED(labels_free) struct labels labels = labels_of(server);
	struct metrics_view view = view_of(server, numbers, &labels);
	metrics_json(&view, j);
}

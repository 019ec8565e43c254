/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts answers, and tells them. */
#include "fusefs/metrics.h"

#include "base/clock.h"
#include "base/utf8.h"
#include "faults/errnames.h"
#include "fusefs/standing.h"

#include <inttypes.h>
#include <string.h>

void metrics_answer(struct metrics *metrics, enum op op, int error, uint64_t latency_ns, uint64_t parked_ns)
{
	struct metrics_op *counts = &metrics->ops[op];
	histogram_add(&counts->latency, latency_ns);
	counts->parked_ns += parked_ns;
	if (error) {
		counts->failed++;
		counts->errors[error > 0 && error < METRICS_ERRNOS ? error : 0]++;
	}
}

/* ---- Prometheus ---- */

/* Bounds of the buckets that are told: 1 us to 69 s, each twice the one before. */
#define TOLD_FIRST_LOG2 10
#define TOLD_LAST_LOG2 36

static void describe(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP ordeal_%s %s\n# TYPE ordeal_%s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and newline are escaped, and it must be UTF-8. */
static void put_value(struct buf *out, const char *text)
{
	for (size_t width, left = strlen(text); *text; text += width, left -= width) {
		width = utf8_width(text, left);
		if (*text == '\\' || *text == '"')
			buf_printf(out, "\\%c", *text);
		else if (*text == '\n')
			buf_text(out, "\\n");
		else if (width)
			buf_add(out, text, width);
		else
			buf_text(out, "\xef\xbf\xbd");
		width = width ? width : 1;
	}
}

static void put_seconds(struct buf *out, uint64_t ns)
{
	buf_printf(out, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S, ns % NS_PER_S);
}

static void put_operations(const struct metrics *m, struct buf *out)
{
	describe(out, "operations_total", "counter", "Requests answered.");
	for (int op = 0; op < OP_COUNT; op++)
		if (m->ops[op].latency.count)
			buf_printf(out, "ordeal_operations_total{op=\"%s\"} %" PRIu64 "\n", ops_name((enum op)op),
				   m->ops[op].latency.count);
}

static void put_errors(const struct metrics *m, struct buf *out)
{
	char name[ERRNAME_SIZE];
	describe(out, "errors_total", "counter", "Requests answered with an error, injected or not.");
	for (int op = 0; op < OP_COUNT; op++)
		for (int error = 0; m->ops[op].failed && error < METRICS_ERRNOS; error++)
			if (m->ops[op].errors[error])
				buf_printf(out, "ordeal_errors_total{op=\"%s\",errno=\"%s\"} %" PRIu64 "\n", ops_name((enum op)op),
					   errnames_text(error, name), m->ops[op].errors[error]);
}

static void put_histogram(const struct histogram *h, const char *op, struct buf *out)
{
	static const char *const family = "ordeal_operation_duration_seconds";
	for (unsigned log2 = TOLD_FIRST_LOG2; log2 <= TOLD_LAST_LOG2; log2++) {
		buf_printf(out, "%s_bucket{op=\"%s\",le=\"", family, op);
		put_seconds(out, UINT64_C(1) << log2);
		buf_printf(out, "\"} %" PRIu64 "\n", histogram_up_to(h, log2));
	}
	buf_printf(out, "%s_bucket{op=\"%s\",le=\"+Inf\"} %" PRIu64 "\n%s_sum{op=\"%s\"} ", family, op, h->count, family, op);
	put_seconds(out, h->sum);
	buf_printf(out, "\n%s_count{op=\"%s\"} %" PRIu64 "\n", family, op, h->count);
}

static void put_times(const struct metrics *m, struct buf *out)
{
	describe(out, "operation_duration_seconds", "histogram", "From receipt to answer, injected waits included.");
	for (int op = 0; op < OP_COUNT; op++)
		if (m->ops[op].latency.count)
			put_histogram(&m->ops[op].latency, ops_name((enum op)op), out);
	describe(out, "parked_seconds_total", "counter", "Time that answered requests were made to wait.");
	for (int op = 0; op < OP_COUNT; op++)
		if (m->ops[op].parked_ns) {
			buf_printf(out, "ordeal_parked_seconds_total{op=\"%s\"} ", ops_name((enum op)op));
			put_seconds(out, m->ops[op].parked_ns);
			buf_char(out, '\n');
		}
}

static void put_rule(const char *family, const struct metrics_rule *rule, uint64_t value, struct buf *out)
{
	buf_printf(out, "ordeal_%s{rule=\"", family);
	put_value(out, rule->name);
	buf_printf(out, "\",effect=\"%s\"} %" PRIu64 "\n", rule->effect, value);
}

static void put_rules(const struct metrics_view *view, struct buf *out)
{
	describe(out, "faults_total", "counter", "Requests that a rule of this name has struck.");
	for (size_t i = 0; i < view->rules_count; i++)
		put_rule("faults_total", &view->rules[i], view->rules[i].hits, out);
	describe(out, "cuts_total", "counter", "Reads and writes cut short before the place of a rule: no fault, unless the rest is asked for.");
	for (size_t i = 0; i < view->rules_count; i++)
		put_rule("cuts_total", &view->rules[i], view->rules[i].cuts, out);
}

static void put_volumes(const struct metrics_view *view, struct buf *out)
{
	describe(out, "volume_operations_total", "counter", "Requests on a volume.");
	for (size_t i = 0; i < view->volumes_count; i++) {
		buf_text(out, "ordeal_volume_operations_total{volume=\"");
		put_value(out, view->volumes[i].name);
		buf_printf(out, "\"} %" PRIu64 "\n", view->volumes[i].operations);
	}
}

static void put_power(const struct metrics_view *view, struct buf *out)
{
	describe(out, "power_off", "gauge", "1 while the power of a volume is off: it was cut, and not healed.");
	for (size_t i = 0; i < view->volumes_count; i++) {
		buf_text(out, "ordeal_power_off{volume=\"");
		put_value(out, view->volumes[i].name);
		buf_printf(out, "\"} %d\n", view->volumes[i].power_off);
	}
}

static void put_outages(const struct metrics_view *view, struct buf *out)
{
	describe(out, "outage_remaining_seconds", "gauge", "Of each outage that lasts now, until it ends by itself; +Inf: it does not.");
	for (size_t i = 0; i < view->outages_count; i++) {
		buf_text(out, "ordeal_outage_remaining_seconds{rule=\"");
		put_value(out, view->outages[i].rule);
		buf_text(out, "\"} ");
		if (view->outages[i].left_ns == INT64_MAX)
			buf_text(out, "+Inf");
		else
			put_seconds(out, (uint64_t)view->outages[i].left_ns);
		buf_char(out, '\n');
	}
}

void metrics_prometheus(const struct metrics_view *view, struct buf *out)
{
	describe(out, "build_info", "gauge", "Always 1; the version is its label.");
	buf_text(out, "ordeal_build_info{version=\"" ORDEAL_VERSION "\"} 1\n");
	describe(out, "start_time_seconds", "gauge", "When the server began, since 1970.");
	buf_text(out, "ordeal_start_time_seconds ");
	put_seconds(out, (uint64_t)view->metrics->started_unix_ns);
	buf_char(out, '\n');
	put_operations(view->metrics, out);
	put_errors(view->metrics, out);
	put_times(view->metrics, out);
	put_rules(view, out);
	put_volumes(view, out);
	put_power(view, out);
	put_outages(view, out);
	for (size_t i = 0; i < view->numbers_count; i++) {
		const struct metrics_number *n = &view->numbers[i];
		describe(out, n->name, n->counter ? "counter" : "gauge", n->help);
		buf_printf(out, "ordeal_%s %" PRIu64 "\n", n->name, n->value);
	}
}

/* ---- JSON ---- */

static void put_ns(struct jsonw *j, const char *key, uint64_t ns)
{
	jsonw_key(j, key), jsonw_real(j, (double)ns / NS_PER_S, 9);
}

static void json_errors(const struct metrics_op *op, struct jsonw *j)
{
	char name[ERRNAME_SIZE];
	jsonw_key(j, "errors"), jsonw_object(j);
	for (int error = 0; op->failed && error < METRICS_ERRNOS; error++)
		if (op->errors[error])
			jsonw_key(j, errnames_text(error, name)), jsonw_uint(j, op->errors[error]);
	jsonw_close(j);
}

static void json_op(const struct metrics_op *op, struct jsonw *j)
{
	const struct histogram *h = &op->latency;
	jsonw_object(j);
	jsonw_key(j, "count"), jsonw_uint(j, h->count);
	jsonw_key(j, "failed"), jsonw_uint(j, op->failed);
	if (op->failed)
		json_errors(op, j);
	put_ns(j, "seconds", h->sum);
	put_ns(j, "parked_s", op->parked_ns);
	put_ns(j, "p50_s", histogram_quantile(h, 0.5));
	put_ns(j, "p90_s", histogram_quantile(h, 0.9));
	put_ns(j, "p99_s", histogram_quantile(h, 0.99));
	put_ns(j, "max_s", h->max);
	jsonw_close(j);
}

static void json_rules(const struct metrics_view *view, struct jsonw *j)
{
	jsonw_key(j, "rules"), jsonw_array(j);
	for (size_t i = 0; i < view->rules_count; i++) {
		jsonw_object(j);
		jsonw_key(j, "name"), jsonw_text(j, view->rules[i].name);
		jsonw_key(j, "effect"), jsonw_text(j, view->rules[i].effect);
		jsonw_key(j, "hits"), jsonw_uint(j, view->rules[i].hits);
		jsonw_key(j, "cuts"), jsonw_uint(j, view->rules[i].cuts);
		jsonw_close(j);
	}
	jsonw_close(j);
}

static void json_volumes(const struct metrics_view *view, struct jsonw *j)
{
	jsonw_key(j, "volumes"), jsonw_array(j);
	for (size_t i = 0; i < view->volumes_count; i++) {
		jsonw_object(j);
		jsonw_key(j, "name"), jsonw_text(j, view->volumes[i].name);
		jsonw_key(j, "operations"), jsonw_uint(j, view->volumes[i].operations);
		jsonw_key(j, "power_off"), jsonw_bool(j, view->volumes[i].power_off);
		jsonw_close(j);
	}
	jsonw_close(j);
}

void metrics_json_outages(const struct standing_outage *outages, size_t count, struct jsonw *j)
{
	jsonw_key(j, "outages"), jsonw_array(j);
	for (size_t i = 0; i < count; i++) {
		jsonw_object(j);
		jsonw_key(j, "rule"), jsonw_text(j, outages[i].rule);
		jsonw_key(j, "remaining_s");
		if (outages[i].left_ns == INT64_MAX)
			jsonw_text(j, NULL);
		else
			jsonw_real(j, (double)outages[i].left_ns / NS_PER_S, 3);
		jsonw_close(j);
	}
	jsonw_close(j);
}

void metrics_json(const struct metrics_view *view, struct jsonw *j)
{
	const struct metrics *m = view->metrics;
	jsonw_key(j, "started"), jsonw_real(j, (double)m->started_unix_ns / NS_PER_S, 3);
	for (size_t i = 0; i < view->numbers_count; i++)
		jsonw_key(j, view->numbers[i].name), jsonw_uint(j, view->numbers[i].value);
	jsonw_key(j, "operations"), jsonw_object(j);
	for (int op = 0; op < OP_COUNT; op++)
		if (m->ops[op].latency.count) {
			jsonw_key(j, ops_name((enum op)op));
			json_op(&m->ops[op], j);
		}
	jsonw_close(j);
	json_rules(view, j);
	json_volumes(view, j);
	metrics_json_outages(view->outages, view->outages_count, j);
}

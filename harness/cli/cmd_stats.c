/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal stats: what a mount has counted. */
#include "base/harmless.h"
#include "base/json_text.h"
#include "base/nearest.h"
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/ctl_show.h"
#include "harness/control_client.h"
#include "harness/record.h"

#include <errno.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

/* ---- options ---- */

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_PROMETHEUS };

static const char *const formats[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_PROMETHEUS] = "prometheus"};

struct stats_options {
	enum format format;
};

static int take_format(void *into, const char *value, struct err *err)
{
	const char *const *found = named_in(formats, COUNT_OF(formats), sizeof formats[0], value);
	if (!found)
		return err_set(err, EINVAL, "'%s' is neither text, json nor prometheus", value);
	((struct stats_options *)into)->format = (enum format)(found - formats);
	return 0;
}

static const struct cli_option options[] = {
	{'f', "format", "FORMAT", "text, json or prometheus", take_format},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal stats [OPTIONS] MOUNTPOINT",
	.about = "What a mount has counted since it began: operations, their errors and times,\n"
		 "what rules have struck, what waits, what was lost. MOUNTPOINT may be any path in\n"
		 "it.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 1,
	.operands_max = 1,
};

/* ---- text ---- */

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static double real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void print_state(const json_t *stats)
{
	const char *state = !number(stats, "plan_rules") ? "no plan"
			    : !number(stats, "armed")	 ? "plan in force: no"
			    : number(stats, "paused")	 ? "plan in force: paused"
							 : "plan in force: yes";
	printf("%s; requests that wait: %lld (at most %lld)\n", state,
	       (long long)number(stats, "requests_parked"), (long long)number(stats, "requests_parked_peak"));
	printf("bytes read %lld, written %lld; open %lld (at most %lld), files known %lld\n", (long long)number(stats, "read_bytes_total"),
	       (long long)number(stats, "written_bytes_total"), (long long)number(stats, "handles_open"),
	       (long long)number(stats, "handles_open_peak"), (long long)number(stats, "nodes"));
	printf("journal: lines %lld, lost %lld; trace: records %lld (names of callers among them), overwritten %lld\n", (long long)number(stats, "journal_lines_total"),
	       (long long)number(stats, "journal_lost_lines_total"), (long long)number(stats, "trace_records_total"),
	       (long long)number(stats, "trace_overwritten_records_total"));
}

/* "EIO 3, ENOENT 1" */
static void print_errors(json_t *errors)
{
	const char *name, *comma = "  ";
	json_t *count;
	json_object_foreach(errors, name, count) {
		cli_tell("%s%s %lld", comma, name, (long long)json_integer_value(count));
		comma = ", ";
	}
}

static void print_operations(json_t *operations)
{
	const char *name;
	json_t *op;
	printf("\n%-11s %10s %8s %10s %10s %10s %11s %11s\n", "operation", "count", "errors", "p50 us", "p90 us", "p99 us", "max us",
	       "waited s");
	json_object_foreach(operations, name, op) {
		cli_tell("%-11s %10lld %8lld %10.1f %10.1f %10.1f %11.1f %11.6f", name, (long long)number(op, "count"),
			 (long long)number(op, "failed"), real(op, "p50_s") * 1e6, real(op, "p90_s") * 1e6, real(op, "p99_s") * 1e6,
			 real(op, "max_s") * 1e6, real(op, "parked_s"));
		print_errors(json_object_get(op, "errors"));
		putchar('\n');
	}
}

static void print_rules(const json_t *rules)
{
	if (!json_array_size(rules))
		return;
	printf("\n%10s %8s  %-9s %s\n", "struck", "cut", "effect", "rule");
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		cli_tell("%10lld %8lld  %-9s ", (long long)number(rule, "hits"), (long long)number(rule, "cuts"), record_text(rule, "effect"));
		ctl_tell_name(record_text(rule, "name"));
		putchar('\n');
	}
}

static void print_power(const json_t *volumes)
{
	for (size_t i = 0; i < json_array_size(volumes); i++)
		if (json_is_true(json_object_get(json_array_get(volumes, i), "power_off")))
			cli_tell("power off: %s\n", record_text(json_array_get(volumes, i), "name"));
}

static void print_text(const json_t *stats)
{
	print_state(stats);
	print_power(json_object_get(stats, "volumes"));
	ctl_show_outages(json_object_get(stats, "outages"));
	print_operations(json_object_get(stats, "operations"));
	print_rules(json_object_get(stats, "rules"));
}

/* ---- asking ---- */

static int print(json_t *answer, enum format format)
{
	if (format == FORMAT_PROMETHEUS) {
		fputs(record_text(answer, "text"), stdout);
		return EXIT_AS_EXPECTED;
	}
	if (format == FORMAT_TEXT) {
		print_text(answer);
		return EXIT_AS_EXPECTED;
	}
	json_object_del(answer, "ok");
	SCOPED_FREE char *text = json_write(answer, JSON_COMPACT | JSON_REAL_PRECISION(DBL_DIG));
	if (!text)
		return cli_complain(EXIT_INTERNAL, "stats: out of memory");
	puts(text);
	return EXIT_AS_EXPECTED;
}

int cmd_stats(int argc, char **argv)
{
	struct stats_options o = {0};
	SCOPED(control_close) struct control_link link = {.fd = -1};
	struct err err = {0};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status != CLI_GO_ON)
		return status;
	int rc = control_open(argv[operand], &link, &err);
	if (rc)
		return cli_fail_of("stats", rc == -ENOENT ? EXIT_USAGE : EXIT_ENVIRONMENT, &err);
	json_t *answer = NULL;
	json_t *request = json_pack("{ssss}", "do", "stats", "format", o.format == FORMAT_PROMETHEUS ? "prometheus" : "json");
	rc = control_ask(&link, request, CONTROL_DEADLINE_NS, &answer, &err);
	status = rc ? cli_fail_of("stats", EXIT_ENVIRONMENT, &err) : print(answer, o.format);
	json_decref(request);
	json_decref(answer);
	return status;
}

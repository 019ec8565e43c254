/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the server counts of the requests that it answers, and how it is told. Memory is fixed, whatever happens; counting one
 * answer takes some nanoseconds. Nothing is labelled by path. One thread. */
#pragma once

#include "base/buf.h"
#include "base/histogram.h"
#include "base/jsonw.h"
#include "faults/ops.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel takes no other errnos of a FUSE server than 1 to 511 (fuse_dev_do_write() in fs/fuse/dev.c). */
#define METRICS_ERRNOS 512

struct metrics {
	struct metrics_op {
		struct histogram latency; /* ns from receipt to answer; its count is that of the answers */
		uint64_t parked_ns;	  /* of that, what they were made to wait */
		uint64_t failed;
		uint64_t errors[METRICS_ERRNOS];
	} ops[OP_COUNT];
	int64_t started_unix_ns;
	uint64_t parked_peak;
};

/* An operation was answered, with 0 or a positive errno. */
void metrics_answer(struct metrics *metrics, enum op op, int error, uint64_t latency_ns, uint64_t parked_ns);

struct standing_outage;

/* Numbers that others keep, by their name for Prometheus without "ordeal_". */
struct metrics_number {
	const char *name, *help;
	bool counter; /* it only grows; else a gauge */
	uint64_t value;
};

/* What a rule has done since the mount began: names are borrowed. */
struct metrics_rule {
	const char *name, *effect;
	uint64_t hits; /* requests struck */
	uint64_t cuts; /* requests cut short before its place, which is no hit */
};

struct metrics_volume {
	const char *name; /* borrowed */
	uint64_t operations;
	bool power_off;
};

/* All that is told, borrowed for the time of telling. */
struct metrics_view {
	const struct metrics *metrics;
	const struct metrics_number *numbers;
	size_t numbers_count;
	const struct metrics_rule *rules;
	size_t rules_count;
	const struct metrics_volume *volumes;
	size_t volumes_count;
	const struct standing_outage *outages; /* that last now */
	size_t outages_count;
};

/* Prometheus text format 0.0.4: HELP and TYPE for each, seconds and bytes. */
void metrics_prometheus(const struct metrics_view *view, struct buf *out);

/* The same as members of the object that is open, with quantiles in place of buckets (docs/formats.md). */
void metrics_json(const struct metrics_view *view, struct jsonw *j);

/* Of it, the outages alone. */
void metrics_json_outages(const struct standing_outage *outages, size_t count, struct jsonw *j);

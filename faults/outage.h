/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Outages: times in which storage does not answer. The kind `outage` is one, `network` has one among other things.
 *
 * An outage comes by the plan's windows, or, without windows, lasts for as long as its rule is switched on. One thread. */
#pragma once

#include "base/yaml.h"
#include "faults/retry.h"
#include "faults/verdict.h"
#include "faults/window.h"

struct asking;
struct buf;

struct outage {
	struct window window; /* without `at`, `for` and `every`: from the start on, without end */
	struct retry retry;
	enum hang intr; /* how signals act on who waits: HANG_KILLABLE, HANG_INTERRUPTIBLE, HANG_UNINTERRUPTIBLE */
	bool stale;	/* afterwards, handles that were open answer ESTALE */
	bool none;	/* a link that is never down */
};

/* Rows of a table of fields, for a struct outage that stands in `member` of a struct rule. */
#define OUTAGE_FIELDS(member)                                                            \
	YAML_FIELD(struct rule, "at", member.window.at_ns, yaml_duration),               \
	YAML_FIELD(struct rule, "for", member.window.for_ns, yaml_duration),             \
	YAML_FIELD(struct rule, "every", member.window.every_ns, yaml_duration),         \
	YAML_FIELD(struct rule, "reconnect", member.stale, outage_reconnect_yaml),       \
	YAML_FIELD(struct rule, "intr", member.intr, outage_intr_yaml)

yaml_reader outage_reconnect_yaml, outage_intr_yaml;

/* What holds before anything is read: no end, resume, a fatal signal ends the wait. */
void outage_default(struct outage *outage);

/* Complain about windows that make no sense. */
int outage_check(struct yaml_at at, const struct outage *outage, struct err *err);

/* Write the verdict if the outage concerns the request. Returns whether it is struck. */
bool outage_decide(const struct asking *asked, const struct outage *outage, struct verdict *out);

/* "no answer from 2 s for 0.5 s, every 10 s (hard: it waits; a fatal signal ends the wait)" */
void outage_explain(const struct outage *outage, struct buf *out);

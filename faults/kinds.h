/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A fault kind: one key of a rule, such as `fail` or `delay`. One file each (rule_*.c); KINDS lists them.
 *
 * To add one: write its struct kind in a rule_*.c, list it in KINDS, give it a member in union effect (plan.h), a paragraph in
 * docs/ordeal-plan.5.scd, a unit test, a mount test, and an example in plans/. */
#pragma once

#include "base/buf.h"
#include "base/yaml.h"
#include "faults/plan.h"

/* What a kind is asked about: the rule, the request, and what there is to know. */
struct asking {
	const struct plan *plan;
	struct live *live; /* NULL: nothing is shared between files */
	const struct rule *rule;
	const struct site *site;
	const struct tally *tally; /* this rule's on the file, the request counted */
};

struct kind {
	const char *name;
	const char *summary; /* one line for `plan list` and the manual */
	const char *effect;  /* what the journal calls it; NULL: by its name */
	opset allowed;	     /* what a rule of this kind may name */
	opset usual;	     /* what it means without `on`; 0: `on` is required */
	bool steady;	     /* a property of the file, not of a request: no nth, no times */
	bool ends;	     /* the request: what it does belongs to the first byte of its place, and those before are delivered */
	bool late;	     /* does no harm but to make the answer late; unless the verdict has an error */

	/* Read the value of the kind's key. */
	int (*read)(struct yaml_at at, struct rule *rule, struct err *err);

	/* Write the verdict. Returns whether the request is struck. */
	bool (*apply)(const struct asking *asking, struct verdict *out);

	/* Change bytes [offset, offset + length) in place; return how many differ. NULL for kinds that leave
	 * bytes alone; others name themselves in verdict.altering. */
	uint64_t (*alter)(const struct asking *asking, unsigned char *bytes, uint64_t offset, uint64_t length);

	/* The effect in words, behind "operations: ". */
	void (*explain)(const struct rule *rule, struct buf *out);

	/* Its outages (outage.h), NULL where the rule has none; NULL for kinds that have none. */
	const struct outage *(*outage)(const struct rule *rule);
};

/* X(key) for every kind there is */
#define KINDS(X) \
	X(deny) X(fail) X(missing) X(delay) X(rate) X(iops) X(outage) X(network) \
	X(device) X(hang) X(short) X(corrupt) X(truncate) X(space) X(pretend) X(duplicate) \
	X(statfs) X(signal) X(locked) X(lose) X(torn) X(fsync_fails) X(cut)

#define KINDS_EXTERN(key) extern const struct kind kind_##key;
KINDS(KINDS_EXTERN)

/* "SIGKILL", of those that a rule can send. */
const char *signal_name(int number);

/* All kinds, by their number; NULL behind the last. */
const struct kind *kinds_at(size_t index);

/* The kind of this name, or NULL. */
const struct kind *kinds_find(const char *name);

/* Reads the allocation rules of a plan into a struct plan. */
yaml_reader alloc_rules_yaml;

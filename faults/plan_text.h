/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A plan as text that can be changed rule by rule while it is in force.
 *
 * A struct plan never changes once it was read, because rules may refer to each other and requests that wait refer to rules. So a
 * change makes a new text, of which a new plan is read as ever; what can go wrong is found out before anything has changed. Each
 * rule has a serial number: a rule that a change has left alone keeps it, so that what was counted for it can be kept, too. One
 * thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/plan.h"

#include <stdbool.h>
#include <stdint.h>

struct rule_text {
	char *name;
	char *text; /* one line of YAML (which is JSON) */
	uint64_t serial;
};

struct plan_text {
	char *head; /* all but the rules: lines of YAML */
	VEC(struct rule_text) rules;
	uint64_t serials; /* given so far */
};

/* Where a rule is put. One that is there already stays in its place unless another one is asked for. */
enum plan_place { PLAN_AS_IT_IS, PLAN_FIRST, PLAN_LAST, PLAN_BEFORE, PLAN_AFTER };

/* The text of a plan, and the plan that it says. `name` stands for the text in messages. */
int plan_text_parse(const char *name, const char *text, size_t length, struct plan_text *out, struct err *err) MUST_USE;

/* A text without any rules. */
int plan_text_empty(struct plan_text *out) MUST_USE;
int plan_text_copy(const struct plan_text *from, struct plan_text *out) MUST_USE;
void plan_text_free(struct plan_text *text);

/* Each rule that is put is looked for among all: so many at once. */
#define PLAN_PUT_MAX 1000

/* Put a rule (YAML of one, or a list of at most PLAN_PUT_MAX) in the place of the one of its name, or add it. `beside` is the name of the rule that
 * PLAN_BEFORE and PLAN_AFTER speak of. A rule without a name gets one, and without a volume this one (NULL: none). What the rule says is looked at by plan_text_read(). */
int plan_text_put(struct plan_text *text, const char *yaml, size_t length, enum plan_place place, const char *beside,
		  const char *volume, struct err *err) MUST_USE;

/* Change some keys of the rule of this name: YAML of a mapping. What a rule does (fail, delay ...) takes the place of what it did;
 * a key without a value (an empty text) is taken out. It stays where it is, unless another place is asked for. */
int plan_text_change(struct plan_text *text, const char *name, const char *yaml, size_t length, enum plan_place place,
		     const char *beside, struct err *err) MUST_USE;

/* Returns whether there was one of this name. */
bool plan_text_remove(struct plan_text *text, const char *name);

/* Read the plan that the text says (a complaint begins with the rule that it is about: "rule late: ..."); its rules get their serial numbers. *out is NULL where it has no rules. Caller frees. */
int plan_text_read(const struct plan_text *text, const char *name, struct plan **out, struct err *err) MUST_USE;

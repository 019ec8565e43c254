/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What clients can ask for: one table of words, each with what it takes (ordeal-control(5)). One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/jsonw.h"

#include <jansson.h>
#include <stdbool.h>

struct invalidation;
struct server;

/* A word being carried out. */
struct control_call {
	struct server *server;
	const json_t *args; /* checked: every key is one that the word takes, and has the type that it wants */
	struct jsonw *j;    /* the members of the answer behind "ok" */
	struct err *err;
	struct invalidation *change; /* that the answer is to wait for; NULL: it is sent at once */
};

enum control_type {
	CONTROL_TEXT,
	CONTROL_TEXTS, /* one text, or a list of them; not empty */
	CONTROL_COUNT, /* a whole number from 0 */
	CONTROL_ERRNO, /* a text, or a number as it stands in a plan: what it may be is for the plan to say */
	CONTROL_DURATION, /* a text: 500ms, 5s */
	CONTROL_YAML, /* a text of YAML or JSON, or an object or list as it is */
};

#define CONTROL_ARGS_MAX 6

struct control_word {
	const char *name;
	const char *summary;
	int (*act)(struct control_call *call); /* 0, or a negative errno and a line in call->err */
	bool changes;			       /* what the mount does: goes into the journal */
	struct {
		const char *name;
		enum control_type type;
		bool required;
	} args[CONTROL_ARGS_MAX];
};

/* The text of an argument, or NULL where it was not given. Borrowed. */
const char *control_text(const struct control_call *call, const char *name);

/* The text of what is YAML, in memory of its own; NULL where it was not given. Caller frees. Returns 0, or -ENOMEM with a reason. */
int control_yaml(const struct control_call *call, const char *name, char **text) MUST_USE;

/* Item number i of a list (or the one text); NULL behind the last. */
const char *control_item(const struct control_call *call, const char *name, size_t i);

/* The text of an error, also where it is a number, in a buffer of the caller's; NULL where it was not given. */
const char *control_errno(const struct control_call *call, const char *name, char text[24]);

/* A duration, ns; 0 where it was not given. */
int64_t control_duration(const struct control_call *call, const char *name);

/* A number, or what stands for one that was not given. */
uint64_t control_count(const struct control_call *call, const char *name, uint64_t otherwise);

/* Answer one line: appends a line to `out`. Or returns what is to be waited for, and leaves in `held` (empty) what control_finish()
 * then makes the answer of. */
struct invalidation *control_answer(struct server *server, const char *line, struct buf *out, struct buf *held);
void control_finish(struct buf *held, size_t still_cached, struct buf *out);

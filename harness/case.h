/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A case: what is put through which trial. It prints as one line and parses back, so that a failure can be repeated:
 *
 *   corpus=ct-tiny plan=eio-readdir subject=pyramid seed=7 allow=refused code=102
 *   corpus=tree:/data plan=/home/u/slow.yaml cwd=/home/u -- convert {in}/a.png {out}/b.png
 *
 * Words are separated by blanks; "double quotes" hold blanks, and a backslash any character. Behind `--` stands a command
 * instead of a subject. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "harness/oracles.h"

#include <stdbool.h>
#include <stdint.h>

/* What a trial can end with. The first three are graceful; which of them pass, the case says. */
enum verdict_class {
	VERDICT_COMPLETE,    /* all outputs as without faults */
	VERDICT_DEGRADED,    /* less, and honest about it */
	VERDICT_REFUSED,     /* gave up, said so, left nothing bad behind */
	VERDICT_WRONG,	     /* silent: wrong, missing or partial output and no word */
	VERDICT_LEAKED,	     /* temp or partial files, processes, descriptors left */
	VERDICT_HUNG,
	VERDICT_CRASHED,
	VERDICT_UNEXERCISED, /* nothing was injected, so nothing was shown */
	VERDICT_CLASSES
};

const char *verdict_class_name(enum verdict_class class);
enum verdict_class verdict_class_named(const char *name); /* VERDICT_CLASSES where there is none of the name */

/* Bit per class. */
typedef uint32_t verdict_set;
#define VERDICT_GRACEFUL ((verdict_set)(1u << VERDICT_COMPLETE | 1u << VERDICT_DEGRADED | 1u << VERDICT_REFUSED))

int verdict_set_parse(const char *text, verdict_set *set, struct err *err) MUST_USE;
void verdict_set_print(verdict_set set, struct buf *out); /* complete,degraded */

/* What the outputs directory holds before the trial. */
enum before {
	BEFORE_NOTHING,
	BEFORE_OTHERS, /* files of somebody else's */
	BEFORE_RUN, /* what the subject makes of the corpus without faults: a cache, an earlier result */
};

#define CASE_SEED_OF_PLAN UINT64_MAX

struct case_spec {
	char *name;   /* for people; may be NULL */
	char *corpus; /* source text of corpora/corpus.h */
	char *plan;   /* name or path; NULL: none */
	char *rules;  /* a rule of a plan, or a list of them, as YAML in one line; NULL: none. Not with a plan */
	char *damage; /* of the corpus, besides its own: an entry of a spec's `damage`, or a list of them; NULL: none */
	char *alloc;  /* allocation rules in short form, separated by blanks or ';'; NULL: none */
	char *subject; /* name or path; NULL: `command` */
	char **command; /* NULL-terminated; NULL: `subject` */
	char *does;   /* of a `command`: words as in a subject file, separated by commas; NULL: none */
	char *mode;   /* which of the subject's commands; NULL: its usual one */
	char *cwd;    /* NULL: the world's own */
	enum before before;
	bool uncached; /* the kernel keeps nothing: every request of the program comes to the filesystem, and none that it did not make */
	uint64_t seed; /* CASE_SEED_OF_PLAN: the plan's own, or 0 */
	int64_t deadline_ns; /* 0: from the clean run */
	verdict_set allow;
	uint32_t code;	     /* that the subject must report, if it speaks codes; 0: none */
	bool names;	     /* the report must name each file that a fault cost something */
	struct oracles oracles; /* how it is judged; the subject may say so too */
};

void case_init(struct case_spec *spec); /* allow: graceful; the rest empty */
void case_fini(struct case_spec *spec);
int case_copy(const struct case_spec *from, struct case_spec *to) MUST_USE;

/* Read a line. -EINVAL with a reason. The spec must be initialised. */
int case_parse(const char *line, struct case_spec *spec, struct err *err) MUST_USE;

/* Set one field by its key ("plan", "allow", ...). -EINVAL with a reason. */
int case_set(struct case_spec *spec, const char *key, const char *value, struct err *err) MUST_USE;

/* Write it so that case_parse() gives the same again. */
void case_print(const struct case_spec *spec, struct buf *out);

/* Write a text as one word for a shell, in single quotes where needed. */
void case_shell_quote(const char *text, struct buf *out);

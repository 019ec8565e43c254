/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Can the rules of a plan strike anything at all? A plan that cannot fire is an error, before anything runs. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "corpora/corpus.h"
#include "faults/plan.h"

#include <stdint.h>
#include <sys/types.h>

/* Paths looked at before giving up on a corpus of millions; then nothing is said against a rule. */
#define REACH_PATHS_MAX 200000

/* What keeps a rule from striking. The better of two volumes counts: in this order. Of a process, of the number of open handles and
 * of a trigger file nothing is said: whoever runs may turn out to be it, to open so many, to make it. */
enum reach_lack {
	REACH_NO_VOLUME, /* none of its name is served */
	REACH_READ_ONLY, /* all that it strikes would change something, and a corpus cannot be changed */
	REACH_NO_PATH,	 /* matches nothing that there is */
	REACH_NO_TYPE,	 /* all that it matches is of a type that is never asked for what it strikes: reads of a directory */
	REACH_NO_BYTE,	 /* begins behind the end of every file that it matches */
	REACH_OFF,	 /* its group is off, and nobody will switch it */
	REACH_WAITS,	 /* for a rule that can never strike */
	REACH_NOTHING_LACKS,
};

struct reach {
	uint64_t paths; /* that the rule's pattern, volume and operations admit; UINT64_MAX: not known */
	char first[160];
	char other[160];   /* the first that it matches, and that is of another type; none: "" */
	mode_t other_type; /* S_IFDIR ... */
	uint64_t largest; /* bytes, of the files among them; only where the rule asks for a size, and no larger than settles it */
	enum reach_lack lack;
	bool no_file_as_large; /* all of them end before the number of bytes that it lets pass (truncate, short): it will do nothing */
	bool elsewhere; /* it names no volume and only changes what is there: it strikes on scratches, if there are any */
};

/* Directories that a corpus has and cannot list; what they hold is not looked at. */
struct reach_gaps {
	uint64_t count;
	char first[160];
	int error; /* of the first */
};

/* A volume that is served. */
struct reach_volume {
	const char *name;	     /* NULL: any other that there may be */
	const struct corpus *corpus; /* NULL: a scratch, or not known: may come to hold any path */
	bool grows;		     /* a scratch, and the corpus is what it holds now: that is counted, and nothing lacks */
};

/* Can anybody switch groups of rules while the plan is in force? */
enum reach_switching { REACH_SWITCHED, REACH_AS_WRITTEN };

/* For each rule of the plan, what of these volumes it can touch, where they are all that is served. `out` has room for all rules. */
int reach_weigh(const struct plan *plan, const struct reach_volume *volumes, size_t count, enum reach_switching switching,
		struct reach *out, struct reach_gaps *gaps, struct err *err) MUST_USE;

/* The same, of the corpus, served as volume `in`. Rules for other volumes reach what is not known: paths is UINT64_MAX. Those that
 * name no volume are weighed by this one. `gaps` may be NULL. */
int reach_count(const struct plan *plan, const struct corpus *corpus, struct reach *out, struct reach_gaps *gaps,
		struct err *err) MUST_USE;

/* -EINVAL with the first rule that can touch nothing, where these volumes are all that is served. Adds to `doubts` (may be NULL) a
 * line for each rule that will hardly strike. */
int reach_check(const struct plan *plan, const struct reach_volume *volumes, size_t count, enum reach_switching switching,
		struct buf *doubts, struct err *err) MUST_USE;

/* ---- telling (reach_tell.c) ---- */

/* Why the rule can never strike, for people; nothing where it lacks nothing. */
void reach_tell_lack(const struct plan *plan, const struct rule *rule, const struct reach *reach,
		     const struct reach_volume *volumes, size_t count, struct buf *out);

/* Why it will hardly strike; nothing where it is not to be doubted. */
void reach_tell_doubt(const struct rule *rule, const struct reach *reach, struct buf *out);

/* The bytes that a file must have more of for the rule to do anything, by what it does (not by its range). */
uint64_t reach_limit(const struct rule *rule);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The words of ordeal corpus. Each returns an exit status, and has said what was to be said. */
#pragma once

#include "base/err.h"
#include "corpora/corpus.h"

/* Told each name below a directory, sorted; anything but 0 ends it and is the result. */
typedef int corpus_visit(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err);

/* Every name below a directory ("." for all), directories before what is in them. 0 or a negative errno with a line in err. */
int corpus_walk(const struct corpus *corpus, const char *directory, corpus_visit *visitor, void *context, struct err *err) MUST_USE;

struct corpus_options {
	bool digests;	  /* truth */
	bool resume;	  /* make */
	unsigned jobs;	  /* make, check; 0: as many as there are processors, at most 8 */
	const char *sums; /* make: written; check: compared with. NULL: none */
	unsigned max;	  /* check: lines, thumbs: files; 0: as usual */
};

/* Write it to a new or empty directory, or go on with one that was interrupted. */
int corpus_make(const struct corpus_options *options, const char *source, const char *directory);

/* Is what stands in a directory what the source holds? Modes and times are not looked at. */
int corpus_check(const struct corpus_options *options, const char *source, const char *directory);

/* Does the source hold what a manifest says, no more and no less? */
int corpus_check_sums(const struct corpus_options *options, const char *source);

/* A page with a picture of each file. */
int corpus_thumbs(const struct corpus_options *options, const char *source, const char *page);

/* A line of JSON for each file: its size, its damage, what may be expected, what is known of it; with digests, SHA-256 as it is and
 * as it was. */
int corpus_tell_truth(const char *source, bool digests);

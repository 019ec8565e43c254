/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a corpus is made of: a source, and damage laid over it. For corpus.c, parts.c and truth.c only. */
#pragma once

#include "corpora/damage.h"
#include "corpora/source.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct corpus {
	const struct source *source;
	void *self; /* the source's */
	struct damage damage;
	uint64_t seed; /* of the damage */
	bool damaged;  /* here, or inside the source */
	struct operated *operated; /* what was found of files that damage edits (operated.h); NULL where none does */
	char *title, *about, *pristine, *place;
};

/* The path of a name in a directory. False where it is too long for any path. */
static inline bool parts_join(char path[PATH_MAX], const char *dir, const char *name)
{
	bool top = strcmp(dir, ".") == 0;
	return snprintf(path, PATH_MAX, "%s%s%s", top ? "" : dir, top ? "" : "/", name) < PATH_MAX;
}

/* ".", or names with single slashes between them, none of them "." or "..". */
bool parts_path_is_good(const char *path);

/* A file of the source, undamaged, as a reader. Caller closes. 0 or a negative errno. */
struct parts_file {
	const struct source *source;
	void *file;
	struct reader reader;
};
int parts_file_open(const struct corpus *corpus, const char *path, uint64_t size, struct parts_file *out) MUST_USE;
void parts_file_close(struct parts_file *file);

/* What the source says of a path, and what damage it suffers. A removed file is found here. damage_wound_end() on success. */
int parts_look_up(const struct corpus *corpus, const char *path, struct corpus_stat *whole, struct wound *wound) MUST_USE;

/* As corpus_class(). */
int parts_class(const struct corpus *corpus, const char *path, enum truth_class *class) MUST_USE;

/* Hand each name of a directory to a visitor: what damage has removed is not there. */
int parts_each(const struct corpus *corpus, const char *path, source_visit *visit, void *into) MUST_USE;

/* Open what a spec says; takes from it what it keeps. `source` is its name in messages. Caller closes. */
struct spec;
int parts_open(const char *source, struct spec *spec, struct corpus **out, struct err *err) MUST_USE;

/* How many files there are, and how many of them are damaged. Notes in each damage how many names it strikes: while opening
 * only. -E2BIG where the corpus has too many names. */
struct truth_census {
	uint64_t files, damaged;
	uint64_t unlisted; /* directories that cannot be listed: what is in them is not counted */
};
int truth_census(struct corpus *corpus, struct truth_census *out) MUST_USE;

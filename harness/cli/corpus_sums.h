/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Manifests as sha256sum(1) writes them: "DIGEST  PATH", and where a path has a backslash or a newline "\DIGEST  PATH" with these
 * written \\ and \n. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/vec.h"
#include "harness/cli/corpus_team.h"

#include <sha2.h>
#include <stdio.h>

/* Larger ones are not read: two million files. */
#define SUMS_BYTES_MAX (256u << 20)

/* SHA-256 of a file, in hexadecimal. 0 or a negative errno; -EINTR where `state`, which may be NULL, says stop. */
int sums_digest(const struct corpus *corpus, const char *path, struct team_state *state, char hex[SHA256_DIGEST_STRING_LENGTH]) MUST_USE;

/* Append the line of a file, with its newline. */
void sums_add(struct buf *to, const char hex[SHA256_DIGEST_STRING_LENGTH], const char *path);

/* A manifest that is written aside ("FILE.part") and is there under its name when it is whole. All zeroes: none. */
struct sums_file {
	const char *name;
	char *aside;
	FILE *out;
};
int sums_begin(struct sums_file *file, const char *name, struct err *err) MUST_USE;
int sums_end(struct sums_file *file, struct err *err) MUST_USE;
void sums_discard(struct sums_file *file); /* what was begun and not ended; else nothing */

/* A manifest that was read, sorted by path. */
struct sums {
	VEC(struct sums_line) lines;
	struct buf text; /* what the lines stand in */
};
struct sums_line {
	const char *path, *hex;
	bool seen; /* for whoever compares */
};
int sums_read(struct sums *sums, const char *name, struct err *err) MUST_USE;
struct sums_line *sums_find(const struct sums *sums, const char *path);
void sums_free(struct sums *sums);

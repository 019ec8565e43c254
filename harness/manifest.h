/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a directory holds: path, type, size and digest of everything in it, as text that passes between processes.
 *
 * One line an entry, sorted by path: "f644 SIZE DIGEST PATH", "d755 0 - PATH", "l 0 DIGEST-OF-TARGET PATH", with permissions in octal
 * where there are any. Backslash and newline in paths are written \\ and \n. "unreadable" stands for the digest of a file that its mode bits
 * close. The digest is XXH3 (128 bits) of the blocks that are not all zeros, and their places, in hexadecimal: it tells different from equal,
 * and is no protection against forgery. What lies deeper than 256 directories is an error (ENAMETOOLONG): it could not be compared. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"

#include <stdint.h>

struct manifest_entry {
	char *path;
	char type; /* f, d, l, o (other) */
	unsigned mode; /* permission bits */
	uint64_t size;
	char digest[33]; /* "-" for what has none */
};

struct manifest {
	VEC(struct manifest_entry) entries; /* sorted by path */
};

/* Walk a directory and write its manifest to a file. 0 or a negative errno. */
int manifest_write(const char *directory, int fd, struct err *err) MUST_USE;

int manifest_read(int fd, struct manifest *out, struct err *err) MUST_USE;
void manifest_free(struct manifest *manifest);

/* The entry of a path, or NULL. */
const struct manifest_entry *manifest_find(const struct manifest *manifest, const char *path);

/* Are both the same in type and content? Either may be NULL: then only when both are. */
int manifest_same(const struct manifest_entry *a, const struct manifest_entry *b);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A corpus: a tree of files to be processed, whole or damaged. The one face of this folder upward.
 *
 * Where it comes from is one text, the source:
 *
 *     ct-small                      a profile: a spec file of ours (corpora/specs), or the path of one of the user's
 *     ct-small:slices=20,seed=7     the same with other parameters; damage=none leaves it whole
 *     stack:slices=3                what profiles are made of: a generator (stack, tone) with its usual parameters
 *     tree:DIR                      a directory of the user's, read-only
 *     pack:FILE                     an archive (tar, cpio, zip, 7z, iso; compressed or not), read-only
 *
 * A spec can also write files out one by one (corpora/files.h), and lay several sources over each other (corpora/layers.h).
 *
 * What a synthetic corpus holds is a pure function of (spec, parameters, path, offset): any byte can be had without the
 * bytes before it, and it is the same on every machine. Damage at rest is laid over any source by a spec (corpora/damage.h).
 *
 * Paths are relative, "." is the root; "..", empty components and a leading '/' are -EINVAL. A corpus may be used from any
 * thread at once; a corpus_file from one at a time, and it is closed before its corpus. Functions return 0 (or a count) or a
 * negative errno. Nothing outside a source can be reached: no "..", no link is followed out of a tree, entries of an archive
 * that point outside are left out and counted. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/jsonw.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct corpus;
struct corpus_file;

/* What stands in the error where an entry of the damage strikes no byte. */
#define CORPUS_CHANGES_NOTHING "changes no file of this corpus"

/* Open a source. Reads what it must to know every name and size (an archive once, as a whole); where there is damage, walks
 * the names too, and refuses a damage that strikes no file. Caller closes. */
int corpus_open(const char *source, struct corpus **out, struct err *err) MUST_USE;
void corpus_close(struct corpus *corpus);

/* One line of facts for a person: "8 slices of 64x64, 16 bit, seed 1; 2 of 8 files damaged". Borrowed. */
const char *corpus_title(const struct corpus *corpus);

/* What the profile says about itself (its `title`), or NULL where the source is none. Borrowed. */
const char *corpus_about(const struct corpus *corpus);

/* The source of the same corpus without its damage; equal to the source where there is none. Borrowed. */
const char *corpus_pristine(const struct corpus *corpus);

/* The directories and archives of the user's that it comes from, as the source or its spec names them: one, or several where layers lie
 * over each other. NULL behind the last. Borrowed. */
const char *corpus_place(const struct corpus *corpus, size_t index);

struct corpus_stat {
	mode_t mode;   /* type and permission bits */
	uint64_t size; /* bytes; of a link, of its target; 0 for a directory that does not say */
	int64_t mtime; /* seconds; constant for synthetic corpora */
	uint32_t mtime_nsec; /* below the second; 0 where the source has no such thing */
	int64_t ctime;	     /* of the last change of any kind, which nobody can set; the same as mtime where there is none */
	uint32_t ctime_nsec;
	uint64_t ino;  /* the same for the same path of the same source at every opening */
};

int corpus_stat(const struct corpus *corpus, const char *path, struct corpus_stat *out) MUST_USE;

/* The names in a directory, without "." and "..", sorted by bytes. Free with corpus_names_free(). */
struct corpus_name {
	const char *name;
	mode_t type;  /* S_IFREG, S_IFDIR, S_IFLNK ... */
	uint64_t ino; /* as corpus_stat() has it; 0: not known without asking */
	bool settled, mistold; /* for whoever delivers the names; false at first */
};
struct corpus_names {
	VEC(struct corpus_name) names;
	struct corpus_names_block *blocks; /* what the names stand in, so that each is no allocation of its own */
	size_t block_left, bytes;	   /* room in the first block; of all names */
};
/* Add a copy of a name. 0 or -ENOMEM. */
int corpus_names_add(struct corpus_names *names, const char *name, mode_t type, uint64_t ino) MUST_USE;
int corpus_list(const struct corpus *corpus, const char *path, struct corpus_names *out) MUST_USE;
void corpus_names_free(struct corpus_names *names);

/* The target of a symbolic link, NUL-terminated. -ENAMETOOLONG where it does not fit. */
int corpus_readlink(const struct corpus *corpus, const char *path, char *target, size_t size) MUST_USE;

/* Extended attributes of a tree; -EOPNOTSUPP elsewhere. Sizes and results as getxattr(2), listxattr(2), negative errno. */
ssize_t corpus_getxattr(const struct corpus *corpus, const char *path, const char *name, void *value, size_t size);
ssize_t corpus_listxattr(const struct corpus *corpus, const char *path, char *list, size_t size);

/* What is known of the undamaged content of a file (tempo, pixels ...), or of all files together ("."), as members of the object that stands
 * open; nothing where the source knows nothing. */
void corpus_tell(const struct corpus *corpus, const char *path, struct jsonw *to);

/* Open a regular file; -EISDIR, -ELOOP (a link) or -ENXIO (a FIFO, socket or device) for anything else. Caller closes. */
int corpus_file_open(const struct corpus *corpus, const char *path, struct corpus_file **out) MUST_USE;
void corpus_file_close(struct corpus_file *file);

/* The descriptor that its undamaged bytes come from, or -1 where they are not those of one file. Borrowed. */
int corpus_file_fd(const struct corpus_file *file);

/* Is damage laid over its bytes? */
bool corpus_file_is_damaged(const struct corpus_file *file);

/* Up to `length` bytes from `offset`; fewer only at the end of the file (or before a place where a tree's disk fails), 0
 * behind it. */
ssize_t corpus_file_read(struct corpus_file *file, void *bytes, size_t length, uint64_t offset);

/* What is wrong with a file at rest, by its path: the name of the damage, as a spec writes it ("garbage"), or NULL for a
 * whole file and for what was never there. A file that was removed has its truth too ("remove"). Borrowed, static. */
const char *corpus_truth(const struct corpus *corpus, const char *path);

/* What may be expected of a program that meets the file:
 *
 *     "whole"    nothing is wrong with it
 *     "unseen"   what is wrong cannot be noticed: nothing guards it
 *     "warn"     it may be refused, warned of, or taken as it is
 *     "refuse"   it must be refused: a checksum, or the form itself, tells
 *
 * Reads the undamaged file as far as its structure. *class is static. 0 or a negative errno. */
int corpus_class(const struct corpus *corpus, const char *path, const char **class) MUST_USE;

/* Tell of every damage that a spec can do: what an entry says ("truncate", "break: png-adler"), the class ("" where it depends on the
 * file), one line for people. */
void corpus_damages(void (*tell)(void *into, const char *entry, const char *class, const char *about), void *into);

/* All damaged files, sorted by path; of a removed directory all that were in it. -E2BIG where the corpus has more than
 * CORPUS_WALK_MAX names. Free with corpus_damaged_free(). */
#define CORPUS_WALK_MAX 16000000
struct corpus_damaged {
	VEC(struct corpus_damaged_file {
		char *path;
		const char *damage; /* borrowed, static */
	}) files;
};
int corpus_damaged(const struct corpus *corpus, struct corpus_damaged *out) MUST_USE;
void corpus_damaged_free(struct corpus_damaged *damaged);

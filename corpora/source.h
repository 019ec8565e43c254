/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A source: where the undamaged bytes of a corpus come from. One file each (synth.c, tree.c, pack.c). For this folder only.
 *
 * Paths handed to a source have been checked: relative, no "..", "." alone is the root. Members that may be NULL stand for
 * what a source does not have. Threads and results are as in corpus.h. */
#pragma once

#include "base/buf.h"
#include "base/jsonw.h"
#include "corpora/corpus.h"
#include "corpora/lesion.h"

#include <errno.h>
#include <sys/stat.h>

/* Time of everything that has no time of its own: 2026-01-01 00:00:00 UTC. */
#define SOURCE_MTIME INT64_C(1767225600)

/* Told each name of a directory, in any order, without "." and "..", with type and inode number as in struct corpus_name.
 * Anything but 0 ends the listing and is its result. */
typedef int source_visit(void *into, const char *name, mode_t type, uint64_t ino);

struct source {
	void (*close)(void *self);
	void (*explain)(const void *self, struct buf *out); /* the facts of the title */

	int (*stat)(const void *self, const char *path, struct corpus_stat *out);
	int (*each)(const void *self, const char *path, source_visit *visit, void *into);
	int (*readlink)(const void *self, const char *path, char *target, size_t size); /* may be NULL: no links */

	/* May be NULL: no extended attributes. */
	ssize_t (*getxattr)(const void *self, const char *path, const char *name, void *value, size_t size);
	ssize_t (*listxattr)(const void *self, const char *path, char *list, size_t size);

	/* What is known of the undamaged content of a file, as members of the object that stands open. May be NULL: nothing. */
	void (*tell)(const void *self, const char *path, struct jsonw *to);

	/* Of a source that is made of corpora (layers.c); may be NULL, all of them: what is damaged inside it, as corpus_truth(),
	 * corpus_class(), corpus_damaged() and corpus_file_is_damaged() have it, in any order; and what places it comes from, as corpus_place(). */
	const char *(*truth)(const void *self, const char *path);
	int (*class_of)(const void *self, const char *path, enum truth_class *out);
	int (*damaged)(const void *self, struct corpus_damaged *out);
	bool (*file_is_damaged)(const void *file);
	const char *(*place)(const void *self, size_t index);

	int (*file_open)(const void *self, const char *path, void **file);
	void (*file_close)(void *file);
	int (*file_fd)(const void *file); /* may be NULL: no descriptor of the file's own */
	ssize_t (*file_read)(void *file, void *bytes, size_t length, uint64_t offset);
};

/* Whether something of this type may be opened for its bytes: 0, or what open(2) says of others. */
static inline int source_openable(mode_t mode)
{
	return S_ISREG(mode) ? 0 : S_ISDIR(mode) ? -EISDIR : S_ISLNK(mode) ? -ELOOP : -ENXIO;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that a spec writes out, one by one. For this folder only.
 *
 *     files:
 *       - {path: a/readme.txt, text: "hello\n", mode: 0600, mtime: 1700000000}
 *       - {path: zeros, hex: "00", repeat: 1000000}
 *       - {path: small.zip, base64: "UEsFBgAAAAA..."}
 *       - {path_hex: "c7d1b1db", text: x}      a name that is no UTF-8
 *       - {path: out, link: ../../etc/passwd}  shown, never followed
 *       - {path: empty, directory: true}
 *
 * Directories above a file need no entry. Paths are relative, and nothing stands outside the root: "..", empty names, NUL and
 * names longer than NAME_MAX are refused, and so is a path that stands there twice or below a file. Where a link points is
 * nobody's business but the reader's. */
#pragma once

#include "base/yaml.h"
#include "corpora/pack_index.h"
#include "corpora/source.h"

#define FILES_MAX 100000	     /* names */
#define FILES_SIZE_MAX (UINT64_C(1) << 60) /* bytes of a file */

struct files {
	struct pack_index index; /* a node's `body` is a number of `contents` */
	VEC(struct files_content) contents;
	VEC(bool) given; /* of each node: has it an entry, or is it a directory above one? */
	uint32_t counts[2]; /* of files, of links */
};

struct files_content {
	char *bytes; /* owned */
	size_t length;
	uint64_t repeat; /* so often, one after another */
};

/* Reads the list into a struct files *, which the caller frees. */
yaml_reader files_yaml;
void files_free(struct files *files);

/* The source; what is closed through it is the struct files itself. */
extern const struct source files_source;

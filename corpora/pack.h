/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* An archive as a source, read once as a whole and then served from a spool. For this folder only.
 *
 * Archives come from strangers. Formats are tar, cpio, zip, 7z and ISO 9660 (not mtree, whose entries can name files of this
 * machine), under the usual compressions. Refused altogether: archives that are encrypted, damaged, or larger than the
 * limits. Left out and counted: names that point outside, are empty or too long, what is neither file, directory nor link,
 * hard links to nothing, and entries in each other's way (a name below a file or link). A name that comes twice is what came
 * last, as with tar. Directories that no entry speaks of are made up. Links keep their targets: whoever follows them resolves
 * them. Of the mode the nine permission bits are kept. */
#pragma once

#include "corpora/pack_index.h"
#include "corpora/source.h"
#include "corpora/spool.h"

/* What an archive may grow to. */
struct pack_limits {
	uint64_t names; /* entries, made-up directories included */
	uint64_t bytes; /* unpacked */
	uint64_t ratio; /* unpacked bytes for each byte of the archive, beyond `free` ones */
	uint64_t free;
};
extern const struct pack_limits pack_limits_usual;

/* Why an entry was left out. */
enum pack_leftover { PACK_OUTSIDE, PACK_NAMELESS, PACK_LONG, PACK_SPECIAL, PACK_ORPHAN, PACK_CLASH, PACK_LEFTOVERS };

struct pack {
	char *path; /* as given, for the title */
	struct pack_index index;
	struct spool spool;
	uint64_t leftovers[PACK_LEFTOVERS];
};

/* Read the archive into an empty pack. Returns 0 or a negative errno with one line in err. */
int pack_read(struct pack *pack, const struct pack_limits *limits, struct err *err) MUST_USE;

/* Caller closes through pack_source. */
int pack_open(const char *path, const struct pack_limits *limits, void **out, struct err *err) MUST_USE;
extern const struct source pack_source;

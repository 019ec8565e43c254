/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Damage at rest: what is wrong with files of a corpus, the same at every read. For this folder only.
 *
 * A spec lists it under `damage`, each entry a path pattern (base/glob.h) and one kind:
 *
 *     - {path: slice_0003.png, text: "not an image\n"}   the file holds these words instead
 *     - {path: "*.png", truncate: 50%}                   it ends early: 1000, 64KiB or a portion
 *     - {path: "*.png", empty: true}                     it has no bytes
 *     - {path: "*.png", garbage: true}                   random bytes, as many as there were
 *     - {path: "*.wav", zero: 44..1KiB}                  a range of bytes is zero
 *     - {path: "*.wav", ones: 44..1KiB}                  a range of bytes is 0xff
 *     - {path: "*.wav", flip: 0..64}                     one bit is wrong in the range; {in: 0.., every: 4KiB}: in each block
 *     - {path: "*.png", insert: {at: 50%, bytes: 16}}    random bytes more, in the middle
 *     - {path: "*.png", delete: 100..200}                bytes fewer
 *     - {path: "*.png", swap: 512}                       two blocks of so many bytes have changed places
 *     - {path: "*.png", trailing: 1KiB}                  random bytes behind the end
 *     - {path: a.png, splice: {with: b.png, at: 50%}}    from there on it is another file
 *     - {path: a.png, copy: readme.txt}                  it is another file altogether
 *     - {path: "*.png", break: png-adler}                a part of its structure is wrong (corpora/lesion.h)
 *     - {path: lost, remove: true}                         the name is gone, with all below it
 *
 * A file has one damage at most: the last entry that matches it. Directories and links can only be removed. All is a pure
 * function of (seed, kind, path, offset). */
#pragma once

#include "base/glob.h"
#include "base/units.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "corpora/lesion.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct damage_kind;

/* One entry. Which members count depends on the kind (damage_kinds.c). */
struct damage_rule {
	struct glob *path;
	const struct damage_kind *kind;
	uint64_t kept;	/* truncate, insert, splice: bytes before the place; UINT64_MAX: by portion */
	double portion; /* of the size */
	uint64_t bytes; /* insert, trailing: how many; swap: of a block */
	char *text;	/* text; splice, copy: path of the other file */
	const struct lesion *lesion; /* break */
	struct range range; /* zero, ones, flip, delete */
	uint64_t every;	    /* flip: one bit in each block of so many bytes; 0: in the whole range */
	uint64_t matched, struck; /* files that it is for, and those that it changes: counted when the corpus is opened */
};

struct damage {
	VEC(struct damage_rule) rules;
	bool none; /* the word `none` stands there, and no list since */
};

void damage_fini(struct damage *damage);

/* Reads the value of `damage`: a list is added to what is there already, the word `none` forgets all. */
yaml_reader damage_yaml;

/* The entry that counts for a path of this type, or NULL. Pure. */
const struct damage_rule *damage_rule_for(const struct damage *damage, const char *path, mode_t type);

/* What one file suffers. */
struct wound {
	const struct damage_rule *rule; /* NULL: nothing */
	uint64_t seed;
	uint64_t path; /* draw_text() of the path */
	uint64_t size; /* of the undamaged file, bytes */
	uint64_t nth;		     /* of a variant: its number */
	const struct lesion *lesion; /* break: which */
	struct patch *patch; /* what the edits are, for kinds that edit and only once damage_operate() has been there; a user of it */
};

/* The wound that an entry (or NULL) makes in a file of this size: none where it would change nothing. Pure. */
struct wound damage_wound(const struct damage_rule *rule, uint64_t seed, const char *path, uint64_t size);

/* Does it have to be known what the file holds, before its size and its bytes can be told? */
bool damage_needs_operation(const struct wound *wound);

/* The path of the other file whose bytes it takes, or NULL. Borrowed. */
const char *damage_other(const struct wound *wound);

/* Make the edits, from the bytes of the undamaged file and the size of the other one. 0; -ENOENT: they would change nothing (there is
 * no wound then); -ENOMEM, or what the source says. */
int damage_operate(struct wound *wound, const struct reader *in, uint64_t other_size) MUST_USE;

/* Give back what it holds. For any wound. */
void damage_wound_end(struct wound *wound);

/* What a program may make of it, from the bytes of the undamaged file. 0, -ENOMEM, or what the source says. */
int damage_class(const struct wound *wound, const struct reader *in, enum truth_class *out) MUST_USE;

/* Whether the name itself is gone. For any wound. */
bool damage_removes(const struct wound *wound);

/* The name of the damage. Static; NULL where there is none. */
const char *damage_name(const struct wound *wound);

/* The size of the damaged file. */
uint64_t damage_size(const struct wound *wound);

/* Whether no byte of the source is left, so that it need not be read. */
bool damage_replaces(const struct wound *wound);

/* Change the bytes of the source at [offset, offset + length), which lies inside the damaged file. Not for a wound with a patch. */
void damage_alter(const struct wound *wound, void *bytes, uint64_t offset, size_t length);

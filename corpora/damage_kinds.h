/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A kind of damage: one key of an entry of `damage`. They are in damage_kinds.c and, those that edit, in damage_edits.c;
 * DAMAGE_KINDS lists them.
 *
 * To add one: write its struct there, list it here, give it an example in damage.h, a unit test and a spec. */
#pragma once

#include "corpora/damage.h"

struct damage_kind {
	const char *name, *about; /* one line for people */
	bool removes;  /* the name is gone; strikes directories and links too */
	bool replaces; /* alter() writes every byte, also behind the end of the source */

	bool dissects; /* edit() asks for the parts of the file: it is looked into for them first */
	bool other;    /* edit() takes bytes of another file, whose path is the rule's text */

	/* Read the value of the kind's key. */
	int (*read)(struct yaml_at at, struct damage_rule *rule, struct err *err);

	/* Does it change a file of this size at all? NULL: any file. */
	bool (*touches)(const struct damage_rule *rule, uint64_t size);

	/* What becomes of the size. NULL: it stays. */
	uint64_t (*size)(const struct damage_rule *rule, uint64_t size);

	/* Change bytes in place, as damage_alter(). NULL: they stay. */
	void (*alter)(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length);

	/* Find out from the path which of many it is. NULL: there is but one. */
	void (*aim)(struct wound *wound, const char *path);

	/* Add edits; size() and alter() are not asked then. 0; -ENOENT: they would change nothing; or as reader_exactly(). */
	int (*edit)(const struct wound *wound, struct surgery *surgery);

	/* What a program may make of a file that suffers it. */
	enum truth_class (*class)(const struct wound *wound, const struct anatomy *anatomy);
};

/* Of variants, which no entry names (corpora/variants.h). */
extern const struct damage_kind damage_each_truncate, damage_each_flip, damage_each_break;

/* The edits of the wound's lesion. */
int damage_edit_break(const struct wound *wound, struct surgery *surgery);

/* Read `AT`: BYTES or PERCENT of the file, into kept and portion. */
int damage_read_place(struct yaml_at at, struct damage_rule *rule, struct err *err);
uint64_t damage_place(const struct damage_rule *rule, uint64_t size);

/* For kinds without parameters, written `KIND: true`. */
int damage_read_true(struct yaml_at at, struct damage_rule *rule, struct err *err);

/* Classes (damage_class.c): of a file that is something else; that ends early; whose bytes in rule->range, in the one wrong byte of
 * flip, or in the dropped ranges of its patch are others; of which all behind a place is displaced; that may be taken as it is; of a
 * lesion. */
typedef enum truth_class damage_classifier(const struct wound *wound, const struct anatomy *anatomy);
damage_classifier class_of_other, class_of_end, class_of_range, class_of_flip, class_of_dropped, class_of_displaced, class_of_maybe,
	class_of_lesion;

/* The byte and the bit of a block of the file that flip makes wrong. */
uint64_t damage_flip_place(const struct wound *wound, uint64_t start, uint64_t span, unsigned char *bit);

/* X(key) for every kind there is */
#define DAMAGE_KINDS(X)                                                                                                      \
	X(truncate) X(empty) X(garbage) X(text) X(zero) X(ones) X(flip) X(insert) X(delete) X(swap) X(trailing) X(splice) X(copy) \
	X(break) X(remove)

#define DAMAGE_KIND_EXTERN(key) extern const struct damage_kind damage_kind_##key;
DAMAGE_KINDS(DAMAGE_KIND_EXTERN)

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A kind of damage: one key of an entry of `damage`. All are in damage_kinds.c; DAMAGE_KINDS lists them.
 *
 * To add one: write its struct there, list it here, give it an example in damage.h, a unit test and a spec. */
#pragma once

#include "corpora/damage.h"

struct damage_kind {
	const char *name;
	bool removes;  /* the name is gone; strikes directories and links too */
	bool replaces; /* alter() writes every byte, also behind the end of the source */

	/* Read the value of the kind's key. */
	int (*read)(struct yaml_at at, struct damage_rule *rule, struct err *err);

	/* Does it change a file of this size at all? NULL: any file. */
	bool (*touches)(const struct damage_rule *rule, uint64_t size);

	/* What becomes of the size. NULL: it stays. */
	uint64_t (*size)(const struct damage_rule *rule, uint64_t size);

	/* Change bytes in place, as damage_alter(). NULL: they stay. */
	void (*alter)(const struct wound *wound, unsigned char *bytes, uint64_t offset, size_t length);
};

/* X(key) for every kind there is */
#define DAMAGE_KINDS(X) X(truncate) X(empty) X(garbage) X(text) X(zero) X(flip) X(remove)

#define DAMAGE_KIND_EXTERN(key) extern const struct damage_kind damage_kind_##key;
DAMAGE_KINDS(DAMAGE_KIND_EXTERN)

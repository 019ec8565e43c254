/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Strict YAML for plans, specs, suites and subjects.
 *
 * A document is read into an immutable tree that knows where each node stands. A mapping is then read by a table of
 * fields: an unknown key is an error with the nearest known one, a missing or doubled key is an error, and every
 * complaint shows file:line:column, the line itself and a caret:
 *
 *     flaky.yaml:7:10: unknown operation 'opne' (did you mean 'open'?)
 *         on: [opne, read]
 *              ^~~~
 *
 * Refused outright, because files come from strangers: what is not UTF-8, aliases, anchors, tags, further documents, more
 * than 4 MiB of text, nesting beyond 32, more than 1000 keys in a mapping. Scalars have no type of their own: the reader of
 * the field gives it one. JSON is YAML too. Trees are immutable: any thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define YAML_TEXT_MAX (4u << 20)
#define YAML_DEPTH_MAX 32
#define YAML_KEYS_MAX 1000 /* of one mapping */

enum yaml_type { YAML_SCALAR, YAML_MAP, YAML_LIST };

struct yaml_node {
	enum yaml_type type;
	int line, column; /* from 0 */
	char *text;	  /* the scalar, NUL-terminated; NULL for others */
	struct yaml_node **items; /* list items; for a map key, value, key, value ... */
	size_t count, room;	  /* of items */
};

struct yaml {
	char *name;   /* as given, for messages */
	char *source; /* the text, for the caret picture */
	struct yaml_node *root;
};

/* One node of one document: what readers are handed. Borrowed. */
struct yaml_at {
	const struct yaml *doc;
	const struct yaml_node *node;
};

/* Parse text. `name` stands for it in messages. Caller frees. */
int yaml_parse(const char *name, const char *text, size_t length, struct yaml **out, struct err *err) MUST_USE;
int yaml_load(const char *path, struct yaml **out, struct err *err) MUST_USE;
void yaml_free(struct yaml *yaml);
void yaml_scope(struct yaml **yaml); /* for SCOPED() of base/scope.h */
struct yaml_at yaml_root(const struct yaml *yaml);

/* Complain about a node: fills err, returns -EINVAL. */
int yaml_error(struct yaml_at at, struct err *err, const char *format, ...) PRINTF(3, 4);

/* Reads the node into *into. Returns 0 or a negative errno with a complaint in err. */
typedef int yaml_reader(struct yaml_at at, void *into, struct err *err);

struct yaml_field {
	const char *name;
	yaml_reader *read;
	size_t offset; /* of the member in the object that yaml_fields() fills */
	bool required;
};

#define YAML_FIELD(struct_type, key, member, reader) {key, reader, offsetof(struct_type, member), false}
#define YAML_REQUIRED(struct_type, key, member, reader) {key, reader, offsetof(struct_type, member), true}

/* Read a mapping by its table. `what` names the thing in messages ("rule", "plan"). */
int yaml_fields(struct yaml_at at, const char *what, const struct yaml_field *table, size_t count, void *object,
		struct err *err) MUST_USE;

/* Call `read` for each item of a list, or once for anything that is not a list. */
int yaml_each(struct yaml_at at, yaml_reader *read, void *into, struct err *err) MUST_USE;

/* The value of a key of a mapping, or an `at` without node. */
struct yaml_at yaml_get(struct yaml_at at, const char *key);

/* Readers for common types. Text is a copy: caller frees (the member must be NULL or its own copy before).
 * yaml_line takes no control characters: for names and titles, which stand in lists and reports. */
yaml_reader yaml_text, yaml_line, yaml_bool, yaml_count32, yaml_number, yaml_size, yaml_duration, yaml_rate, yaml_probability,
	yaml_byte_range, yaml_ordinals;

/* Compiles a path pattern into a struct glob * (base/glob.h). Caller frees. */
yaml_reader yaml_glob;

/* Checks `version: 1`, into nothing. */
yaml_reader yaml_version1;

/* A scalar's text, or a complaint and NULL. Borrowed. */
const char *yaml_scalar(struct yaml_at at, struct err *err);

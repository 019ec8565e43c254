/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names and groups of operations. */
#include "faults/ops.h"

#include "base/nearest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct op_entry {
	const char *name;
	unsigned groups;
};

#define OPS_ENTRY(op_name, op_groups) {#op_name, op_groups},
static const struct op_entry op_table[] = {OPS(OPS_ENTRY)};

static const struct op_entry group_table[] = {
	{"data", IN_DATA}, {"metadata", IN_METADATA}, {"names", IN_NAMES}, {"opens", IN_OPENS},
	{"listing", IN_LISTING}, {"writes", IN_WRITES}, {"locks", IN_LOCKS}, {"all", ~0u},
};

const char *ops_name(enum op op)
{
	return op < OP_COUNT ? op_table[op].name : "?";
}

opset ops_group(const char *name)
{
	const struct op_entry *group = named_in(group_table, COUNT_OF(group_table), sizeof *group, name);
	opset set = 0;
	for (int op = 0; group && op < OP_COUNT; op++)
		if (op_table[op].groups & group->groups)
			set |= UINT64_C(1) << op;
	return set;
}

enum op ops_find(const char *name)
{
	const struct op_entry *entry = named_in(op_table, OP_COUNT, sizeof *entry, name);
	return entry ? (enum op)(entry - op_table) : OP_COUNT;
}

const char *ops_text(opset set, char text[OPS_TEXT_SIZE])
{
	text[0] = '\0';
	if ((set & OPSET_REQUESTS) == OPSET_REQUESTS)
		return strcpy(text, "all operations");
	for (int op = 0; op < OP_COUNT; op++) {
		if (!(set >> op & 1))
			continue;
		size_t used = strlen(text);
		snprintf(text + used, OPS_TEXT_SIZE - used, "%s%s", used ? ", " : "", op_table[op].name);
	}
	return text;
}

/* So few that they are told instead of those that are there. */
#define MISSING_MAX 6

const char *ops_summary(opset set, char text[OPS_TEXT_SIZE])
{
	static const char but[] = "all but ";
	char missing[OPS_TEXT_SIZE];
	opset others = OPSET_REQUESTS & ~set;
	if (!others || __builtin_popcountll(others) > MISSING_MAX)
		return ops_text(set, text);
	snprintf(text, OPS_TEXT_SIZE, "%s%.*s", but, (int)(OPS_TEXT_SIZE - sizeof but), ops_text(others, missing));
	return text;
}

/* What people call it who do not think of the kernel's requests. */
static const struct {
	const char *name, *op;
} other_names[] = {
	{"close", "flush"}, {"stat", "getattr"},  {"ls", "readdir"},  {"list", "readdir"}, {"readdirplus", "readdir"},
	{"mv", "rename"},   {"remove", "unlink"}, {"rm", "unlink"},   {"delete", "unlink"}, {"sync", "fsync"},
	{"chgrp", "chown"}, {"utime", "utimens"}, {"touch", "utimens"}, {"ftruncate", "truncate"},
	{"lock", "setlk"}, {"fcntl", "setlk"}, {"lockf", "setlk"},
	{"mmap", "read"},   {"sendfile", "read"}, {"pread", "read"},  {"pwrite", "write"}, {"seek", "lseek"},
};

static const char *nearest_word(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(other_names); i++)
		if (strcmp(other_names[i].name, word) == 0)
			return other_names[i].op;
	const char *op = nearest_in(op_table, OP_COUNT, sizeof op_table[0], word);
	return op ? op : nearest_in(group_table, COUNT_OF(group_table), sizeof group_table[0], word);
}

static int add_one(struct yaml_at at, void *into, struct err *err)
{
	const char *word = yaml_scalar(at, err);
	if (!word)
		return -EINVAL;
	enum op op = ops_find(word);
	opset group = ops_group(word);
	if (op == OP_COUNT && !group) {
		char hint[NEAREST_HINT_SIZE];
		return yaml_error(at, err, "unknown operation '%s'%s", word, nearest_hint(hint, nearest_word(word)));
	}
	struct ops_choice *choice = into;
	choice->grouped |= group;
	if (op < OP_COUNT)
		choice->named |= UINT64_C(1) << op;
	return 0;
}

int ops_yaml(struct yaml_at at, void *into, struct err *err)
{
	return yaml_each(at, add_one, into, err);
}

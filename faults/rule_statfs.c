/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* statfs: statfs(2), and with it df(1) and every check for free space beforehand, tells something else than what is there.
 *
 * Only what is told changes: a write fails where `space` says so, or the backing disk. So a program can be told of room that is
 * not there, or of none where there is plenty. With `fills` (usual) what is free shrinks as files are written. */
#include "faults/kinds.h"

#include <errno.h>

static const struct yaml_field statfs_fields[] = {
	YAML_FIELD(struct capacity, "total", total, yaml_size),
	YAML_FIELD(struct capacity, "free", free, yaml_size),
	YAML_FIELD(struct capacity, "files", files, yaml_number),
	YAML_FIELD(struct capacity, "files_free", files_free, yaml_number),
	YAML_FIELD(struct capacity, "fills", fills, yaml_bool),
};

static bool exceeds(uint64_t part, uint64_t whole)
{
	return part != UINT64_MAX && whole != UINT64_MAX && part > whole;
}

static int statfs_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	struct capacity *c = &rule->effect.capacity;
	*c = (struct capacity){UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, true};
	int rc = yaml_fields(at, "'statfs'", statfs_fields, COUNT_OF(statfs_fields), c, err);
	if (!rc && (c->total & c->free & c->files & c->files_free) == UINT64_MAX)
		return yaml_error(at, err, "'statfs' needs total, free, files or files_free");
	if (!rc && (exceeds(c->free, c->total) || exceeds(c->files_free, c->files)))
		return yaml_error(at, err, "more would be free than there is in all");
	return rc;
}

static bool statfs_apply(const struct asking *asked, struct verdict *out)
{
	if (out->capacity)
		return false;
	out->capacity = &asked->rule->effect.capacity;
	return true;
}

static void explain_one(uint64_t value, const char *of_what, struct buf *out)
{
	if (value != UINT64_MAX)
		buf_printf(out, " %llu %s", (unsigned long long)value, of_what);
}

static void statfs_explain(const struct rule *rule, struct buf *out)
{
	const struct capacity *c = &rule->effect.capacity;
	buf_text(out, "the disk is said to have");
	explain_one(c->total, "bytes", out);
	explain_one(c->free, "bytes free", out);
	explain_one(c->files, "files", out);
	explain_one(c->files_free, "files free", out);
	if (!c->fills)
		buf_text(out, ", whatever is written");
}

const struct kind kind_statfs = {
	.name = "statfs",
	.summary = "statfs (df) tells of more or less room than there is",
	.allowed = OP_BIT(statfs),
	.usual = OP_BIT(statfs),
	.read = statfs_read,
	.apply = statfs_apply,
	.explain = statfs_explain,
};

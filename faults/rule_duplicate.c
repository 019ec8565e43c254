/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* duplicate: a name comes more than once in its listing.
 *
 * Real filesystems do this where a directory changes while it is read (readdir(3): whether a file added or removed meanwhile is
 * returned is unspecified), and where hashed directory offsets collide, as with ext4's over NFS. */
#include "faults/kinds.h"

#include <errno.h>

#define TIMES_MAX 1000

static int duplicate_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	uint64_t times;
	int rc = yaml_number(at, &times, err);
	if (!rc && (times < 2 || times > TIMES_MAX))
		return yaml_error(at, err, "'duplicate' takes how often the name is listed, from 2 to %d", TIMES_MAX);
	if (!rc)
		rule->effect.copies = (uint32_t)times - 1;
	return rc;
}

static bool duplicate_apply(const struct asking *asked, struct verdict *out)
{
	if (out->copies < asked->rule->effect.copies)
		out->copies = asked->rule->effect.copies;
	return true;
}

static void duplicate_explain(const struct rule *rule, struct buf *out)
{
	buf_printf(out, "listed %u times", rule->effect.copies + 1);
}

const struct kind kind_duplicate = {
	.name = "duplicate",
	.summary = "a name is listed more than once",
	.allowed = OP_BIT(listed),
	.usual = OP_BIT(listed),
	.read = duplicate_read,
	.apply = duplicate_apply,
	.explain = duplicate_explain,
};

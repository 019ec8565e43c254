/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* fail: any errno, by name or number.
 *
 * A failing read or write that begins before the rule's byte range is served up to the range, so the error stands exactly
 * at its first byte whatever the block size of the program (plan.c). */
#include "faults/errnames.h"
#include "faults/kinds.h"

#include <errno.h>

static int fail_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	int rc = errnames_yaml(at, &rule->effect.error, err);
	if (!rc && rule->effect.error == ENOSYS)
		return yaml_error(at, err, "ENOSYS cannot be injected: the kernel remembers it and never asks again "
					   "(EOPNOTSUPP says much the same)");
	return rc;
}

static bool fail_apply(const struct asking *asked, struct verdict *out)
{
	out->error = asked->rule->effect.error;
	return true;
}

static void fail_explain(const struct rule *rule, struct buf *out)
{
	char name[ERRNAME_SIZE];
	buf_printf(out, "fail with %s", errnames_text(rule->effect.error, name));
}

const struct kind kind_fail = {
	.name = "fail",
	.summary = "the operation fails with an errno, by name or number",
	/* The kernel throws the result of these away (fuse_release_end() in fs/fuse/file.c). */
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.read = fail_read,
	.apply = fail_apply,
	.explain = fail_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* deny: refuse access.
 *
 * The errno comes from the server, never from mode bits, because root (and root of a user namespace) walks through mode
 * bits. EACCES is what open(2) gives for missing permission, EPERM for an operation that is not permitted at all, EROFS for
 * a write to a read-only filesystem. */
#include "faults/errnames.h"
#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

static int deny_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strcmp(text, "true") == 0)
		rule->effect.error = EACCES;
	else if (errnames_parse(text, &rule->effect.error) != 0 ||
		 (rule->effect.error != EACCES && rule->effect.error != EPERM && rule->effect.error != EROFS))
		return yaml_error(at, err, "deny takes true (EACCES), EACCES, EPERM or EROFS, not '%s' (see 'fail')", text);
	return 0;
}

static bool deny_apply(const struct asking *asked, struct verdict *out)
{
	out->error = asked->rule->effect.error;
	return true;
}

static void deny_explain(const struct rule *rule, struct buf *out)
{
	char name[ERRNAME_SIZE];
	buf_printf(out, "denied with %s", errnames_text(rule->effect.error, name));
}

const struct kind kind_deny = {
	.name = "deny",
	.summary = "access is refused: EACCES, EPERM or EROFS",
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.usual = OP_BIT(open) | OP_BIT(opendir) | OP_BIT(access) | OPSET_WRITES,
	.ends = true,
	.read = deny_read,
	.apply = deny_apply,
	.explain = deny_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* hang: no answer at all.
 *
 * interruptible: a signal to the caller ends the call with EINTR (an NFS mount with `intr`, a soft one under a user's
 * Ctrl-C). killable: only a signal that he dies of frees the caller (a hard NFS mount since Linux 2.6.25, nfs(5)).
 * uninterruptible: nothing but the end of the server frees him (a hard NFS mount before that, a disk that is stuck); he does
 * not even die of SIGKILL until then. */
#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

static int hang_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strcmp(text, "interruptible") == 0 || strcmp(text, "true") == 0)
		rule->effect.hang = HANG_INTERRUPTIBLE;
	else if (strcmp(text, "killable") == 0)
		rule->effect.hang = HANG_KILLABLE;
	else if (strcmp(text, "uninterruptible") == 0)
		rule->effect.hang = HANG_UNINTERRUPTIBLE;
	else
		return yaml_error(at, err, "hang takes interruptible (or true), killable or uninterruptible, not '%s'", text);
	return 0;
}

static bool hang_apply(const struct asking *asked, struct verdict *out)
{
	out->hang = asked->rule->effect.hang;
	return true;
}

static void hang_explain(const struct rule *rule, struct buf *out)
{
	static const char *const words[] = {
		[HANG_INTERRUPTIBLE] = "a signal ends the call", [HANG_UNINTERRUPTIBLE] = "not even a signal ends the call",
		[HANG_KILLABLE] = "only a fatal signal ends the call"};
	buf_printf(out, "never answered (%s)", words[rule->effect.hang]);
}

const struct kind kind_hang = {
	.name = "hang",
	.summary = "never answered, until a signal comes or the server ends",
	.allowed = OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)),
	.ends = true,
	.read = hang_read,
	.apply = hang_apply,
	.explain = hang_explain,
};

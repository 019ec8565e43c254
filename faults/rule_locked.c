/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* locked: somebody else has the file locked.
 *
 * As if another process held a lock, on the whole file or on `offset`: F_SETLK and flock(2) with LOCK_NB fail with EAGAIN, F_GETLK
 * tells of the lock and names the server as its holder, F_SETLKW and flock(2) wait until the rule's window of time ends, or
 * for ever, and any signal ends that wait with EINTR. A shared lock is in the way of exclusive ones only. */
#include "faults/kinds.h"

#include <errno.h>
#include <string.h>

static int locked_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strcmp(text, "exclusive") == 0 || strcmp(text, "true") == 0)
		rule->effect.locked = LOCKED_EXCLUSIVE;
	else if (strcmp(text, "shared") == 0)
		rule->effect.locked = LOCKED_SHARED;
	else
		return yaml_error(at, err, "locked takes exclusive (or true) or shared, not '%s'", text);
	return 0;
}

static void wait_for_end(const struct asking *asking, struct verdict *out)
{
	int64_t until_ns = asking->rule->when.until_ns;
	if (until_ns == INT64_MAX)
		out->hang = HANG_INTERRUPTIBLE;
	else
		out->delay_ns += until_ns - asking->site->now_ns;
	out->heeds = HANG_INTERRUPTIBLE;
}

static bool locked_apply(const struct asking *asking, struct verdict *out)
{
	const struct site *site = asking->site;
	if (asking->rule->effect.locked == LOCKED_SHARED && !site->exclusive)
		return false;
	if (site->op == OP_getlk)
		out->phantom = asking->rule;
	else if (site->waits)
		wait_for_end(asking, out);
	else
		out->error = EAGAIN;
	return true;
}

static void locked_explain(const struct rule *rule, struct buf *out)
{
	buf_printf(out, "in the way of a lock that another process seems to hold (%s)",
		   rule->effect.locked == LOCKED_SHARED ? "shared" : "exclusive");
}

const struct kind kind_locked = {
	.name = "locked",
	.summary = "another process holds a lock on the file",
	.allowed = OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock),
	.usual = OP_BIT(getlk) | OP_BIT(setlk) | OP_BIT(flock),
	.read = locked_read,
	.apply = locked_apply,
	.explain = locked_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* lose: a write that is acknowledged, and not kept.
 *
 * The value is the moment at which the bytes are gone. `write`: at once, a disk that says "done" and has not written (a lost
 * write). `fsync`, `close`, `cut`: they are there for every reader until the next fsync, the next close or the next power cut,
 * as the page cache shows what never reaches the disk. The size of the file stays what the program was told: it is the bytes that
 * are lost, so what was appended reads as zeroes. */
#include "faults/kinds.h"
#include "faults/loss.h"

static int lose_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	return loss_at_yaml(at, &rule->effect.loss.at, err);
}

static bool lose_apply(const struct asking *asked, struct verdict *out)
{
	if (out->losing || !asked->site->length)
		return false;
	out->losing = asked->rule;
	return true;
}

static void lose_explain(const struct rule *rule, struct buf *out)
{
	if (rule->effect.loss.at == LOSS_AT_WRITE)
		buf_text(out, "acknowledge the bytes and keep none");
	else
		buf_printf(out, "acknowledge the bytes, show them, and lose them at the next %s",
			   loss_at_text(rule->effect.loss.at));
}

const struct kind kind_lose = {
	.name = "lose",
	.summary = "writes are acknowledged and not kept: lost at once, or at fsync, close, power cut",
	.allowed = OP_BIT(write),
	.usual = OP_BIT(write),
	.read = lose_read,
	.apply = lose_apply,
	.explain = lose_explain,
};

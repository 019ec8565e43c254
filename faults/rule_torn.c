/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* torn: of a write that is acknowledged only a part reaches the storage, in whole sectors.
 *
 * A disk writes sectors, each of them as a whole, and promises nothing about the order in which it writes several. So either the
 * first `keep` bytes of the write arrive, or sectors drawn at random, of which at least one does not. */
#include "faults/kinds.h"
#include "faults/loss.h"

#include <errno.h>
#include <string.h>

static int keep_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	rule->effect.loss.random = at.node->type == YAML_SCALAR && strcmp(at.node->text, "random") == 0;
	return rule->effect.loss.random ? 0 : yaml_size(at, &rule->effect.loss.keep, err);
}

static const struct yaml_field torn_fields[] = {
	{"keep", keep_read, 0, true},
	YAML_FIELD(struct rule, "at", effect.loss.at, loss_at_yaml),
	YAML_FIELD(struct rule, "sector", effect.loss.sector, loss_sector_yaml),
};

static int torn_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.loss.sector = 512;
	rule->effect.loss.at = LOSS_AT_WRITE;
	int rc = at.node->type == YAML_MAP ? yaml_fields(at, "'torn'", torn_fields, COUNT_OF(torn_fields), rule, err)
					   : keep_read(at, rule, err);
	if (rc || rule->effect.loss.random)
		return rc;
	if (!rule->effect.loss.keep)
		return yaml_error(at, err, "a torn write keeps something: see 'lose'");
	if (rule->effect.loss.keep % rule->effect.loss.sector)
		return yaml_error(at, err, "sectors are written as a whole: keep a multiple of %u bytes", rule->effect.loss.sector);
	return 0;
}

static bool torn_apply(const struct asking *asked, struct verdict *out)
{
	const struct site *site = asked->site;
	bool whole = !asked->rule->effect.loss.random && site->length <= asked->rule->effect.loss.keep;
	if (out->losing || !site->length || whole)
		return false;
	out->losing = asked->rule;
	out->losing_ordinal = asked->tally ? asked->tally->seen : 0;
	return true;
}

static void torn_explain(const struct rule *rule, struct buf *out)
{
	if (rule->effect.loss.random)
		buf_printf(out, "acknowledge all, keep sectors of %u bytes drawn at random", rule->effect.loss.sector);
	else
		buf_printf(out, "acknowledge all, keep the first %llu bytes", (unsigned long long)rule->effect.loss.keep);
	if (rule->effect.loss.at != LOSS_AT_WRITE)
		buf_printf(out, "; seen whole until the next %s", loss_at_text(rule->effect.loss.at));
}

const struct kind kind_torn = {
	.name = "torn",
	.summary = "of an acknowledged write only some sectors are kept",
	.allowed = OP_BIT(write),
	.usual = OP_BIT(write),
	.read = torn_read,
	.apply = torn_apply,
	.explain = torn_explain,
};

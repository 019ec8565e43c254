/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* outage: for a while, storage does not answer at all (outage.h). */
#include "faults/errnames.h"
#include "faults/kinds.h"

static const struct yaml_field outage_fields[] = {
	OUTAGE_FIELDS(effect.outage),
	RETRY_FIELDS(effect.outage.retry),
};

static int outage_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	struct outage *outage = &rule->effect.outage;
	outage_default(outage);
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'outage'", outage_fields, COUNT_OF(outage_fields), rule, err)
			 : retry_mount_yaml(at, &outage->retry.mount, err);
	return rc ? rc : outage_check(at, outage, err);
}

static bool outage_apply(const struct asking *asked, struct verdict *out)
{
	return outage_decide(asked, &asked->rule->effect.outage, out);
}

static void outage_words(const struct rule *rule, struct buf *out)
{
	outage_explain(&rule->effect.outage, out);
}

static const struct outage *outage_own(const struct rule *rule)
{
	return &rule->effect.outage;
}

/* The kernel throws the results of releases away, and nobody waits for them. */
#define ANSWERED (OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)))

const struct kind kind_outage = {
	.name = "outage",
	.summary = "for a while no answer: an error after timeouts (soft), or a wait (hard)",
	.allowed = ANSWERED,
	.usual = ANSWERED,
	.steady = true,
	.late = true,
	.read = outage_read,
	.apply = outage_apply,
	.explain = outage_words,
	.outage = outage_own,
};

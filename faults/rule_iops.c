/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* iops: so many operations a second, and no more, however many threads and programs ask, and however many bytes each has. */
#include "faults/kinds.h"
#include "faults/speeds.h"

static const struct yaml_field iops_fields[] = {
	YAML_FIELD(struct rule, "read", effect.rate.speed.read, yaml_number),
	YAML_FIELD(struct rule, "write", effect.rate.speed.write, yaml_number),
	YAML_FIELD(struct rule, "operations", effect.rate, speeds_both_number),
	YAML_FIELD(struct rule, "burst", effect.rate.burst, yaml_number),
	YAML_FIELD(struct rule, "per", effect.rate.per, line_per_yaml),
};

static int iops_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	return speeds_read(at, "'iops'", iops_fields, COUNT_OF(iops_fields), speeds_both_number, rule, err);
}

static bool iops_apply(const struct asking *asked, struct verdict *out)
{
	return speeds_pass(asked, 1, out);
}

static void iops_explain(const struct rule *rule, struct buf *out)
{
	speeds_explain(rule, "operations", out);
}

const struct kind kind_iops = {
	.name = "iops",
	.summary = "so many operations a second and no more, for all that ask",
	.allowed = OPSET_REQUESTS,
	.usual = OP_BIT(read) | OP_BIT(write),
	.late = true,
	.read = iops_read,
	.apply = iops_apply,
	.explain = iops_explain,
};

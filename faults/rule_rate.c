/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* rate: so many bytes a second, and no more, however many threads and programs ask.
 *
 * What is served of a read, and what a write brings, goes down a line (lines.h) that all share, or that each volume, file or
 * handle has of its own. */
#include "faults/kinds.h"
#include "faults/speeds.h"

#include "base/clock.h"

#include <inttypes.h>

static const struct yaml_field rate_fields[] = {
	YAML_FIELD(struct rule, "read", effect.rate.speed.read, yaml_rate),
	YAML_FIELD(struct rule, "write", effect.rate.speed.write, yaml_rate),
	YAML_FIELD(struct rule, "bytes", effect.rate, speeds_both_rate),
	YAML_FIELD(struct rule, "burst", effect.rate.burst, yaml_size),
	YAML_FIELD(struct rule, "per", effect.rate.per, line_per_yaml),
};

static int rate_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	return speeds_read(at, "'rate'", rate_fields, COUNT_OF(rate_fields), speeds_both_rate, rule, err);
}

static bool rate_apply(const struct asking *asked, struct verdict *out)
{
	return speeds_pass(asked, site_bytes(asked->site, out->length), out);
}

static void rate_explain(const struct rule *rule, struct buf *out)
{
	speeds_explain(rule, "bytes", out);
}

const struct kind kind_rate = {
	.name = "rate",
	.summary = "so many bytes a second and no more, for all that ask",
	.allowed = OP_BIT(read) | OP_BIT(write),
	.usual = OP_BIT(read) | OP_BIT(write),
	.late = true,
	.read = rate_read,
	.apply = rate_apply,
	.explain = rate_explain,
};

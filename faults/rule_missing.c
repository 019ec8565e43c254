/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* missing: the name is not there.
 *
 * Consistent by default: neither listed nor found. `readdir: false` gives a file that is listed but gone when opened
 * (deleted between the two), `lookup: false` one that opens but does not show in its directory. A file that is open
 * already stays open, as on a local disk. A name that is not there anyway is not struck. */
#include "faults/kinds.h"

#include <errno.h>

static const struct yaml_field missing_fields[] = {
	YAML_FIELD(struct rule, "lookup", effect.missing.lookup, yaml_bool),
	YAML_FIELD(struct rule, "readdir", effect.missing.readdir, yaml_bool),
};

static int missing_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.missing.lookup = rule->effect.missing.readdir = true;
	if (at.node->type == YAML_MAP) {
		int rc = yaml_fields(at, "'missing'", missing_fields, COUNT_OF(missing_fields), rule, err);
		if (rc)
			return rc;
	} else {
		bool wanted;
		int rc = yaml_bool(at, &wanted, err);
		if (rc)
			return rc;
		if (!wanted)
			return yaml_error(at, err, "'missing: false' does nothing: leave the rule out");
	}
	if (!rule->effect.missing.lookup && !rule->effect.missing.readdir)
		return yaml_error(at, err, "missing neither from lookup nor from readdir: this rule does nothing");
	return 0;
}

static bool missing_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct site *site = asked->site;
	bool here = site->op == OP_listed ? rule->effect.missing.readdir : rule->effect.missing.lookup;
	if (site->absent)
		return false;
	out->hidden |= here;
	if (here && site->op != OP_listed)
		out->error = ENOENT;
	return here;
}

static void missing_explain(const struct rule *rule, struct buf *out)
{
	buf_text(out, !rule->effect.missing.readdir  ? "listed, but gone when looked up"
		      : !rule->effect.missing.lookup ? "there, but not listed"
						     : "missing");
}

const struct kind kind_missing = {
	.name = "missing",
	.summary = "the name is gone: from lookup, from its directory, or both",
	.allowed = OP_BIT(lookup) | OP_BIT(listed),
	.usual = OP_BIT(lookup) | OP_BIT(listed),
	.read = missing_read,
	.apply = missing_apply,
	.explain = missing_explain,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* truncate: the file ends too early.
 *
 * `stat: short` (usual): a file cut at rest, stat(2) shows the short size. `stat: full`: the data end before the size that
 * stat(2) shows, as after a copy that was interrupted on a filesystem that allocates first. The backing file is untouched. */
#include "faults/kinds.h"

#include "base/real.h"

#include <errno.h>
#include <string.h>

static int stat_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	bool tells = strcmp(text, "short") == 0;
	if (!tells && strcmp(text, "full") != 0)
		return yaml_error(at, err, "'stat' takes short or full, not '%s'", text);
	*(bool *)into = tells;
	return 0;
}

/* A number of bytes, or a percentage of the file's size. */
static int at_read(struct yaml_at at, void *into, struct err *err)
{
	struct rule *rule = into;
	if (at.node->type == YAML_SCALAR && strchr(at.node->text, '%'))
		return yaml_probability(at, &rule->effect.truncate.portion, err);
	return yaml_size(at, &rule->effect.truncate.at, err);
}

static const struct yaml_field truncate_fields[] = {
	{"at", at_read, 0, true},
	YAML_FIELD(struct rule, "stat", effect.truncate.stat_tells, stat_read),
};

static int truncate_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.truncate.at = UINT64_MAX;
	rule->effect.truncate.portion = 1;
	rule->effect.truncate.stat_tells = true;
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'truncate'", truncate_fields, COUNT_OF(truncate_fields), rule, err)
			 : at_read(at, rule, err);
	if (!rc && rule->effect.truncate.portion >= 1 && rule->effect.truncate.at == UINT64_MAX)
		return yaml_error(at, err, "truncated at its full size: this rule does nothing");
	return rc;
}

static bool truncate_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct site *site = asked->site;
	if (site->op != OP_read && !rule->effect.truncate.stat_tells)
		return false;
	uint64_t kept = (uint64_t)((double)site->size * rule->effect.truncate.portion);
	if (kept > rule->effect.truncate.at)
		kept = rule->effect.truncate.at;
	if (kept >= site->size || (site->op == OP_read && site->offset + site->length <= kept))
		return false;
	if (kept < out->size)
		out->size = kept;
	return true;
}

static void truncate_explain(const struct rule *rule, struct buf *out)
{
	if (rule->effect.truncate.at != UINT64_MAX)
		buf_printf(out, "end after %llu bytes", (unsigned long long)rule->effect.truncate.at);
	else
		buf_printf(out, "end after %s%% of the file", REAL(rule->effect.truncate.portion * 100));
	buf_text(out, rule->effect.truncate.stat_tells ? " (stat says so too)" : " (stat shows the full size)");
}

const struct kind kind_truncate = {
	.name = "truncate",
	.summary = "the file ends early, with or without stat saying so",
	.allowed = OP_BIT(read) | OP_BIT(lookup) | OP_BIT(getattr),
	.usual = OP_BIT(read) | OP_BIT(lookup) | OP_BIT(getattr),
	.steady = true,
	.read = truncate_read,
	.apply = truncate_apply,
	.explain = truncate_explain,
};

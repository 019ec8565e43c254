/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* short: a read or write that moves fewer bytes than asked for, which POSIX allows at any time.
 *
 * At least one byte is moved, because a read of 0 means the end of the file. What the page cache reads and writes is left
 * alone: the kernel would take a short read for the end of the file, and a short write for a whole one. So a program that
 * maps the file, or copies it with sendfile(2) or copy_file_range(2), meets none. A read that gets no less than it would without
 * the rule (at the end of the file, or just before it) is not struck. */
#include "faults/kinds.h"

#include "base/real.h"

#include <errno.h>
#include <string.h>

static const struct yaml_field short_fields[] = {
	YAML_FIELD(struct rule, "bytes", effect.part.bytes, yaml_size),
	YAML_FIELD(struct rule, "portion", effect.part.portion, yaml_probability),
};

static int short_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.part.bytes = UINT64_MAX;
	rule->effect.part.portion = 1;
	int rc;
	if (at.node->type == YAML_MAP)
		rc = yaml_fields(at, "'short'", short_fields, COUNT_OF(short_fields), rule, err);
	else if (at.node->type == YAML_SCALAR && strchr(at.node->text, '%'))
		rc = yaml_probability(at, &rule->effect.part.portion, err);
	else
		rc = yaml_size(at, &rule->effect.part.bytes, err);
	if (!rc && (rule->effect.part.bytes == 0 || rule->effect.part.portion <= 0))
		return yaml_error(at, err, "a short transfer of nothing would be an end of file: see 'truncate'");
	if (!rc && rule->effect.part.bytes == UINT64_MAX && rule->effect.part.portion >= 1)
		return yaml_error(at, err, "how short? Give bytes (1000) or a portion (50%%)");
	return rc;
}

/* Bytes that it moves as things stand: what the file has left, and what rules before this one leave of it. */
static uint64_t moved_without(const struct site *site, const struct verdict *so_far)
{
	uint64_t bytes = site_bytes(site, so_far->length);
	uint64_t shown = so_far->size > site->offset ? so_far->size - site->offset : 0;
	return site->op == OP_read && bytes > shown ? shown : bytes;
}

static bool short_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct site *site = asked->site;
	uint64_t bytes = (uint64_t)((double)site->length * rule->effect.part.portion);
	if (bytes > rule->effect.part.bytes)
		bytes = rule->effect.part.bytes;
	if (bytes < 1)
		bytes = 1;
	if (site->buffered || bytes >= moved_without(site, out))
		return false;
	out->length = bytes;
	return true;
}

static void short_explain(const struct rule *rule, struct buf *out)
{
	if (rule->effect.part.bytes != UINT64_MAX)
		buf_printf(out, "move at most %llu bytes", (unsigned long long)rule->effect.part.bytes);
	else
		buf_printf(out, "move %s%% of what was asked", REAL(rule->effect.part.portion * 100));
}

const struct kind kind_short = {
	.name = "short",
	.summary = "reads and writes move fewer bytes than asked",
	.allowed = OP_BIT(read) | OP_BIT(write),
	.usual = OP_BIT(read),
	.read = short_read,
	.apply = short_apply,
	.explain = short_explain,
};

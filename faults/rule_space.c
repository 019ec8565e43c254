/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* space: the disk is full after so many bytes or files.
 *
 * Room is counted from the opening of the volume, and what is removed is free again. A write that does not fit is served as
 * far as it does, as write(2) promises, and the next one fails; what is written back from a shared mapping fails as a whole.
 * statfs(2) (df) shows the same room. For a disk that notices only later, at close or fsync, see `fail: ENOSPC` on flush or
 * fsync. */
#include "faults/errnames.h"
#include "faults/kinds.h"

#include <errno.h>

static const struct yaml_field space_fields[] = {
	YAML_FIELD(struct rule, "bytes", effect.space.bytes, yaml_size),
	YAML_FIELD(struct rule, "files", effect.space.files, yaml_number),
	YAML_FIELD(struct rule, "error", effect.space.error, errnames_yaml),
};

static int space_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.space.bytes = rule->effect.space.files = UINT64_MAX;
	rule->effect.space.error = ENOSPC;
	int rc = at.node->type == YAML_MAP
			 ? yaml_fields(at, "'space'", space_fields, COUNT_OF(space_fields), rule, err)
			 : yaml_size(at, &rule->effect.space.bytes, err);
	if (!rc && rule->effect.space.bytes == UINT64_MAX && rule->effect.space.files == UINT64_MAX)
		return yaml_error(at, err, "'space' needs bytes or files");
	return rc;
}

#define MAKERS (OP_BIT(create) | OP_BIT(tmpfile) | OP_BIT(mkdir) | OP_BIT(mknod) | OP_BIT(symlink))
#define GROWERS (OP_BIT(write) | OP_BIT(truncate) | OP_BIT(fallocate))

static bool space_apply(const struct asking *asked, struct verdict *out)
{
	const struct rule *rule = asked->rule;
	const struct site *site = asked->site;
	uint64_t bytes = rule->effect.space.bytes;
	uint64_t room = site->used_bytes < bytes ? bytes - site->used_bytes : 0;
	if (MAKERS >> site->op & 1) {
		if (site->used_files < rule->effect.space.files && room)
			return false;
		out->error = rule->effect.space.error;
		return true;
	}
	if (site->growth <= room)
		return false;
	/* A write far behind the end grows the file by more than its own length. */
	uint64_t lacking = site->growth - room;
	bool divides = site->op == OP_write && !site->buffered;
	uint64_t fits = divides && lacking < site->length ? site->length - lacking : 0;
	if (!fits)
		out->error = rule->effect.space.error;
	else if (fits < out->length)
		out->length = fits;
	return true;
}

static void space_explain(const struct rule *rule, struct buf *out)
{
	char name[ERRNAME_SIZE];
	buf_printf(out, "fail with %s once the volume holds", errnames_text(rule->effect.space.error, name));
	if (rule->effect.space.bytes != UINT64_MAX)
		buf_printf(out, " %llu bytes", (unsigned long long)rule->effect.space.bytes);
	if (rule->effect.space.files != UINT64_MAX)
		buf_printf(out, "%s %llu files", rule->effect.space.bytes != UINT64_MAX ? " or" : "",
			   (unsigned long long)rule->effect.space.files);
	buf_text(out, " more than at first");
}

const struct kind kind_space = {
	.name = "space",
	.summary = "the disk is full after so many bytes or files",
	.allowed = MAKERS | GROWERS,
	.usual = MAKERS | GROWERS,
	.read = space_read,
	.apply = space_apply,
	.explain = space_explain,
};

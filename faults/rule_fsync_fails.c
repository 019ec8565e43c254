/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* fsync_fails: an fsync that says EIO, and the state that a filesystem leaves behind it.
 *
 * Linux tells the error once, marks the pages clean all the same, and the next fsync succeeds without having written anything
 * (mm/filemap.c, file_check_and_advance_wb_err(); "fsyncgate"). What a reader then sees differs: ext4 and xfs go on showing what
 * was written, until the pages leave the cache; btrfs before Linux 6.7 shows at once what is on the disk. (A. Rebello and others, "Can
 * Applications Recover from fsync Failures?", USENIX ATC 2020; docs/kinds/fsync.md.) */
#include "base/nearest.h"
#include "faults/kinds.h"
#include "faults/loss.h"

#include <errno.h>

struct model_entry {
	const char *name;
	enum sync_model model;
};

static const struct model_entry models[] = {{"ext4", SYNC_EXT4}, {"xfs", SYNC_XFS}, {"btrfs", SYNC_BTRFS}};

static int as_read(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	const struct model_entry *entry = named_in(models, COUNT_OF(models), sizeof models[0], text);
	if (!entry)
		return yaml_error(at, err, "fsync fails as on ext4, xfs or btrfs, not '%s'", text);
	*(enum sync_model *)into = entry->model;
	return 0;
}

static const struct yaml_field fsync_fields[] = {
	YAML_REQUIRED(struct rule, "as", effect.fsync_fails.as, as_read),
	YAML_FIELD(struct rule, "at", effect.fsync_fails.at, loss_at_yaml),
};

static int fsync_fails_read(struct yaml_at at, struct rule *rule, struct err *err)
{
	rule->effect.fsync_fails.at = LOSS_AT_CLOSE;
	int rc = at.node->type == YAML_MAP ? yaml_fields(at, "'fsync_fails'", fsync_fields, COUNT_OF(fsync_fields), rule, err)
					   : as_read(at, &rule->effect.fsync_fails.as, err);
	enum loss_at when = rule->effect.fsync_fails.at;
	if (!rc && when != LOSS_AT_CLOSE && when != LOSS_AT_CUT)
		return yaml_error(at, err, "'at' says when the pages leave the cache: close or cut");
	return rc;
}

/* Only a sync that has something to write can fail at that. */
static bool fsync_fails_apply(const struct asking *asked, struct verdict *out)
{
	if (!asked->site->unsynced)
		return false;
	out->sync_fails = asked->rule;
	out->error = EIO;
	return true;
}

static void fsync_fails_explain(const struct rule *rule, struct buf *out)
{
	enum sync_model model = rule->effect.fsync_fails.as;
	buf_printf(out, "say EIO once to each open file, and leave it as %s does: ", models[model].name);
	if (model == SYNC_BTRFS)
		buf_text(out, "as it is on the disk");
	else
		buf_printf(out, "new to readers, old from the next %s on", loss_at_text(rule->effect.fsync_fails.at));
}

const struct kind kind_fsync_fails = {
	.name = "fsync_fails",
	.summary = "fsync says EIO once, and leaves what ext4, xfs or btrfs leave",
	.allowed = OP_BIT(fsync),
	.usual = OP_BIT(fsync),
	.read = fsync_fails_read,
	.apply = fsync_fails_apply,
	.explain = fsync_fails_explain,
};

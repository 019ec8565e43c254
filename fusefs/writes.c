/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Carries out what verdicts say of writes and syncs. */
#include "fusefs/writes.h"

#include "base/scope.h"
#include "faults/loss.h"
#include "fusefs/losses.h"
#include "fusefs/power.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const uint32_t marks[] = {
	[LOSS_AT_FSYNC] = DURABLE_LOSE_AT_FSYNC, [LOSS_AT_CLOSE] = DURABLE_LOSE_AT_CLOSE, [LOSS_AT_CUT] = DURABLE_LOSE_AT_CUT};

/* ---- sectors that heal ---- */

/* The journal wants to know of what request it is told: a write that no rule asked for has none yet. */
static bool has_site(struct request *r)
{
	if (r->path)
		return true;
	r->path = volume_path_for(r->node, OP_read);
	r->site = (struct site){.op = r->op, .volume = r->node->volume->name, .path = r->path, .offset = r->offset, .length = r->size};
	return r->path != NULL;
}

static void heal(struct request *r, const struct handle *handle, uint64_t end)
{
	struct bound *bound = r->server->armed ? volume_node_bound(r->node) : NULL;
	struct stat st;
	for (uint32_t i = 0; bound && i < bound->count; i++) {
		const struct rule *rule = bound->at[i].rule;
		if (!rule->heal_sector || !live_is_on(&r->server->live, rule) || fstat(handle->fd, &st) < 0 || !has_site(r))
			continue;
		r->site.file = st.st_ino;
		if (live_mend(&r->server->live, rule, &r->site, end))
			journal_heal(&r->server->journal, r, rule);
	}
}

/* ---- bytes that are lost ---- */

static ssize_t put_all(int fd, const char *bytes, size_t length, uint64_t offset)
{
	size_t done = 0;
	while (done < length) {
		ssize_t put = pwrite(fd, bytes + done, length - done, (off_t)(offset + done));
		if (put < 0)
			return done ? (ssize_t)done : -errno;
		done += (size_t)put;
	}
	return (ssize_t)done;
}

/* The file is as long as the program was told, whatever became of the bytes. */
static int grow_to(int fd, uint64_t size)
{
	struct stat st;
	bool shorter = fstat(fd, &st) == 0 && (uint64_t)st.st_size < size;
	return shorter && ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
}

/* Write the runs that are kept, and leave out the others. Where that loses nothing, because it was there already, no rule has struck. */
static ssize_t put_kept(struct request *r, int fd, const char *bytes, size_t length)
{
	uint64_t changed = 0;
	bool lost;
	for (uint64_t at = r->offset, end = r->offset + length, next; at < end; at = next) {
		next = loss_run(r->server->plan, r->verdict.losing, &r->site, at, end, &lost);
		changed += lost ? losses_of(fd, bytes + (at - r->offset), next - at, at) : 0;
		ssize_t put = lost ? 0 : put_all(fd, bytes + (at - r->offset), next - at, at);
		if (put < 0)
			return put;
	}
	int rc = grow_to(fd, r->offset + length);
	if (!rc && changed)
		request_strike(r, r->verdict.losing, changed);
	return rc ? rc : (ssize_t)length;
}

/* What stands for the rule in the records until its bytes are gone. */
static uint32_t culprit(const struct rule *rule)
{
	return rule->serial <= DURABLE_WHO_MAX ? (uint32_t)rule->serial : 0;
}

/* Bytes that will be lost later are remembered before, those that stay after they were written. */
static void each_run(struct request *r, struct durable *d, int fd, const char *bytes, size_t length, bool before)
{
	const struct rule *rule = r->verdict.losing;
	bool lost = false;
	for (uint64_t at = r->offset, end = r->offset + length, next; at < end; at = next) {
		next = rule ? loss_run(r->server->plan, rule, &r->site, at, end, &lost) : end;
		if (before && lost)
			durable_lose(d, fd, at, next - at, marks[rule->effect.loss.at], culprit(rule));
		if (!before && !lost)
			durable_kept(d, fd, bytes + (at - r->offset), at, next - at);
	}
}

static ssize_t put(struct request *r, int fd, const char *bytes, size_t length)
{
	const struct rule *losing = r->verdict.losing;
	struct durable *d = power_durable(r->server, r->node);
	r->site.ordinal = r->verdict.losing_ordinal;
	if (d)
		durable_before_write(d, fd, r->offset, length);
	if (losing && losing->effect.loss.at == LOSS_AT_WRITE)
		return put_kept(r, fd, bytes, length);
	if (d && losing)
		each_run(r, d, fd, bytes, length, true);
	ssize_t done = put_all(fd, bytes, length, r->offset);
	if (d && done > 0)
		each_run(r, d, fd, bytes, (size_t)done, false);
	return done;
}

ssize_t writes_put(struct request *r, struct handle *handle, size_t length)
{
	const char *bytes = r->data;
	if (r->verdict.altering_count && length <= TRANSFER_MAX) {
		memcpy(r->server->transfer, bytes, length);
		request_alter(r, r->server->transfer, length);
		bytes = r->server->transfer;
	}
	ssize_t done = put(r, handle->fd, bytes, length);
	if (done < 0)
		return done;
	struct durable *d = power_durable(r->server, r->node);
	if (d && r->file.flags & O_DSYNC)
		durable_sync_range(d, handle->fd, r->offset, (uint64_t)done);
	heal(r, handle, r->offset + (uint64_t)done);
	return done;
}

/* ---- syncs and closes ---- */

static void lose_now(struct request *r, struct durable *d, int fd, uint32_t at)
{
	struct losses losses;
	losses_begin(&losses, r->server, r->node->volume, r);
	durable_lose_now(d, fd, at, &losses.to);
}

int writes_synced(struct request *r, struct handle *handle, int error)
{
	struct durable *d = power_durable(r->server, r->node);
	if (!d || error)
		return error;
	if (durable_error_since(d, handle->fd, &handle->sync_seen))
		return EIO;
	lose_now(r, d, handle->fd, DURABLE_LOSE_AT_FSYNC);
	durable_sync_file(d, handle->fd, r->mode);
	return 0;
}

void writes_closed(struct request *r, const struct handle *handle)
{
	struct durable *d = power_durable(r->server, r->node);
	if (!d || handle->fd < 0)
		return;
	lose_now(r, d, handle->fd, DURABLE_LOSE_AT_CLOSE);
	durable_closed(d, handle->fd);
}

void writes_fail_sync(struct request *r)
{
	static const enum durable_failure states[] = {
		[SYNC_EXT4] = DURABLE_FAIL_EXT4, [SYNC_XFS] = DURABLE_FAIL_XFS, [SYNC_BTRFS] = DURABLE_FAIL_BTRFS};
	const struct rule *rule = r->verdict.sync_fails;
	struct durable *d = power_durable(r->server, r->node);
	struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
	if (!d || !handle || handle->fd < 0)
		return;
	durable_sync_failed(d, handle->fd, states[rule->effect.fsync_fails.as], marks[rule->effect.fsync_fails.at]);
	durable_error_since(d, handle->fd, &handle->sync_seen);
}

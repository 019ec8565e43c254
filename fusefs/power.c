/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lets the power of a volume fail and come back. */
#include "fusefs/power.h"

#include "base/draw.h"
#include "base/scope.h"
#include "faults/kinds.h"
#include "faults/loss.h"
#include "fusefs/backing.h"
#include "fusefs/losses.h"
#include "fusefs/observe.h"
#include "fusefs/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* ---- the records ---- */

/* All rules of a plan name the same model (plan_read.c). */
static enum durable_model model_of(const struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->rules.count; i++)
		if (plan->rules.at[i]->kind == &kind_cut && plan->rules.at[i]->effect.cut.model == CUT_ORDERED)
			return DURABLE_ORDERED;
	return DURABLE_STRICT;
}

static bool find_model(const char *name, enum durable_model *model)
{
	static const char *const names[] = {[DURABLE_STRICT] = "strict", [DURABLE_ORDERED] = "ordered"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0) {
			*model = (enum durable_model)i;
			return true;
		}
	return false;
}

static bool names_model(const struct plan *plan)
{
	for (size_t i = 0; plan && i < plan->rules.count; i++)
		if (plan->rules.at[i]->kind == &kind_cut)
			return true;
	return false;
}

int power_prepare(struct volume *volume, const struct plan *plan, const char *model)
{
	enum durable_model by = model_of(plan);
	bool needed = plan && loss_remembers(plan, volume->name);
	if (model && !find_model(model, &by))
		return -EINVAL;
	if (volume->root_fd < 0 || (!needed && !model))
		return 0;
	if (!volume->durable)
		volume->durable = durable_new(volume->root_fd, by, false);
	if (!volume->durable)
		return -ENOMEM;
	if (model || names_model(plan))
		volume->durable->model = by;
	volume->durable->keeps_previous |= plan && loss_shows_stale(plan, volume->name);
	return 0;
}

/* What comes back after a cut is not what the kernel remembers; what a loss leaves is not what it has cached. */
opset power_watches(const struct volume *volume, const struct plan *plan)
{
	if (!volume->durable)
		return 0;
	return OP_BIT(lookup) | OP_BIT(getattr) | (plan && loss_changes_files(plan, volume->name) ? OP_BIT(read) : 0);
}

struct durable *power_durable(const struct server *server, const struct node *node)
{
	return server->armed && node->volume ? node->volume->durable : NULL;
}

/* ---- off and on ---- */

int power_refusal(const struct request *r)
{
	const struct volume *volume = r->node->volume;
	if (!volume || r->op == OP_release || r->op == OP_releasedir)
		return 0;
	if (volume->power_off)
		return EIO;
	const struct handle *handle = volume->outages && r->file.fh ? handles_get(&r->server->nodes, r->file.fh, r->node) : NULL;
	return handle && handle->outages != volume->outages ? ESTALE : 0;
}

struct durable_report power_cut(struct volume *volume, const struct durable_how *how)
{
	struct durable_report report = {0};
	if (volume->power_off)
		return report;
	if (volume->durable)
		report = durable_cut(volume->durable, how);
	volume->power_off = true;
	volume->outages++;
	volume->generation++; /* names have moved */
	return report;
}

void power_on(struct volume *volume)
{
	volume->power_off = false;
}

void power_begin(struct volume *volume)
{
	power_on(volume);
	if (volume->durable)
		durable_settle(volume->durable);
}

/* The caller is gone like the machine it ran on: all of its process group, but for that of the server. */
static void kill_caller(const struct request *r)
{
	pid_t pid = fuse_req_ctx(r->req)->pid;
	pid_t group = pid > 0 ? getpgid(pid) : -1;
	if (group > 1 && group != getpgrp())
		kill(-group, SIGKILL);
	else if (pid > 1)
		kill(pid, SIGKILL);
}

static uint64_t draw_of(const struct request *r, uint64_t lane)
{
	const struct draw_key key = {.seed = r->server->plan->seed, .who = r->verdict.power->id, .path = draw_text(r->path),
				     .where = r->verdict.losing_ordinal, .lane = lane};
	return draw_u64(&key);
}

static void cut_by_rule(struct request *r)
{
	static const enum durable_keep keeps[] = {
		[CUT_KEEP_NONE] = DURABLE_KEEP_NONE, [CUT_KEEP_ALL] = DURABLE_KEEP_ALL, [CUT_KEEP_RANDOM] = DURABLE_KEEP_RANDOM};
	const struct cut_effect *cut = &r->verdict.power->effect.cut;
	struct losses losses;
	losses_begin(&losses, r->server, r->node->volume, r);
	const struct durable_how how = {.keep = keeps[cut->keep], .sector = cut->sector, .seed = draw_of(r, 1), .to = &losses.to};
	struct durable_report report = power_cut(r->node->volume, &how);
	journal_power(&r->server->journal, r, r->verdict.power, &report);
}

/* Of a write that the cut has met half-way the first sectors have reached the disk: some, and not all. */
static void leave_half(struct request *r, int fd)
{
	uint64_t sector = r->verdict.power->effect.cut.sector;
	uint64_t first = r->offset / sector, count = (r->offset + r->size + sector - 1) / sector - first;
	uint64_t end = (first + (count > 1 ? 1 + draw_of(r, 2) % (count - 1) : 0)) * sector;
	if (fd >= 0 && end > r->offset)
		(void)!pwrite(fd, r->data, end - r->offset, (off_t)r->offset);
}

static bool comes_after(const struct request *r)
{
	int at = r->verdict.power->effect.cut.at;
	/* What is no write is done as a whole, or not at all. */
	return at == CUT_AFTER || (at == CUT_HALF && r->op != OP_write && draw_of(r, 3) & 1);
}

void power_settle(struct request *r)
{
	if (r->verdict.power && comes_after(r))
		r->verdict.error = 0;
}

/* The power fails behind it. */
static void serve_first(struct request *r)
{
	r->serve(r);
	r->answered = true;
	r->result = observe_result(r);
	r->req = NULL;
}

void power_fail(struct request *r)
{
	const struct cut_effect *cut = &r->verdict.power->effect.cut;
	bool after = comes_after(r);
	/* It waits for us, and executes nothing more. */
	if (cut->kill)
		kill_caller(r);
	if (after)
		serve_first(r);
	request_strike(r, r->verdict.power, UINT64_MAX);
	cut_by_rule(r);
	if (cut->at == CUT_HALF && r->op == OP_write) {
		struct handle *handle = handles_get(&r->server->nodes, r->file.fh, r->node);
		leave_half(r, handle ? handle->fd : -1);
	}
	if (!after)
		fuse_reply_err(r->req, EIO);
}

/* ---- what is about to change ---- */

void power_before_name(struct request *r, struct node *directory, const char *name)
{
	struct durable *d = power_durable(r->server, directory);
	int fd = d ? backing_fd(r->server, directory) : -1;
	if (fd >= 0)
		durable_before_name(d, fd, name);
}

void power_before_rename(struct request *r)
{
	struct durable *d = power_durable(r->server, r->node);
	int from = d ? backing_fd(r->server, r->node) : -1;
	int to = from >= 0 ? backing_fd(r->server, r->node2) : -1;
	if (to >= 0)
		durable_before_rename(d, from, r->name, to, r->name2);
}

void power_before_attributes(struct request *r, int fd)
{
	struct durable *d = fd >= 0 ? power_durable(r->server, r->node) : NULL;
	if (d && r->to_set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		durable_before_mode(d, fd);
	if (d && r->to_set & FUSE_SET_ATTR_SIZE)
		durable_before_resize(d, fd, (uint64_t)r->attributes.st_size);
}

void power_before_open(struct request *r, int flags)
{
	struct durable *d = flags & O_TRUNC ? power_durable(r->server, r->node) : NULL;
	int fd = d ? backing_fd(r->server, r->node) : -1;
	if (fd >= 0)
		durable_before_resize(d, fd, 0);
}

void power_before_create(struct request *r)
{
	struct durable *d = power_durable(r->server, r->node);
	int directory = d ? backing_fd(r->server, r->node) : -1;
	if (directory < 0)
		return;
	SCOPED_FD int fd = r->file.flags & O_TRUNC ? openat(directory, r->name, O_PATH | O_NOFOLLOW | O_CLOEXEC) : -1;
	if (fd >= 0)
		durable_before_resize(d, fd, 0);
	durable_before_name(d, directory, r->name);
}

void power_before_fallocate(struct request *r, int fd)
{
	struct durable *d = power_durable(r->server, r->node);
	struct stat st;
	if (!d || fstat(fd, &st) < 0)
		return;
	uint64_t size = (uint64_t)st.st_size, end = r->offset + r->length;
	bool moves = r->mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE);
	if (moves || end > size)
		durable_before_resize(d, fd, moves ? 0 : end);
	if (r->mode && r->mode != FALLOC_FL_KEEP_SIZE && r->offset < size && !moves)
		durable_before_write(d, fd, r->offset, (end < size ? end : size) - r->offset);
}

void power_synced_directory(struct request *r, int fd)
{
	struct durable *d = power_durable(r->server, r->node);
	if (d)
		durable_sync_directory(d, fd);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Power: what a volume remembers so that it can fail (durable.h), the failing, and the coming back.
 *
 * While the power is off every operation on the volume fails with EIO. When it is back, files that were open before stay lost:
 * ESTALE. What is below the mount, the scratch's own directory, shows at once what is left. */
#pragma once

#include "fusefs/durable.h"
#include "fusefs/request.h"

struct volume;

/* Give a scratch volume its records, where a rule of the plan needs them, by the plan's model; or in any case by the model of this
 * name (strict, ordered). Records that are there stay, and go on by what the plan wants now. 0, -EINVAL where no model is called
 * so, or -ENOMEM (nothing has changed). */
int power_prepare(struct volume *volume, const struct plan *plan, const char *model) MUST_USE;

/* What of a volume that keeps records may not be answered by caches. */
opset power_watches(const struct volume *volume, const struct plan *plan);

/* The records to keep of a node's volume; NULL where nobody needs them now. */
struct durable *power_durable(const struct server *server, const struct node *node);

/* The errno that a request is refused with because the power is off, or was since its file was opened; 0: it is not. */
int power_refusal(const struct request *r);

/* What was just decided of a request: one behind which the power fails is served first, and no error. */
void power_settle(struct request *r);

/* Let the power fail, as the rule of a request says: instead of serving it, or behind it. Notes the strike. */
void power_fail(struct request *r);

/* Let it fail now: for whoever has no request. All that is not durable is gone. */
struct durable_report power_cut(struct volume *volume, const struct durable_how *how);

/* It is back, or was never gone. */
void power_on(struct volume *volume);

/* From now on changes are remembered: what is there is durable. */
void power_begin(struct volume *volume);

/* What is about to change, for the records. Call as the server itself, and not as the caller. */
void power_before_name(struct request *r, struct node *directory, const char *name);
void power_before_rename(struct request *r);
void power_before_attributes(struct request *r, int fd);
void power_before_open(struct request *r, int flags);
void power_before_create(struct request *r);
void power_before_fallocate(struct request *r, int fd);
void power_synced_directory(struct request *r, int fd);

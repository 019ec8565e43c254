/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Lets the power fail for clients. */
#include "fusefs/control_power.h"

#include "base/scope.h"
#include "fusefs/control_words.h"
#include "fusefs/invalidate.h"
#include "fusefs/losses.h"
#include "fusefs/power.h"
#include "fusefs/server.h"
#include "fusefs/volumes.h"

#include <errno.h>
#include <string.h>

#define SECTOR_BYTES 512 /* what a disk writes as a whole */

static const struct {
	const char *name;
	enum durable_keep keep;
} keeps[] = {{"none", DURABLE_KEEP_NONE}, {"all", DURABLE_KEEP_ALL}, {"random", DURABLE_KEEP_RANDOM}};

static int read_how(const struct control_call *call, struct durable_how *how)
{
	const char *keep = control_text(call, "keep");
	size_t i = 0;
	while (keep && i < COUNT_OF(keeps) && strcmp(keeps[i].name, keep) != 0)
		i++;
	if (i == COUNT_OF(keeps))
		return err_set(call->err, EINVAL, "'keep' takes none, all or random, not '%s'", keep);
	*how = (struct durable_how){.keep = keeps[keep ? i : 0].keep, .sector = SECTOR_BYTES};
	return 0;
}

static int find_volume(const struct control_call *call, struct volume **out)
{
	const char *name = control_text(call, "volume");
	*out = name ? volumes_find(call->server, name) : NULL;
	return name && !*out ? err_set(call->err, ENOENT, "no volume is named '%s'", name) : 0;
}

int control_cut(struct control_call *call)
{
	struct server *server = call->server;
	struct durable_how how = {0};
	struct durable_report all = {0};
	struct losses losses;
	struct volume *one;
	size_t count = 0;
	int rc = read_how(call, &how);
	rc = rc ? rc : find_volume(call, &one);
	for (size_t i = 0; !rc && i < server->volumes.count; i++) {
		struct volume *volume = server->volumes.at[i];
		if (!volume->durable || (one && volume != one))
			continue;
		losses_begin(&losses, server, volume, NULL);
		how.to = &losses.to;
		how.seed = (server->plan ? server->plan->seed : 0) + volume->outages;
		struct durable_report report = power_cut(volume, &how);
		all.names += report.names;
		all.blocks += report.blocks;
		all.failures += report.failures;
		count++;
	}
	if (!rc && !count)
		rc = err_set(call->err, EINVAL, "no records are kept of what is synced there (ordeal mount --durable strict, or a cut rule)");
	if (rc)
		return rc;
	call->change = invalidate_all(server);
	jsonw_key(call->j, "volumes"), jsonw_uint(call->j, count);
	jsonw_key(call->j, "names"), jsonw_uint(call->j, all.names);
	jsonw_key(call->j, "blocks"), jsonw_uint(call->j, all.blocks);
	jsonw_key(call->j, "failures"), jsonw_uint(call->j, all.failures);
	return 0;
}

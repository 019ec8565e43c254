/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs what a run did beside its outputs: {in} is nobody's to change, what stood in {out} and is none of the subject's stays as it
 * was, and HOME is no place for what a clean run does not put there. */
#include "base/scope.h"
#include "harness/court.h"

#include <inttypes.h>
#include <string.h>

bool court_is_bystander(const struct baseline *clean, const char *path)
{
	const struct manifest_entry *before = manifest_find(&clean->evidence.before, path);
	return before && manifest_same(before, manifest_find(&clean->evidence.outputs, path));
}

const char *court_first_unusual(const struct manifest *now, const struct manifest *usual)
{
	if (now->entries.count <= usual->entries.count)
		return NULL;
	size_t i = 0;
	while (i + 1 < now->entries.count && manifest_find(usual, now->entries.at[i].path))
		i++;
	return now->entries.at[i].path;
}

static bool harms_bystanders(struct court *c)
{
	unsigned harmed = 0;
	const struct manifest *before = &c->evidence->before;
	for (size_t i = 0; i < before->entries.count; i++) {
		const char *path = before->entries.at[i].path;
		const struct manifest_entry *now = manifest_find(&c->evidence->outputs, path);
		if (!court_is_bystander(c->clean, path) || manifest_same(&before->entries.at[i], now))
			continue;
		if (!harmed++)
			reason(c, "it %s %s, which stood in {out} before and is none of its own", now ? "changed" : "removed", path);
	}
	if (harmed > 1)
		reason(c, "... and %u more of what is none of its own", harmed - 1);
	return harmed;
}

/* Whoever always tries, as those do that open for writing first, may do so under faults too. */
static bool tries_inputs(struct court *c)
{
	const struct daemon_status *now = &c->evidence->found.server;
	if (!now->refused || c->clean->evidence.found.server.refused)
		return false;
	reason(c, "it tried to change what is not to be changed, %" PRIu64 " times: %s", now->refused, now->refused_last);
	return true;
}

static bool strays_home(struct court *c)
{
	const char *path = court_first_unusual(&c->evidence->home, &c->clean->evidence.home);
	if (path)
		reason(c, "it left %s in HOME, where a clean run does not", path);
	return path;
}

bool court_strays(struct court *c, bool dead)
{
	bool harms = harms_bystanders(c), tries = tries_inputs(c), strays = !dead && strays_home(c);
	return harms || tries || strays;
}

/* What somebody was writing when he was struck dead stands under another name. */
static bool is_bad(const struct court *c, const struct observation *observation, bool again, bool dead)
{
	bool output = !observation->path[0] || manifest_find(&c->clean->evidence.outputs, observation->path);
	return observation->kind == OBSERVED_BAD && observation->again == again && (output || !dead);
}

bool court_fails_check(struct court *c, bool again, bool dead)
{
	unsigned count = 0;
	for (size_t i = 0; i < c->evidence->observations.count; i++) {
		const struct observation *bad = &c->evidence->observations.at[i];
		if (is_bad(c, bad, again, dead) && !count++)
			reason(c, "%sits check does not pass %s%s%s", again ? "run again without faults " : "",
			       bad->path[0] ? bad->path : "its outputs", bad->said[0] ? ": " : "", bad->said);
	}
	if (count > 1)
		reason(c, "... nor %u more", count - 1);
	return count;
}

bool court_loses_memory(struct court *c)
{
	unsigned count = 0;
	for (size_t i = 0; i < c->evidence->leaks.leaks.count; i++) {
		const struct leak *leak = &c->evidence->leaks.leaks.at[i];
		SCOPED(buf_free) struct buf words = {0};
		if (leaks_find(&c->clean->evidence.leaks, leak->stack) || count++)
			continue;
		leaks_tell(leak, &words);
		reason(c, "lost memory that a clean run does not lose: %s", buf_string(&words));
	}
	if (count > 1)
		reason(c, "... and more by %u other stack%s", count - 1, count > 2 ? "s" : "");
	return count;
}

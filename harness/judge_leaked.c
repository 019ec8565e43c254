/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Weighs what the run left behind, and whether the next one makes good. */
#include "harness/court.h"

#include <inttypes.h>
#include <string.h>

/* Files struck in the middle of being read, whose descriptors an error path may forget. */
static unsigned struck_while_open(const struct evidence *e)
{
	unsigned count = 0;
	for (size_t i = 0; i < e->touches.count; i++) {
		const struct touch *touch = &e->touches.at[i];
		count += touch->costs && !touch->listing && strcmp(touch->volume, "in") == 0 && strcmp(touch->op, "read") == 0;
	}
	return count;
}

static bool leaks_handles(struct court *c)
{
	uint64_t now = c->evidence->found.server.handles_peak, usual = c->clean->evidence.found.server.handles_peak;
	unsigned struck = struck_while_open(c->evidence);
	if (struck < 2 || now < usual + struck)
		return false;
	reason(c, "%u files failed while open, and as many more were open at once (%" PRIu64 " against %" PRIu64 ")", struck,
	       now, usual);
	return true;
}

static bool spoils_the_next_run(struct court *c)
{
	const struct process_outcome *again = &c->evidence->found.runs[RUN_AGAIN];
	if (!again->started || !c->clean->repeats)
		return false;
	if (again->timed_out || again->exit_code != c->usual->exit_code) {
		reason(c, "run again without faults it %s", again->timed_out ? "hangs" : "fails: what was left behind spoils it");
		return true;
	}
	const struct manifest *golden = &c->clean->evidence.outputs;
	for (size_t i = 0; i < golden->entries.count; i++) {
		const char *path = golden->entries.at[i].path;
		if (golden->entries.at[i].type == 'd' || court_is_bystander(c->clean, path))
			continue;
		if (!court_equals_clean(c, manifest_find(&c->evidence->again, path), path, true)) {
			reason(c, "run again without faults it does not give the right %s: what was left behind spoils it", path);
			return true;
		}
	}
	return false;
}

/* Whoever was asked to end, and did so at once, may leave what the next run finds and clears away: a journal, say. */
static bool is_cleared_by_next(const struct court *c)
{
	const struct process_outcome *again = &c->evidence->found.runs[RUN_AGAIN];
	return c->run->signal && court_is_signal_of_rule(c, c->run->signal) && again->started && again->exit_code == c->usual->exit_code &&
	       !again->timed_out && !court_first_unusual(&c->evidence->again, &c->clean->evidence.outputs);
}

bool court_is_leaked(struct court *c)
{
	const struct evidence *e = c->evidence;
	const struct outcome *o = &c->outcome;
	bool failed = !court_ended_as_usual(c);
	bool dead = court_is_struck_dead(c);
	bool unfinished = dead || is_cleared_by_next(c), extra = o->extra && !unfinished;
	bool running = e->found.leftovers > c->clean->evidence.found.leftovers; /* a daemon that it always starts is its job */
	if (running)
		reason(c, "left running: %s", e->found.leftover_names);
	bool objects = !dead && e->found.objects > c->clean->evidence.found.objects;
	if (objects)
		reason(c, "left behind: %s", e->found.object_names);
	if (extra)
		reason(c, "left %u file%s that a clean run does not leave: %s", o->extra, o->extra > 1 ? "s" : "",
		       o->first_extra);
	const char *tmp = dead ? NULL : court_first_unusual(&e->tmp, &c->clean->evidence.tmp);
	if (tmp)
		reason(c, "left %s in TMPDIR", tmp);
	bool robbed = failed && c->spec->before == BEFORE_RUN && o->missing;
	if (robbed)
		reason(c, "failed, and took away what was there before: %u files, first %s", o->missing, o->first_missing);
	/* What differs after a failure is half-written, unless the subject is one that goes on with less and says so. */
	bool partial = failed && o->different && (o->unexplained || !subject_does(c->subject, "degrade"));
	if (partial)
		reason(c, "failed, and left output that is not the right one under its final name: %s", o->first_different);
	bool handles = leaks_handles(c), spoilt = spoils_the_next_run(c), strays = failed && court_strays(c, dead);
	bool bad = failed && court_fails_check(c, false, unfinished), bad_again = court_fails_check(c, true, false);
	bool lost = court_loses_memory(c);
	return running || objects || extra || tmp || robbed || partial || handles || spoilt || strays || bad || bad_again || lost;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a plan in force remembers beyond single files: which of its rules are switched on, how often each has struck, and what
 * kinds share between all the files that they touch (a line that is busy, a disk that is full).
 *
 * The plan itself stays as it was read. One thread. */
#pragma once

#include "base/attr.h"
#include "faults/lines.h"
#include "faults/mended.h"
#include "faults/plan.h"

#include <stdbool.h>
#include <stdint.h>

/* What rules may want to know of the world outside, from whoever serves. All zeroes: nothing is known. */
struct live_world {
	struct who_known who;
	void *data;
	bool (*exists)(void *data, const char *path); /* is a trigger file there? */
};

struct live_rule {
	bool on;
	uint64_t hits;	       /* requests struck since arming */
	int64_t first_hit_ns;  /* since arming; INT64_MAX: none yet */
	uint64_t cuts;	       /* requests cut short before its place: what it does comes with the next one, if there is one */
	uint64_t fired;	       /* requests that it was to strike; of some no byte may have changed, so they are no hits */
	uint64_t fired_in_stretch; /* since the last beginning of a stretch of when.per_ns */
	int64_t fired_at_ns;   /* the last one */
	int64_t followed_at_ns; /* when the rule that this one waits for had struck often enough; INT64_MAX: it has not */
	uint64_t moved;	       /* bytes, of its requests on all files; only where it goes by them */
	int64_t free_at_ns[LINE_WAYS]; /* its lines (lines.h), since arming; 0: nothing has used it */
	uint64_t head;	       /* a disk: where its head stands */
	struct {
		double bytes;  /* in its cache at that time */
		int64_t at_ns;
	} dirty;
	uint64_t bytes;	       /* a link: carried since its last reset */
	int64_t reset_ns;      /* a link: when that was; INT64_MIN: never */
	struct {
		int64_t seen_ns, ended_ns; /* last request struck by any, last end by hand; INT64_MIN: none */
		int64_t healed_ns;	   /* what began until then is over; INT64_MIN: nothing is */
	} out;
};

struct live {
	const struct plan *plan;
	struct live_rule *rules; /* by rule->index */
	bool *groups;		 /* on or off, by index of the group */
	struct live_world world; /* set by the owner */
	struct lines lines;	 /* of rules that have several */
	struct mended mended;	 /* places that rules with `heal` strike no more */
};

/* The state that a plan starts from: groups as it says, nothing struck. 0 or -ENOMEM. live_fini() in any case. */
int live_init(struct live *live, const struct plan *plan) MUST_USE;
void live_fini(struct live *live);

/* Take over what a former plan's rules remember of those that this plan has left alone (by their serial numbers), and which groups
 * are on or off, by their names. What is shared between files goes over too: the former one has it no more. */
void live_take_over(struct live *live, struct live *former);

/* Forget what has struck. What is switched on or off stays so. */
void live_reset(struct live *live);

/* Is the rule in force, by itself and by its group? NULL for live: every rule is. */
bool live_is_on(const struct live *live, const struct rule *rule);

/* Switch a rule, a group, or ("*") all rules by name. Returns how many rules it concerns; 0: nothing has that name. */
size_t live_switch(struct live *live, const char *name, bool on);

/* A program has written bytes [site->offset, end) of a file: the sectors of the rule's that it has written as a whole are healed.
 * Returns whether any of them is. */
bool live_mend(struct live *live, const struct rule *rule, const struct site *site, uint64_t end);

/* The rule is to strike a request. */
void live_fired(struct live *live, const struct rule *rule, int64_t now_ns);

/* The rule has cut a request short, so that what it does comes with the next one. Nobody has met it yet: that is no hit, and those that
 * wait for the rule go on waiting. */
void live_count_cut(struct live *live, const struct rule *rule);

/* The rule has struck a request. Those that wait for it may strike from now on. */
void live_count(struct live *live, const struct rule *rule, int64_t now_ns);

/* ---- outages (faults/outage.h). Times since arming. ---- */

/* End outages of the rule or group of this name, or ("*") of all. The next window comes as ever. Returns how many rules it concerns; 0:
 * nothing of this name has outages. Then whoever serves must look again at what waits: live_holds(). */
size_t live_heal(struct live *live, const char *name, int64_t now_ns);

/* Is there an outage of the rule? Fills in since when and until when (INT64_MAX: nobody knows). For whoever only looks. */
bool live_outage(const struct live *live, const struct rule *rule, const struct outage *outage, int64_t now_ns, struct span *out);

/* Would there be one, had it not been ended by hand? Fills in when the next one comes by itself (INT64_MAX: when the rule is switched on
 * again, or begins anew). */
bool live_is_healed(const struct live *live, const struct rule *rule, int64_t now_ns, int64_t *next_ns);

/* The same as live_outage() of a request, which shows that there is one. */
bool live_is_out(struct live *live, const struct rule *rule, const struct outage *outage, int64_t now_ns, struct span *out);

/* When an outage of the rule was last known to be on, other than by the plan's windows; INT64_MIN: none was. */
int64_t live_last_outage_ns(const struct live *live, const struct rule *rule);

/* Does the rule still have a reason to make a request wait, one that waits for the end of its outage (by_outage) or for something
 * else? */
bool live_holds(struct live *live, const struct rule *rule, bool by_outage, int64_t now_ns);

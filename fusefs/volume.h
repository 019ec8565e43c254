/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A volume: a corpus or a scratch directory, with the rules that concern it. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "corpora/corpus.h"
#include "faults/plan.h"
#include "fusefs/features.h"
#include "fusefs/listing.h"
#include "fusefs/node.h"
#include "fusefs/retain.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct volume {
	char *name;
	char *source;
	struct corpus *corpus; /* NULL: a scratch volume */
	int root_fd;	       /* scratch: the backing directory; -1 otherwise */
	bool layered;	       /* that is a copy-on-write view: over.h */
	int keep_fd;	       /* of such a view: over.h; -1 otherwise */
	struct node *root;
	uint32_t nodes;	 /* the root and all else that is of it */
	bool dropped;	 /* answers ESTALE from now on, and goes when its last node does */
	uint64_t operations; /* requests that were made on it */
	uint64_t ino_mark; /* beside other volumes: what its inode numbers are told apart by (attributes_ino()) */

	enum caching caching; /* of the whole mount */

	/* Rises when paths or rules change, so that what nodes have cached of either is found out to be old. From 1. */
	uint64_t generation;

	/* What the kernel may cache depends on what rules can touch. In a corpus, on those that match the path; in a scratch,
	 * where a rename can bring any file under any rule, on all of them: their operations. */
	opset scratch_ops;
	opset ops; /* of all rules, in any volume */

	bool names_are_brief; /* the kernel is to remember no name for longer than REMEMBER_CHANGING_S (invalidate.h) */

	const struct plan *plan; /* NULL: none, or none of its rules can concern this volume */
	struct {
		struct bound_path {
			char *path;
			uint64_t hash;
			struct bound *bound;
			struct kept_tally {
				uint64_t serial; /* of the rule */
				struct tally tally;
			} *kept; /* from the plan before, where the path was not bound anew yet */
			uint32_t kept_count;
			bool old; /* to be bound anew */
		} *at;
		uint32_t count, room;
	} bindings; /* open addressing; only paths that a rule can touch, or could */
	char unbound[PATH_MAX]; /* the path that was found last to be touched by none; "": not known */

	/* Scratch of a server that acts as its callers, who are many: whether a name may be looked up depends on who does, so that
	 * the kernel must ask each time. */
	bool shared;

	/* Scratch with a space or statfs rule: what the volume holds beyond what it held at first. */
	bool counted;
	uint64_t used_bytes, used_files;

	/* Scratch whose power can fail (power.h). */
	struct durable *durable; /* what of it is synced; NULL: nobody asks */
	bool power_off;
	uint32_t outages; /* so far */
	struct listings listings;
	struct retain retain;

	/* Damage at rest, and whether the journal has it already. */
	struct corpus_damaged damaged;
	bool *noted;
};

/* Open a volume from NAME=SOURCE. */
int volume_open(const char *text, const struct plan *plan, const char *model, struct volume **out, struct err *err) MUST_USE;
void volume_close(struct volume *volume);

/* The rules that can touch a path, with their tallies; NULL where there are none. Borrowed until volume_rearm(). */
struct bound *volume_bound(struct volume *volume, const char *path);

/* The same for a node, cached in it. Of several names: the rules of all (joint.h). */
struct bound *volume_node_bound(struct node *node);

/* The path that a request on a node is told by: of the first of its names that a rule on the operation matches. Caller frees; NULL
 * when memory is out. */
char *volume_path_for(struct node *node, enum op op);

/* Operations that some rule may want to see of this node, so that no cache may answer them. */
opset volume_watched_ops(struct node *node);

/* The same for a path without a node. */
opset volume_watched_path(struct volume *volume, const char *path);

/* Put another plan (NULL: none) in the place of the one that there was. What has been counted for rules that are the same in both
 * (rule->serial) stays. */
void volume_take_plan(struct volume *volume, const struct plan *plan);

/* Forget all tallies. */
void volume_rearm(struct volume *volume);

/* Index of the damage that stands under this path and was not noted before, or -1. Notes it. */
int volume_note_damage(struct volume *volume, const char *path);

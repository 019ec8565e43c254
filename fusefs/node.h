/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The files that the kernel knows: inode table and open handles.
 *
 * The kernel names files and handles by numbers that we gave it. They are indices into tables, checked at every use, so
 * that no number of a broken or hostile client can lead astray. All of it belongs to the one dispatcher thread. */
#pragma once

#include "base/attr.h"
#include "corpora/corpus.h"
#include "faults/plan.h"
#include "fusefs/joint.h"
#include "fusefs/listing.h"
#include "fusefs/locks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

struct volume;

/* A place in the tree. */
struct node_name {
	struct node *parent; /* used once by it */
	char *name;
};

struct node {
	uint32_t id;		/* the kernel's number; 1 is the root of the mount */
	uint32_t generation;	/* tells it from those that had the number before */
	struct volume *volume;	/* NULL: the root of a mount of several volumes */
	struct node *parent;	/* NULL: a volume's root. Held by `uses` of the parent. */
	char *name;		/* in the parent; NULL for roots */
	uint64_t lookups;	/* the kernel's references */
	uint64_t entered;	/* it has an entry of the name: revalidate.h */
	uint32_t uses;		/* ours: children, parked requests, open handles */
	uint32_t opens;		/* the handles among them */
	bool stale;		/* answers ESTALE; who looks its name up gets another node */
	bool replaced;		/* corpus: another file has come to its place, and has another node; this one is for who has it open */
	struct node *next;	/* in its hash chain */
	uint64_t hash;

	VEC(struct node_name) others; /* scratch: further names of the file (hard links), as far as they were looked up */

	char *path;		    /* by the first name; cached; see node_path() */
	uint64_t path_generation;   /* of the volume when it was cached */
	struct bound *bound;	    /* rules that can touch it; borrowed from the volume or `joint`; NULL: none */
	struct joint joint;	    /* where it has several names: the rules of all */
	uint64_t bound_generation;  /* of the volume when it was looked up; 0: never */

	/* While it is looked for what a change concerns (invalidate_find.h): the operations, and the job they were noted for. */
	opset concerned;
	uint64_t concerned_by;
	bool unreached; /* counted as open and not reached by that job */
	bool distrusted; /* the kernel's bytes of it may be from under other rules: they are dropped at the next open */
	bool stored; /* put into the page cache once: caching.c */

	/* The file as it was when the kernel last cached its bytes, for volumes that others may change too. */
	struct timespec seen_mtime, seen_ctime;
	dev_t seen_dev;
	ino_t seen_ino;
	off_t seen_size;

	struct locks *locks; /* one table of each kind (waits.h); NULL: never locked */
	int32_t backing_id; /* registered with the kernel while it is open: passthrough.h; 0: not */

	/* Corpora that others may change: the file that was found at its place. */
	uint64_t found_ino;
	mode_t found_type; /* 0: none was looked for */

	/* Scratch only. */
	dev_t dev; /* of a corpus: the file behind backing_id */
	ino_t ino;
	int fd;			    /* O_PATH, or -1: reopened by name when needed */
	bool pinned;		    /* its name is gone: the descriptor is all we have */
	struct node *newer, *older; /* among the nodes with a descriptor */
};

struct handle {
	uint32_t id;
	struct node *node;
	int64_t opened_ns; /* CLOCK_MONOTONIC, of the plan's clock: see handles_shift() */
	bool accessed;	   /* read or written by a request that rules were asked about */
	int fd;		   /* scratch: the backing file */
	struct corpus_file *file;
	struct listing *listing;   /* directories: what they held when opened, or last listed from the start */
	bool passthrough;	   /* the kernel reads and writes below us; see passthrough.h */
	bool silent_flush;	   /* the kernel does not tell of its closing */
	uint64_t sync_seen;	   /* scratch: failed syncs that its owner knows of (durable_error_since()) */
	uint32_t outages;	   /* of the volume when it was opened */
	bool listed;		   /* ... and went on from there: the next start is a new one */
};

struct nodes {
	struct node **table; /* by id; NULL: free */
	uint32_t room, used; /* slots, slots ever used */
	VEC(uint32_t) free_ids;
	uint32_t freed; /* numbers, ever */
	struct node **chains; /* hash table */
	uint32_t chains_count, count;

	struct handle **handles;
	uint32_t handles_room, handles_used, handles_open, handles_peak;
	VEC(uint32_t) free_handles;
};

void nodes_fini(struct nodes *nodes);

/* The node of a number, or NULL. */
struct node *nodes_get(struct nodes *nodes, uint64_t id);

/* A new node with no lookups. Takes a copy of name. NULL when memory is out. */
struct node *nodes_add(struct nodes *nodes, struct volume *volume, struct node *parent, const char *name, uint64_t hash);

/* The node of this hash for which `same` is true, and that is not stale nor replaced; or NULL. */
struct node *nodes_find(struct nodes *nodes, uint64_t hash, bool (*same)(const struct node *, const void *), const void *key);

/* Make all nodes stale but the roots of volumes. Returns how many. */
size_t nodes_make_stale(struct nodes *nodes);

/* Take a node out that nothing refers to, and free it. Its parent is used once less. */
void nodes_remove(struct nodes *nodes, struct node *node);

/* Is this one of the node's names? */
bool node_has_name(const struct node *node, const struct node *parent, const char *name);

/* Give the node one more name. Returns 0 or -ENOMEM. */
int nodes_add_name(struct node *node, struct node *parent, const char *name) MUST_USE;

/* Take a name from the node. One of the others becomes its first, if it was that; the last one stays what it is called by.
 * Returns whether the node has a name left. Other than nodes_remove() this leaves it to the caller to release the parent. */
bool nodes_drop_name(struct node *node, const struct node *parent, const char *name);

/* One of the node's names, or its first if it is none of them, has become another one. Returns 0 or -ENOMEM (then nothing
 * changed). */
int nodes_move(struct node *node, const struct node *from, const char *old, struct node *to, const char *name) MUST_USE;

/* Path below the volume, "." for its root. Borrowed until the next change of the tree; NULL when memory is out. */
const char *node_path(struct node *node);

/* Path of a name in a directory. Caller frees; NULL when memory is out. */
char *node_child_path(struct node *directory, const char *name);

/* The descriptor that a file's bytes come from, or -1: they are made, or in an archive. */
int handle_fd(const struct handle *handle);

/* Read from an open file: the number of bytes, or a negative errno. */
ssize_t handle_read(struct handle *handle, char *bytes, size_t length, uint64_t offset);

/* Are the bytes of that descriptor what is served, with no damage at rest laid over them? */
bool handle_is_whole(const struct handle *handle);

/* Open handles. */
struct handle *handles_of(struct nodes *nodes, const struct node *node); /* any one of the node's, or NULL; looks through all */
struct handle *handles_add(struct nodes *nodes, struct node *node);
struct handle *handles_get(struct nodes *nodes, uint64_t id, const struct node *node);
/* The plan's clock stood still from then on for so long: what was opened before is as old by it as it was. */
void handles_shift(struct nodes *nodes, int64_t since_ns, int64_t by_ns);
void handles_drop(struct nodes *nodes, struct handle *handle); /* closes what it holds; the caller releases the node */

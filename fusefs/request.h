/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One request of the kernel on its way: decided upon, perhaps parked, then served or failed.
 *
 * An operation fills a struct request on its stack and calls request_run(). Where no rule is concerned that calls `serve`
 * at once. Where a delay or hang is due, request and arguments are copied to the heap and parked; `serve` is then called
 * later, from the loop, or never. So `serve` gets all it needs from the request, and must send exactly one reply. */
#pragma once

#include "faults/site.h"
#include "faults/verdict.h"
#include "fusefs/fuse.h"
#include "fusefs/server.h"

struct request {
	struct server *server;
	fuse_req_t req; /* NULL: answered already, and what is left to do is ours */
	enum op op;
	void (*serve)(struct request *request);

	struct node *node;   /* what the kernel names: the file, or the directory of `name` */
	const char *name;    /* NULL where the operation is on the node itself */
	struct node *about;  /* a volume's root that is looked up in the mount: the rules of its "." count; else NULL */
	struct node *node2;  /* rename, link: the new directory */
	const char *name2;   /* rename, link: the new name; symlink: what it points to */
	const void *data;    /* write, setxattr: the bytes */
	size_t size;	     /* of data, or wanted */
	uint64_t offset;
	uint64_t length;     /* fallocate */
	int64_t mode;	     /* mode, rename flags, whence, datasync ... of the operation */
	struct fuse_file_info file;
	struct stat attributes; /* setattr, and what of it to set */
	int to_set;
	dev_t rdev;
	struct lock lock; /* getlk, setlk, flock, unlock */
	bool waits;	  /* ... for a lock that is not free */

	/* The decision. */
	bool answered; /* before what its rule does: a cut of the power behind it */
	int32_t result; /* then: what it was answered (observe_result()) */
	struct site site;
	struct verdict verdict;
	char *path; /* owned; what site.path points to */

	/* What is noted of it: observe.h. */
	struct {
		int64_t came_ns, resumed_ns; /* resumed: 0 unless it was parked */
		uint32_t path, path2, pid;   /* for the trace */
	} seen;

	/* While parked. */
	struct edition *edition; /* that the verdict's rules are of; NULL: the one in force (rulebook.h) */
	int64_t due_ns;
	int64_t served_at_ns; /* when the delay ends */
	size_t park_index;
	bool interrupted;
};

/* Decide on the request and start it. */
void request_run(struct request *request);

/* Decide only: fills the verdict, counts and notes what strikes. The caller frees request->path. */
void request_decide(struct request *request);

/* Go on with a parked request that is due. Frees it. */
void request_resume(struct request *request);

/* A rule has struck the request: count it and write it down. `changed` as in journal_strike(). */
void request_strike(struct request *request, const struct rule *rule, uint64_t changed);

/* The request's caller is told these things of a file (bits of enum pretend) that are not so: count and write down the rules whose
 * doing it is. Before the answer. */
void request_pretended(struct request *request, unsigned told);

/* Change bytes that were read, from request->site.offset on, as the verdict says. Returns how many are different now. */
uint64_t request_alter(struct request *request, char *bytes, uint64_t length);

/* Let go of a parked request: served as if nothing had held it (`heal`), or failed with ECONNABORTED. Frees it. */
void request_release(struct request *request, bool heal);

/* Rules were switched off, or an outage has ended: let go of all that waits for nothing else. Each goes on as its verdict says
 * without the wait. They are served by the loop, and not in here. */
void request_reconsider(struct server *server);

/* The same, failed with this errno. */
void request_fail(struct request *request, int error);


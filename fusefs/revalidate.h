/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The kernel's second question.
 *
 * A name that the kernel has from us it asks for again when the time for which it may remember it is over. An error there reaches
 * nobody, unless it is ENOMEM or EINTR: the kernel takes its entry for out of date, drops it, and looks the name up once more in the
 * same system call (fuse_dentry_revalidate() in fs/fuse/dir.c; lookup_fast(), lookup_dcache() and lookup_open() in fs/namei.c). A rule
 * that strikes once would strike no program. So what has failed such a question fails the second one alike. That is no request of the
 * program's: no rule is asked, nothing is counted, traced or written down.
 *
 * It is known by this: it comes from the same thread, as its next request, for the same name, and the kernel had an entry of that
 * name. Whether it had is remembered by node; memory pressure may have taken it away unnoticed. Then a program's own second try, if it
 * is its thread's very next request, fails once more than the rule says. One thread. */
#pragma once

#include "base/vec.h"
#include "fusefs/fuse.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct node;
struct request;
struct server;

struct second_question {
	pid_t thread;
	uint64_t directory; /* number of its node */
	char *name;
	int error;
};

struct revalidations {
	VEC(struct second_question) expected; /* at most REVALIDATIONS_MAX, one of a thread */
	uint64_t epoch; /* the kernel has dropped all its names so often */
};

/* The kernel is given a reference to the node, and has an entry of its name from now on. */
void revalidate_know(struct server *server, struct node *node);

/* All names of the mount are dropped. */
void revalidate_drop_all(struct server *server);

/* This lookup is about to be failed by a rule. */
void revalidate_failed(struct request *request, int error);

/* Answer a lookup that is a second question. False: it is none. */
bool revalidate_answer(fuse_req_t req, fuse_ino_t directory, const char *name);

/* A request has come: its thread has no second question to ask any more. */
void revalidate_over(struct server *server, pid_t thread);

void revalidate_fini(struct revalidations *revalidations);

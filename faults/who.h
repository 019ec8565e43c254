/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which processes a rule is for: by name, number, user, group.
 *
 * The kernel says with each request which thread made it, as what user and group (fuse_fill_creds() in fs/fuse/dev.c; those
 * of the filesystem, setfsuid(2)). Programs think of processes: so `pid` and `comm` are those of the process that the thread
 * belongs to, also where the thread has a name of its own (pthread_setname_np(3)). A process that the server cannot see (another
 * pid namespace) has a user and a group and nothing else. Of what the kernel does by itself it names nobody: release,
 * releasedir, and the writing back of shared mappings. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/vec.h"
#include "base/yaml.h"
#include "faults/site.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a name that the kernel keeps, the NUL included (TASK_COMM_LEN in include/linux/sched.h). */
#define COMM_SIZE 16
/* Values of one condition. */
#define WHO_VALUES_MAX 1000


/* A VEC of them (base/vec.h). */
struct who_numbers {
	uint32_t *at;
	size_t count, room;
};

/* Each list that is not empty is a condition. */
struct who {
	VEC(char *) comms; /* patterns of * and ? */
	struct who_numbers pids, uids, gids;
};

/* Who the threads of /proc are. Each answers a thread's number; both may be NULL: nothing is known. */
struct who_known {
	void *data;
	const char *(*comm)(void *data, int32_t thread);   /* of its process, borrowed until the next call; NULL: not known */
	int32_t (*process)(void *data, int32_t thread);	   /* 0: not known */
};

/* Is the caller one of each list that is not empty? Where a thing asked for is not known, it is not. */
bool who_is(const struct who *who, const struct site *site, const struct who_known *known);

/* Is the caller known to be none of any list? NULL for who: nobody is excepted. */
bool who_is_not(const struct who *who, const struct site *site, const struct who_known *known);

/* Does `not` leave nobody of those whom `who` admits? */
bool who_excludes(const struct who *not, const struct who *who);

/* Fields for a mapping that is read into a struct who *, which the readers make when the first of them is there. */
yaml_reader who_comm_yaml, who_pid_yaml, who_uid_yaml, who_gid_yaml;
void who_free(struct who *who);

/* "; by programs named vips*; by user 0", `by` being "by" or "not by". */
void who_explain(const struct who *who, const char *by, struct buf *out);

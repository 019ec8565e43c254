/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What triggers ask of the world outside the mount: what a process is called, and whether a trigger file is there.
 *
 * Answers are as of now: nothing is remembered that could be out of date. Names of threads are read from descriptors of
 * /proc that are kept open: such a descriptor belongs to one process for ever and answers ESRCH once it is gone, so that a number
 * that is given anew cannot lead astray, and what the process is called after execve(2) is seen. A trigger file is looked for in
 * its folder by a descriptor that was opened before the mount, so that no path leads back into it. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "base/vec.h"
#include "faults/live.h"

#include <stdint.h>

#define OUTSIDE_THREADS 64 /* whose descriptors are kept */
#define OUTSIDE_FOLDERS_MAX 64

struct outside {
	struct outside_thread {
		int32_t thread, process; /* 0: free */
		int thread_fd;		 /* /proc/THREAD/comm */
		int process_fd;		 /* /proc/PROCESS/comm; -1 where that is the same */
	} threads[OUTSIDE_THREADS];
	char comm[COMM_SIZE];
	VEC(struct outside_folder {
		char *path; /* as the plan has it */
		int fd;
	}) folders;
};

/* Open the folders of all trigger files of a plan. They must be there, and not in the place that will be mounted on (NULL: somebody
 * else has made sure of that). Where rules go by processes, /proc must show them. Once more for each plan that takes the place of
 * another. */
int outside_prepare(struct outside *outside, const struct plan *plan, const char *mountpoint, struct err *err) MUST_USE;
void outside_fini(struct outside *outside);

/* What the process of a thread is called; NULL where it is gone, or out of sight. Borrowed until the next question. */
const char *outside_comm(struct outside *outside, int32_t thread);

/* How the plan in force may ask. `outside` must stay where it is. */
struct live_world outside_world(struct outside *outside);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Runs one command under a deadline, and finds what it leaves running.
 *
 * Used inside a box, by a process that reaps all orphans (init of a pid namespace, or a subreaper) and has SIGCHLD and
 * SIGTERM blocked. One thread. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "harness/autopsy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes kept of each of stdout and stderr; the rest is read and thrown away. */
#define PROCESS_OUTPUT_MAX (8u << 20)

/* Somebody who has to do something while the command waits for it. */
struct process_attendant {
	int fd; /* readable: it is time */
	void (*begun)(void *context, int stdout_fd, int stderr_fd); /* ends of its pipes; before it starts */
	void (*attend)(void *context); /* what it has said until then is in the files. The deadline moves by what this takes */
	void *context;
};

struct process_request {
	char *const *argv, *const *env;
	const char *cwd;
	int stdout_fd, stderr_fd; /* files that take the output */
	int64_t deadline_ns;	  /* from the start */
	int cancel_fd;		  /* readable: end at once */
	/* Called when signals have not ended the command: must free it from whatever it hangs on. May be NULL. */
	void (*abort)(void *context);
	void *abort_context;
	const struct process_attendant *attendant; /* NULL: none */
	bool autopsy; /* trace it from the start, to learn what it dies of: same behaviour, but slower where it makes processes */
};

struct process_outcome {
	bool started;
	int exec_error; /* errno of a program that could not be executed */
	int exit_code;	/* -1: ended by a signal */
	int signal;	/* 0: ended by itself */
	bool timed_out; /* the signal, or the end, is our doing */
	bool cancelled;
	bool aborted; /* even SIGKILL needed abort() */
	int64_t wall_ns, user_ns, system_ns;
	uint64_t max_rss_kib;
	uint64_t inherited_rss_kib; /* up to here that may be ours: who forks begins with our pages (exec_mmap() in the kernel's fs/exec.c) */
	uint64_t stdout_bytes, stdout_digest; /* of all that it printed; XXH3, 64 bits */
	char stuck[512]; /* when it timed out: what it was doing */
	/* ... and the stack and place in the kernel of its first thread, or where that only waits for a child, the child's. */
	struct code_stack stuck_stack;
	char stuck_place[64], stuck_why_not[64]; /* why there is no stack: "" for no reason */
	bool prepared; /* when it ended it had a handler for a signal that programs crash by (autopsy.h): that may hide a crash */
	struct autopsy autopsy; /* where it was asked for */
};

/* 0, or a negative errno where no process can be made. */
int process_run(const struct process_request *request, struct process_outcome *outcome, struct err *err) MUST_USE;

/* Wait a short while (100 ms) for descendants to end, then list those that are left, except `spared` and its own
 * descendants (0: nobody), as "name (pid 12)" separated by commas, and kill them. Returns how many there were. */
unsigned process_leftovers(pid_t spared, char *text, size_t size);

/* Reap whatever has ended. */
void process_reap(void);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A captive run: mounts, runs one command, unmounts.
 *
 * Between us and the command stands a keeper, a process that starts the filesystem and the command and takes in all that the
 * command leaves behind: whoever of the three is killed, the others see it and end. With `private` the keeper is the first process
 * of namespaces of its own: nobody else sees the mount, and the kernel itself ends everything with the keeper.
 *
 * The command stays in our process group, so what the terminal sends (Ctrl-C, Ctrl-Z) reaches it as if we were not there. A signal
 * that is sent to us alone is handed on to it, and then it has CAPTIVE_GRACE_S to end. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "harness/daemon.h"
#include "harness/strikes.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After SIGTERM, SIGINT, SIGHUP or SIGQUIT the command has so many seconds, then it is killed. */
#define CAPTIVE_GRACE_S 5

struct captive_request {
	struct daemon_request mount; /* how, tied, before_exec and context are ours to fill where the run needs them */
	char *const *command;	     /* {mnt} in its words stands for the mount point, which is in ORDEAL_MOUNT too */
	bool private;
};

/* What came of it. Written by the keeper, read when it has ended, however it did. */
struct captive_outcome {
	bool started; /* the mount answers, and the command was about to run */
	bool ended;   /* the command has ended, and all the rest is over */
	int failed;   /* before it started: an exit status (exits.h), with a reason in `trouble`; 0: nothing did */
	char trouble[1200];
	int exec_error;	      /* errno of a command that cannot be executed */
	int exit_code;	      /* -1: ended by a signal */
	int signal;	      /* 0: ended by itself */
	int interrupted;      /* the first signal that we were sent; 0: none */
	bool server_lost;     /* the filesystem ended before we had it ended */
	bool strikes_lost;    /* it does not say which rules struck, or we had no memory for it: see `trouble` */
	unsigned leftovers;   /* processes that the command left, and that were killed */
	char leftover_names[256];
	int strikes_fd;		      /* what rules have struck by its end: captive_strikes() */
};

/* Run it to its end. Returns the outcome, or NULL where there are not even the means to try. To be freed by
 * captive_free(). */
struct captive_outcome *captive_run(const struct captive_request *request, struct err *err) MUST_USE;
void captive_free(struct captive_outcome *outcome);

/* What rules have struck, of a run that has ended. strikes_free() in any case. Returns 0 or a negative errno. */
int captive_strikes(const struct captive_outcome *outcome, struct strikes *strikes) MUST_USE;

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Where cases are played: a world with a filesystem in it, one case after the other. In a box's process; one thread.
 *
 * Each case gets volumes of its own, so that neither the server nor the kernel knows a file of it, an empty TMPDIR and HOME, and a plan
 * that begins with it. The server stays, and with it the world: that is what a case of many need not pay for. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/schedule.h"
#include "harness/box.h"
#include "harness/daemon.h"

#include <stdbool.h>

struct stage {
	const struct box_request *q; /* the case that is played */
	struct box *box;
	struct box_findings *found;
	struct world *world;
	struct daemon daemon;
	char *shim, *page_env, *tmp;
	char *lsan; /* the library that looks for lost memory; NULL: nobody asks */
	struct daemon_status began; /* what the server had counted when the case began */
	struct forks *forks; /* NULL: none */
	int cancel_fd;
	struct err err;
};

/* In the box's process: blocks the signals that it must not die of, and has SIGTERM cancel what runs. */
void stage_init(struct stage *stage, struct box *box);

/* Make the world and start the server; then play the case. What came of it is in the box's findings. */
void stage_open(struct stage *stage, const struct box_request *q);

/* Play one more. Only after a true stage_clear(). */
void stage_play(struct stage *stage, const struct box_request *q);

/* Take away what the case has left. False where not all of it would go, or the server is gone: then nothing more can be played here. */
bool stage_clear(struct stage *stage);

/* The end of server and world. */
void stage_close(struct stage *stage);

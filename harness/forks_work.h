/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Between forks.c, which begins and ends, and forks_copy.c, which sees one copy to its end. */
#pragma once

#include "harness/box.h"
#include "harness/forks.h"
#include "harness/forks_view.h"
#include "harness/process.h"

struct forks {
	struct stage *s;
	const struct forks_points *points;
	struct alloc_page *page;
	struct forks_view view;
	struct box found; /* of the copy */
	uint64_t kept[2]; /* bytes in its streams */
	int bell, fifos[2];
	struct process_attendant attendant;
	struct buf lines;
	uint32_t tried, doubtful;
	bool broken;	  /* the world is not as it was: nothing of this counts */
};

/* The copy that the page names (of points->list[index]) runs to its end, is looked at and weighed. What became of that. */
enum alloc_fork_state forks_play(struct forks *f, uint32_t index);

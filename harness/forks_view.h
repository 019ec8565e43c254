/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What copies see of the directories that a program may change: each the program's own, and over it a layer of the copy's. */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/page.h"
#include "harness/world.h"

#include <stdbool.h>

struct forks_view {
	const struct world *world;
	struct alloc_fork_place places[ALLOC_FORK_PLACES]; /* {out}, TMPDIR, HOME. Not those of the page, which the program may write to */
};

/* Make the layers, and say in the page where they are. 0 or a negative errno. */
int forks_view_begin(struct forks_view *view, const struct world *world, struct alloc_fork *fork) MUST_USE;

/* The manifest of a place as the copy has left it, while the program still waits. */
int forks_view_list(const struct forks_view *view, uint32_t place, int fd, struct err *err) MUST_USE;

/* Take away what the copy has left. False where it will not go. */
bool forks_view_renew(const struct forks_view *view) MUST_USE;

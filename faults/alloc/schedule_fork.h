/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The harness's side of forks at the point (page.h). */
#pragma once

#include "base/attr.h"
#include "base/err.h"
#include "faults/alloc/page.h"

struct schedule_outcome;

/* Map a page that schedule_make() has made. The caller closes it. */
int schedule_fork_open(const char *path, struct alloc_page **out, struct err *err) MUST_USE;
void schedule_fork_close(struct alloc_page *page);

/* What the copy at the point in question has left, as a page of its own would have it. */
void schedule_fork_outcome(const struct alloc_page *page, struct schedule_outcome *out);

/* Why a point was not done, in words that follow a number. */
const char *schedule_fork_about(enum alloc_fork_state state);

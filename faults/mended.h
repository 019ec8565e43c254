/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What has been healed of the places that a rule with `heal` strikes: for each rule and file the bytes that it strikes no more.
 * Bounded: what does not fit stays bad. One thread. */
#pragma once

#include "base/attr.h"
#include "base/units.h"
#include "base/vec.h"

#include <stdbool.h>
#include <stdint.h>

/* Files with healed places, and separate places in one of them. */
#define MENDED_FILES_MAX 1024
#define MENDED_RUNS_MAX 4096

struct mended_file {
	uint64_t file;	      /* site.file */
	uint32_t rule;	      /* its index */
	VEC(struct range) runs; /* in order, apart from one another */
};

struct mended {
	VEC(struct mended_file) files;
};

void mended_clear(struct mended *mended);

/* Forget one of the files, by its place in `files`. */
void mended_drop(struct mended *mended, size_t index);

/* These bytes are healed. Returns whether they were kept in mind: 0, -ENOSPC at the bound, -ENOMEM. */
int mended_add(struct mended *mended, uint64_t file, uint32_t rule, struct range run) MUST_USE;

/* The first part of `place` that is not healed; an empty range where all of it is. */
struct range mended_gap(const struct mended *mended, uint64_t file, uint32_t rule, struct range place);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* One process as two runs had it, and what of its allocations is the same in both.
 *
 * Where one thread alone allocates and does the same twice, an allocation's number is a name for it. Else its stack is, and the
 * how-maniest of that stack it is: threads may take turns as they like, each comes by the same places. */
#pragma once

#include "base/attr.h"
#include "faults/alloc/schedule.h"

struct alloc_pair {
	const struct alloc_map_image *one, *other; /* either may be NULL: only one run had the process */
	bool steady; /* numbers name allocations */
	const struct alloc_map_stack **sorted; /* those of the other, by hash */
};

/* Its image among the other run's: the same program's of the same number, or NULL. */
const struct alloc_map_image *alloc_pair_find(const struct alloc_map *map, const struct alloc_map_image *image);

/* -ENOMEM. Borrows the images. */
int alloc_pair_make(const struct alloc_map_image *one, const struct alloc_map_image *other, struct alloc_pair *out) MUST_USE;
void alloc_pair_free(struct alloc_pair *pair);

/* How many allocations the other run had of that stack. */
uint64_t alloc_pair_count(const struct alloc_pair *pair, uint64_t hash);

/* Has the allocation of that number this stack in the other run, too? */
bool alloc_pair_agrees(const struct alloc_pair *pair, uint64_t ordinal, uint64_t hash);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the few rules of many whose pattern may match a path, without trying each pattern.
 *
 * Each alternative of a pattern gives one text that every path it matches must have: the whole path, the last name or its beginning or
 * end, or the first directory; of several the one that the fewest patterns share. A path is looked up by its own such texts. What is
 * found may still not match; what is not found cannot. Immutable: any thread. */
#pragma once

#include "base/attr.h"
#include "base/glob.h"

#include <stddef.h>
#include <stdint.h>

struct rule_index;

/* Index patterns by their place in the array; NULL stands for every path. NULL when memory is out. Free with rule_index_free(). */
struct rule_index *rule_index_new(const struct glob *const *patterns, size_t count) MUST_USE;
void rule_index_free(struct rule_index *index);

/* The numbers of all patterns that may match, rising, each once. Returns how many; more than RULE_INDEX_FOUND_MAX means that there are too
 * many: all are to be tried. */
#define RULE_INDEX_FOUND_MAX 256
size_t rule_index_find(const struct rule_index *index, const char *path, uint32_t found[RULE_INDEX_FOUND_MAX]);

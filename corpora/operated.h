/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Remembers the edits of files that damage edits: to find them takes reading the file, and sizes are asked for often. For this folder
 * only. Bounded: a table where a newer path takes the place of an older one. Any thread. */
#pragma once

#include "corpora/corpus.h"
#include "corpora/damage.h"

struct operated;

/* NULL when memory is out. */
struct operated *operated_new(void);
void operated_free(struct operated *operated); /* NULL is fine */

/* Is it known of this file, as its source describes it now? Then *wound has its patch (a user more), or no rule. */
bool operated_get(struct operated *operated, const char *path, const struct corpus_stat *whole, struct wound *wound);
void operated_put(struct operated *operated, const char *path, const struct corpus_stat *whole, const struct wound *wound);

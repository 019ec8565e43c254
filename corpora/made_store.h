/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The directory that made files are kept in, and its bound (corpora/made.h). For made.c alone. Any thread; any number of programs.
 * A store that is NULL keeps nothing. */
#pragma once

#include <stdint.h>

struct made_store;

/* NULL where nothing can be kept, or shall be. */
struct made_store *made_store_open(void);
void made_store_close(struct made_store *store);

/* The file of this name, and that it was used now. A descriptor, or a negative errno. Caller closes. */
int made_store_find(struct made_store *store, const char *name);
void made_store_drop(struct made_store *store, const char *name);

/* A file without a name, to be written; then its name. What cannot be kept is not, without a word. */
int made_store_begin(struct made_store *store);
void made_store_keep(struct made_store *store, int fd, const char *name, uint64_t bytes);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks names up in tables, and says which name a misspelt one was probably meant to be.
 *
 * A table is an array of structs whose first member is `const char *name`. Any thread; nothing fails. */
#pragma once

#include <stddef.h>

/* The element with this name, or NULL. */
const void *named_in(const void *table, size_t count, size_t stride, const char *name);

/* The name in the table that is nearest to `word`, or NULL when none is near: at most one edit (insert, delete, change,
 * swap neighbours) for up to 4 characters, two up to 8, three above. Case counts as no difference. */
const char *nearest_in(const void *table, size_t count, size_t stride, const char *word);

/* " (did you mean 'open'?)" or "", for the end of a message, in the caller's buffer. Returns the buffer. */
#define NEAREST_HINT_SIZE 96
const char *nearest_hint(char hint[NEAREST_HINT_SIZE], const char *nearest);

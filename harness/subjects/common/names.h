/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A list of names. All zeroes is an empty one. One thread. */
#pragma once

#include "common/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct names {
	char **at; /* owned, and so is each name */
	size_t count;
	size_t room;
};

/* Copy a name to the end. 0, or -1 for want of memory. */
int names_add(struct names *names, const char *name) MUST_USE;

/* Keep only what `keep` says yes to, in the order it had. */
void names_filter(struct names *names, bool (*keep)(const char *name));

/* Sort by bytes, and drop what is listed more than once. */
void names_sort(struct names *names);

bool names_has(const struct names *sorted, const char *name);

void names_drop_last(struct names *names);
void names_free(struct names *names); /* leaves it empty */

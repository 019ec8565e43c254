/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A list of names. */
#include "common/names.h"

#include <stdlib.h>
#include <string.h>

static int grow(struct names *names)
{
	if (names->count < names->room)
		return 0;
	size_t room = names->room ? names->room * 2 : 64;
	char **moved = reallocarray(names->at, room, sizeof *moved);
	if (!moved)
		return -1;
	names->at = moved;
	names->room = room;
	return 0;
}

int names_add(struct names *names, const char *name)
{
	if (grow(names))
		return -1;
	char *copy = strdup(name);
	if (!copy)
		return -1;
	names->at[names->count++] = copy;
	return 0;
}

void names_filter(struct names *names, bool (*keep)(const char *name))
{
	size_t kept = 0;
	for (size_t i = 0; i < names->count; i++) {
		if (keep(names->at[i]))
			names->at[kept++] = names->at[i];
		else
			free(names->at[i]);
	}
	names->count = kept;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_repeated(struct names *names)
{
	size_t kept = 0;
	for (size_t i = 0; i < names->count; i++) {
		if (kept && strcmp(names->at[kept - 1], names->at[i]) == 0)
			free(names->at[i]);
		else
			names->at[kept++] = names->at[i];
	}
	names->count = kept;
}

void names_sort(struct names *names)
{
	if (names->count == 0)
		return;
	qsort(names->at, names->count, sizeof *names->at, by_bytes);
	drop_repeated(names);
}

bool names_has(const struct names *sorted, const char *name)
{
	return sorted->count && bsearch(&name, sorted->at, sorted->count, sizeof *sorted->at, by_bytes);
}

void names_drop_last(struct names *names)
{
	free(names->at[--names->count]);
}

void names_free(struct names *names)
{
	while (names->count)
		names_drop_last(names);
	free(names->at);
	*names = (struct names){0};
}

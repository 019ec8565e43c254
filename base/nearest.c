/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the nearest name by edit distance (optimal string alignment). */
#include "base/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 64

static const char *name_at(const void *table, size_t stride, size_t index)
{
	return *(const char *const *)((const char *)table + index * stride);
}

const void *named_in(const void *table, size_t count, size_t stride, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name_at(table, stride, i), name) == 0)
			return (const char *)table + i * stride;
	return NULL;
}

static int same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits that turn one word into the other; both shorter than WORD_MAX. */
static size_t distance(const char *a, const char *b)
{
	size_t rows = strlen(a) + 1, columns = strlen(b) + 1;
	size_t d[3][WORD_MAX + 1]; /* the row, the one before, and the one before that */
	for (size_t j = 0; j < columns; j++)
		d[0][j] = j;
	for (size_t i = 1; i < rows; i++) {
		size_t *now = d[i % 3], *last = d[(i + 2) % 3], *older = d[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j < columns; j++) {
			size_t cost = !same(a[i - 1], b[j - 1]);
			now[j] = min_of(min_of(last[j], now[j - 1]) + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				now[j] = min_of(now[j], older[j - 2] + 1);
		}
	}
	return d[(rows - 1) % 3][columns - 1];
}

const char *nearest_in(const void *table, size_t count, size_t stride, const char *word)
{
	size_t length = strlen(word);
	if (length > WORD_MAX)
		return NULL;
	size_t best = length <= 4 ? 2 : length <= 8 ? 3 : 4; /* one more than allowed */
	const char *nearest = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *name = name_at(table, stride, i);
		size_t edits = strlen(name) > WORD_MAX ? best : distance(word, name);
		if (edits < best) {
			best = edits;
			nearest = name;
		}
	}
	return nearest;
}

const char *nearest_hint(char hint[NEAREST_HINT_SIZE], const char *nearest)
{
	hint[0] = '\0';
	if (nearest)
		snprintf(hint, NEAREST_HINT_SIZE, " (did you mean '%s'?)", nearest);
	return hint;
}

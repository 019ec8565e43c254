/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Compares texts line by line. */
#include "harness/compare.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct line {
	const char *at;
	size_t length;
};

/* The next line without its end; false behind the last. */
static bool next_line(struct compare_bytes *text, struct line *line)
{
	if (!text->length)
		return false;
	const unsigned char *end = memchr(text->at, '\n', text->length);
	size_t taken = end ? (size_t)(end - text->at) + 1 : text->length;
	*line = (struct line){(const char *)text->at, end ? taken - 1 : taken};
	if (line->length && line->at[line->length - 1] == '\r')
		line->length--;
	text->at += taken;
	text->length -= taken;
	return true;
}

static bool same(const struct line *a, const struct line *b)
{
	return a->length == b->length && memcmp(a->at, b->at, a->length) == 0;
}

/* The run of letters and digits that begins here: its length, and whether it is a number, that is has a digit in it (as in words.c). */
static size_t run_at(const struct line *line, size_t from, bool *number)
{
	size_t end = from;
	*number = false;
	for (; end < line->length && isalnum((unsigned char)line->at[end]); end++)
		*number |= isdigit((unsigned char)line->at[end]) != 0;
	return end - from;
}

/* The same but for numbers? */
static bool same_shape(const struct line *a, const struct line *b)
{
	size_t i = 0, j = 0;
	while (i < a->length && j < b->length) {
		bool one, other;
		size_t of_a = run_at(a, i, &one), of_b = run_at(b, j, &other);
		if (one != other)
			return false;
		size_t step = of_a ? of_a : 1;
		if (!one && ((of_b ? of_b : 1) != step || memcmp(a->at + i, b->at + j, step) != 0))
			return false;
		i += step;
		j += of_b ? of_b : 1;
	}
	return i == a->length && j == b->length;
}

static bool is_as_usual(const struct line *clean, const struct line *second, const struct line *now)
{
	if (same(clean, now) || (second && same(second, now)))
		return true;
	return second && !same(clean, second) && same_shape(clean, second) && same_shape(clean, now);
}

bool compare_text(struct compare_bytes clean, struct compare_bytes second, struct compare_bytes now, char said[COMPARE_SAID_MAX])
{
	struct line usual, other, line;
	for (uint64_t number = 1;; number++) {
		bool more = next_line(&clean, &usual), as_well = second.at && next_line(&second, &other), here = next_line(&now, &line);
		if (!more && !here)
			return true;
		if (more != here) {
			snprintf(said, COMPARE_SAID_MAX, "it %s line %" PRIu64, here ? "goes on after" : "ends after", number - 1);
			return false;
		}
		if (!is_as_usual(&usual, as_well ? &other : NULL, &line)) {
			snprintf(said, COMPARE_SAID_MAX, "line %" PRIu64 " is another", number);
			return false;
		}
	}
}

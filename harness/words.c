/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for honest words in what a subject says. */
#include "harness/words.h"

#include "base/vec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
	const char *at;
	size_t length;
};

struct lines {
	VEC(struct line) lines;
};

static int by_text(const void *a, const void *b)
{
	const struct line *one = a, *other = b;
	if (one->length != other->length)
		return one->length < other->length ? -1 : 1;
	return memcmp(one->at, other->at, one->length);
}

/* The next line of *text that is not empty; moves *text behind it. False at the end. */
static bool next_line(const char **text, struct line *line)
{
	*text += strspn(*text, "\n");
	*line = (struct line){*text, strcspn(*text, "\n")};
	*text += line->length;
	return line->length > 0;
}

/* Sorted: programs that say much, say it every time. */
void words_new_lines(const char *said, const char *usual, struct buf *out)
{
	struct lines known = {0};
	for (struct line line; next_line(&usual, &line);) {
		struct line *slot = vec_add(&known.lines);
		if (slot)
			*slot = line;
	}
	if (known.lines.count)
		qsort(known.lines.at, known.lines.count, sizeof *known.lines.at, by_text);
	for (struct line line; next_line(&said, &line);) {
		if (known.lines.count && bsearch(&line, known.lines.at, known.lines.count, sizeof line, by_text))
			continue;
		buf_add(out, line.at, line.length);
		buf_char(out, '\n');
	}
	vec_free(&known.lines);
}

static bool joins(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-';
}

bool words_name(const char *text, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);
	for (const char *at = text; (at = strstr(at, name)); at++)
		if ((at == text || !joins(at[-1])) && !joins(at[length]))
			return true;
	return false;
}

/* The code of the next match from *text on, 0 at the end; moves *text behind it. */
static uint32_t next_code(const char **text, const regex_t *expression)
{
	regmatch_t match[2];
	if (!**text || regexec(expression, *text, 2, match, 0) != 0 || match[1].rm_so < 0)
		return 0;
	uint32_t code = (uint32_t)strtoul(*text + match[1].rm_so, NULL, 10);
	*text += match[0].rm_eo > 0 ? match[0].rm_eo : 1;
	return code;
}

uint32_t words_code(const char *text, const regex_t *expression)
{
	return next_code(&text, expression);
}

bool words_have_code(const char *text, const regex_t *expression, uint32_t code)
{
	for (uint32_t found; (found = next_code(&text, expression));)
		if (found == code)
			return true;
	return false;
}

void words_telling_line(const char *text, char *line, size_t size)
{
	/* Python says last what matters. */
	bool traceback = strncmp(text, "Traceback ", 10) == 0;
	for (const char *next; traceback && (next = strchr(text, '\n')) && next[1];)
		text = next + 1;
	snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
	for (char *at = line; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

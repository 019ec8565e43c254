/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for honest words in what a subject says. */
#include "harness/words.h"

#include "base/harmless.h"
#include "base/scope.h"
#include "base/shortfall.h"
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
static void read_lines(const char *text, struct lines *lines)
{
	for (struct line line; next_line(&text, &line);) {
		struct line *slot = vec_add(&lines->lines);
		if (slot)
			*slot = line;
		else
			shortfall_note();
	}
	if (lines->lines.count)
		qsort(lines->lines.at, lines->lines.count, sizeof *lines->lines.at, by_text);
}

static bool has_line(const struct lines *lines, const struct line *line)
{
	return lines->lines.count && bsearch(line, lines->lines.at, lines->lines.count, sizeof *line, by_text);
}

/* The length of the file's name that stands here, 0 where none does. */
static size_t name_at(char *const *files, const char *at, size_t left)
{
	for (; files && *files; files++) {
		const char *slash = strrchr(*files, '/');
		const char *name = slash ? slash + 1 : *files;
		size_t length = strlen(name);
		if (length <= left && memcmp(name, at, length) == 0)
			return length;
	}
	return 0;
}

/* A line with a # for each number: for each run of letters and digits that has a digit in it. */
static void put_shape(const struct line *line, char *const *files, struct buf *out)
{
	for (size_t i = 0; i < line->length;) {
		size_t run = i, name = name_at(files, line->at + i, line->length - i);
		bool number = false;
		for (; !name && run < line->length && isalnum((unsigned char)line->at[run]); run++)
			number |= isdigit((unsigned char)line->at[run]) != 0;
		size_t length = name ? name : run - i + (run == i);
		if (number)
			buf_char(out, '#');
		else
			buf_add(out, line->at + i, length);
		i += length;
	}
	buf_char(out, '\n');
}

/* The shapes of the lines that are only in the first of two. */
static void put_shapes(const struct lines *first, const struct lines *second, char *const *files, struct buf *out)
{
	for (size_t i = 0; i < first->lines.count; i++)
		if (!has_line(second, &first->lines.at[i]))
			put_shape(&first->lines.at[i], files, out);
}

/* Lines that never are the same twice, by shape. */
struct chatter {
	char *const *files;
	struct buf first, second;
	struct lines in_first, in_second;
};

static void chatter_read(struct chatter *c, const struct lines *usual, const struct lines *second)
{
	put_shapes(usual, second, c->files, &c->first);
	put_shapes(second, usual, c->files, &c->second);
	read_lines(buf_string(&c->first), &c->in_first);
	read_lines(buf_string(&c->second), &c->in_second);
}

static void chatter_free(struct chatter *c)
{
	buf_free(&c->first);
	buf_free(&c->second);
	vec_free(&c->in_first.lines);
	vec_free(&c->in_second.lines);
}

static bool is_chatter(const struct chatter *c, const struct line *line)
{
	if (!c->in_first.lines.count || !c->in_second.lines.count)
		return false;
	SCOPED(buf_free) struct buf text = {0};
	put_shape(line, c->files, &text);
	const struct line shape = {buf_string(&text), text.length - 1};
	return has_line(&c->in_first, &shape) && has_line(&c->in_second, &shape);
}

void words_new_lines(const char *said, const char *usual, const char *second, char *const *files, struct buf *out)
{
	struct lines known = {0}, known2 = {0};
	SCOPED(chatter_free) struct chatter chatter = {.files = files};
	read_lines(usual, &known);
	read_lines(second, &known2);
	chatter_read(&chatter, &known, &known2);
	for (struct line line; next_line(&said, &line);) {
		if (has_line(&known, &line) || has_line(&known2, &line) || is_chatter(&chatter, &line))
			continue;
		buf_add(out, line.at, line.length);
		buf_char(out, '\n');
	}
	vec_free(&known.lines);
	vec_free(&known2.lines);
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
	harmless(line, "");
}

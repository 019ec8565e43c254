/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for honest words in what a subject says. */
#include "harness/words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Does the line [line, line + length) stand in the text? */
static bool has_line(const char *text, const char *line, size_t length)
{
	while (*text) {
		size_t here = strcspn(text, "\n");
		if (here == length && memcmp(text, line, length) == 0)
			return true;
		text += here + (text[here] == '\n');
	}
	return false;
}

void words_new_lines(const char *said, const char *usual, struct buf *out)
{
	while (*said) {
		size_t length = strcspn(said, "\n");
		if (length && !has_line(usual, said, length)) {
			buf_add(out, said, length);
			buf_char(out, '\n');
		}
		said += length + (said[length] == '\n');
	}
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

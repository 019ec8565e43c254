/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Splits lines into words, and makes words of texts. */
#include "harness/wordline.h"

#include "base/scope.h"
#include "base/vec.h"

#include <errno.h>
#include <string.h>

int wordline_next(const char *what, const char **line, struct buf *word, struct err *err)
{
	const char *at = *line + strspn(*line, " \t");
	buf_clear(word);
	if (!*at)
		return 0;
	bool quoted = false;
	for (; *at && (quoted || !strchr(" \t", *at)); at++) {
		if (*at == '"') {
			quoted = !quoted;
			continue;
		}
		if (*at == '\\' && !*++at)
			return err_set(err, EINVAL, "%s ends with a backslash", what);
		buf_char(word, *at);
	}
	if (quoted)
		return err_set(err, EINVAL, "%s has a quote without its end", what);
	*line = at;
	return word->failed ? err_set(err, ENOMEM, "out of memory") : 1;
}

int wordline_split(const char *what, const char *line, char ***words, struct err *err)
{
	VEC(char *) all = {0};
	SCOPED(buf_free) struct buf word = {0};
	int more;
	while ((more = wordline_next(what, &line, &word, err)) > 0) {
		char **slot = vec_add(&all);
		if (!slot || !(*slot = strdup(buf_string(&word)))) {
			more = err_set(err, ENOMEM, "out of memory");
			break;
		}
	}
	if (!more && !all.count)
		more = err_set(err, EINVAL, "%s has no word", what);
	if (!more && !vec_add(&all)) /* the NULL behind the last */
		more = err_set(err, ENOMEM, "out of memory");
	if (more < 0)
		for (size_t i = 0; i < all.count; i++)
			free(all.at[i]);
	if (more < 0)
		vec_free(&all);
	*words = all.at;
	return more;
}

void wordline_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

void wordline_print(struct buf *out, const char *text)
{
	bool plain = text[0] && !text[strcspn(text, " \t\"\\")];
	if (!plain)
		buf_char(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_char(out, '\\');
		buf_char(out, *text);
	}
	if (!plain)
		buf_char(out, '"');
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Words on one line, for cases and what stands in them: separated by blanks, "double quotes" hold blanks, and a backslash any
 * character. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"

/* Take the next word from *line, unquoted, into `word`. Returns 1, 0 at the end, or a negative errno. `what`: of what the line is, in
 * messages ("the case"). */
int wordline_next(const char *what, const char **line, struct buf *word, struct err *err) MUST_USE;

/* All words; NULL-terminated, to be freed with wordline_free(). -EINVAL where there is none. */
int wordline_split(const char *what, const char *line, char ***words, struct err *err) MUST_USE;
void wordline_free(char **words);

/* Append a text as one word. */
void wordline_print(struct buf *out, const char *text);

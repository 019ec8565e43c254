/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a subject says under faults that it does not say without them. Pure. */
#pragma once

#include "base/buf.h"

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

/* The lines of `said` that stand neither in `usual` nor in `second`, what is said at two usual times, into `out`. Lines that were
 * different at both times by nothing but their numbers (times, counters, identifiers) are usual with any numbers. The digits of
 * names of files (paths, NULL-terminated; or NULL) are no numbers. */
void words_new_lines(const char *said, const char *usual, const char *second, char *const *files, struct buf *out);

/* Does the text name the file, by its last component, as a word of its own (a.png is not named by ba.png)? */
bool words_name(const char *text, const char *path);

/* The first error code that the expression's group finds, or 0. */
uint32_t words_code(const char *text, const regex_t *expression);

/* Does the expression find this very code anywhere? */
bool words_have_code(const char *text, const regex_t *expression, uint32_t code);

/* The line that tells most: the first, or the last of a Python traceback. Cut to `size`, control characters made harmless. */
void words_telling_line(const char *text, char *line, size_t size);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Text in fixed room: report lines, and JSON a piece at a time. One thread. Nothing allocates. */
#pragma once

#include "common/attr.h"

#include <stddef.h>

struct text {
	char at[4096]; /* always a C string; an empty text is all zeroes */
	size_t length;
};

/* What does not fit is left out: whoever adds without bounds must empty it in time. */

void text_add(struct text *text, const char *format, ...) PRINTF(2, 3);

/* Bytes of the UTF-8 character that a string begins with; 0 when it begins with none (file names are bytes). */
int text_character(const char *string);

/* A JSON string. What is no UTF-8 becomes U+FFFD, so that every reader takes it. */
void text_quote(struct text *text, const char *string);

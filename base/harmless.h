/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names and words of strangers, before they come to a terminal or a report: they must not steer the one, nor begin a line of their own in
 * the other. */
#pragma once

#include <stdbool.h>
#include <string.h>

/* Put a ? for each byte of a control character (C0, DEL, and C1 as UTF-8 writes it) but those in `keep`. */
static inline void harmless(char *text, const char *keep)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool c1 = c == 0xc2 && (unsigned char)text[1] >= 0x80 && (unsigned char)text[1] < 0xa0;
		if (c1)
			*text++ = '?';
		if (c1 || ((c < ' ' || c == 0x7f) && !strchr(keep, *text)))
			*text = '?';
	}
}

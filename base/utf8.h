/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells well-formed UTF-8 from other bytes (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes of the character at `s` (1 to 4), or 0 where no well-formed character starts there within `length` bytes. */
static inline size_t utf8_width(const char *s, size_t length)
{
	const unsigned char *u = (const unsigned char *)s;
	if (!length)
		return 0;
	if (u[0] < 0x80)
		return 1;
	size_t width = u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;
	if (u[0] < 0xc2 || u[0] > 0xf4 || width > length)
		return 0;
	for (size_t i = 1; i < width; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] > 0x8f))
		return 0;
	return width;
}

/* Is all of the text UTF-8? */
static inline bool utf8_is_text(const char *text)
{
	for (size_t left = strlen(text), width; left; text += width, left -= width)
		if (!(width = utf8_width(text, left)))
			return false;
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Builds text in fixed room. */
#include "common/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void text_add(struct text *text, const char *format, ...)
{
	size_t room = sizeof text->at - text->length;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text->at + text->length, room, format, args);
	va_end(args);
	if (length > 0)
		text->length += (size_t)length < room ? (size_t)length : room - 1;
}

/* What the first byte of a UTF-8 sequence promises (Unicode 15, table 3-7). */
struct lead {
	uint8_t first, last; /* the lead bytes */
	uint8_t length;
	uint8_t low, high; /* the second byte: excludes overlong forms, surrogates and what is above U+10FFFF */
};

static const struct lead leads[] = {
	{0x00, 0x7f, 1, 0x00, 0x00}, {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
	{0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
	{0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool goes_on(const uint8_t *at, const struct lead *lead)
{
	for (int i = 1; i < lead->length; i++) {
		uint8_t low = i == 1 ? lead->low : 0x80;
		uint8_t high = i == 1 ? lead->high : 0xbf;
		if (at[i] < low || at[i] > high)
			return false;
	}
	return true;
}

/* The final NUL ends every look ahead. */
int text_character(const char *string)
{
	const uint8_t *at = (const uint8_t *)string;
	for (size_t i = 0; i < COUNT_OF(leads); i++)
		if (at[0] >= leads[i].first && at[0] <= leads[i].last)
			return goes_on(at, &leads[i]) ? leads[i].length : 0;
	return 0;
}

void text_quote(struct text *text, const char *string)
{
	text_add(text, "\"");
	while (*string) {
		int length = text_character(string);
		if (length == 0)
			text_add(text, "\\ufffd");
		else if (*string == '"' || *string == '\\')
			text_add(text, "\\%c", *string);
		else if ((uint8_t)*string < 0x20)
			text_add(text, "\\u%04x", (unsigned)*string);
		else
			text_add(text, "%.*s", length, string);
		string += length ? length : 1;
	}
	text_add(text, "\"");
}

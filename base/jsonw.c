/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A streaming JSON writer. */
#include "base/jsonw.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define BIT(depth) (UINT64_C(1) << (depth))

static void separate(struct jsonw *j)
{
	if (!j->after_key && j->depth && (j->filled & BIT(j->depth)))
		buf_char(j->to, ',');
	j->filled |= BIT(j->depth);
	j->after_key = false;
}

static void open_nest(struct jsonw *j, char bracket, bool array)
{
	separate(j);
	buf_char(j->to, bracket);
	if (j->depth < 32)
		j->depth++;
	j->filled &= ~BIT(j->depth);
	j->arrays = array ? j->arrays | BIT(j->depth) : j->arrays & ~BIT(j->depth);
}

void jsonw_object(struct jsonw *j)
{
	open_nest(j, '{', false);
}

void jsonw_array(struct jsonw *j)
{
	open_nest(j, '[', true);
}

void jsonw_close(struct jsonw *j)
{
	buf_char(j->to, j->arrays & BIT(j->depth) ? ']' : '}');
	j->depth--;
}

static void escaped(struct buf *to, const char *bytes, size_t length)
{
	buf_char(to, '"');
	for (size_t i = 0; i < length;) {
		unsigned char c = (unsigned char)bytes[i];
		size_t width = utf8_width(bytes + i, length - i);
		if (c == '"' || c == '\\')
			buf_printf(to, "\\%c", c);
		else if (c == '\n')
			buf_text(to, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_printf(to, "\\u%04x", c);
		else if (!width)
			buf_text(to, "\\ufffd");
		else
			buf_add(to, bytes + i, width);
		i += width ? width : 1;
	}
	buf_char(to, '"');
}

void jsonw_key(struct jsonw *j, const char *key)
{
	separate(j);
	escaped(j->to, key, strlen(key));
	buf_char(j->to, ':');
	j->after_key = true;
}

void jsonw_bytes(struct jsonw *j, const char *bytes, size_t length)
{
	separate(j);
	escaped(j->to, bytes, length);
}

void jsonw_text(struct jsonw *j, const char *text)
{
	if (text)
		jsonw_bytes(j, text, strlen(text));
	else {
		separate(j);
		buf_text(j->to, "null");
	}
}

void jsonw_int(struct jsonw *j, int64_t number)
{
	separate(j);
	buf_printf(j->to, "%" PRId64, number);
}

void jsonw_uint(struct jsonw *j, uint64_t number)
{
	separate(j);
	buf_printf(j->to, "%" PRIu64, number);
}

void jsonw_real(struct jsonw *j, double number, int decimals)
{
	separate(j);
	if (isfinite(number))
		buf_printf(j->to, "%.*f", decimals, number);
	else
		buf_text(j->to, "null");
}

void jsonw_bool(struct jsonw *j, bool truth)
{
	separate(j);
	buf_text(j->to, truth ? "true" : "false");
}

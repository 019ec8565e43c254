/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The heads of text files; and of all others that nobody reads, their first bytes. */
#include "harness/cli/thumb.h"

#include <string.h>

#define LINES_MAX 12
#define COLUMNS_MAX 60
#define BYTES_MAX 96
#define BYTES_A_ROW 12

static bool is_text(const struct thumb_file *file)
{
	for (size_t i = 0; i < file->head_length; i++)
		if (file->head[i] == 0x7f || (file->head[i] < ' ' && !memchr("\n\t\r\f", file->head[i], 4)))
			return false;
	return file->head_length > 0;
}

/* A line is cut between bytes; half a character comes out as one that is none. */
static int draw_text(const struct thumb_file *file, struct thumb *thumb)
{
	const char *at = (const char *)file->head, *end = at + file->head_length;
	buf_text(&thumb->picture, "<pre>");
	for (int line = 0; at < end && line < LINES_MAX; line++) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const size_t length = (size_t)((newline ? newline : end) - at);
		const bool fits = length <= COLUMNS_MAX;
		const size_t shown = fits ? length - (length && at[length - 1] == '\r') : COLUMNS_MAX;
		thumb_add_text(&thumb->picture, at, shown);
		buf_text(&thumb->picture, fits ? "\n" : "\xe2\x80\xa6\n");
		at = newline ? newline + 1 : end;
	}
	buf_text(&thumb->picture, "</pre>");
	buf_text(&thumb->facts, "text");
	return 0;
}

const struct thumb_kind thumb_text = {is_text, draw_text};

static bool anything(const struct thumb_file *file)
{
	(void)file;
	return true;
}

static void add_row(struct buf *to, const unsigned char *bytes, size_t length)
{
	char shown[BYTES_A_ROW];
	for (size_t i = 0; i < length; i++) {
		buf_printf(to, "%02x ", bytes[i]);
		shown[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? (char)bytes[i] : '.';
	}
	buf_printf(to, "%*s ", (int)(3 * (BYTES_A_ROW - length)), "");
	thumb_add_text(to, shown, length);
	buf_char(to, '\n');
}

static int draw_bytes(const struct thumb_file *file, struct thumb *thumb)
{
	const size_t length = file->head_length < BYTES_MAX ? file->head_length : BYTES_MAX;
	buf_text(&thumb->picture, length ? "<pre>" : "<pre>(empty)");
	for (size_t i = 0; i < length; i += BYTES_A_ROW)
		add_row(&thumb->picture, file->head + i, length - i < BYTES_A_ROW ? length - i : BYTES_A_ROW);
	buf_text(&thumb->picture, "</pre>");
	return 0;
}

const struct thumb_kind thumb_bytes = {anything, draw_bytes};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What the readers of thumbnails share: reading, markup, and pictures that shrink. */
#include "base/utf8.h"
#include "harness/cli/thumb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

ssize_t thumb_read(const struct thumb_file *file, void *bytes, size_t length, uint64_t offset)
{
	size_t have = 0;
	while (have < length) {
		ssize_t got = corpus_file_read(file->file, (char *)bytes + have, length - have, offset + have);
		if (got < 0)
			return got;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

bool thumb_has_suffix(const struct thumb_file *file, const char *suffix)
{
	size_t all = strlen(file->path), length = strlen(suffix);
	return all > length && strcasecmp(file->path + all - length, suffix) == 0;
}

void thumb_say(struct thumb *thumb, const char *format, ...)
{
	va_list args;
	if (thumb->said[0])
		return;
	va_start(args, format);
	vsnprintf(thumb->said, sizeof thumb->said, format, args);
	va_end(args);
}

/* ---- markup ---- */

/* XML knows no control characters but tab and newline, and no U+FFFE and U+FFFF. */
static bool is_bad(const char *text, size_t width)
{
	const unsigned char *u = (const unsigned char *)text;
	if (width == 1)
		return (u[0] < ' ' && u[0] != '\n' && u[0] != '\t') || u[0] == 0x7f;
	return (width == 2 && u[0] == 0xc2 && u[1] < 0xa0) || (width == 3 && u[0] == 0xef && u[1] == 0xbf && u[2] >= 0xbe) ||
	       (width == 3 && u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xaa && u[2] <= 0xae); /* those that turn the direction around */
}

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void thumb_add_text(struct buf *to, const char *text, size_t length)
{
	for (size_t width; length; text += width, length -= width) {
		width = utf8_width(text, length);
		const char *name = width == 1 ? entity(*text) : NULL;
		if (!width || is_bad(text, width))
			buf_text(to, "\xef\xbf\xbd");
		else if (name)
			buf_text(to, name);
		else
			buf_add(to, text, width);
		width = width ? width : 1;
	}
}

static void add_base64(struct buf *to, const unsigned char *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < length; i += 3) {
		const size_t left = length - i;
		const unsigned three = (unsigned)bytes[i] << 16 | (left > 1 ? (unsigned)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
		const char four[4] = {digits[three >> 18], digits[three >> 12 & 63], left > 1 ? digits[three >> 6 & 63] : '=',
				      left > 2 ? digits[three & 63] : '='};
		buf_add(to, four, sizeof four);
	}
}

void thumb_add_data(struct buf *to, const char *type, const void *bytes, size_t length, uint32_t width, uint32_t height)
{
	buf_printf(to, "<img alt=\"\" width=\"%u\" height=\"%u\" src=\"data:%s;base64,", width, height, type);
	add_base64(to, bytes, length);
	buf_text(to, "\"/>");
}

/* ---- pictures that shrink ---- */

bool thumb_can_be_drawn(struct thumb *thumb, uint32_t width, uint32_t height)
{
	const bool large = width > THUMB_PICTURE_SIDE_MAX || height > THUMB_PICTURE_SIDE_MAX || (uint64_t)width * height > THUMB_PIXELS_MAX;
	if (!width || !height)
		thumb_say(thumb, "no pixels");
	else if (large)
		thumb_say(thumb, "too large to be shown");
	return width && height && !large;
}

int thumb_shrink_begin(struct thumb_shrink *shrink, uint32_t width, uint32_t height)
{
	const uint32_t longer = width > height ? width : height;
	const uint32_t step = longer / THUMB_SIDE + (longer % THUMB_SIDE != 0);
	*shrink = (struct thumb_shrink){.width = width, .height = height, .step = step};
	shrink->columns = width / step + (width % step != 0);
	shrink->rows = height / step + (height % step != 0);
	shrink->cells = calloc((size_t)shrink->columns * shrink->rows, sizeof *shrink->cells);
	return shrink->cells ? 0 : -ENOMEM;
}

void thumb_shrink_row(struct thumb_shrink *shrink, uint32_t y, const unsigned char *rgba)
{
	struct thumb_cell *row = &shrink->cells[(size_t)(y / shrink->step) * shrink->columns];
	for (uint32_t x = 0; x < shrink->width; x++, rgba += 4) {
		struct thumb_cell *cell = &row[x / shrink->step];
		cell->red += (uint64_t)rgba[0] * rgba[3];
		cell->green += (uint64_t)rgba[1] * rgba[3];
		cell->blue += (uint64_t)rgba[2] * rgba[3];
		cell->alpha += rgba[3];
		cell->count++;
	}
}

void thumb_shrink_free(struct thumb_shrink *shrink)
{
	free(shrink->cells);
	shrink->cells = NULL;
}

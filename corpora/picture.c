/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The formats of image files by name, and what each of them lacks. */
#include "corpora/picture.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct picture_format *const formats[] = {&picture_png, &picture_bmp, &picture_tiff};

static const char *const colours[PICTURE_COLOURS] = {
	[PICTURE_GREY] = "grey", [PICTURE_RGB] = "rgb", [PICTURE_RGBA] = "rgba", [PICTURE_PALETTE] = "palette"};

const struct picture_format *picture_format(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

const char *picture_colour_name(enum picture_colour colour)
{
	return colours[colour];
}

int picture_colour(const char *name)
{
	for (int i = 0; i < PICTURE_COLOURS; i++)
		if (strcmp(colours[i], name) == 0)
			return i;
	return -1;
}

/* ---- what a format has ---- */

typedef bool has(const struct picture_format *format, const struct picture *picture);

static unsigned colours_of(const struct picture_format *format, uint32_t bits)
{
	return bits == 16 ? format->colours16 : format->colours8;
}

static bool has_colour(const struct picture_format *format, const struct picture *picture)
{
	return (format->colours8 | format->colours16) >> picture->colour & 1;
}

static bool has_depth(const struct picture_format *format, const struct picture *picture)
{
	return colours_of(format, picture->bits) >> picture->colour & 1;
}

static bool has_interlacing(const struct picture_format *format, const struct picture *picture)
{
	return format->interlaces || !picture->interlaced;
}

static bool has_order(const struct picture_format *format, const struct picture *picture)
{
	return format->has_order || picture->order == PICTURE_ORDER_USUAL;
}

static bool has_strips(const struct picture_format *format, const struct picture *picture)
{
	return format->has_strips || !picture->rows_per_strip;
}

static bool has_pages(const struct picture_format *format, const struct picture *picture)
{
	return picture->pages <= format->pages_max;
}

/* ---- refusing ---- */

/* "; format=png or format=tiff has that", or, where none has, "; no format has that". */
static const char *hint(char text[100], has *it, const struct picture *picture)
{
	const char *join = "; ";
	char *at = text;
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		if (!it(formats[i], picture))
			continue;
		at = stpcpy(stpcpy(stpcpy(at, join), "format="), formats[i]->name);
		join = " or ";
	}
	strcpy(at, at == text ? "; no format has that" : " has that");
	return text;
}

/* "BITS bits" where the colour is known with others. */
static int refuse_depth(const struct picture_format *format, const struct picture *picture, struct err *err)
{
	char text[100];
	return err_set(err, EINVAL, "a %s file has no %s of %u bits: bits=%u is possible%s", format->name, colours[picture->colour],
		       picture->bits, picture->bits == 16 ? 8 : 16, hint(text, has_depth, picture));
}

static int check_size(const struct picture_format *format, const struct picture *picture, struct err *err)
{
	uint64_t size = format->size(picture);
	if (size <= format->size_max)
		return 0;
	return err_set(err, EINVAL, "a %s file has at most %" PRIu64 " bytes, and this would have %" PRIu64 ": make the slices smaller%s",
		       format->name, format->size_max, size, picture->pages > 1 ? ", or have fewer pages in a file" : "");
}

int picture_check(const struct picture_format *format, const struct picture *picture, struct err *err)
{
	static const struct {
		has *has;
		const char *what;
	} parts[] = {
		{has_interlacing, "interlacing (interlaced)"},
		{has_order, "choice of the byte order (byte_order)"},
		{has_strips, "strips (rows_per_strip)"},
		{has_pages, "pages (pages)"},
	};
	char text[100];
	if (!has_colour(format, picture))
		return err_set(err, EINVAL, "a %s file has no colour '%s'%s", format->name, colours[picture->colour],
			       hint(text, has_colour, picture));
	if (!has_depth(format, picture))
		return refuse_depth(format, picture, err);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (!parts[i].has(format, picture))
			return err_set(err, EINVAL, "a %s file has no %s%s", format->name, parts[i].what,
				       hint(text, parts[i].has, picture));
	return check_size(format, picture, err);
}

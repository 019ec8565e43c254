/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* In the place of thumb_png.c where there is no libpng: images are named, not shown. */
#include "harness/cli/thumb.h"

#include <string.h>

static bool knows(const struct thumb_file *file)
{
	return file->head_length >= 8 && memcmp(file->head, "\x89PNG\r\n\x1a\n", 8) == 0;
}

static int draw(const struct thumb_file *file, struct thumb *thumb)
{
	(void)file;
	buf_text(&thumb->facts, "PNG, not shown: built without libpng");
	return 0;
}

const struct thumb_kind thumb_png = {knows, draw};

int thumb_put_image(struct thumb *thumb, const struct thumb_shrink *shrink)
{
	buf_printf(&thumb->facts, "%u x %u, not shown: built without libpng", shrink->width, shrink->height);
	return 0;
}

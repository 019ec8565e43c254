/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parts of a BMP file: BITMAPFILEHEADER, BITMAPINFOHEADER, colour table, pixels (Windows SDK, wingdi.h). */
#include "corpora/anatomy.h"
#include "corpora/numbers.h"

int anatomy_bmp(const struct reader *in, struct anatomy *out)
{
	unsigned char head[18];
	int rc = reader_exactly(in, head, sizeof head, 0);
	if (rc)
		return rc;
	const uint64_t pixels = number_le(head + 10, 4), info = number_le(head + 14, 4);
	const struct part file = {.name = "file", .length = 14, .data = 2, .data_length = 12, .guard = GUARD_SENSE, .frame_guard = GUARD_SUMMED};
	const struct part about = {.name = "info", .at = 14, .length = info, .data = 14, .data_length = info, .guard = GUARD_SENSE};
	struct part table = {.name = "palette", .at = 14 + info, .data = 14 + info};
	const struct part image = {.name = "pixels", .at = pixels, .length = in->size, .data = pixels, .data_length = in->size};
	rc = anatomy_add(out, in, &file);
	if (!rc)
		rc = anatomy_add(out, in, &about);
	table.length = table.data_length = pixels > table.at ? pixels - table.at : 0;
	if (!rc && table.length)
		rc = anatomy_add(out, in, &table);
	return rc ? rc : anatomy_add(out, in, &image);
}

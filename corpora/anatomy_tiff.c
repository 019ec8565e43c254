/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parts of a TIFF file (TIFF 6.0, section 2): the head, the directories, the strips of the first page. */
#include "corpora/anatomy.h"
#include "corpora/tiff_tags.h"

#include <string.h>

#define PAGES_MAX 4096 /* more are not looked into; a circle ends here, too */

/* One directory: a count, entries of 12 bytes, the place of the next. */
static int read_directory(const struct reader *in, struct anatomy *out, uint64_t at, uint64_t *next)
{
	unsigned char head[2], tail[4];
	int rc = reader_exactly(in, head, sizeof head, at);
	if (rc)
		return rc;
	uint64_t length = 2 + 12 * tiff_number(out, head, 2) + 4;
	const struct part part = {.name = "IFD", .at = at, .length = length, .data = at + 2, .data_length = length - 6,
				  .guard = GUARD_SENSE, .frame_guard = GUARD_SENSE};
	rc = anatomy_add(out, in, &part);
	*next = 0;
	if (!rc)
		rc = reader_exactly(in, tail, sizeof tail, at + length - 4);
	if (!rc)
		*next = tiff_number(out, tail, 4);
	return rc;
}

/* Strips of one image are written one after another by everybody who does not mean ill. */
static int add_strips(const struct reader *in, struct anatomy *out)
{
	struct tiff_values offsets, counts;
	if (tiff_values(in, out, TIFF_STRIP_OFFSETS, &offsets) != 0 || tiff_values(in, out, TIFF_STRIP_BYTE_COUNTS, &counts) != 0)
		return 0;
	uint64_t first = 0, last = 0, bytes = 0;
	int rc = tiff_value(in, out, &offsets, 0, &first);
	if (!rc)
		rc = tiff_value(in, out, &offsets, offsets.count - 1, &last);
	if (!rc)
		rc = tiff_value(in, out, &counts, counts.count - 1, &bytes);
	if (rc || last < first)
		return rc == -ENODATA ? 0 : rc;
	uint64_t length = last + bytes - first;
	const struct part part = {.name = "strips", .at = first, .length = length, .data = first, .data_length = length};
	rc = anatomy_add(out, in, &part);
	return rc == -ENODATA ? 0 : rc;
}

int anatomy_tiff(const struct reader *in, struct anatomy *out)
{
	unsigned char head[8];
	const struct part part = {.name = "head", .length = 8, .data = 4, .data_length = 4, .guard = GUARD_SENSE, .frame_guard = GUARD_SUMMED};
	int rc = reader_exactly(in, head, sizeof head, 0);
	if (rc)
		return rc;
	out->big_endian = head[0] == 'M';
	uint64_t next = tiff_number(out, head + 4, 4);
	rc = anatomy_add(out, in, &part);
	for (int page = 0; !rc && next && page < PAGES_MAX; page++)
		rc = read_directory(in, out, next, &next);
	int strips = rc && rc != -ENODATA ? 0 : add_strips(in, out);
	return rc ? rc : strips;
}

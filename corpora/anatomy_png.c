/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parts of a PNG file: its signature and its chunks (PNG specification, 5.2 and 5.3). */
#include "corpora/anatomy.h"
#include "corpora/numbers.h"

#include <ctype.h>
#include <string.h>

/* Bit 5 of the first letter tells what a decoder may leave out (5.4). It need not look at its CRC then. */
static bool is_ancillary(const unsigned char *type)
{
	return islower(type[0]);
}

int anatomy_png(const struct reader *in, struct anatomy *out)
{
	struct part part = {.name = "signature", .length = 8, .data_length = 8, .guard = GUARD_SUMMED};
	int rc = anatomy_add(out, in, &part);
	while (!rc) {
		unsigned char head[8];
		uint64_t at = part.at + part.length;
		rc = reader_exactly(in, head, sizeof head, at);
		if (rc || !isalpha(head[4]) || !isalpha(head[5]) || !isalpha(head[6]) || !isalpha(head[7]))
			break;
		uint64_t data = number_be(head, 4);
		enum guard guard = is_ancillary(head + 4) ? GUARD_SENSE : GUARD_SUMMED;
		part = (struct part){.at = at, .length = data + 12, .data = at + 8, .data_length = data, .guard = guard, .frame_guard = guard};
		memcpy(part.name, head + 4, 4);
		rc = anatomy_add(out, in, &part);
		if (strcmp(part.name, "IEND") == 0)
			break;
	}
	return rc;
}

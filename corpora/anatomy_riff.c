/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parts of a WAV file: the head, and the chunks (Microsoft/IBM, Multimedia Programming Interface 1.0; RF64: EBU Tech 3306). */
#include "corpora/anatomy.h"
#include "corpora/numbers.h"

#include <string.h>

#define IN_DS64 UINT32_MAX /* "the size is in ds64" */

/* Of the data chunk of an RF64 file: the chunk ds64 begins with the sizes of file, data and sample count. */
static uint64_t size_of_data(const struct reader *in, const struct anatomy *anatomy, uint64_t size)
{
	unsigned char number[8];
	const struct part *ds64 = anatomy_part(anatomy, "ds64", 0);
	if (size != IN_DS64 || !ds64 || reader_exactly(in, number, sizeof number, ds64->data + 8) != 0)
		return size;
	uint64_t wide = number_le(number, 8);
	return wide < in->size ? wide : in->size;
}

int anatomy_riff(const struct reader *in, struct anatomy *out)
{
	struct part part = {.name = "RIFF", .length = 12, .data = 4, .data_length = 4, .guard = GUARD_SENSE, .frame_guard = GUARD_SUMMED};
	int rc = anatomy_add(out, in, &part);
	while (!rc) {
		unsigned char head[8];
		uint64_t at = part.at + part.length;
		rc = reader_exactly(in, head, sizeof head, at);
		if (rc)
			break;
		uint64_t size = number_le(head + 4, 4);
		bool samples = memcmp(head, "data", 4) == 0;
		if (samples)
			size = size_of_data(in, out, size);
		part = (struct part){.at = at, .length = size + 8 + (size & 1), .data = at + 8, .data_length = size,
				     .guard = samples ? GUARD_NONE : GUARD_SENSE, .frame_guard = GUARD_SENSE};
		memcpy(part.name, head, 4);
		rc = anatomy_add(out, in, &part);
	}
	return rc;
}

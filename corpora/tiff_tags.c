/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the entries of a TIFF file. */
#include "corpora/tiff_tags.h"

/* TIFF 6.0, section 2, "Types". Others are of no use here. */
static int bytes_of(uint64_t type)
{
	return type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : 0;
}

int tiff_values(const struct reader *in, const struct anatomy *anatomy, enum tiff_tag tag, struct tiff_values *out)
{
	const struct part *directory = anatomy_part(anatomy, "IFD", 0);
	unsigned char entry[12];
	for (uint64_t at = 0; directory && at + sizeof entry <= directory->data_length; at += sizeof entry) {
		int rc = reader_exactly(in, entry, sizeof entry, directory->data + at);
		if (rc)
			return rc;
		if (tiff_number(anatomy, entry, 2) != tag)
			continue;
		*out = (struct tiff_values){.entry = directory->data + at,
					    .count = tiff_number(anatomy, entry + 4, 4),
					    .bytes = bytes_of(tiff_number(anatomy, entry + 2, 2))};
		bool fits = out->count <= 4 / (uint64_t)(out->bytes ? out->bytes : 4);
		out->at = fits ? out->entry + 8 : tiff_number(anatomy, entry + 8, 4);
		return out->bytes && out->count ? 0 : -ENOENT;
	}
	return -ENOENT;
}

int tiff_value(const struct reader *in, const struct anatomy *anatomy, const struct tiff_values *values, uint64_t index, uint64_t *out)
{
	unsigned char bytes[4];
	int rc = reader_exactly(in, bytes, (size_t)values->bytes, values->at + index * (uint64_t)values->bytes);
	if (!rc)
		*out = tiff_number(anatomy, bytes, values->bytes);
	return rc;
}

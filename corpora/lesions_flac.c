/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What can be wrong with the structure of a FLAC file (RFC 9639; chapters in brackets). */
#include "corpora/lesion.h"

#include "base/attr.h"
#include "corpora/numbers.h"

#define INFO_RATE 10 /* of STREAMINFO: 20 bits of rate, 3 of channels, 5 of bits, 36 of the number of samples; then the MD5 [8.2] */
#define INFO_MD5 18

static int cut_magic(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	return lesion_flip(surgery, 0, 0x20);
}

/* A bit of a part: self->from is the byte, from the end where it is negative. */
static int cut_bit(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = anatomy_part(surgery->anatomy, self->part, 0);
	uint64_t place = part ? ((int64_t)self->from < 0 ? part->length + self->from : self->from) : 0;
	return part && place < part->length ? lesion_flip(surgery, part->at + place, (unsigned char)self->to) : -ENOENT;
}

/* A number of three bytes: the length of a block [8.1]. */
static int cut_length(const struct lesion *self, struct surgery *surgery)
{
	const struct part *part = anatomy_part(surgery->anatomy, self->part, 0);
	return part ? lesion_number(surgery, part->at + 1, self->to, 3, true) : -ENOENT;
}

/* No block says that it is the last: what follows is frames, taken for blocks. */
static int cut_last(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *last = NULL;
	for (size_t i = 0; i < surgery->anatomy->parts.count; i++) {
		const struct part *part = &surgery->anatomy->parts.at[i];
		unsigned char head;
		if (part->data != part->at && reader_exactly(surgery->in, &head, 1, part->at) == 0 && head & 0x80)
			last = part;
	}
	return last ? lesion_flip(surgery, last->at, 0x80) : -ENOENT;
}

static int cut_rate(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	unsigned char rate[3];
	const struct part *info = anatomy_part(surgery->anatomy, "STREAMINFO", 0);
	if (!info)
		return -ENOENT;
	int rc = reader_exactly(surgery->in, rate, sizeof rate, info->data + INFO_RATE);
	rate[0] = rate[1] = 0;
	rate[2] &= 0x0f;
	return rc ? rc : patch_bytes(surgery->patch, info->data + INFO_RATE, sizeof rate, rate, sizeof rate);
}

static const struct lesion table[] = {
	{"flac-magic", MEDIUM_FLAC, TRUTH_REFUSE, "fLaC is misspelt", cut_magic, NULL, 0, 0},
	{"flac-no-streaminfo", MEDIUM_FLAC, TRUTH_REFUSE, "there is no STREAMINFO", lesion_drop, "STREAMINFO", 0, 0},
	{"flac-length", MEDIUM_FLAC, TRUTH_REFUSE, "STREAMINFO says 16 MiB", cut_length, "STREAMINFO", 0, 0xffffff},
	{"flac-last", MEDIUM_FLAC, TRUTH_REFUSE, "no block of metadata is the last", cut_last, NULL, 0, 0},
	{"flac-zero-rate", MEDIUM_FLAC, TRUTH_WARN, "0 Hz, which stands for no sound", cut_rate, NULL, 0, 0},
	{"flac-samples", MEDIUM_FLAC, TRUTH_WARN, "2^35 samples more than there are", cut_bit, "STREAMINFO", 4 + 13, 0x08},
	{"flac-md5", MEDIUM_FLAC, TRUTH_WARN, "the MD5 of the samples is wrong", cut_bit, "STREAMINFO", 4 + INFO_MD5, 1},
	{"flac-sync", MEDIUM_FLAC, TRUTH_REFUSE, "the sync code of the first frame is broken", cut_bit, "frame", 0, 0x10},
	{"flac-crc-head", MEDIUM_FLAC, TRUTH_REFUSE, "the head of the first frame does not go with its CRC-8", cut_bit, "frame", 4, 1},
	{"flac-crc-frame", MEDIUM_FLAC, TRUTH_REFUSE, "the CRC-16 of the first frame is wrong", cut_bit, "frame", (uint64_t)-1, 1},
	{"flac-no-frame", MEDIUM_FLAC, TRUTH_WARN, "the first frame is missing", lesion_drop, "frame", 0, 0},
};

const struct lesion_table lesions_flac = {table, COUNT_OF(table)};

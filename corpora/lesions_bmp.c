/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What can be wrong with the structure of a BMP file (Windows SDK, wingdi.h: BITMAPFILEHEADER, BITMAPINFOHEADER). */
#include "corpora/lesion.h"

#include "base/attr.h"

/* A number of the head: self->from: its place in the file, self->to: what it is. */
static int cut_number(const struct lesion *self, struct surgery *surgery, int bytes)
{
	if (self->from + (uint64_t)bytes > surgery->in->size)
		return -ENOENT;
	return lesion_number(surgery, self->from, self->to, bytes, false);
}

static int cut2(const struct lesion *self, struct surgery *surgery)
{
	return cut_number(self, surgery, 2);
}

static int cut4(const struct lesion *self, struct surgery *surgery)
{
	return cut_number(self, surgery, 4);
}

#define FIELD(name_, class_, about_, cut_, place_, value_) {"bmp-" name_, MEDIUM_BMP, class_, about_, cut_, NULL, place_, value_}

static const struct lesion table[] = {
	FIELD("magic", TRUTH_REFUSE, "BN in the place of BM", cut2, 0, 0x4e42),
	FIELD("size", TRUTH_UNSEEN, "the head says 54 bytes: nobody reads it", cut4, 2, 54),
	FIELD("offset", TRUTH_REFUSE, "the pixels are behind the end", cut4, 10, 0x7ffffff0),
	FIELD("info-size", TRUTH_REFUSE, "an info header of 7 bytes", cut4, 14, 7),
	FIELD("zero-width", TRUTH_REFUSE, "0 pixels wide", cut4, 18, 0),
	FIELD("negative-width", TRUTH_REFUSE, "-1 pixels wide", cut4, 18, UINT32_MAX),
	FIELD("huge-width", TRUTH_REFUSE, "2^31-1 pixels wide", cut4, 18, 0x7fffffff),
	FIELD("huge-height", TRUTH_REFUSE, "2^31-1 pixels high", cut4, 22, 0x7fffffff),
	FIELD("planes", TRUTH_WARN, "65535 planes", cut2, 26, 0xffff),
	FIELD("bits", TRUTH_REFUSE, "7 bits a pixel", cut2, 28, 7),
	FIELD("compression", TRUTH_REFUSE, "compression 99", cut4, 30, 99),
	FIELD("colours", TRUTH_WARN, "a palette of 2^31-1 colours", cut4, 46, 0x7fffffff),
};

const struct lesion_table lesions_bmp = {table, COUNT_OF(table)};

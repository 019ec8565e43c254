/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What can be wrong with the structure of a TIFF file (TIFF 6.0). */
#include "corpora/lesion.h"

#include "base/attr.h"
#include "corpora/numbers.h"
#include "corpora/tiff_tags.h"

static int put(struct surgery *surgery, uint64_t at, uint64_t number, int bytes)
{
	return lesion_number(surgery, at, number, bytes, surgery->anatomy->big_endian);
}

static const struct part *directory(const struct surgery *surgery, size_t nth)
{
	const struct part *part = anatomy_part(surgery->anatomy, "IFD", nth);
	return part && part->length >= 6 ? part : NULL;
}

/* A number in the head: self->from: its place, self->to: what it is. */
static int cut_head(const struct lesion *self, struct surgery *surgery)
{
	return put(surgery, self->from, self->to, self->from == 2 ? 2 : 4);
}

/* The place of the next directory, at the end of the last one: its own, or one outside. */
static int cut_next(const struct lesion *self, struct surgery *surgery)
{
	const struct part *last = directory(surgery, SIZE_MAX);
	uint64_t next = self->to ? surgery->in->size + self->to : last ? last->at : 0;
	return last ? put(surgery, last->at + last->length - 4, next, 4) : -ENOENT;
}

static int cut_entries(const struct lesion *self, struct surgery *surgery)
{
	const struct part *first = directory(surgery, 0);
	return first ? put(surgery, first->at, self->to, 2) : -ENOENT;
}

static int find(const struct lesion *self, struct surgery *surgery, struct tiff_values *values)
{
	return tiff_values(surgery->in, surgery->anatomy, (enum tiff_tag)self->from, values);
}

/* A tag's own number, so that there is none of it. */
static int cut_tag(const struct lesion *self, struct surgery *surgery)
{
	struct tiff_values values;
	int rc = find(self, surgery, &values);
	return rc ? rc : put(surgery, values.entry, self->to, 2);
}

static int cut_type(const struct lesion *self, struct surgery *surgery)
{
	struct tiff_values values;
	int rc = find(self, surgery, &values);
	return rc ? rc : put(surgery, values.entry + 2, self->to, 2);
}

static int cut_count(const struct lesion *self, struct surgery *surgery)
{
	struct tiff_values values;
	int rc = find(self, surgery, &values);
	return rc ? rc : put(surgery, values.entry + 4, self->to, 4);
}

/* The first value of a tag; as much of the number as it has room for. */
static int cut_value(const struct lesion *self, struct surgery *surgery)
{
	struct tiff_values values;
	int rc = find(self, surgery, &values);
	return rc ? rc : put(surgery, values.at, self->to, values.bytes);
}

/* The entries are not in the order of their tags: the first two change places. */
static int cut_order(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *first = directory(surgery, 0);
	if (!first || first->data_length < 24)
		return -ENOENT;
	int rc = patch_with(surgery->patch, first->data, 12, PATCH_SAME, first->data + 12, 12);
	return rc ? rc : patch_with(surgery->patch, first->data + 12, 12, PATCH_SAME, first->data, 12);
}

#define TAG(name_, class_, about_, cut_, tag_, value_) {"tiff-" name_, MEDIUM_TIFF, class_, about_, cut_, NULL, tag_, value_}

static const struct lesion table[] = {
	{"tiff-magic", MEDIUM_TIFF, TRUTH_REFUSE, "41 in the place of 42", cut_head, NULL, 2, 41},
	{"tiff-ifd-outside", MEDIUM_TIFF, TRUTH_REFUSE, "the first directory is behind the end", cut_head, NULL, 4, 0xfffffff0},
	{"tiff-no-ifd", MEDIUM_TIFF, TRUTH_REFUSE, "there is no directory", cut_head, NULL, 4, 0},
	{"tiff-loop", MEDIUM_TIFF, TRUTH_WARN, "the last directory is followed by itself", cut_next, NULL, 0, 0},
	{"tiff-next-outside", MEDIUM_TIFF, TRUTH_WARN, "the last directory is followed by one behind the end", cut_next, NULL, 0, 4096},
	{"tiff-entries-zero", MEDIUM_TIFF, TRUTH_REFUSE, "a directory without entries", cut_entries, NULL, 0, 0},
	{"tiff-entries-many", MEDIUM_TIFF, TRUTH_REFUSE, "a directory of 65535 entries", cut_entries, NULL, 0, 0xffff},
	{"tiff-order", MEDIUM_TIFF, TRUTH_WARN, "entries out of order", cut_order, NULL, 0, 0},
	TAG("no-width", TRUTH_REFUSE, "there is no width", cut_tag, TIFF_WIDTH, 65000),
	TAG("no-strips", TRUTH_REFUSE, "it does not say where the strips are", cut_tag, TIFF_STRIP_OFFSETS, 65000),
	TAG("zero-width", TRUTH_REFUSE, "0 pixels wide", cut_value, TIFF_WIDTH, 0),
	TAG("huge-width", TRUTH_REFUSE, "as wide as the number can say", cut_value, TIFF_WIDTH, UINT32_MAX),
	TAG("huge-height", TRUTH_WARN, "as high as the number can say", cut_value, TIFF_HEIGHT, UINT32_MAX),
	TAG("bits", TRUTH_REFUSE, "255 bits a sample", cut_value, TIFF_BITS, 255),
	TAG("compression", TRUTH_REFUSE, "a compression that nobody has", cut_value, TIFF_COMPRESSION, 65000),
	TAG("type", TRUTH_REFUSE, "the width is of a type that is none", cut_type, TIFF_WIDTH, 99),
	TAG("count", TRUTH_REFUSE, "2^32-1 strips", cut_count, TIFF_STRIP_OFFSETS, UINT32_MAX),
	TAG("strip-outside", TRUTH_REFUSE, "the first strip is behind the end", cut_value, TIFF_STRIP_OFFSETS, 0xfffffff0),
	TAG("strip-bytes", TRUTH_WARN, "the first strip has no bytes", cut_value, TIFF_STRIP_BYTE_COUNTS, 0),
	TAG("rows", TRUTH_WARN, "strips of no rows", cut_value, TIFF_ROWS_PER_STRIP, 0),
};

const struct lesion_table lesions_tiff = {table, COUNT_OF(table)};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What can be wrong with the structure of a WAV file. */
#include "corpora/lesion.h"

#include "base/attr.h"
#include "corpora/numbers.h"

static int put_le(struct surgery *surgery, uint64_t at, uint64_t number, int bytes)
{
	return lesion_number(surgery, at, number, bytes, false);
}

static int cut_magic(const struct lesion *self, struct surgery *surgery)
{
	return patch_bytes(surgery->patch, self->from, 4, self->part, 4);
}

/* The size of the file, in the head: half of it, or as many bytes more. */
static int cut_size(const struct lesion *self, struct surgery *surgery)
{
	return put_le(surgery, 4, (surgery->in->size - 8) * self->from / self->to, 4);
}

/* The size of the samples. */
static int cut_data_size(const struct lesion *self, struct surgery *surgery)
{
	const struct part *data = anatomy_part(surgery->anatomy, "data", 0);
	if (!data)
		return -ENOENT;
	return put_le(surgery, data->at + 4, self->to ? data->data_length * self->from / self->to : self->from, 4);
}

/* A number in the chunk "fmt ": self->from: its place, self->to: what it is. */
static int cut_format(const struct lesion *self, struct surgery *surgery, int bytes)
{
	const struct part *format = anatomy_part(surgery->anatomy, "fmt ", 0);
	if (!format || self->from + (uint64_t)bytes > format->data_length)
		return -ENOENT;
	return put_le(surgery, format->data + self->from, self->to, bytes);
}

static int cut_format2(const struct lesion *self, struct surgery *surgery)
{
	return cut_format(self, surgery, 2);
}

static int cut_format4(const struct lesion *self, struct surgery *surgery)
{
	return cut_format(self, surgery, 4);
}

/* "fmt " says that it is too short to hold a format, and is. */
static int cut_format_short(const struct lesion *self, struct surgery *surgery)
{
	const struct part *format = anatomy_part(surgery->anatomy, "fmt ", 0);
	if (!format || format->data_length <= self->to)
		return -ENOENT;
	int rc = put_le(surgery, format->at + 4, self->to, 4);
	return rc ? rc : patch_with(surgery->patch, format->data + self->to, format->data_length - self->to, PATCH_FILL, 0, 0);
}

/* The samples stand before what they are. */
static int cut_order(const struct lesion *self, struct surgery *surgery)
{
	(void)self;
	const struct part *format = anatomy_part(surgery->anatomy, "fmt ", 0), *data = anatomy_part(surgery->anatomy, "data", 0);
	if (!format || !data || data->at < format->at)
		return -ENOENT;
	int rc = patch_with(surgery->patch, format->at, format->length, PATCH_FILL, 0, 0);
	return rc ? rc : patch_with(surgery->patch, data->at + data->length, 0, PATCH_SAME, format->at, format->length);
}

/* Places in "fmt ": tag 0, channels 2, frames a second 4, bytes a second 8, bytes of a frame 12, bits 14. */
#define FORMAT(name_, class_, about_, place_, value_, cut_) {"wav-" name_, MEDIUM_RIFF, class_, about_, cut_, NULL, place_, value_}

static const struct lesion table[] = {
	{"wav-magic", MEDIUM_RIFF, TRUTH_REFUSE, "RIFX in the place of RIFF", cut_magic, "RIFX", 0, 0},
	{"wav-form", MEDIUM_RIFF, TRUTH_REFUSE, "AVI in the place of WAVE", cut_magic, "AVI ", 8, 0},
	{"wav-size-short", MEDIUM_RIFF, TRUTH_WARN, "the head says half of the file's size", cut_size, NULL, 1, 2},
	{"wav-size-long", MEDIUM_RIFF, TRUTH_WARN, "the head says twice the file's size", cut_size, NULL, 2, 1},
	{"wav-data-short", MEDIUM_RIFF, TRUTH_WARN, "the samples say half of their size", cut_data_size, NULL, 1, 2},
	{"wav-data-long", MEDIUM_RIFF, TRUTH_WARN, "the samples say twice their size: more than the file has", cut_data_size, NULL, 2, 1},
	{"wav-data-zero", MEDIUM_RIFF, TRUTH_WARN, "the samples say that there are none", cut_data_size, NULL, 0, 0},
	{"wav-data-max", MEDIUM_RIFF, TRUTH_WARN, "the samples say 4 GiB", cut_data_size, NULL, UINT32_MAX, 0},
	{"wav-no-fmt", MEDIUM_RIFF, TRUTH_REFUSE, "there is no 'fmt '", lesion_drop, "fmt ", 0, 0},
	{"wav-no-data", MEDIUM_RIFF, TRUTH_REFUSE, "there is no 'data'", lesion_drop, "data", 0, 0},
	{"wav-order", MEDIUM_RIFF, TRUTH_WARN, "the samples stand before 'fmt '", cut_order, NULL, 0, 0},
	{"wav-fmt-short", MEDIUM_RIFF, TRUTH_REFUSE, "'fmt ' has 8 bytes", cut_format_short, NULL, 0, 8},
	FORMAT("tag", TRUTH_REFUSE, "a codec that nobody has", 0, 0xdead, cut_format2),
	FORMAT("zero-channels", TRUTH_REFUSE, "no channels", 2, 0, cut_format2),
	FORMAT("many-channels", TRUTH_WARN, "65535 channels", 2, 0xffff, cut_format2),
	FORMAT("zero-rate", TRUTH_REFUSE, "0 Hz", 4, 0, cut_format4),
	FORMAT("huge-rate", TRUTH_WARN, "4294967295 Hz", 4, UINT32_MAX, cut_format4),
	FORMAT("byte-rate", TRUTH_WARN, "a wrong number of bytes a second", 8, 1, cut_format4),
	FORMAT("zero-align", TRUTH_WARN, "frames of 0 bytes", 12, 0, cut_format2),
	FORMAT("align", TRUTH_WARN, "frames of 7 bytes", 12, 7, cut_format2),
	FORMAT("zero-bits", TRUTH_REFUSE, "samples of 0 bits", 14, 0, cut_format2),
	FORMAT("bits", TRUTH_REFUSE, "samples of 65535 bits", 14, 0xffff, cut_format2),
};

const struct lesion_table lesions_riff = {table, COUNT_OF(table)};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tells what a file is, and keeps its parts. */
#include "corpora/anatomy.h"

#include <string.h>

static const struct {
	const char *name;
	const char *magic;
	size_t length;
	int (*read)(const struct reader *in, struct anatomy *out);
} media[MEDIA] = {
	[MEDIUM_OTHER] = {"unknown", "", 0, NULL},
	[MEDIUM_PNG] = {"PNG", "\x89PNG\r\n\x1a\n", 8, anatomy_png},
	[MEDIUM_RIFF] = {"WAV", "RIFF", 4, anatomy_riff},
	[MEDIUM_FLAC] = {"FLAC", "fLaC", 4, anatomy_flac},
	[MEDIUM_TIFF] = {"TIFF", "II*\0", 4, anatomy_tiff},
	[MEDIUM_BMP] = {"BMP", "BM", 2, anatomy_bmp},
};

/* First bytes of the same media in another dress. */
static const struct {
	enum medium medium;
	const char *magic;
} others[] = {{MEDIUM_RIFF, "RF64"}, {MEDIUM_TIFF, "MM\0*"}};

const char *medium_name(enum medium medium)
{
	return media[medium].name;
}

static enum medium medium_of(const unsigned char *head, size_t length)
{
	for (enum medium m = MEDIUM_OTHER + 1; m < MEDIA; m++)
		if (length >= media[m].length && memcmp(head, media[m].magic, media[m].length) == 0)
			return m;
	for (size_t i = 0; length >= 4 && i < sizeof others / sizeof others[0]; i++)
		if (memcmp(head, others[i].magic, 4) == 0)
			return others[i].medium;
	return MEDIUM_OTHER;
}

int anatomy_read(const struct reader *in, struct anatomy *out)
{
	unsigned char head[8];
	*out = (struct anatomy){0};
	ssize_t got = reader_read(in, head, sizeof head, 0);
	if (got < 0)
		return (int)got;
	out->medium = medium_of(head, (size_t)got);
	int rc = out->medium == MEDIUM_OTHER ? 0 : media[out->medium].read(in, out);
	return rc == -ENODATA ? 0 : rc;
}

void anatomy_fini(struct anatomy *anatomy)
{
	vec_free(&anatomy->parts);
}

int anatomy_add(struct anatomy *anatomy, const struct reader *in, const struct part *part)
{
	if (part->at >= in->size || anatomy->parts.count >= PARTS_MAX)
		return -ENODATA;
	struct part *added = vec_add(&anatomy->parts);
	if (!added)
		return -ENOMEM;
	*added = *part;
	if (added->length > in->size - added->at)
		added->length = in->size - added->at;
	uint64_t end = added->at + added->length;
	if (added->data > end)
		added->data = end;
	if (added->data_length > end - added->data)
		added->data_length = end - added->data;
	return 0;
}

const struct part *anatomy_part(const struct anatomy *anatomy, const char *name, size_t nth)
{
	const struct part *last = NULL;
	for (size_t i = 0, seen = 0; i < anatomy->parts.count; i++) {
		const struct part *part = &anatomy->parts.at[i];
		if (strcmp(part->name, name) != 0)
			continue;
		if (seen++ == nth)
			return part;
		last = part;
	}
	return nth == SIZE_MAX ? last : NULL;
}

static bool overlap(uint64_t first, uint64_t end, uint64_t at, uint64_t length)
{
	return first < at + length && at < end;
}

enum guard anatomy_guard(const struct anatomy *anatomy, uint64_t first, uint64_t end)
{
	enum guard best = anatomy->parts.count ? GUARD_NONE : GUARD_SENSE;
	uint64_t known = 0;
	for (size_t i = 0; i < anatomy->parts.count; i++) {
		const struct part *part = &anatomy->parts.at[i];
		if (overlap(first, end, part->data, part->data_length) && part->guard > best)
			best = part->guard;
		bool frame = overlap(first, end, part->at, part->data - part->at) ||
			     overlap(first, end, part->data + part->data_length,
				     part->at + part->length - part->data - part->data_length);
		if (frame && part->frame_guard > best)
			best = part->frame_guard;
		if (part->at + part->length > known)
			known = part->at + part->length;
	}
	return best == GUARD_NONE && end > known ? GUARD_SENSE : best;
}

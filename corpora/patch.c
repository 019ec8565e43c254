/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Puts a damaged file together from its edits. */
#include "corpora/patch.h"

#include "base/draw.h"
#include "base/least.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LIMIT (UINT64_C(1) << 62)

/* ---- life ---- */

struct patch *patch_new(uint64_t size, uint64_t seed, uint64_t path)
{
	struct patch *patch = malloc(sizeof *patch);
	if (patch)
		*patch = (struct patch){.users = 1, .before = size, .size = size, .seed = seed, .path = path};
	return patch;
}

struct patch *patch_share(struct patch *patch)
{
	if (patch)
		patch->users++;
	return patch;
}

void patch_leave(struct patch *patch)
{
	if (!patch || --patch->users)
		return;
	for (size_t i = 0; i < patch->edits.count; i++)
		free(patch->edits.at[i].bytes);
	vec_free(&patch->edits);
	free(patch->other);
	free(patch);
}

/* ---- making ---- */

int patch_bytes(struct patch *patch, uint64_t at, uint64_t drop, const void *bytes, size_t length)
{
	unsigned char *copy = malloc(length + 1);
	struct patch_edit *edit = copy ? vec_add(&patch->edits) : NULL;
	if (!edit) {
		free(copy);
		return -ENOMEM;
	}
	if (length)
		memcpy(copy, bytes, length);
	*edit = (struct patch_edit){.at = at, .drop = drop, .with = PATCH_BYTES, .length = length, .bytes = copy};
	return 0;
}

int patch_with(struct patch *patch, uint64_t at, uint64_t drop, enum patch_with with, uint64_t from, uint64_t length)
{
	struct patch_edit *edit = vec_add(&patch->edits);
	if (!edit)
		return -ENOMEM;
	*edit = (struct patch_edit){.at = at, .drop = drop, .with = with, .from = from, .length = length};
	if (with == PATCH_FILL)
		edit->fill = (unsigned char)from;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct patch_edit *x = a, *y = b;
	return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : (x->drop > y->drop) - (x->drop < y->drop);
}

int patch_close(struct patch *patch)
{
	uint64_t reached = 0;
	bool changes = false;
	patch->size = patch->before;
	if (patch->edits.count)
		qsort(patch->edits.at, patch->edits.count, sizeof *patch->edits.at, by_place);
	for (size_t i = 0; i < patch->edits.count; i++) {
		const struct patch_edit *edit = &patch->edits.at[i];
		if (edit->at < reached || edit->at > patch->before || edit->drop > patch->before - edit->at)
			return -EINVAL;
		reached = edit->at + edit->drop;
		patch->size += edit->length - edit->drop;
		if (edit->length > SIZE_LIMIT || patch->size > SIZE_LIMIT)
			return -EFBIG;
		changes |= edit->drop || edit->length;
	}
	return changes ? 0 : -ENOENT;
}

bool patch_is_idle(const struct patch *patch, const struct reader *in)
{
	unsigned char before[256];
	for (size_t i = 0; i < patch->edits.count; i++) {
		const struct patch_edit *edit = &patch->edits.at[i];
		const size_t length = (size_t)edit->length;
		bool same = edit->with == PATCH_BYTES && edit->length == edit->drop && edit->length <= sizeof before &&
			    reader_exactly(in, before, length, edit->at) == 0 && memcmp(before, edit->bytes, length) == 0;
		if (!same)
			return false;
	}
	return true;
}

bool patch_touches(const struct patch *patch, uint64_t first, uint64_t end)
{
	for (size_t i = 0; i < patch->edits.count; i++)
		if (patch->edits.at[i].at < end && patch->edits.at[i].at + patch->edits.at[i].drop > first)
			return true;
	return false;
}

/* ---- reading ---- */

void patch_random(uint64_t seed, uint64_t path, const char *who, unsigned char *bytes, size_t length, uint64_t offset)
{
	struct draw_key key = {.seed = seed, .who = draw_text(who), .path = path};
	uint64_t drawn = 0;
	for (size_t i = 0; i < length; i++) {
		uint64_t place = offset + i;
		if (i == 0 || place % 8 == 0) {
			key.where = place / 8;
			drawn = draw_u64(&key);
		}
		bytes[i] = (unsigned char)(drawn >> (place % 8 * 8));
	}
}

/* Up to `length` bytes of what an edit puts there, from `skip` on. Reads at least one, or says why not. */
static ssize_t read_new(const struct patch *patch, const struct patch_edit *edit, const struct reader *in, const struct reader *other,
			unsigned char *bytes, size_t length, uint64_t skip)
{
	size_t part = (size_t)min_of(length, edit->length - skip);
	const struct reader *from = edit->with == PATCH_OTHER ? other : in;
	switch (edit->with) {
	case PATCH_BYTES:
		memcpy(bytes, edit->bytes + skip, part);
		return (ssize_t)part;
	case PATCH_FILL:
		memset(bytes, edit->fill, part);
		return (ssize_t)part;
	case PATCH_RANDOM:
		patch_random(patch->seed, patch->path, "damage: edit", bytes, part, edit->at + skip);
		return (ssize_t)part;
	case PATCH_SAME:
	case PATCH_OTHER:
		break;
	}
	return from->of ? reader_read(from, bytes, part, edit->from + skip) : -EIO;
}

/* One stretch from `offset` of the damaged file on: of one edit, or of what is whole between two. */
static ssize_t read_stretch(const struct patch *patch, const struct reader *in, const struct reader *other, unsigned char *bytes,
			    size_t length, uint64_t offset)
{
	uint64_t place = 0, source = 0; /* how far we are: in the damaged file, and in the undamaged one */
	for (size_t i = 0; i < patch->edits.count; i++) {
		const struct patch_edit *edit = &patch->edits.at[i];
		uint64_t whole = edit->at - source;
		if (offset < place + whole)
			return reader_read(in, bytes, (size_t)min_of(length, place + whole - offset), source + (offset - place));
		place += whole;
		if (offset < place + edit->length)
			return read_new(patch, edit, in, other, bytes, length, offset - place);
		place += edit->length;
		source = edit->at + edit->drop;
	}
	return reader_read(in, bytes, length, source + (offset - place));
}

ssize_t patch_read(const struct patch *patch, const struct reader *in, const struct reader *other, void *bytes, size_t length,
		   uint64_t offset)
{
	size_t done = 0;
	if (offset >= patch->size)
		return 0;
	length = (size_t)min_of(length, patch->size - offset);
	while (done < length) {
		ssize_t got = read_stretch(patch, in, other, (unsigned char *)bytes + done, length - done, offset + done);
		if (got < 0 && !done)
			return got;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

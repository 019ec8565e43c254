/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Media files of strangers: looked into for their parts, and broken in every way that a spec can break them. Whatever they say of
 * themselves, parts lie inside the file, and any part of a broken one is that part of the whole. */
#include "corpora/damage.h"
#include "corpora/lesion.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_HERE 65536 /* what is longer is no harder */

struct bytes {
	const uint8_t *at;
	size_t size;
};

static ssize_t read_bytes(void *of, void *bytes, size_t length, uint64_t offset)
{
	const struct bytes *from = of;
	size_t there = offset >= from->size ? 0 : from->size - (size_t)offset;
	if (length > there)
		length = there;
	if (length)
		memcpy(bytes, from->at + offset, length);
	return (ssize_t)length;
}

static void check_parts(const struct anatomy *anatomy, const struct reader *in)
{
	for (size_t i = 0; i < anatomy->parts.count; i++) {
		const struct part *part = &anatomy->parts.at[i];
		PROMISE(part->at < in->size && part->length <= in->size - part->at);
		PROMISE(part->data >= part->at && part->data <= part->at + part->length);
		PROMISE(part->data_length <= part->at + part->length - part->data);
		PROMISE(strlen(part->name) <= PART_NAME_MAX);
	}
	PROMISE(anatomy_guard(anatomy, 0, in->size + 1) <= GUARD_SUMMED);
}

/* Reads of three pieces are what one read is. */
static void check_reading(const struct patch *patch, const struct reader *in)
{
	static uint8_t whole[1 << 20], piece[1 << 20];
	const struct reader none = {0};
	if (patch->size > sizeof whole)
		return;
	ssize_t size = patch_read(patch, in, &none, whole, sizeof whole, 0);
	PROMISE(size == (ssize_t)patch->size);
	for (size_t at = 0, third = (size_t)size / 3 + 1; at < (size_t)size; at += third) {
		ssize_t got = patch_read(patch, in, &none, piece, third, at);
		PROMISE(got > 0 && memcmp(piece, whole + at, (size_t)got) == 0);
	}
}

/* Those that are megabytes by themselves say nothing of the file. */
static int is_large(const struct lesion *lesion)
{
	return strcmp(lesion->name, "png-bomb") == 0 || strcmp(lesion->name, "png-text") == 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct bytes from = {bytes, size < SIZE_MAX_HERE ? size : SIZE_MAX_HERE};
	const struct reader in = {read_bytes, &from, from.size};
	const struct lesion *lesion;
	struct anatomy anatomy;
	PROMISE(anatomy_read(&in, &anatomy) == 0);
	check_parts(&anatomy, &in);
	for (size_t i = 0; (lesion = lesion_at(i)); i++) {
		if (lesion->medium != anatomy.medium || is_large(lesion))
			continue;
		struct patch *patch = patch_new(in.size, 1, 2);
		struct surgery surgery = {&in, &anatomy, patch, 0};
		int rc = lesion->cut(lesion, &surgery);
		if (!rc)
			rc = patch_close(patch);
		PROMISE(rc == 0 || rc == -ENOENT || rc == -ENODATA || rc == -EINVAL);
		if (!rc)
			check_reading(patch, &in);
		patch_leave(patch);
	}
	anatomy_fini(&anatomy);
	return 0;
}

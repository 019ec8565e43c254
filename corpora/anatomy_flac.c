/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The parts of a FLAC file (RFC 9639): the magic, metadata blocks, the first frame, the others. */
#include "corpora/anatomy.h"
#include "corpora/crc.h"
#include "corpora/numbers.h"

#include <stdlib.h>
#include <string.h>

/* Block types, RFC 9639, 8.1. */
static const struct {
	const char *name;
	enum guard guard;
} blocks[] = {
	{"STREAMINFO", GUARD_SENSE}, /* the MD5 is no more than a warning to many */
	{"PADDING", GUARD_NONE},
	{"APPLICATION", GUARD_SENSE},
	{"SEEKTABLE", GUARD_SENSE},
	{"COMMENT", GUARD_SENSE},
	{"CUESHEET", GUARD_SENSE},
	{"PICTURE", GUARD_SENSE},
};

static int read_blocks(const struct reader *in, struct anatomy *out, uint64_t *end)
{
	bool last = false;
	int rc = 0;
	for (uint64_t at = *end; !rc && !last; *end = at) {
		unsigned char head[4];
		rc = reader_exactly(in, head, sizeof head, at);
		if (rc)
			break;
		size_t type = head[0] & 0x7f;
		uint64_t size = number_be(head + 1, 3);
		bool known = type < sizeof blocks / sizeof blocks[0];
		struct part part = {.at = at, .length = size + 4, .data = at + 4, .data_length = size,
				    .guard = known ? blocks[type].guard : GUARD_SENSE, .frame_guard = GUARD_SENSE};
		strcpy(part.name, known ? blocks[type].name : "block");
		last = head[0] & 0x80;
		at += part.length;
		rc = anatomy_add(out, in, &part);
	}
	return rc;
}

#define FRAME_LOOK (1u << 20) /* nobody writes longer frames: 65535 samples of 8 channels would be */

/* Where the frame that begins with these bytes ends: before the next sync code, behind a CRC that is right (9.1, 9.3). All of them
 * where there is no other. */
static size_t frame_length(const unsigned char *bytes, size_t length)
{
	uint16_t crc = 0;
	for (size_t i = 0; i + 2 < length; i++) {
		bool sync = i >= 4 && bytes[i] == 0xff && (bytes[i + 1] & 0xfc) == 0xf8;
		if (sync && crc == 0)
			return i;
		crc = crc16(crc, bytes + i, 1);
	}
	return length;
}

static int read_frames(const struct reader *in, struct anatomy *out, uint64_t at)
{
	unsigned char *bytes = malloc(FRAME_LOOK);
	ssize_t got = bytes ? reader_read(in, bytes, FRAME_LOOK, at) : -ENOMEM;
	size_t first = got > 0 ? frame_length(bytes, (size_t)got) : 0;
	free(bytes);
	if (got <= 0)
		return (int)got;
	struct part part = {.name = "frame", .at = at, .length = first, .data = at, .data_length = first, .guard = GUARD_SUMMED};
	int rc = anatomy_add(out, in, &part);
	struct part rest = {.name = "frames", .at = at + first, .data = at + first, .guard = GUARD_SUMMED};
	rest.length = rest.data_length = in->size - rest.at;
	return rc || !rest.length ? rc : anatomy_add(out, in, &rest);
}

int anatomy_flac(const struct reader *in, struct anatomy *out)
{
	const struct part magic = {.name = "fLaC", .length = 4, .data_length = 4, .guard = GUARD_SUMMED};
	uint64_t end = 4;
	int rc = anatomy_add(out, in, &magic);
	if (!rc)
		rc = read_blocks(in, out, &end);
	return rc ? rc : read_frames(in, out, end);
}

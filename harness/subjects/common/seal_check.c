/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Checks the seal of a module. */
#include "common/seal.h"

#include <endian.h>
#include <string.h>
#include <zlib.h>

int seal_check(const struct bytes *bytes, const char *file, struct failure *why)
{
	if (bytes->length < SEAL_SIZE)
		return failure_set(why, CODE_CORRUPTED, file, "is too short for a module");
	size_t sealed = bytes->length - SEAL_SIZE;
	const uint8_t *seal = bytes->at + sealed;
	if (memcmp(seal, SEAL_TEXT, SEAL_MARK) != 0)
		return failure_set(why, CODE_CORRUPTED, file, "does not end like a module: cut short, or none");
	uint32_t stored;
	memcpy(&stored, seal + SEAL_MARK, sizeof stored);
	if (le32toh(stored) != crc32_z(0, bytes->at, sealed))
		return failure_set(why, CODE_CORRUPTED, file, "is damaged: its checksum differs");
	return 0;
}

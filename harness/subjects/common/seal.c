/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* seal FROM TO: copies a shared object and seals it. Part of the build, not of a core. */
#include "common/seal.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

/* Copy stdin to stdout. Returns the CRC-32 of what was copied. */
static uint32_t copy(void)
{
	unsigned char buffer[4096];
	uLong sum = crc32_z(0, NULL, 0);
	size_t length;
	while ((length = fread(buffer, 1, sizeof buffer, stdin)) > 0) {
		sum = crc32_z(sum, buffer, length);
		fwrite(buffer, 1, length, stdout);
	}
	return (uint32_t)sum;
}

static int fail(const char *what)
{
	perror(what);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: seal FROM TO\n", stderr);
		return EXIT_FAILURE;
	}
	if (!freopen(argv[1], "rb", stdin))
		return fail(argv[1]);
	if (!freopen(argv[2], "wb", stdout))
		return fail(argv[2]);
	uint32_t sum = htole32(copy());
	fwrite(SEAL_TEXT, 1, SEAL_MARK, stdout);
	fwrite(&sum, 1, sizeof sum, stdout);
	if (ferror(stdin))
		return fail(argv[1]);
	if (ferror(stdout) || fclose(stdout))
		return fail(argv[2]);
	return EXIT_SUCCESS;
}

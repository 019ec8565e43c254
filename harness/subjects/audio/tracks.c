/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Finds the tracks of a directory. */
#include "audio/tracks.h"

#include "common/scan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char suffix[] = ".wav";
enum { SUFFIX_LENGTH = sizeof suffix - 1 };

static bool is_track(const char *name)
{
	size_t length = strlen(name);
	return length > SUFFIX_LENGTH && strcasecmp(name + length - SUFFIX_LENGTH, suffix) == 0;
}

int tracks_find(struct names *tracks, const char *dir, struct failure *why)
{
	*tracks = (struct names){0};
	if (scan_names(tracks, dir, why))
		return -1;
	names_filter(tracks, is_track);
	if (tracks->count == 0)
		return failure_set(why, CODE_NOTHING_TO_DO, dir, "there is no *%s file", suffix);
	return 0;
}

void tracks_output(const char *track, char output[NAME_MAX + 2])
{
	snprintf(output, NAME_MAX + 2, "%.*s.json", (int)(strlen(track) - SUFFIX_LENGTH), track);
}

/* Write the suffix in one of its eight cases: bit i of `capitals` for letter i. */
static void write_suffix(char *at, unsigned capitals)
{
	for (size_t i = 0; i < SUFFIX_LENGTH - 1; i++)
		at[i + 1] = (char)(capitals >> i & 1 ? toupper((unsigned char)suffix[i + 1]) : suffix[i + 1]);
}

int tracks_check_unique(const struct names *tracks, const char *track, struct failure *why)
{
	char other[NAME_MAX + 1];
	snprintf(other, sizeof other, "%s", track);
	char *at = other + strlen(other) - SUFFIX_LENGTH;
	for (unsigned capitals = 0; capitals < 8; capitals++) {
		write_suffix(at, capitals);
		if (strcmp(other, track) < 0 && names_has(tracks, other))
			return failure_set(why, CODE_WRITE, track, "its output is that of %s already", other);
	}
	return 0;
}

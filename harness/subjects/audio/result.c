/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes results, and recognises them. */
#include "audio/result.h"

#include <ctype.h>
#include <string.h>

static void write_head(struct text *text, const char *file, uint64_t bytes)
{
	text_add(text, "{\"file\":");
	text_quote(text, file);
	text_add(text, ",\"bytes\":%llu", (unsigned long long)bytes);
}

void result_write(struct text *text, const char *file, const struct measures *measures)
{
	const struct track *track = &measures->track;
	write_head(text, file, measures->bytes);
	text_add(text, ",\"sample_rate\":%u,\"channels\":%u,\"bits\":%u,\"frames\":%llu,\"duration_s\":%.6f",
		 track->sample_rate, track->channels, track->bits, (unsigned long long)track->frames,
		 (double)track->frames / track->sample_rate);
	text_add(text, ",\"peak\":%.6f,\"rms\":%.6f", measures->peak, measures->rms);
	if (measures->tempo.bpm > 0)
		text_add(text, ",\"tempo_bpm\":%.2f", measures->tempo.bpm);
	else
		text_add(text, ",\"tempo_bpm\":null");
	text_add(text, ",\"tempo_confidence\":%.3f}\n", measures->tempo.confidence);
}

static bool skip_text(const char **at, const char *text)
{
	size_t length = strlen(text);
	if (strncmp(*at, text, length) != 0)
		return false;
	*at += length;
	return true;
}

static bool skip_digits(const char **at)
{
	const char *begin = *at;
	while (isdigit((unsigned char)**at))
		++*at;
	return *at > begin;
}

/* A number with exactly so many decimals. */
static bool skip_number(const char **at, int decimals)
{
	if (!skip_digits(at))
		return false;
	if (decimals == 0)
		return true;
	const char *point = *at;
	return skip_text(at, ".") && skip_digits(at) && *at - point == decimals + 1;
}

bool result_matches(const char *object, const char *file, uint64_t bytes)
{
	static const struct {
		const char *key;
		int decimals;
	} members[] = {
		{",\"sample_rate\":", 0}, {",\"channels\":", 0}, {",\"bits\":", 0}, {",\"frames\":", 0},
		{",\"duration_s\":", 6},  {",\"peak\":", 6},     {",\"rms\":", 6},  {",\"tempo_bpm\":", 2},
		{",\"tempo_confidence\":", 3},
	};
	struct text head = {0};
	write_head(&head, file, bytes);
	if (!skip_text(&object, head.at))
		return false;
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		bool found = skip_text(&object, members[i].key) &&
			     (skip_number(&object, members[i].decimals) || skip_text(&object, "null"));
		if (!found)
			return false;
	}
	return strcmp(object, "}\n") == 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Takes slice names apart, puts output names together. */
#include "pyramid/name.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const formats[] = {"png", "tif", "tiff", "bmp", "jpg", "jpeg", NULL};

static bool is_word(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

static uint64_t number_of(const char *digits, size_t count)
{
	uint64_t number = 0;
	for (size_t i = 0; i < count; i++) {
		if (number > NAME_NUMBER_MOST / 10)
			return NAME_ABSURD;
		number = number * 10 + (uint64_t)(digits[i] - '0');
	}
	return number <= NAME_NUMBER_MOST ? number : NAME_ABSURD;
}

bool name_parse(const char *whole, struct name *name)
{
	const char *dot = strrchr(whole, '.');
	if (!dot || !is_word(dot + 1))
		return false;
	const char *digits = dot;
	while (digits > whole && isdigit((unsigned char)digits[-1]))
		digits--;
	*name = (struct name){
		.whole = whole,
		.prefix_length = (size_t)(digits - whole),
		.digits = (unsigned)(dot - digits),
		.number = number_of(digits, (size_t)(dot - digits)),
		.extension = dot + 1,
	};
	return name->digits > 0;
}

int name_format(const struct name *name)
{
	for (int i = 0; formats[i]; i++)
		if (strcasecmp(name->extension, formats[i]) == 0)
			return i;
	return -1;
}

const char *name_format_at(int format)
{
	return formats[format];
}

void name_output(unsigned level, uint64_t index, const char *suffix, char name[NAME_OUTPUT])
{
	snprintf(name, NAME_OUTPUT, "%u/%06llu.%s", level, (unsigned long long)index, suffix);
}

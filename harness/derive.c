/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Maps inputs to the outputs made of them. */
#include "harness/derive.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static bool same_stem(const char *output, const char *input)
{
	const char *out = base_name(output), *in = base_name(input);
	const char *dot = strrchr(in, '.');
	size_t length = dot && dot != in ? (size_t)(dot - in) : strlen(in);
	return strncmp(out, in, length) == 0 && (out[length] == '.' || out[length] == '\0');
}

/* The last run of digits in a name, its suffix left aside; -1 where it has none. */
static int64_t number_in(const char *name)
{
	const char *dot = strrchr(name, '.');
	const char *end = dot ? dot : name + strlen(name);
	while (end > name && !isdigit((unsigned char)end[-1]))
		end--;
	const char *start = end;
	while (start > name && isdigit((unsigned char)start[-1]))
		start--;
	return start == end ? -1 : strtoll(start, NULL, 10);
}

static int64_t first_number(char *const *inputs)
{
	int64_t first = -1;
	for (; *inputs; inputs++) {
		int64_t number = number_in(*inputs);
		if (number >= 0 && (first < 0 || number < first))
			first = number;
	}
	return first;
}

/* The level that the directory right above a file is named by; 0 where it is no number. */
static long level_of(const char *output)
{
	const char *name = base_name(output);
	if (name == output)
		return 0;
	const char *slash = name - 1, *level = slash;
	while (level > output && level[-1] != '/')
		level--;
	char *rest;
	long number = strtol(level, &rest, 10);
	return rest == slash && number >= 1 && number <= 40 ? number : 0;
}

static bool in_pyramid(const char *output, const char *input, char *const *inputs)
{
	long level = level_of(output);
	int64_t index = number_in(base_name(output));
	int64_t number = number_in(base_name(input)), first = first_number(inputs);
	if (!level || index < 0 || number < 0 || first < 0 || number < first)
		return true; /* not of this form: anything may be behind it */
	return (number - first) >> level == index;
}

bool derive_depends(enum derive how, const char *output, const char *input, char *const *inputs)
{
	switch (how) {
	case DERIVE_STEM:
		return same_stem(output, input);
	case DERIVE_PYRAMID:
		return in_pyramid(output, input, inputs);
	case DERIVE_ALL:
	default:
		return true;
	}
}

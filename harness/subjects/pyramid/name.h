/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* File names. A slice's: prefix (shortest), digits, dot, extension of word characters. An output's: level, slash, index of six
 * digits, dot, suffix. Any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_NUMBER_MOST (UINT64_C(1) << 60) /* leaves room for what is computed with numbers */
#define NAME_ABSURD UINT64_MAX

struct name {
	const char *whole; /* borrowed */
	size_t prefix_length;
	unsigned digits;       /* how many there are */
	uint64_t number;       /* or NAME_ABSURD: above NAME_NUMBER_MOST */
	const char *extension; /* within whole */
};

/* False: no such name. */
bool name_parse(const char *whole, struct name *name);

/* A place in the list of the extensions that belong to images; -1 when it is none of them, in whatever case. */
int name_format(const struct name *name);

/* The extension of a place, in lower case; NULL behind the last. What this program can read stands first. */
const char *name_format_at(int format);

enum { NAME_OUTPUT = 64 };

/* "<level>/<index>.<suffix>", below the directory of outputs. */
void name_output(unsigned level, uint64_t index, const char *suffix, char name[NAME_OUTPUT]);

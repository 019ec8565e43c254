/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads quantities as people write them. */
#include "base/units.h"

#include "base/attr.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"", 1}, {"B", 1},
	{"KiB", 1ull << 10}, {"MiB", 1ull << 20}, {"GiB", 1ull << 30}, {"TiB", 1ull << 40},
	{"kB", 1000}, {"MB", 1000000}, {"GB", 1000000000}, {"TB", 1000000000000},
};

/* Factors are in bits. */
static const struct unit bit_units[] = {{"bit", 1}, {"kbit", 1000}, {"mbit", 1000000}, {"gbit", 1000000000}};

static const struct unit time_units[] = {
	{"ns", 1}, {"us", 1000}, {"ms", 1000000}, {"s", 1000000000},
	{"m", 60000000000}, {"min", 60000000000}, {"h", 3600000000000},
};

static const struct unit *unit_named(const struct unit *units, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	return NULL;
}

/* Read digits; *end is left behind them. */
static int digits(const char *text, int base, uint64_t *number, char **end)
{
	/* strtoull() would take blanks, signs and a second 0x. */
	if (!isxdigit((unsigned char)text[0]) || (base == 10 && !isdigit((unsigned char)text[0])) || (text[1] | 0x20) == 'x')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, end, base);
	return errno == ERANGE ? -ERANGE : 0;
}

int units_number(const char *text, uint64_t *number)
{
	char *end;
	int hexadecimal = text[0] == '0' && text[1] == 'x';
	int rc = digits(text + (hexadecimal ? 2 : 0), hexadecimal ? 16 : 10, number, &end);
	return rc ? rc : *end ? -EINVAL : 0;
}

int units_size(const char *text, uint64_t *bytes)
{
	char *end;
	uint64_t number;
	int rc = digits(text, 10, &number, &end);
	if (rc)
		return rc;
	const struct unit *unit = unit_named(size_units, COUNT_OF(size_units), end);
	if (!unit)
		return -EINVAL;
	return __builtin_mul_overflow(number, unit->factor, bytes) ? -ERANGE : 0;
}

static int bits(const char *text, uint64_t *bytes)
{
	char *end;
	uint64_t number;
	int rc = digits(text, 10, &number, &end);
	const struct unit *unit = rc ? NULL : unit_named(bit_units, COUNT_OF(bit_units), end);
	if (!unit)
		return rc ? rc : -EINVAL;
	if (__builtin_mul_overflow(number, unit->factor, bytes))
		return -ERANGE;
	*bytes /= 8;
	return 0;
}

int units_rate(const char *text, uint64_t *bytes)
{
	char size[64];
	size_t length = strlen(text);
	if (length < 2 || length >= sizeof size || strcmp(text + length - 2, "/s") != 0)
		return bits(text, bytes);
	snprintf(size, sizeof size, "%.*s", (int)(length - 2), text);
	return units_size(size, bytes);
}

/* A plain decimal such as 12 or 0.75: strtod() alone would take signs, hexadecimal, nan and inf too. */
static int decimal(const char *text, double *value, char **end)
{
	if (!isdigit((unsigned char)text[0]) || text[1] == 'x' || text[1] == 'X')
		return -EINVAL;
	*value = strtod(text, end);
	return isfinite(*value) ? 0 : -ERANGE;
}

int units_duration(const char *text, int64_t *ns)
{
	char *end;
	double value;
	int rc = decimal(text, &value, &end);
	if (rc)
		return rc;
	if (*end == '\0' && value == 0) {
		*ns = 0;
		return 0;
	}
	const struct unit *unit = unit_named(time_units, COUNT_OF(time_units), end);
	if (!unit)
		return -EINVAL;
	double total = value * (double)unit->factor;
	if (total > 9e18)
		return -ERANGE;
	*ns = (int64_t)llround(total);
	return fabs(total - (double)*ns) < 1e-3 ? 0 : -EINVAL; /* nothing is finer than a nanosecond */
}

int units_probability(const char *text, double *probability)
{
	char *end;
	int rc = decimal(text, probability, &end);
	if (rc)
		return rc;
	if (strcmp(end, "%") == 0)
		*probability /= 100;
	else if (*end)
		return -EINVAL;
	return *probability <= 1 ? 0 : -ERANGE;
}

/* Split at ".." into copies of both sides. Returns whether the dots were there. */
static int split_dots(const char *text, char *left, char *right, size_t room)
{
	const char *dots = strstr(text, "..");
	size_t head = dots ? (size_t)(dots - text) : strlen(text);
	snprintf(left, room, "%.*s", (int)head, text);
	snprintf(right, room, "%s", dots ? dots + 2 : "");
	return dots != NULL;
}

int units_range(const char *text, struct range *range)
{
	char left[64], right[64];
	if (strlen(text) >= sizeof left)
		return -EINVAL;
	int dots = split_dots(text, left, right, sizeof left);
	*range = (struct range){.first = 0, .end = UINT64_MAX};
	if (!left[0] && !right[0])
		return -EINVAL;
	int rc = left[0] ? units_size(left, &range->first) : 0;
	if (!rc && right[0])
		rc = units_size(right, &range->end);
	if (!rc && !dots)
		rc = __builtin_add_overflow(range->first, 1, &range->end) ? -ERANGE : 0;
	return rc ? rc : range->first < range->end ? 0 : -EINVAL;
}

int units_ordinals(const char *text, struct ordinals *o)
{
	char main_part[64], left[64], right[64];
	if (strlen(text) >= sizeof main_part)
		return -EINVAL;
	strcpy(main_part, text);
	*o = (struct ordinals){.first = 1, .last = UINT64_MAX, .step = 1};
	char *plus = strchr(main_part, '+');
	if (plus) {
		*plus = '\0';
		int rc = units_number(plus + 1, &o->step);
		if (rc)
			return rc;
	}
	int dots = split_dots(main_part, left, right, sizeof left);
	int rc = units_number(left, &o->first);
	if (!rc && right[0])
		rc = units_number(right, &o->last);
	else if (!rc && !dots && !plus)
		o->last = o->first;
	if (rc)
		return rc;
	return o->first && o->step && o->first <= o->last ? 0 : -EINVAL;
}

/* The length of what stands for a unit at the head of the text: a prefix, and perhaps B, iB or b; 0: nothing does. */
static size_t loose_unit(const char *text)
{
	size_t length = text[0] && strchr("kKmMgGtT", text[0]) ? 1 : 0;
	if (length && (text[length] | 0x20) == 'i')
		length++;
	if (length && (text[length] | 0x20) == 'b')
		length++;
	return isalnum((unsigned char)text[length]) ? 0 : length;
}

bool units_mended(const char *text, char mended[UNITS_MENDED_SIZE])
{
	size_t used = 0;
	bool any = false;
	for (const char *at = text; *at && used < UNITS_MENDED_SIZE - 4;) {
		size_t length = at > text && isdigit((unsigned char)at[-1]) ? loose_unit(at) : 0;
		char unit[4];
		snprintf(unit, sizeof unit, "%.*s", (int)length, at);
		if (length && !unit_named(size_units, COUNT_OF(size_units), unit)) {
			used += (size_t)snprintf(mended + used, 4, "%ciB", toupper((unsigned char)*at));
			at += length;
			any = true;
		} else {
			mended[used++] = *at++;
		}
	}
	mended[used] = '\0';
	return any && strlen(text) < UNITS_MENDED_SIZE - 4;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks for the shortest text. */
#include "base/real.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 1e-12
#define MOST 1e15

/* With an exponent; the digits are what counts. */
static int shortest_digits(double number, char text[REAL_TEXT_SIZE])
{
	int digits = 0;
	do
		snprintf(text, REAL_TEXT_SIZE, "%.*e", digits++, number);
	while (digits < DBL_DIG && (strtod(text, NULL) < number || strtod(text, NULL) > number));
	return digits;
}

/* 15 digits may end in zeros where more would have been needed. */
static void strip_zeros(char *text)
{
	size_t length = strlen(text);
	while (strchr(text, '.') && (text[length - 1] == '0' || text[length - 1] == '.')) {
		bool point = text[length - 1] == '.';
		text[--length] = '\0';
		if (point)
			break;
	}
}

const char *real_text(double number, char text[REAL_TEXT_SIZE])
{
	double size = fabs(number);
	int digits = shortest_digits(number, text);
	const char *e = strchr(text, 'e');
	if (!e || (size > 0 && (size < LEAST || size >= MOST)))
		snprintf(text, REAL_TEXT_SIZE, "%.*g", digits, number);
	else {
		int decimals = digits - 1 - atoi(e + 1);
		snprintf(text, REAL_TEXT_SIZE, "%.*f", decimals > 0 ? decimals : 0, number);
		strip_zeros(text);
	}
	return text;
}

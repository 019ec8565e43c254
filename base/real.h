/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Numbers with a fraction as people write them: 0.0004096, and neither 0.00040959999999999998 nor 4.096e-04. */
#pragma once

#define REAL_TEXT_SIZE 48

/* The shortest decimal that reads back as this number, of 15 digits at the most: so many of any decimal come through a double unchanged
 * (DBL_DIG). Without an exponent from 1e-12 to 1e15. The locale's decimal point is the dot (setlocale(3) is never called). Returns
 * `text`. Any thread. */
const char *real_text(double number, char text[REAL_TEXT_SIZE]);

/* The same, in room that lasts as long as the block. */
#define REAL(number) real_text(number, (char[REAL_TEXT_SIZE]){0})

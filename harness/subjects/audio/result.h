/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The JSON object that an output holds: keys in a fixed order, numbers with fixed decimals. Any thread. */
#pragma once

#include "audio/measure.h"
#include "common/text.h"

/* An empty *text becomes the object and a newline. */
void result_write(struct text *text, const char *file, const struct measures *measures);

/* Is this an object that result_write() could have made for `file` of so many bytes? Borrows a C string. */
bool result_matches(const char *object, const char *file, uint64_t bytes);

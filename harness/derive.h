/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which outputs can suffer when an input does. Pure. */
#pragma once

#include "harness/subject.h"

#include <stdbool.h>

/* Can the output at this path depend on that input? `inputs` are all names, sorted, NULL-terminated.
 * DERIVE_ALL: any output on any input.
 * DERIVE_STEM: outputs named as the input but for directories and suffixes (a/b.wav -> b.json, b.wav.flac).
 * DERIVE_PYRAMID: LEVEL/NUMBER.* is made of 2^LEVEL slices from NUMBER * 2^LEVEL on, counted from the first number. */
bool derive_depends(enum derive how, const char *output, const char *input, char *const *inputs);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* How often memory ran out where nobody was told at once: a buffer (buf.h) remembers that it lacks something, but what is composed of
 * many of them would have to ask each. Whoever must not go wrong by that compares the count before and behind:
 *
 *     uint64_t before = shortfalls();
 *     ... compose, compare, judge ...
 *     if (shortfalls() != before)
 *             "out of memory"
 *
 * One count a thread. */
#pragma once

#include <stdint.h>

uint64_t shortfalls(void);

/* Something was left out for lack of memory. */
void shortfall_note(void);

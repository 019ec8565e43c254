/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Counts what was left out for lack of memory. */
#include "base/shortfall.h"

static _Thread_local uint64_t count;

uint64_t shortfalls(void)
{
	return count;
}

void shortfall_note(void)
{
	count++;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Allocations outside of main(): of 96 bytes in a constructor, of 98 in a function that atexit(3) was given. */
#include <stdlib.h>

static void *volatile block;

static void leave(void)
{
	block = malloc(98);
}

__attribute__((constructor)) static void enter(void)
{
	block = malloc(96);
	atexit(leave);
}

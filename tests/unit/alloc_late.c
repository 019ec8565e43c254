/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A library to be loaded late: allocates 99 bytes in its constructor, that is, within dlopen(). */
#include <stdlib.h>

static void *volatile block;

__attribute__((constructor)) static void enter(void)
{
	block = malloc(99);
	free(block);
}

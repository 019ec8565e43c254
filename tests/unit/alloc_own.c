/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* A malloc that is linked into the program, as sanitizers' runtimes are: it is found before that of a preloaded library. Gives
 * nothing back. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static _Alignas(16) char arena[1 << 28];
static atomic_size_t used;

void *malloc(size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	size_t at = atomic_fetch_add(&used, rounded);
	return at + rounded <= sizeof arena ? arena + at : NULL;
}

void *calloc(size_t count, size_t size)
{
	return malloc(count * size); /* the arena begins as zeroes, and each byte is used once */
}

void *realloc(void *old, size_t size)
{
	char *moved = malloc(size), *from = old;
	if (moved && old)
		memcpy(moved, from, size < (size_t)(moved - from) ? size : (size_t)(moved - from));
	return moved;
}

void free(void *block)
{
	(void)block;
}

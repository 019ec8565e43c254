/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* An allocation before libc has begun, as sanitizers' runtimes make them: there is no environment yet, nor anything that a
 * constructor of libc's makes. The dynamic linker calls resolvers of indirect functions while it relocates the program. */
#include <stdlib.h>
#include <unistd.h>

int chosen_early(void);

static void *early;

static int nothing(void)
{
	return 0;
}

__attribute__((used)) static int (*choose(void))(void)
{
	early = malloc(96);
	return nothing;
}

int chosen_early(void) __attribute__((ifunc("choose")));

__attribute__((constructor)) static void look(void)
{
	if (chosen_early() || environ == NULL || !early)
		abort();
}

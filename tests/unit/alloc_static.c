/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Allocates once, in a program that nothing can be preloaded into. */
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	void *volatile block = malloc(96);
	return write(STDOUT_FILENO, block ? "." : "x", 1) != 1;
}

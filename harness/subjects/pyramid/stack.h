/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Which files of a directory are the slices of a stack, and where in it they stand.
 *
 * As CTHarvester finds them: the commonest prefix and the commonest extension of an image decide, the number orders. A
 * position is the number less the first number, so a missing number leaves a gap and moves nothing. One thread. */
#pragma once

#include "common/failure.h"
#include "common/names.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

struct slice {
	const char *name; /* the file, relative to the directory */
	uint64_t number;
	bool skipped; /* left out as bad */
};

struct stack {
	struct names names;   /* owns the names of the slices, among others */
	struct slice *slices; /* owned; by rising number, no number twice */
	size_t count;
	const char *suffix; /* their extension in lower case; static */
};

/* CODE_NOTHING_TO_DO: no file is named like a slice. CODE_BAD_FORMAT: none of them is an image. CODE_CORRUPTED: a number is
 * there twice. Free *stack in any case. */
int stack_find(struct stack *stack, const char *dir, struct failure *why) MUST_USE;

uint64_t stack_position(const struct stack *stack, size_t index);
uint64_t stack_length(const struct stack *stack); /* positions from the first to the last slice */

/* The name of the file at a position, or the name that it would have if there were one. */
void stack_name(const struct stack *stack, uint64_t position, char name[NAME_MAX + 1]);

/* The first slice at this position or behind it; stack->count when there is none. */
size_t stack_seek(const struct stack *stack, uint64_t position);

void stack_free(struct stack *stack);

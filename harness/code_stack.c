/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
#include "harness/code_stack.h"

#include <stdio.h>
#include <string.h>

/* Where a path stands, or is put. 0, which is "", where it has no room. */
static uint16_t find_module(struct code_stack *stack, const char *path)
{
	size_t length = strlen(path), at = 1;
	if (!length)
		return 0;
	while (at < CODE_MODULES_SIZE && stack->modules[at]) {
		if (strcmp(&stack->modules[at], path) == 0)
			return (uint16_t)at;
		at += strlen(&stack->modules[at]) + 1;
	}
	/* A NUL stays behind the last, so that all end. */
	if (at + length + 1 >= CODE_MODULES_SIZE)
		return 0;
	memcpy(&stack->modules[at], path, length + 1);
	return (uint16_t)at;
}

bool code_stack_add(struct code_stack *stack, const struct code_place *place)
{
	if (stack->count == CODE_FRAMES_MAX) {
		stack->cut = true;
		return false;
	}
	stack->at[stack->count].offset = place->offset;
	stack->at[stack->count].returned = place->returned;
	stack->at[stack->count].module = find_module(stack, place->module);
	stack->count++;
	return true;
}

struct code_place code_stack_at(const struct code_stack *stack, uint32_t index)
{
	struct code_place place = {.offset = stack->at[index].offset, .returned = stack->at[index].returned};
	uint16_t module = stack->at[index].module;
	if (module < CODE_MODULES_SIZE)
		snprintf(place.module, sizeof place.module, "%.*s", CODE_MODULES_SIZE - 1 - module, &stack->modules[module]);
	return place;
}

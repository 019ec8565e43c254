/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Places in code, and stacks of them. Plain data, to be copied and to be shared with other processes; as small as can be, because each
 * run of a case has two. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define CODE_FRAMES_MAX 32
#define CODE_MODULES_SIZE 1024

struct code_place {
	char module[256]; /* path; "": in no file */
	uint64_t offset;  /* from the load address (dlpi_addr of dl_iterate_phdr(3)): an address as the file has it */
	bool returned;	  /* a return address: what is meant is the call before it */
};

/* Innermost first. An empty one is all zeroes. */
struct code_stack {
	uint32_t count;
	bool cut; /* there was more, or it could not be followed further */
	struct {
		uint64_t offset;
		uint16_t module; /* where its path begins in `modules` */
		bool returned;
	} at[CODE_FRAMES_MAX];
	char modules[CODE_MODULES_SIZE]; /* "", and the paths of all, one behind the other */
};

/* One more frame. A path that has no room is left out; a frame that has none is `cut`, and false. */
bool code_stack_add(struct code_stack *stack, const struct code_place *place);

struct code_place code_stack_at(const struct code_stack *stack, uint32_t index);

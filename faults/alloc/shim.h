/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Between the files of the preloaded shim. Nothing in it allocates, waits, or changes errno unless it says so; everything may be
 * called in a signal handler, in the middle of anything, by several threads. */
#pragma once

#include "faults/alloc/map.h"

#include <pthread.h>
#include <stddef.h>

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/* ---- the process (shim_self.c) ---- */

/* What this process knows of itself: in memory that the kernel clears in a forked child. */
struct self {
	_Atomic int state; /* 0: unknown, 1: being set up, 2: set up */
	struct alloc_page_process *slot; /* NULL: count nothing, harm nothing */
	uint64_t wake; /* allocations below this ordinal are counted, and need no further thought */
	uint32_t rules; /* a bit for each that can strike here */
	uint32_t depth; /* of stacks that are looked at */
	_Atomic uint8_t verdict[ALLOC_PAGE_RULES]; /* enum verdict: on the stack at a rule's ordinal */
	struct alloc_map_process *mapped; /* NULL: records nothing */
	pthread_t first; /* the thread that came first. Where it is mapped */
	uint32_t fork_next; /* the next point, from 1; 0: forks nowhere */
	char program_path[512];
	_Atomic uint32_t chunks[ALLOC_MAP_CHUNKS]; /* places in the map, from 1, by number */
};

extern struct self *self; /* never NULL */
extern struct alloc_page *page; /* NULL: none */
extern struct alloc_map_file *map; /* NULL: none */

/* Find the page and the map by the environment, if that is not done yet. Changes errno. */
void self_find_files(void);

/* This process's slot, or NULL where nothing is to be counted. Changes errno. */
struct alloc_page_process *slot_of_process(void);

/* The phase that the process is in now; another begins. */
enum alloc_phase phase_now(void);
void phase_begins(enum alloc_phase phase);

/* ---- stacks (shim_stack.c) ---- */

struct stack {
	uint32_t count;
	bool cut; /* by code without unwind tables: who called that is not known */
	struct {
		const char *path; /* of its module, as the dynamic linker has it; NULL: no module */
		uint64_t offset;
	} at[ALLOC_DEPTH_MAX];
};

/* The stack of the caller, without the frames of this library. Needs some 4 KiB of stack itself. */
void stack_take(struct stack *stack, uint32_t depth);
uint64_t stack_hash(const struct stack *stack, uint32_t depth);
/* The frame for a reader of that table, which the module is put into. */
uint64_t stack_frame(const struct stack *stack, uint32_t index, struct alloc_modules *modules);
/* Where an address lies; false: in no module. */
bool stack_find(const void *address, const char **path, uint64_t *offset);
uint64_t text_hash(const char *text);
const char *file_name_of(const char *path);

/* ---- the map (shim_map.c) ---- */

void map_join(struct self *me);
void map_record(struct self *me, uint64_t ordinal, enum alloc_function function, size_t size, const struct stack *stack);

/* ---- forks at the point (shim_fork.c, shim_held.c) ---- */

/* When to look first; UINT64_MAX: never. */
uint64_t forks_begin(struct self *me);
/* Has this process become the copy in which the allocation fails? What the event tells is written by note(). */
struct call;
bool forks_weigh(struct self *me, uint64_t ordinal, struct call *call);
void call_note(struct alloc_page_event *event, uint32_t rule, struct call *call);
uint64_t call_stack_hash(struct call *call, uint32_t depth);

/* Can all that the process holds be given to a copy? If so it is remembered for held_renew(). */
enum alloc_fork_state held_look(void);
/* In the copy, in its own view: open everything anew. */
enum alloc_fork_state held_renew(void);

/* ---- rules (shim_rules.c) ---- */

/* Choose the rules that can strike in this process, and when to look at them first. */
void rules_choose(struct self *me);
/* Does this allocation have to fail? Also records it. */
bool rules_weigh(struct self *me, uint64_t ordinal, enum alloc_function function, size_t size, const void *caller);

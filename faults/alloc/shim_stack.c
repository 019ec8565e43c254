/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Stacks, as modules and offsets, so that they are the same wherever the modules lie.
 *
 * Unwound by the tables that every module has for exceptions (Debian's code keeps no frame pointers), with the unwinder of gcc's
 * that is linked into this library: the shared one would have to be loaded, which allocates. It and we find modules by
 * _dl_find_object(), which takes no lock and may be called in a signal handler, and within dlopen() (glibc's manual, "Dynamic
 * Linker Introspection"); backtrace(3) and dladdr(3) are neither. */
#include "faults/alloc/shim.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unwind.h>

/* ---- names ---- */

/* FNV-1a, well mixed; never 0. */
uint64_t text_hash(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	hash = alloc_page_mix(hash);
	return hash ? hash : 1;
}

const char *file_name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* ---- modules ---- */

/* What the dynamic linker calls "" is the program. */
bool stack_find(const void *address, const char **path, uint64_t *offset)
{
	struct dl_find_object found;
	*path = NULL;
	*offset = (uint64_t)(uintptr_t)address;
	/* It does not write, but has no const. A return address may be the first behind its function: hence 1 less. */
	if (_dl_find_object((void *)((uintptr_t)address - 1), &found) != 0 || !found.dlfo_link_map)
		return false;
	*offset -= found.dlfo_link_map->l_addr;
	*path = found.dlfo_link_map->l_name;
	if (!*path || !**path)
		*path = self->program_path;
	return true;
}

/* The number of a module in a table, from 1, put there if need be; 0: no room. */
static uint32_t number_of_module(struct alloc_modules *modules, const char *path)
{
	uint64_t key = text_hash(path);
	for (uint64_t i = 0; i < ALLOC_MODULES; i++) {
		uint32_t at = (uint32_t)((key + i) % ALLOC_MODULES);
		struct alloc_module *module = &modules->at[at];
		uint64_t found = 0;
		if (atomic_compare_exchange_strong(&module->key, &found, key)) {
			size_t length = strlen(path);
			size_t cut = length < sizeof module->path ? 0 : length - (sizeof module->path - 1);
			memcpy(module->path, path + cut, length - cut);
			module->complete = 1;
			return at + 1;
		}
		if (found == key)
			return at + 1;
	}
	return 0;
}

uint64_t stack_frame(const struct stack *stack, uint32_t index, struct alloc_modules *modules)
{
	const char *path = stack->at[index].path;
	return alloc_frame(path ? number_of_module(modules, path) : 0, stack->at[index].offset);
}

/* ---- stacks ---- */

struct walk {
	struct stack *stack;
	uint32_t depth;
	uint32_t left; /* frames that may still be looked at, ours among them */
	uintptr_t last;
	const struct link_map *us;
};

static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *walk_)
{
	struct walk *walk = walk_;
	struct stack *stack = walk->stack;
	struct dl_find_object found;
	uintptr_t address = _Unwind_GetIP(context);
	if (!address || !walk->left-- || stack->count >= walk->depth)
		return _URC_END_OF_STACK;
	walk->last = address;
	if (_dl_find_object((void *)(address - 1), &found) == 0 && found.dlfo_link_map == walk->us)
		return _URC_NO_REASON;
	stack_find((const void *)address, &stack->at[stack->count].path, &stack->at[stack->count].offset);
	stack->count++;
	return _URC_NO_REASON;
}

/* The unwinder takes code without tables for the end. The dynamic linker's own beginning is one, and has none (RTLD_START in glibc's
 * sysdeps/x86_64/dl-machine.h). */
static bool is_cut(uintptr_t last)
{
	struct dl_find_object found;
	if (!last || _Unwind_FindEnclosingFunction((void *)last))
		return false;
	return _dl_find_object((void *)(last - 1), &found) != 0 || !found.dlfo_link_map || found.dlfo_link_map->l_addr != getauxval(AT_BASE);
}

void stack_take(struct stack *stack, uint32_t depth)
{
	static const struct link_map *us;
	struct dl_find_object found;
	if (!us && _dl_find_object((void *)(uintptr_t)stack_take, &found) == 0)
		us = found.dlfo_link_map;
	stack->count = 0;
	depth = depth < ALLOC_DEPTH_MAX ? depth : ALLOC_DEPTH_MAX; /* the page may be anything */
	struct walk walk = {.stack = stack, .depth = depth, .left = depth + 16, .us = us};
	_Unwind_Backtrace(take_frame, &walk);
	stack->cut = is_cut(walk.last);
}

/* Names of files, not of folders: the same program elsewhere has the same stacks. Where there is no module (code that was made at
 * run time) the address says nothing, and is left out. */
uint64_t stack_hash(const struct stack *stack, uint32_t depth)
{
	uint64_t hash = 0, name = 0;
	const char *last = NULL;
	for (uint32_t i = 0; i < stack->count && i < depth; i++) {
		const char *path = stack->at[i].path;
		if (path != last)
			name = path ? text_hash(file_name_of(path)) : 0;
		last = path;
		hash = alloc_page_mix(hash ^ name) + (path ? stack->at[i].offset : 0);
	}
	return (alloc_page_mix(hash) & ~UINT64_C(0xff)) | depth;
}

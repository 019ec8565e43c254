/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Names for places in code: a function, and the line where debug information tells it; what was inlined counts as a call.
 *
 * Debug information is taken from the module, or from /usr/lib/debug by its build id; nothing is ever asked of a network. A module
 * that cannot be read, or not made sense of, gives "libpng16.so.16+0x1234". Modules are anybody's: whatever is wrong with one, its
 * places have no names, and that is all. One thread. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "harness/code_stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	char function[160]; /* "": not known */
	char file[96];	    /* last part of the source's name; "": not known */
	int line;	    /* 0: not known */
	bool inlined;	    /* into the one that follows */
};

struct symbols;

/* NULL when memory is out. */
struct symbols *symbols_open(void) MUST_USE;
void symbols_close(struct symbols *symbols);

/* The functions that a place is in, the innermost first, at most `max` (which is at least 1). Returns how many; 0: it has no name. */
size_t symbols_find(struct symbols *symbols, const struct code_place *place, struct symbol *out, size_t max);

/* "load_slice (pyramid.c:212)", with what it was inlined into behind " <- "; "png_malloc_base"; "libpng16.so.16+0x1234". */
void symbols_name(struct symbols *symbols, const struct code_place *place, struct buf *out);

/* "a <- b <- c (file.c:12)", as far as main() or a thread's first function, with " <- ..." where it was cut; without the frames of our
 * own library. What allocates (malloc, operator new, xmalloc) is left out at the front where `callers_only` asks for it. */
void symbols_stack(struct symbols *symbols, const struct code_stack *stack, bool callers_only, struct buf *out);

/* The first that is neither an allocation function nor one that only hands such a call on (png_malloc_base, g_malloc): who wanted the
 * memory. Where there is no other, the last frame; "" for an empty stack. */
void symbols_first(struct symbols *symbols, const struct code_stack *stack, struct buf *out);

/* Where a crash is to be looked for: the first frame outside of the C library, the loader and our own library, which crash on behalf of
 * others (abort, memset). Where there is no other, the first frame; "" for an empty stack. */
void symbols_crash_site(struct symbols *symbols, const struct code_stack *stack, struct buf *out);

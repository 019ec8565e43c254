/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The preloaded shim: makes allocations of the subject fail, as the shared page says, and counts them all.
 *
 * It calls the next allocator in line (libc's, or a sanitizer's), never libc's internals. It allocates nothing itself. All
 * that it knows of its process lies in memory that the kernel clears in a forked child (MADV_WIPEONFORK), so a child starts
 * afresh however it was forked. Where no rule can strike and nothing is recorded, an allocation costs one addition in the shared page
 * and one comparison (goal: 5 ns). Whatever is wrong with the page is said once, in one line, and the subject then runs
 * unharmed: the harness sees that nothing was counted. */
#include "faults/alloc/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

/* ---- the next allocator in line ---- */

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*reallocarray)(void *, size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	void (*free)(void *);
	void (*exit)(int);
} next;

/* What dlsym() itself allocates while we look the others up comes from here, and is never given back. */
static _Alignas(16) char nursery[16384];
static size_t nursery_used;

static void *nursery_take(size_t size)
{
	size_t rounded = (size + 15) & ~(size_t)15;
	if (rounded < size || rounded > sizeof nursery - nursery_used)
		return NULL;
	void *taken = nursery + nursery_used;
	nursery_used += rounded;
	return taken;
}

static bool nursery_has(const void *pointer)
{
	return (const char *)pointer >= nursery && (const char *)pointer < nursery + sizeof nursery;
}

enum { UNRESOLVED, RESOLVING, RESOLVED };
static _Atomic int resolution;

static void look_up(void *function_pointer, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);
	memcpy(function_pointer, &found, sizeof found);
}

/* Happens in the first allocation of the process, before there are threads. */
static void resolve(void)
{
	resolution = RESOLVING;
	look_up(&next.malloc, "malloc");
	look_up(&next.calloc, "calloc");
	look_up(&next.realloc, "realloc");
	look_up(&next.reallocarray, "reallocarray");
	look_up(&next.posix_memalign, "posix_memalign");
	look_up(&next.aligned_alloc, "aligned_alloc");
	look_up(&next.memalign, "memalign");
	look_up(&next.valloc, "valloc");
	look_up(&next.pvalloc, "pvalloc");
	look_up(&next.free, "free");
	look_up(&next.exit, "exit");
	resolution = RESOLVED;
}

/* False while dlsym() is at work: the nursery has to serve. */
static bool ready(void)
{
	if (resolution == UNRESOLVED)
		resolve();
	return resolution == RESOLVED;
}

/* ---- deciding ---- */

enum answer { GO_ON, FAIL, TOO_EARLY /* the nursery has to serve */ };

/* What is not clear at once. Leaves errno alone. */
__attribute__((noinline, cold)) static enum answer ask_at_length(enum alloc_function function, size_t size, const void *caller)
{
	if (!ready())
		return TOO_EARLY;
	int kept = errno;
	struct alloc_page_process *slot = slot_of_process();
	errno = kept;
	if (!slot)
		return GO_ON;
	uint64_t ordinal = atomic_fetch_add_explicit(&slot->allocations, 1, memory_order_relaxed) + 1;
	return ordinal >= self->wake && rules_weigh(self, ordinal, function, size, caller) ? FAIL : GO_ON;
}

/* Count one allocation. A process that has a slot has found the next allocator before. */
static inline __attribute__((always_inline)) enum answer ask(enum alloc_function function, size_t size, const void *caller)
{
	struct self *me = self;
	struct alloc_page_process *slot = me->slot;
	if (!LIKELY(slot))
		return ask_at_length(function, size, caller);
	uint64_t ordinal = atomic_fetch_add_explicit(&slot->allocations, 1, memory_order_relaxed) + 1;
	if (LIKELY(ordinal < me->wake))
		return GO_ON;
	return rules_weigh(me, ordinal, function, size, caller) ? FAIL : GO_ON;
}

/* Bytes of an array, for the rules; an overflow is left to the real function to refuse. */
static size_t product(size_t count, size_t size)
{
	size_t bytes;
	return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

static void *refuse(void)
{
	errno = ENOMEM;
	return NULL;
}

#define ASK(function, size) ask(function, size, __builtin_return_address(0))

/* ---- the functions that the subject calls ---- */

EXPORT void *malloc(size_t size)
{
	enum answer answer = ASK(ALLOC_MALLOC, size);
	if (LIKELY(answer == GO_ON))
		return next.malloc(size);
	return answer == FAIL ? refuse() : nursery_take(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	enum answer answer = ASK(ALLOC_CALLOC, product(count, size));
	if (LIKELY(answer == GO_ON))
		return next.calloc(count, size);
	return answer == FAIL ? refuse() : nursery_take(product(count, size));
}

/* Move a block of the nursery to the real allocator. How long it was is not known: what lies behind it is ours as well. */
static void *leave_nursery(void *old, size_t size)
{
	size_t known = (size_t)(nursery + sizeof nursery - (char *)old);
	void *moved = next.malloc(size);
	if (moved)
		memcpy(moved, old, size < known ? size : known);
	return moved;
}

/* What takes nothing cannot fail, and is not counted. */
EXPORT void *realloc(void *old, size_t size)
{
	enum answer answer = size ? ASK(ALLOC_REALLOC, size) : ready() ? GO_ON : TOO_EARLY;
	if (LIKELY(answer == GO_ON))
		return nursery_has(old) ? leave_nursery(old, size) : next.realloc(old, size);
	return answer == FAIL ? refuse() : nursery_take(size);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes = product(count, size);
	enum answer answer = bytes ? ASK(ALLOC_REALLOCARRAY, bytes) : ready() ? GO_ON : TOO_EARLY;
	if (answer != GO_ON)
		return answer == FAIL ? refuse() : nursery_take(bytes);
	if (nursery_has(old))
		return leave_nursery(old, bytes);
	/* libc's would come back to our realloc(), and be counted twice; what overflows it refuses before. */
	return bytes == SIZE_MAX ? next.reallocarray(old, count, size) : next.realloc(old, bytes);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (ASK(ALLOC_POSIX_MEMALIGN, size) != GO_ON)
		return ENOMEM; /* errno is left alone: posix_memalign(3) */
	return next.posix_memalign(out, alignment, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	return ASK(ALLOC_ALIGNED_ALLOC, size) == GO_ON ? next.aligned_alloc(alignment, size) : refuse();
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	return ASK(ALLOC_MEMALIGN, size) == GO_ON ? next.memalign(alignment, size) : refuse();
}

EXPORT void *valloc(size_t size)
{
	return ASK(ALLOC_MEMALIGN, size) == GO_ON ? next.valloc(size) : refuse();
}

EXPORT void *pvalloc(size_t size)
{
	return ASK(ALLOC_MEMALIGN, size) == GO_ON ? next.pvalloc(size) : refuse();
}

static _Atomic bool free_is_ours;

EXPORT void free(void *pointer)
{
	if (!pointer)
		atomic_store_explicit(&free_is_ours, true, memory_order_relaxed);
	else if (!nursery_has(pointer) && ready())
		next.free(pointer);
}

/* ---- the beginning and the end of the program ---- */

/* Before main(), which may clear the environment. Where the program has a malloc of its own (a sanitizer's runtime that is linked
 * into it, say), ours is never called: the page tells. */
__attribute__((constructor)) static void begin(void)
{
	void (*volatile free_of_program)(void *) = free;
	free_of_program(NULL);
	struct alloc_page_process *slot = NULL;
	self_find_files();
	if (!free_is_ours)
		slot = slot_of_process();
	if (slot)
		slot->own_malloc = 1;
}

typedef int main_function(int, char **, char **);
typedef int start_function(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

static main_function *main_of_program;

static int lived(int argc, char **argv, char **env)
{
	phase_begins(ALLOC_IN_MAIN);
	int status = main_of_program(argc, argv, env);
	phase_begins(ALLOC_AT_EXIT);
	return status;
}

/* What the program's first instructions call (csu/libc-start.c of glibc): runs the constructors, main(), and exit(). */
EXPORT start_function __libc_start_main;
EXPORT int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void),
			     void (*rtld_fini)(void), void *stack_end)
{
	start_function *start;
	look_up(&start, "__libc_start_main");
	main_of_program = main;
	if (!start)
		_exit(127);
	return start(lived, argc, argv, init, fini, rtld_fini, stack_end);
}

EXPORT _Noreturn void exit(int status)
{
	phase_begins(ALLOC_AT_EXIT);
	if (ready() && next.exit)
		next.exit(status);
	_exit(status);
}

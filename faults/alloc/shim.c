/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The preloaded shim: makes allocations of the subject fail, as the shared page says, and counts them all.
 *
 * It calls the next allocator in line (libc's, or a sanitizer's), never libc's internals. It allocates nothing itself. All
 * that it knows of its process lies in memory that the kernel clears in a forked child (MADV_WIPEONFORK), so a child starts
 * afresh however it was forked. Whatever is wrong with the page is said once, in one line, and the subject then runs
 * unharmed: the harness sees that nothing was counted. */
#include "faults/alloc/page.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
	resolution = RESOLVED;
}

/* False while dlsym() is at work: the nursery has to serve. */
static bool ready(void)
{
	if (resolution == UNRESOLVED)
		resolve();
	return resolution == RESOLVED;
}

/* ---- the page ---- */

/* What this process knows of itself; all zeroes in a forked child. */
struct self {
	_Atomic int state; /* 0: unknown, 1: being set up, 2: set up */
	struct alloc_page_process *slot; /* NULL: count nothing, harm nothing */
};

static struct self *self;
static struct alloc_page *page;
static bool page_refused;

static void complain(const char *what)
{
	char line[256];
	int length = snprintf(line, sizeof line, "ordeal-alloc: %s: %s: no allocation will be made to fail\n",
			      getenv(ALLOC_PAGE_ENV), what);
	if (length >= (int)sizeof line) {
		length = sizeof line - 1;
		line[length - 1] = '\n';
	}
	if (length > 0)
		(void)!write(STDERR_FILENO, line, (size_t)length);
}

static const char *map_page(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return "cannot be opened";
	struct stat st;
	void *mapped = MAP_FAILED;
	if (fstat(fd, &st) == 0 && st.st_size == sizeof *page)
		mapped = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		return "cannot be mapped";
	page = mapped;
	if (page->magic == ALLOC_PAGE_MAGIC && page->rules_count <= ALLOC_PAGE_RULES)
		return NULL;
	munmap(mapped, sizeof *page);
	page = NULL;
	return "is not a page of this version";
}

/* Once in a process image; a forked child inherits the mappings. Before libc has begun there is no environment to find the
 * page by: allocations that early (a sanitizer's runtime makes some) are served, and neither counted nor harmed. */
static void map_all(void)
{
	if (page_refused || !environ)
		return;
	void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *path = getenv(ALLOC_PAGE_ENV);
	const char *why = NULL;
	if (memory == MAP_FAILED || madvise(memory, 4096, MADV_WIPEONFORK) < 0)
		why = "memory that is wiped on fork cannot be had";
	else if (path)
		why = map_page(path);
	if (why)
		complain(why);
	page_refused = why || !path;
	if (!page_refused)
		self = memory;
}

static void read_comm(char comm[16])
{
	int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, comm, 15);
	if (fd >= 0)
		close(fd);
	comm[length > 0 ? length : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

static void read_program(char *program, size_t size)
{
	char path[512];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
	path[length > 0 ? length : 0] = '\0';
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t wanted = strlen(name);
	memcpy(program, name, wanted < size ? wanted : size - 1);
}

static void claim_slot(void)
{
	uint32_t index = atomic_fetch_add(&page->processes_count, 1);
	if (index < ALLOC_PAGE_PROCESSES) {
		struct alloc_page_process *slot = &page->processes[index];
		read_comm(slot->comm);
		read_program(slot->program, sizeof slot->program);
		slot->pid = (int32_t)getpid();
		self->slot = slot;
	}
	self->state = 2;
}

/* This process's slot, or NULL where nothing is to be counted. */
static struct alloc_page_process *slot_of_process(void)
{
	if (!self)
		map_all();
	if (!self)
		return NULL;
	if (self->state != 2) {
		int unknown = 0;
		if (!atomic_compare_exchange_strong(&self->state, &unknown, 1))
			return NULL; /* another thread, or ourselves further up the stack, is at it */
		claim_slot();
	}
	return self->slot;
}

static _Atomic bool free_is_ours;

/* Before main(), which may clear the environment. Where the program has a malloc of its own (a sanitizer's runtime that is linked
 * into it, say), ours is never called: the page tells. */
__attribute__((constructor)) static void begin(void)
{
	void (*volatile free_of_program)(void *) = free;
	if (!self)
		map_all();
	free_of_program(NULL);
	struct alloc_page_process *slot = free_is_ours ? NULL : slot_of_process();
	if (slot)
		slot->own_malloc = 1;
}

/* ---- deciding ---- */

static bool rule_applies(const struct alloc_page_rule *rule, const struct alloc_page_process *slot, size_t size)
{
	return size >= rule->size_first && (size < rule->size_end || rule->size_end == UINT64_MAX) &&
	       (!rule->comm[0] || alloc_page_comm_matches(rule->comm, slot->comm));
}

static bool rule_strikes(uint32_t index, struct alloc_page_process *slot, size_t size)
{
	const struct alloc_page_rule *rule = &page->rules[index];
	if (!rule_applies(rule, slot, size))
		return false;
	uint64_t seen = atomic_fetch_add(&slot->seen_by[index], 1) + 1;
	if (seen < rule->nth_first || seen > rule->nth_last)
		return false;
	if (rule->nth_step > 1 && (seen - rule->nth_first) % rule->nth_step)
		return false;
	if (rule->chance != UINT64_MAX && alloc_page_draw(rule->key, seen) >= rule->chance)
		return false;
	uint64_t times = atomic_load(&slot->fired_by[index]);
	do
		if (times >= rule->times)
			return false;
	while (!atomic_compare_exchange_weak(&slot->fired_by[index], &times, times + 1));
	return true;
}

static void note_caller(struct alloc_page_event *event, const void *caller)
{
	Dl_info info;
	event->offset = (uint64_t)(uintptr_t)caller;
	if (!dladdr(caller, &info) || !info.dli_fname)
		return;
	event->offset -= (uint64_t)(uintptr_t)info.dli_fbase;
	const char *slash = strrchr(info.dli_fname, '/');
	const char *name = slash ? slash + 1 : info.dli_fname;
	size_t length = strlen(name);
	if (length >= sizeof event->module)
		name += length - (sizeof event->module - 1);
	strncpy(event->module, name, sizeof event->module - 1);
}

static void note(const struct alloc_page_process *slot, uint32_t rule, enum alloc_function function, uint64_t ordinal,
		 size_t size, const void *caller)
{
	uint32_t index = atomic_fetch_add(&page->events_count, 1);
	if (index >= ALLOC_PAGE_EVENTS)
		return;
	struct alloc_page_event *event = &page->events[index];
	event->pid = slot->pid;
	event->rule = rule;
	event->function = function;
	event->ordinal = ordinal;
	event->size = size;
	memcpy(event->program, slot->program, sizeof event->program);
	note_caller(event, caller);
	event->complete = 1;
}

/* Count one allocation; true when it has to fail. Leaves errno alone. */
static bool strikes(enum alloc_function function, size_t size, const void *caller)
{
	int kept = errno;
	bool struck = false;
	struct alloc_page_process *slot = slot_of_process();
	if (slot) {
		uint64_t ordinal = atomic_fetch_add(&slot->allocations, 1) + 1;
		for (uint32_t i = 0; i < page->rules_count; i++)
			if (rule_strikes(i, slot, size) && !struck) {
				struck = true;
				atomic_fetch_add(&slot->fired, 1);
				note(slot, i, function, ordinal, size, caller);
			}
	}
	errno = kept;
	return struck;
}

/* Bytes of an array, for the rules; an overflow is left to the real function to refuse. */
static size_t product(size_t count, size_t size)
{
	size_t bytes;
	return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

#define FAIL_IF_STRUCK(function, size)                                     \
	do {                                                               \
		if (strikes(function, size, __builtin_return_address(0))) { \
			errno = ENOMEM;                                    \
			return NULL;                                       \
		}                                                          \
	} while (0)

/* ---- the functions that the subject calls ---- */

EXPORT void *malloc(size_t size)
{
	if (!ready())
		return nursery_take(size);
	FAIL_IF_STRUCK(ALLOC_MALLOC, size);
	return next.malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	if (!ready())
		return nursery_take(product(count, size));
	FAIL_IF_STRUCK(ALLOC_CALLOC, product(count, size));
	return next.calloc(count, size);
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

EXPORT void *realloc(void *old, size_t size)
{
	if (!ready())
		return nursery_take(size);
	if (size)
		FAIL_IF_STRUCK(ALLOC_REALLOC, size);
	return nursery_has(old) ? leave_nursery(old, size) : next.realloc(old, size);
}

EXPORT void *reallocarray(void *old, size_t count, size_t size)
{
	if (!ready())
		return nursery_take(product(count, size));
	size_t bytes = product(count, size);
	if (bytes)
		FAIL_IF_STRUCK(ALLOC_REALLOCARRAY, bytes);
	if (nursery_has(old))
		return leave_nursery(old, bytes);
	/* libc's would come back to our realloc(), and be counted twice; what overflows it refuses before. */
	return bytes == SIZE_MAX ? next.reallocarray(old, count, size) : next.realloc(old, bytes);
}

EXPORT int posix_memalign(void **out, size_t alignment, size_t size)
{
	if (!ready() || strikes(ALLOC_POSIX_MEMALIGN, size, __builtin_return_address(0)))
		return ENOMEM; /* errno is left alone: posix_memalign(3) */
	return next.posix_memalign(out, alignment, size);
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
	if (!ready())
		return NULL;
	FAIL_IF_STRUCK(ALLOC_ALIGNED_ALLOC, size);
	return next.aligned_alloc(alignment, size);
}

EXPORT void *memalign(size_t alignment, size_t size)
{
	if (!ready())
		return NULL;
	FAIL_IF_STRUCK(ALLOC_MEMALIGN, size);
	return next.memalign(alignment, size);
}

EXPORT void *valloc(size_t size)
{
	if (!ready())
		return NULL;
	FAIL_IF_STRUCK(ALLOC_MEMALIGN, size);
	return next.valloc(size);
}

EXPORT void *pvalloc(size_t size)
{
	if (!ready())
		return NULL;
	FAIL_IF_STRUCK(ALLOC_MEMALIGN, size);
	return next.pvalloc(size);
}

EXPORT void free(void *pointer)
{
	if (!pointer)
		atomic_store_explicit(&free_is_ours, true, memory_order_relaxed);
	else if (!nursery_has(pointer) && ready())
		next.free(pointer);
}

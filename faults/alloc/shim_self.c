/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Who we are: finds the page and the map, and takes a place in them for this process. */
#include "faults/alloc/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct self nobody;
struct self *self = &nobody;
struct alloc_page *page;
struct alloc_map_file *map;
static bool page_refused;

/* Of the process and of the children that it forks. */
static _Atomic int phase = ALLOC_BEFORE_MAIN;

/* ---- the files ---- */

static void complain(const char *variable, const char *what)
{
	char line[256];
	int length = snprintf(line, sizeof line, "ordeal-alloc: %s: %s: no allocation will be %s\n", getenv(variable), what,
			      strcmp(variable, ALLOC_MAP_ENV) == 0 ? "recorded" : "made to fail");
	if (length >= (int)sizeof line) {
		length = sizeof line - 1;
		line[length - 1] = '\n';
	}
	if (length > 0)
		(void)!write(STDERR_FILENO, line, (size_t)length);
}

static const char *map_file(const char *path, size_t size, void **out)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return "cannot be opened";
	struct stat st;
	void *mapped = MAP_FAILED;
	if (fstat(fd, &st) == 0 && st.st_size == (off_t)size)
		mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped == MAP_FAILED)
		return "cannot be mapped";
	*out = mapped;
	return NULL;
}

static const char *map_page(const char *path)
{
	void *mapped;
	const char *why = map_file(path, sizeof *page, &mapped);
	if (why)
		return why;
	page = mapped;
	if (page->magic == ALLOC_PAGE_MAGIC && page->rules_count <= ALLOC_PAGE_RULES)
		return NULL;
	munmap(mapped, sizeof *page);
	page = NULL;
	return "is not a page of this version";
}

static const char *map_map(const char *path)
{
	void *mapped;
	const char *why = map_file(path, sizeof *map, &mapped);
	if (why)
		return why;
	map = mapped;
	if (map->magic == ALLOC_MAP_MAGIC && map->depth >= 1 && map->depth <= ALLOC_DEPTH_MAX)
		return NULL;
	munmap(mapped, sizeof *map);
	map = NULL;
	return "is not a map of this version";
}

/* Once in a process image; a forked child inherits the mappings. Before libc has begun there is no environment to find the
 * page by: allocations that early (a sanitizer's runtime makes some) are served, and neither counted nor harmed. */
void self_find_files(void)
{
	if (page || page_refused || !environ)
		return;
	size_t size = (sizeof *self + 4095) & ~(size_t)4095;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *path = getenv(ALLOC_PAGE_ENV), *map_path = getenv(ALLOC_MAP_ENV);
	const char *why = NULL;
	if (memory == MAP_FAILED || madvise(memory, size, MADV_WIPEONFORK) < 0)
		why = "memory that is wiped on fork cannot be had";
	else if (path)
		why = map_page(path);
	if (why && path)
		complain(ALLOC_PAGE_ENV, why);
	page_refused = why || !path;
	if (!page_refused && map_path && *map_path && (why = map_map(map_path)))
		complain(ALLOC_MAP_ENV, why);
	if (!page_refused)
		self = memory;
}

/* ---- the process ---- */

static void read_comm(char comm[16])
{
	int fd = open("/proc/self/comm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, comm, 15);
	if (fd >= 0)
		close(fd);
	comm[length > 0 ? length : 0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

/* Where there is no /proc, as it was executed. */
static void read_program(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	path[length > 0 ? length : 0] = '\0';
	const char *executed = length > 0 ? NULL : (const char *)(uintptr_t)getauxval(AT_EXECFN);
	for (size_t i = 0; executed && i < size - 1 && (path[i] = executed[i]); i++)
		path[i + 1] = '\0';
}

/* 0 where there are too many programs. */
static uint32_t number_of_image(const char *program)
{
	uint64_t key = text_hash(program);
	for (uint64_t i = 0; i < ALLOC_PAGE_PROGRAMS; i++) {
		struct alloc_page_program *entry = &page->programs[(key + i) % ALLOC_PAGE_PROGRAMS];
		uint64_t found = 0;
		if (atomic_compare_exchange_strong(&entry->key, &found, key) || found == key)
			return (uint32_t)atomic_fetch_add(&entry->images, 1) + 1;
	}
	return 0;
}

static void claim_slot(void)
{
	struct self *me = self;
	uint32_t index = atomic_fetch_add(&page->processes_count, 1);
	if (index < ALLOC_PAGE_PROCESSES) {
		struct alloc_page_process *slot = &page->processes[index];
		read_comm(slot->comm);
		read_program(me->program_path, sizeof me->program_path);
		strncpy(slot->program, file_name_of(me->program_path), sizeof slot->program - 1);
		slot->number = number_of_image(slot->program);
		me->slot = slot;
		if (map)
			map_join(me);
		rules_choose(me);
		slot->pid = (int32_t)getpid();
	}
	me->state = 2;
}

struct alloc_page_process *slot_of_process(void)
{
	self_find_files();
	if (!page)
		return NULL;
	if (self->state != 2) {
		int unknown = 0;
		if (!atomic_compare_exchange_strong(&self->state, &unknown, 1))
			return NULL; /* another thread, or ourselves further up the stack, is at it */
		claim_slot();
	}
	return self->slot;
}

/* ---- phases ---- */

enum alloc_phase phase_now(void)
{
	return (enum alloc_phase)phase;
}

void phase_begins(enum alloc_phase begins)
{
	phase = (int)begins;
	if (self->mapped && begins == ALLOC_IN_MAIN)
		self->mapped->main_from = self->slot->allocations + 1;
	else if (self->mapped && !self->mapped->exit_from)
		self->mapped->exit_from = self->slot->allocations + 1;
}

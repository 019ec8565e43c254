/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes and reads the page of the allocation shim. */
#include "faults/alloc/schedule.h"

#include "base/draw.h"
#include "base/scope.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(ALLOC_RULES_MAX == ALLOC_PAGE_RULES, "a plan's allocation rules must fit the page");

static uint64_t chance_of(double probability)
{
	return probability >= 1 ? UINT64_MAX : (uint64_t)(probability * 0x1p64);
}

static void put_rule(struct alloc_page_rule *to, const struct alloc_rule *rule, uint64_t seed, uint64_t index)
{
	const struct draw_key key = {.seed = seed, .who = draw_text(rule->name), .where = index};
	*to = (struct alloc_page_rule){
		.nth_first = rule->nth.first,
		.nth_last = rule->nth.last,
		.nth_step = rule->nth.step,
		.size_first = rule->size.first,
		.size_end = rule->size.end,
		.times = rule->times,
		.chance = chance_of(rule->probability),
		.key = draw_u64(&key),
	};
	if (rule->comm)
		strncpy(to->comm, rule->comm, sizeof to->comm - 1);
}

static void *map_file(int fd, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

int schedule_make(const char *path, uint64_t seed, const struct alloc_rule *rules, size_t count, struct err *err)
{
	SCOPED_FD int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct alloc_page *page = NULL;
	if (fd < 0 || ftruncate(fd, sizeof *page) < 0 || !(page = map_file(fd, sizeof *page)))
		return err_set(err, errno, "%s: the page of the allocation shim cannot be made: %s", path, strerror(errno));
	page->magic = ALLOC_PAGE_MAGIC;
	page->rules_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		put_rule(&page->rules[i], &rules[i], seed, i);
	munmap(page, sizeof *page);
	return 0;
}

static void copy_events(const struct alloc_page *page, struct schedule_outcome *out)
{
	uint32_t count = page->events_count;
	for (uint32_t i = 0; i < count && i < ALLOC_PAGE_EVENTS && out->events_count < COUNT_OF(out->events); i++) {
		if (!page->events[i].complete)
			continue;
		struct alloc_page_event *event = &out->events[out->events_count++];
		memcpy(event, &page->events[i], sizeof *event);
		event->module[sizeof event->module - 1] = '\0';
		event->program[sizeof event->program - 1] = '\0';
	}
}

/* ---- who allocated ---- */

static int by_names(const void *a, const void *b)
{
	const struct schedule_program *left = a, *right = b;
	int order = strcmp(left->comm, right->comm);
	return order ? order : strcmp(left->program, right->program);
}

static int by_allocations(const void *a, const void *b)
{
	const struct schedule_program *left = a, *right = b;
	if (left->allocations != right->allocations)
		return left->allocations < right->allocations ? 1 : -1;
	return by_names(a, b);
}

/* One entry for each pair of names, those with most allocations first. */
static size_t merge_programs(struct schedule_program *all, size_t count)
{
	size_t kept = 0;
	qsort(all, count, sizeof *all, by_names);
	for (size_t i = 0; i < count; i++)
		if (kept && by_names(&all[kept - 1], &all[i]) == 0) {
			all[kept - 1].processes++;
			all[kept - 1].allocations += all[i].allocations;
		} else
			all[kept++] = all[i];
	qsort(all, kept, sizeof *all, by_allocations);
	return kept;
}

static void count_process(const struct alloc_page_process *slot, struct schedule_outcome *out, struct schedule_program *program)
{
	*program = (struct schedule_program){.processes = 1, .allocations = slot->allocations};
	memcpy(program->comm, slot->comm, sizeof program->comm - 1);
	memcpy(program->program, slot->program, sizeof program->program - 1);
	out->processes++;
	out->allocations += slot->allocations;
	out->fired += slot->fired;
}

static void note_own_malloc(const struct alloc_page_process *slot, struct schedule_outcome *out)
{
	if (!out->own_malloc++)
		memcpy(out->own_malloc_program, slot->program, sizeof out->own_malloc_program - 1);
}

static int count_processes(const struct alloc_page *page, struct schedule_outcome *out)
{
	uint32_t begun = page->processes_count;
	size_t room = begun < ALLOC_PAGE_PROCESSES ? begun : ALLOC_PAGE_PROCESSES, count = 0;
	SCOPED_FREE struct schedule_program *programs = calloc(room + 1, sizeof *programs);
	if (!programs)
		return -ENOMEM;
	out->uncounted = begun - room;
	for (size_t i = 0; i < room; i++) {
		const struct alloc_page_process *slot = &page->processes[i];
		if (slot->pid && slot->own_malloc)
			note_own_malloc(slot, out);
		if (slot->pid && (slot->allocations || !slot->own_malloc))
			count_process(slot, out, &programs[count++]);
	}
	out->programs_count = (uint32_t)merge_programs(programs, count);
	for (size_t i = 0; i < out->programs_count && i < COUNT_OF(out->programs); i++)
		out->programs[i] = programs[i];
	return 0;
}

int schedule_read(const char *path, struct schedule_outcome *out, struct err *err)
{
	*out = (struct schedule_outcome){0};
	SCOPED_FD int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct alloc_page *page = NULL;
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	if (size != (off_t)sizeof *page || !(page = map_file(fd, sizeof *page)))
		return err_set(err, EIO, "%s: the page of the allocation shim cannot be read", path);
	int rc = count_processes(page, out);
	copy_events(page, out);
	munmap(page, sizeof *page);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

const char *schedule_function_name(uint32_t function)
{
	static const char *const names[] = ALLOC_FUNCTION_NAMES;
	return function < COUNT_OF(names) ? names[function] : "?";
}

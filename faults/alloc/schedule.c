/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Writes and reads the page of the allocation shim. */
#include "faults/alloc/schedule.h"

#include "base/draw.h"
#include "base/scope.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(ALLOC_RULES_MAX == ALLOC_PAGE_RULES, "a plan's allocation rules must fit the page");
_Static_assert(ALLOC_RULE_PROGRAM == ALLOC_PROGRAM_SIZE, "and so must the programs that they name");

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
		.ordinal_first = rule->ordinal.first,
		.ordinal_last = rule->ordinal.last,
		.ordinal_step = rule->ordinal.step,
		.stack = rule->stack,
		.process = rule->process,
	};
	memcpy(to->program, rule->program, sizeof to->program);
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

static uint32_t copy_events(const struct alloc_page_event *from, size_t count, struct alloc_page_event *to, size_t room)
{
	uint32_t copied = 0;
	for (size_t i = 0; i < count && copied < room; i++) {
		if (!from[i].complete)
			continue;
		struct alloc_page_event *event = &to[copied++];
		memcpy(event, &from[i], sizeof *event);
		event->module[sizeof event->module - 1] = '\0';
		event->program[sizeof event->program - 1] = '\0';
		if (event->frames_count > ALLOC_EVENT_FRAMES)
			event->frames_count = ALLOC_EVENT_FRAMES;
	}
	return copied;
}

/* ---- modules of frames ---- */

static const char *keep_path(struct schedule_outcome *out, const struct alloc_module *module)
{
	char path[sizeof module->path];
	memcpy(path, module->path, sizeof path);
	path[sizeof path - 1] = '\0';
	for (uint32_t i = 0; i < out->modules_count; i++)
		if (strcmp(out->modules[i], path) == 0)
			return out->modules[i];
	if (out->modules_count == COUNT_OF(out->modules))
		return NULL;
	return strcpy(out->modules[out->modules_count++], path);
}

/* Number the modules of an event's frames as `out` has them. */
static void keep_modules(const struct alloc_modules *modules, struct alloc_page_event *event, struct schedule_outcome *out)
{
	for (uint32_t i = 0; i < event->frames_count; i++) {
		uint32_t number = alloc_frame_module(event->frames[i]);
		const char *path = NULL;
		if (number >= 1 && number <= ALLOC_MODULES && modules->at[number - 1].complete)
			path = keep_path(out, &modules->at[number - 1]);
		number = path ? (uint32_t)((path - out->modules[0]) / (ptrdiff_t)sizeof out->modules[0]) + 1 : 0;
		event->frames[i] = alloc_frame(number, alloc_frame_offset(event->frames[i]));
	}
}

void schedule_take_event(const struct alloc_modules *modules, const struct alloc_page_event *event, struct schedule_outcome *out)
{
	struct alloc_page_event whole = *event;
	whole.complete = 1;
	out->events_count = copy_events(&whole, 1, out->events, COUNT_OF(out->events));
	keep_modules(modules, &out->events[0], out);
}

static void copy_all_events(const struct alloc_page *page, struct schedule_outcome *out)
{
	uint32_t events = page->events_count, diverged = page->diverged_count;
	out->events_count = copy_events(page->events, events < ALLOC_PAGE_EVENTS ? events : ALLOC_PAGE_EVENTS, out->events,
					COUNT_OF(out->events));
	out->divergences_count = copy_events(page->diverged, diverged < ALLOC_PAGE_DIVERGED ? diverged : ALLOC_PAGE_DIVERGED,
					     out->divergences, COUNT_OF(out->divergences));
	for (uint32_t i = 0; i < out->events_count; i++)
		keep_modules(&page->modules, &out->events[i], out);
	for (uint32_t i = 0; i < out->divergences_count; i++)
		keep_modules(&page->modules, &out->divergences[i], out);
}

const char *schedule_module(const struct schedule_outcome *outcome, uint64_t frame)
{
	uint32_t number = alloc_frame_module(frame);
	return number >= 1 && number <= outcome->modules_count ? outcome->modules[number - 1] : NULL;
}

void schedule_frame_text(const char *module, uint64_t frame, struct buf *out)
{
	const char *slash = module ? strrchr(module, '/') : NULL;
	buf_printf(out, "%s%s+0x%" PRIx64, out->length ? " <- " : "", !module ? "?" : slash ? slash + 1 : module,
		   alloc_frame_offset(frame));
}

void schedule_event_stack(const struct schedule_outcome *outcome, const struct alloc_page_event *event, struct buf *out)
{
	SCOPED(buf_free) struct buf text = {0};
	for (uint32_t i = 0; i < event->frames_count; i++)
		schedule_frame_text(schedule_module(outcome, event->frames[i]), event->frames[i], &text);
	if (event->depth > event->frames_count)
		buf_text(&text, " <- ...");
	buf_text(out, buf_string(&text));
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
	out->diverged += slot->diverged;
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
	copy_all_events(page, out);
	munmap(page, sizeof *page);
	return rc ? err_set(err, -rc, "out of memory") : 0;
}

const char *schedule_phase_name(uint32_t phase)
{
	static const char *const names[] = {[ALLOC_BEFORE_MAIN] = "before main", [ALLOC_IN_MAIN] = "in main", [ALLOC_AT_EXIT] = "at exit"};
	return phase < COUNT_OF(names) ? names[phase] : "?";
}

const char *schedule_function_name(uint32_t function)
{
	static const char *const names[] = ALLOC_FUNCTION_NAMES;
	return function < COUNT_OF(names) ? names[function] : "?";
}

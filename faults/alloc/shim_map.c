/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Records every allocation of this process in the map: its stack once, and then where in the sequence it came. */
#include "faults/alloc/shim.h"

#include <string.h>
#include <unistd.h>

/* A place in something that has so much room, or the room. */
static uint32_t take_places(_Atomic uint32_t *count, uint32_t places, uint32_t room)
{
	uint32_t at = atomic_load(count);
	do
		if (at > room || places > room - at)
			return room;
	while (!atomic_compare_exchange_weak(count, &at, at + places));
	return at;
}

void map_join(struct self *me)
{
	uint32_t at = take_places(&map->processes_count, 1, ALLOC_MAP_PROCESSES);
	if (at == ALLOC_MAP_PROCESSES) {
		atomic_fetch_add(&map->unmapped_processes, 1);
		return;
	}
	struct alloc_map_process *mapped = &map->processes[at];
	memcpy(mapped->program, me->slot->program, sizeof mapped->program);
	mapped->number = me->slot->number;
	mapped->main_from = phase_now() == ALLOC_IN_MAIN;
	mapped->exit_from = phase_now() == ALLOC_AT_EXIT;
	mapped->pid = (int32_t)getpid();
	me->first = pthread_self();
	me->mapped = mapped;
}

static uint32_t place_of(const struct self *me)
{
	return (uint32_t)(me->mapped - map->processes) + 1;
}

/* ---- stacks ---- */

static bool put_frames(struct alloc_map_entry *entry, const struct stack *stack)
{
	uint32_t count = stack->count < map->depth ? stack->count : map->depth;
	uint32_t at = take_places(&map->frames_count, count, ALLOC_MAP_FRAMES);
	if (at == ALLOC_MAP_FRAMES)
		return false;
	for (uint32_t i = 0; i < count; i++)
		map->frames[at + i] = stack_frame(stack, i, &map->modules);
	entry->frames_at = at;
	entry->frames_count = count;
	return true;
}

/* A new entry that nobody can find yet; 0: no room. */
static uint32_t make_entry(const struct self *me, uint64_t hash, uint64_t ordinal, enum alloc_function function, size_t size,
			   const struct stack *stack)
{
	uint32_t at = take_places(&map->stacks_count, 1, ALLOC_MAP_STACKS);
	if (at == ALLOC_MAP_STACKS || !put_frames(&map->stacks[at], stack))
		return 0;
	struct alloc_map_entry *entry = &map->stacks[at];
	entry->hash = hash;
	entry->function = function;
	entry->size = size;
	entry->first = entry->last = ordinal;
	entry->cut = stack->cut;
	entry->process = place_of(me);
	return at + 1;
}

/* The place of this process's stack, from 1, made if need be; 0: no room. Of two threads that make it at once one has made it in
 * vain. */
static uint32_t find_entry(const struct self *me, uint64_t hash, uint64_t ordinal, enum alloc_function function, size_t size,
			   const struct stack *stack)
{
	uint64_t key = alloc_page_mix(hash ^ place_of(me));
	uint32_t made = 0;
	for (uint64_t i = 0; i < ALLOC_MAP_BUCKETS; i++) {
		_Atomic uint32_t *bucket = &map->buckets[(key + i) % ALLOC_MAP_BUCKETS];
		uint32_t found = *bucket;
		if (!found && !made && !(made = make_entry(me, hash, ordinal, function, size, stack)))
			return 0;
		if (!found && atomic_compare_exchange_strong(bucket, &found, made))
			return made;
		if (found > ALLOC_MAP_STACKS)
			return 0;
		const struct alloc_map_entry *entry = &map->stacks[found - 1];
		if (entry->hash != hash || entry->process != place_of(me))
			continue;
		if (made)
			map->stacks[made - 1].process = 0;
		return found;
	}
	return 0;
}

static void count_entry(struct alloc_map_entry *entry, uint64_t ordinal)
{
	uint64_t first = entry->first, last = entry->last;
	atomic_fetch_add(&entry->count, 1);
	while (ordinal < first && !atomic_compare_exchange_weak(&entry->first, &first, ordinal))
		;
	while (ordinal > last && !atomic_compare_exchange_weak(&entry->last, &last, ordinal))
		;
}

/* ---- the sequence ---- */

static struct alloc_map_chunk *chunk_of(struct self *me, uint64_t number)
{
	if (number >= ALLOC_MAP_CHUNKS)
		return NULL;
	uint32_t place = me->chunks[number];
	if (!place) {
		uint32_t at = take_places(&map->chunks_count, 1, ALLOC_MAP_CHUNKS);
		if (at == ALLOC_MAP_CHUNKS)
			return NULL;
		map->chunks[at].number = (uint32_t)number;
		map->chunks[at].process = place_of(me);
		if (atomic_compare_exchange_strong(&me->chunks[number], &place, at + 1))
			place = at + 1;
		else
			map->chunks[at].process = 0; /* another thread was faster */
	}
	return &map->chunks[place - 1];
}

void map_record(struct self *me, uint64_t ordinal, enum alloc_function function, size_t size, const struct stack *stack)
{
	uint64_t hash = stack_hash(stack, map->depth);
	uint32_t place = find_entry(me, hash, ordinal, function, size, stack);
	if (place)
		count_entry(&map->stacks[place - 1], ordinal);
	else
		atomic_fetch_add(&me->mapped->unplaced, 1);
	struct alloc_map_chunk *chunk = chunk_of(me, (ordinal - 1) / ALLOC_MAP_POINTS);
	if (chunk)
		chunk->points[(ordinal - 1) % ALLOC_MAP_POINTS] = alloc_point(place, size);
	atomic_fetch_add(&me->mapped->allocations, 1);
	if (pthread_self() != me->first)
		me->mapped->threaded = 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decides which allocations of this process fail, and writes down those that do. */
#include "faults/alloc/shim.h"

#include <errno.h>
#include <string.h>

/* What has become of a rule that names an ordinal and a stack. */
enum verdict { OPEN, AGREED, DIVERGED };

/* One allocation, and as much of its stack as anybody has asked for. */
struct call {
	uint64_t ordinal;
	size_t size;
	enum alloc_function function;
	const void *caller;
	bool unwound;
	struct stack stack;
};

static bool concerns(const struct alloc_page_rule *rule, const struct alloc_page_process *slot)
{
	return (!rule->comm[0] || alloc_page_comm_matches(rule->comm, slot->comm)) &&
	       (!rule->program[0] || alloc_page_comm_matches(rule->program, slot->program)) &&
	       (!rule->process || rule->process == slot->number);
}

/* With a map nothing goes by without a thought. Where a stack may be wanted one is taken now, in the quiet: the unwinder sets itself
 * up at the first. */
void rules_choose(struct self *me)
{
	uint64_t wake = me->mapped ? 1 : UINT64_MAX;
	me->depth = me->mapped ? map->depth : 1;
	for (uint32_t i = 0; i < page->rules_count; i++) {
		const struct alloc_page_rule *rule = &page->rules[i];
		uint64_t from = rule->ordinal_first ? rule->ordinal_first : 1;
		uint32_t depth = rule->stack ? alloc_hash_depth(rule->stack) : ALLOC_DEPTH;
		if (!concerns(rule, me->slot))
			continue;
		me->rules |= 1u << i;
		wake = from < wake ? from : wake;
		depth = depth > ALLOC_EVENT_FRAMES ? depth : ALLOC_EVENT_FRAMES;
		me->depth = depth > me->depth ? depth : me->depth;
	}
	uint64_t fork_from = forks_begin(me);
	if (fork_from < wake) {
		wake = fork_from;
		me->depth = ALLOC_DEPTH_MAX;
	}
	if (wake != UINT64_MAX) {
		struct stack stack;
		stack_take(&stack, 1);
	}
	me->wake = wake;
}

static const struct stack *stack_of(struct call *call)
{
	if (!call->unwound)
		stack_take(&call->stack, self->depth);
	call->unwound = true;
	return &call->stack;
}

static void note_caller(struct alloc_page_event *event, const void *caller)
{
	const char *path;
	if (!stack_find(caller, &path, &event->offset))
		return;
	const char *name = file_name_of(path);
	size_t length = strlen(name);
	if (length >= sizeof event->module)
		name += length - (sizeof event->module - 1);
	strncpy(event->module, name, sizeof event->module - 1);
}

void call_note(struct alloc_page_event *event, uint32_t rule, struct call *call)
{
	const struct alloc_page_process *slot = self->slot;
	const struct stack *stack = stack_of(call);
	uint32_t depth = alloc_hash_depth(page->rules[rule].stack);
	event->pid = slot->pid;
	event->rule = rule;
	event->function = call->function;
	event->phase = phase_now();
	event->number = slot->number;
	event->ordinal = call->ordinal;
	event->size = call->size;
	memcpy(event->program, slot->program, sizeof event->program);
	note_caller(event, call->caller);
	event->stack = stack_hash(stack, depth ? depth : ALLOC_DEPTH);
	event->depth = stack->count;
	for (uint32_t i = 0; i < stack->count && i < ALLOC_EVENT_FRAMES; i++, event->frames_count++)
		event->frames[i] = stack_frame(stack, i, &page->modules);
	event->complete = 1;
}

uint64_t call_stack_hash(struct call *call, uint32_t depth)
{
	return stack_hash(stack_of(call), depth);
}

static void diverge(uint32_t index, struct call *call)
{
	uint32_t at = atomic_fetch_add(&page->diverged_count, 1);
	atomic_fetch_add(&self->slot->diverged, 1);
	if (at < ALLOC_PAGE_DIVERGED)
		call_note(&page->diverged[at], index, call);
}

/* Where a rule names an ordinal too the stack is looked at there alone. */
static bool stack_agrees(uint32_t index, struct call *call)
{
	const struct alloc_page_rule *rule = &page->rules[index];
	_Atomic uint8_t *verdict = &self->verdict[index];
	if (!rule->stack)
		return true;
	if (rule->ordinal_first && call->ordinal != rule->ordinal_first)
		return *verdict == AGREED;
	bool agrees = stack_hash(stack_of(call), alloc_hash_depth(rule->stack)) == rule->stack;
	if (rule->ordinal_first)
		*verdict = agrees ? AGREED : DIVERGED;
	if (rule->ordinal_first && !agrees)
		diverge(index, call);
	return agrees;
}

static bool is_its_ordinal(const struct alloc_page_rule *rule, uint64_t ordinal)
{
	return !rule->ordinal_first ||
	       (ordinal >= rule->ordinal_first && ordinal <= rule->ordinal_last &&
		(rule->ordinal_step <= 1 || (ordinal - rule->ordinal_first) % rule->ordinal_step == 0));
}

static bool rule_strikes(uint32_t index, struct call *call)
{
	const struct alloc_page_rule *rule = &page->rules[index];
	struct alloc_page_process *slot = self->slot;
	bool fits = call->size >= rule->size_first && (call->size < rule->size_end || rule->size_end == UINT64_MAX);
	if (!is_its_ordinal(rule, call->ordinal) || (!fits && !rule->ordinal_first) || !stack_agrees(index, call) || !fits)
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

static void strike(uint32_t index, struct call *call)
{
	atomic_fetch_add(&self->slot->fired, 1);
	uint32_t at = atomic_fetch_add(&page->events_count, 1);
	if (at < ALLOC_PAGE_EVENTS)
		call_note(&page->events[at], index, call);
}

bool rules_weigh(struct self *me, uint64_t ordinal, enum alloc_function function, size_t size, const void *caller)
{
	int kept = errno;
	bool struck = false;
	struct call call; /* not all of it is cleared: the stack is large */
	call.ordinal = ordinal;
	call.function = function;
	call.size = size;
	call.caller = caller;
	call.unwound = false;
	for (uint32_t i = 0; i < page->rules_count; i++)
		if (me->rules & 1u << i && rule_strikes(i, &call) && !struck) {
			struck = true;
			strike(i, &call);
		}
	if (me->fork_next)
		struck = forks_weigh(me, ordinal, &call);
	if (me->mapped)
		map_record(me, ordinal, function, size, stack_of(&call));
	errno = kept;
	return struck;
}

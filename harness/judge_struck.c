/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What struck, in words; and what was to strike and did not. */
#include "harness/court.h"

#include "base/quoted.h"
#include "base/scope.h"

#include <inttypes.h>
#include <string.h>

static void tell_touch(const struct touch *touch, struct buf *out)
{
	buf_printf(out, "%s%s", out->length ? "; " : "", touch->effect);
	if (touch->error)
		buf_printf(out, " %s", touch->error);
	buf_printf(out, " on %s:%s (%s", touch->volume, touch->path, touch->op);
	if (touch->count > 1)
		buf_printf(out, " x%" PRIu64, touch->count);
	if (touch->changed)
		buf_printf(out, ", %" PRIu64 " bytes", touch->changed);
	buf_char(out, ')');
}

/* Commands are often scripts that start the program in earnest: whose allocation it was is worth a word. */
static bool is_other_program(const struct court *c, const char *program)
{
	const char *command = subject_command(c->subject, c->spec->mode)->words.at[0];
	const char *slash = strrchr(command, '/');
	return program[0] && strcmp(program, slash ? slash + 1 : command) != 0;
}

#define TOUCHES_TOLD 3

void court_tell_injected(struct court *c)
{
	struct buf *out = &c->out->injected;
	const struct evidence *e = c->evidence;
	for (size_t i = 0; i < e->touches.count && i < TOUCHES_TOLD; i++)
		tell_touch(&e->touches.at[i], out);
	if (e->touches.count > TOUCHES_TOLD)
		buf_printf(out, "; and %zu more", e->touches.count - TOUCHES_TOLD);
	if (e->found.allocations.fired) {
		const struct alloc_page_event *first = &e->found.allocations.events[0];
		buf_printf(out, "%s%" PRIu64 " of %" PRIu64 " allocations failed", out->length ? "; " : "",
			   e->found.allocations.fired, e->found.allocations.allocations);
		if (e->found.allocations.events_count)
			buf_printf(out, " (first: number %" PRIu64 "%s%s, %s of %" PRIu64 " bytes, called from %s+0x%" PRIx64 ")",
				   first->ordinal, is_other_program(c, first->program) ? " in " : "",
				   is_other_program(c, first->program) ? first->program : "",
				   schedule_function_name(first->function), first->size,
				   first->module[0] ? first->module : "?", first->offset);
	}
	if (!out->length)
		buf_text(out, "nothing");
}

static bool nothing_struck(const struct court *c)
{
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++)
		if (evidence_exercised(c->evidence, axis))
			return false;
	return true;
}

/* "60 by convert.py (python3.11), 10 by sh (dash)": what rules call them, and the file where that is called otherwise. */
static void list_programs(const struct schedule_outcome *allocations, struct buf *out)
{
	size_t told = 0;
	for (; told < allocations->programs_count && told < COUNT_OF(allocations->programs); told++) {
		const struct schedule_program *program = &allocations->programs[told];
		buf_printf(out, "%s%" PRIu64 " by %s", told ? ", " : ": ", program->allocations, program->comm);
		if (strncmp(program->comm, program->program, sizeof program->comm - 1) != 0)
			buf_printf(out, " (%s)", program->program);
	}
	if (allocations->programs_count > told)
		buf_printf(out, ", and %zu more", allocations->programs_count - told);
}

/* The first that was to fail, and had come by another way. */
static void tell_divergence(struct court *c)
{
	const struct schedule_outcome *allocations = &c->evidence->found.allocations;
	const struct alloc_page_event *found = &allocations->divergences[0];
	SCOPED(buf_free) struct buf stack = {0};
	if (!allocations->divergences_count)
		return;
	schedule_event_stack(allocations, found, &stack);
	reason(c, "it diverged from the run that the rule was made by: allocation %" PRIu64 " of %s has the stack %016" PRIx64 " (%s)",
	       found->ordinal, found->program[0] ? found->program : "?", found->stack, buf_string(&stack));
}

/* Which allocations could have failed, where none did. */
static void tell_allocations(struct court *c)
{
	const struct schedule_outcome *allocations = &c->evidence->found.allocations;
	SCOPED(buf_free) struct buf programs = {0};
	if (!c->evidence->found.allocations_known)
		return;
	list_programs(allocations, &programs);
	if (allocations->processes)
		reason(c, "it made %" PRIu64 " allocations in %" PRIu64 " process%s%s", allocations->allocations,
		       allocations->processes, allocations->processes == 1 ? "" : "es", buf_string(&programs));
	else if (!allocations->own_malloc)
		reason(c, "no allocation was counted: a static or setuid program does not load the shim");
	if (allocations->own_malloc)
		reason(c, "%s brings a malloc of its own (a sanitizer's, say, that is linked into it): its allocations cannot be "
			  "made to fail", allocations->own_malloc_program);
	tell_divergence(c);
}

#define IDLE_TOLD 3

static void name_idle(const struct court *c, struct buf *out)
{
	size_t count = c->evidence->idle.count;
	buf_printf(out, "%smust_fire: ", out->length ? ", " : "");
	for (size_t i = 0; i < count && i < IDLE_TOLD; i++) {
		buf_text(out, i ? ", " : "");
		buf_name(out, c->evidence->idle.at[i]->name);
	}
	if (count > IDLE_TOLD)
		buf_printf(out, " and %zu more", count - IDLE_TOLD);
	buf_text(out, " never struck");
}

/* The rules that had to strike, so that each can be held against what the subject did. */
static void tell_idle(struct court *c)
{
	for (size_t i = 0; i < c->evidence->idle.count && i < IDLE_TOLD; i++) {
		SCOPED(buf_free) struct buf words = {0};
		plan_explain_rule(c->evidence->idle.at[i], &words);
		reason(c, "%s", buf_string(&words));
	}
	if (c->evidence->idle.count)
		reason(c, "usual reasons: the subject does not ask for that path, or does something else with it; 'offset' or 'when' never "
			  "came true; the group is off; a rule before it ended what it waits for");
}

/* Why a file that was touched does not count. */
static void tell_cut(struct court *c)
{
	const struct touch *cut = evidence_first_cut(c->evidence);
	if (cut)
		reason(c, "a %s of %s was cut short where %s would strike, and nobody asked for the rest", cut->op, cut->path, cut->rule);
}

/* Did anything that the case brings not strike? Then nobody knows how the subject stands up to that. */
bool court_is_unexercised(struct court *c)
{
	const struct daemon_status *s = &c->evidence->found.server;
	static const char *const silent[] = {[AXIS_RULES] = "no rule struck", [AXIS_ALLOCATIONS] = "no allocation failed",
					     [AXIS_DAMAGE] = "no damaged file was met"};
	SCOPED(buf_free) struct buf idle = {0};
	for (enum axis axis = 0; axis < AXIS_COUNT; axis++)
		if (c->evidence->asked[axis] && !evidence_exercised(c->evidence, axis))
			buf_printf(&idle, "%s%s", idle.length ? ", " : "", silent[axis]);
	if (c->evidence->idle.count)
		name_idle(c, &idle);
	if (!idle.length && !nothing_struck(c))
		return false;
	reason(c,
	       "%s: the subject made %" PRIu64 " lookups, %" PRIu64 " opens, %" PRIu64 " reads, %" PRIu64 " directory reads, %" PRIu64
	       " writes",
	       idle.length ? buf_string(&idle) : silent[AXIS_RULES], s->lookups, s->opens, s->reads, s->readdirs, s->writes);
	tell_cut(c);
	tell_idle(c);
	tell_allocations(c);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Parks requests, starts them, and lets go of them. */
#include "fusefs/request.h"

#include "base/clock.h"
#include "faults/kinds.h"
#include "fusefs/backing.h"
#include "fusefs/interrupt.h"
#include "fusefs/observe.h"
#include "fusefs/power.h"
#include "fusefs/rulebook.h"
#include "fusefs/writes.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

/* The caller waits for us: it does nothing more before it has the signal. Never to our own group. */
static bool send_signal(const struct request *r)
{
	pid_t pid = fuse_req_ctx(r->req)->pid;
	pid_t group = pid > 0 ? getpgid(pid) : -1;
	bool to_group = r->verdict.signal->effect.signal.group;
	if (group <= 0 || (to_group && group == getpgrp()))
		return false;
	return kill(to_group ? -group : pid, r->verdict.signal->effect.signal.number) == 0;
}

static void fail(struct request *r, int error)
{
	if (r->op == OP_lookup)
		revalidate_failed(r, error);
	fuse_reply_err(r->req, error);
	observe_answer(r);
}

static void serve(struct request *r)
{
	r->serve(r);
	observe_answer(r);
}

static void lose_power(struct request *r)
{
	power_fail(r);
	observe_answer(r);
}

static void act(struct request *r)
{
	int refused = power_refusal(r);
	if (refused) {
		fail(r, refused);
		return;
	}
	if (r->verdict.signal && send_signal(r))
		request_strike(r, r->verdict.signal, UINT64_MAX);
	if (r->verdict.sync_fails)
		writes_fail_sync(r);
	if (r->verdict.power)
		lose_power(r);
	else if (r->verdict.error || r->verdict.split)
		fail(r, r->verdict.split ? EIO : r->verdict.error);
	else
		serve(r);
}

static void request_free(struct request *r)
{
	struct node *nodes[] = {r->node, r->node2, r->about};
	rulebook_let_go(r->edition);
	for (size_t i = 0; i < COUNT_OF(nodes); i++)
		if (nodes[i]) {
			nodes[i]->uses--;
			backing_release(r->server, nodes[i]);
		}
	free(r->path);
	/* These are copies of ours: see keep(). */
	free((void *)(uintptr_t)r->name);
	free((void *)(uintptr_t)r->name2);
	free((void *)(uintptr_t)r->data);
	free(r);
}

static bool copy_bytes(const void **bytes, size_t size)
{
	if (!*bytes)
		return true;
	void *copy = malloc(size ? size : 1);
	if (copy && size)
		memcpy(copy, *bytes, size);
	*bytes = copy;
	return copy != NULL;
}

static bool copy_text(const char **text)
{
	return !*text || (*text = strdup(*text));
}

/* A copy of the request that owns all it points to. NULL when memory is out. */
static struct request *keep(struct request *r)
{
	struct request *kept = malloc(sizeof *kept);
	if (!kept)
		return NULL;
	*kept = *r;
	bool whole = copy_text(&kept->name);
	whole = copy_text(&kept->name2) && whole;
	whole = copy_bytes(&kept->data, kept->data ? kept->size : 0) && whole;
	kept->node->uses++;
	if (kept->node2)
		kept->node2->uses++;
	if (kept->about)
		kept->about->uses++;
	kept->edition = rulebook_hold(r->server);
	r->path = NULL; /* the copy has it now */
	if (whole)
		return kept;
	request_free(kept);
	return NULL;
}

static void park(struct request *r)
{
	int64_t now = clock_now_ns();
	struct request *kept = keep(r);
	if (!kept) {
		fail(r, ENOMEM);
		return;
	}
	kept->served_at_ns = kept->verdict.hang ? PARK_NEVER : now + kept->verdict.delay_ns;
	if (park_add(&r->server->park, kept, kept->served_at_ns) < 0) {
		fail(kept, ENOMEM);
		request_free(kept);
		return;
	}
	if (r->server->park.count > r->server->metrics.parked_peak)
		r->server->metrics.parked_peak = r->server->park.count;
	interrupt_watch(kept);
}

void request_run(struct request *r)
{
	r->server->counts.operations[r->op]++;
	observe_begin(r);
	request_decide(r);
	if (r->verdict.delay_ns || r->verdict.hang)
		park(r);
	else
		act(r);
	free(r->path);
}

/* Bytes that a rule of an old plan has had its hands in must not stay in the kernel's cache. */
static void forget_bytes(const struct request *r)
{
	if (r->edition && r->edition->old && r->op == OP_read && r->site.buffered)
		invalidate_bytes(r->server, r->node, r->offset, r->size);
}

void request_resume(struct request *r)
{
	observe_resume(r);
	switch (interrupt_state(r)) {
	case INTERRUPT_NONE:
		act(r);
		forget_bytes(r);
		break;
	case INTERRUPT_ENDS_CALL:
		fail(r, EINTR);
		break;
	case INTERRUPT_WAIT_ON:
		if (park_add(&r->server->park, r, interrupt_next_look_ns(r)) == 0)
			return;
		fail(r, EINTR);
		break;
	}
	request_free(r);
}

/* What an outage leaves behind for a request that has waited for its end; 0 where its rule is no longer in force. */
static int error_after_outage(const struct request *r)
{
	const struct rule *rule = r->verdict.held ? rulebook_now(r->server, r->edition, r->verdict.held) : NULL;
	return rule && r->server->armed && live_is_on(&r->server->live, rule) ? r->verdict.after : 0;
}

void request_fail(struct request *r, int error)
{
	observe_resume(r);
	fail(r, error);
	request_free(r);
}

void request_release(struct request *r, bool heal)
{
	if (!heal) {
		request_fail(r, ECONNABORTED);
		return;
	}
	int error = error_after_outage(r);
	observe_resume(r);
	if (error)
		fail(r, error);
	else
		serve(r);
	request_free(r);
}

/* Does one of the rules that make it wait still have a reason to? Where none does, it is as if they had not. */
static bool is_held(struct request *r, int64_t now_ns)
{
	for (size_t i = 0; i < r->verdict.rules_count; i++) {
		const struct rule *rule = rulebook_now(r->server, r->edition, r->verdict.rules[i]);
		bool by_outage = r->verdict.rules[i] == r->verdict.held;
		if (rule && (rule->kind->late || rule->kind == &kind_hang) && live_holds(&r->server->live, rule, by_outage, now_ns))
			return true;
	}
	return false;
}

static void let_go(struct request *r)
{
	if (r->verdict.held)
		r->verdict.error = error_after_outage(r);
	r->verdict.hang = HANG_NOT;
	r->served_at_ns = 0;
	r->due_ns = 0;
}

void request_reconsider(struct server *server)
{
	int64_t now = server_clock_ns(server);
	for (size_t i = 0; i < server->park.count; i++)
		if (!is_held(server->park.heap[i], now))
			let_go(server->park.heap[i]);
	park_sort(&server->park);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Looks through the nodes that the kernel knows, for those that a change concerns. */
#include "fusefs/invalidate_find.h"

#include "base/scope.h"
#include "faults/kinds.h"
#include "fusefs/request.h"
#include "fusefs/server.h"

#include <string.h>

#define PAGE_BYTES UINT64_C(4096)

/* Beyond so many changed rules no path is matched with each of them: all files of their volumes are taken to be concerned. */
#define MATCHED_RULES_MAX 32

/* Caches answer lookups in the place of names, and getattr in the place of attributes (reference: the table of what hides which
 * operation is in the manual). */
#define NAME_OPS OP_BIT(lookup)
#define ATTRIBUTE_OPS (OP_BIT(lookup) | OP_BIT(getattr))
#define BYTE_OPS (OP_BIT(read) | OP_BIT(write))

/* ---- which rules ---- */

struct changed {
	VEC(const struct rule *) rules;
	opset ops;
};

static bool is_in(const struct plan *plan, const struct rule *rule)
{
	return plan && plan_rule_of_serial(plan, rule->serial);
}

static void add_to(struct changed *changed, const struct rule *rule)
{
	const struct rule **slot = vec_add(&changed->rules);
	if (!slot)
		return;
	*slot = rule;
	changed->ops |= rule->on | rule->watch;
}

/* Rules of one plan that the other one has not. */
static void add_changed(struct changed *changed, const struct plan *of, const struct plan *other)
{
	for (size_t i = 0; of && i < of->rules.count; i++)
		if (!is_in(other, of->rules.at[i]))
			add_to(changed, of->rules.at[i]);
}

/* ---- which nodes ---- */

static bool concerns_volume(const struct rule *rule, const struct volume *volume)
{
	return !rule->volume || strcmp(rule->volume, volume->name) == 0;
}

static bool touches_name(const struct rule *rule, struct node *node, size_t index)
{
	if (!index) {
		const char *path = node_path(node);
		return !path || plan_rule_touches(rule, node->volume->name, path);
	}
	SCOPED_FREE char *path = node_child_path(node->others.at[index - 1].parent, node->others.at[index - 1].name);
	return !path || plan_rule_touches(rule, node->volume->name, path);
}

static bool touches(const struct rule *rule, struct node *node, bool match)
{
	if (!concerns_volume(rule, node->volume))
		return false;
	bool touched = !match || !rule->path;
	for (size_t i = 0; !touched && i <= node->others.count; i++)
		touched = touches_name(rule, node, i);
	return touched;
}

/* The operations of the changed rules that can touch the node. */
static opset ops_on(const struct changed *changed, struct node *node)
{
	opset ops = 0;
	bool match = changed->rules.count <= MATCHED_RULES_MAX;
	for (size_t i = 0; i < changed->rules.count && ops != changed->ops; i++)
		if (touches(changed->rules.at[i], node, match))
			ops |= changed->rules.at[i]->on | changed->rules.at[i]->watch;
	return ops;
}

/* ---- bytes, around what is held ---- */

static bool holds_pages(const struct request *request, const struct node *node)
{
	return request->node == node && request->site.buffered && (request->op == OP_read || request->op == OP_write);
}

/* The held request with the lowest range that ends behind `from`; NULL: none. */
static const struct request *next_held(const struct server *server, const struct node *node, uint64_t from)
{
	const struct request *next = NULL;
	for (size_t i = 0; i < server->park.count; i++) {
		const struct request *request = server->park.heap[i];
		if (holds_pages(request, node) && request->offset + request->size > from &&
		    (!next || request->offset < next->offset))
			next = request;
	}
	return next;
}

static void add_stretch(struct invalidation *job, const struct node *node, uint64_t offset, uint64_t end)
{
	struct stretch *stretch = offset < end ? vec_add(&job->bytes) : NULL;
	if (stretch)
		*stretch = (struct stretch){.ino = node->id, .offset = offset, .length = end == UINT64_MAX ? 0 : end - offset};
}

static void add_bytes(const struct server *server, struct invalidation *job, const struct node *node)
{
	size_t before = job->bytes.count;
	uint64_t from = 0;
	for (const struct request *held; (held = next_held(server, node, from));) {
		add_stretch(job, node, from, held->offset & ~(PAGE_BYTES - 1));
		from = (held->offset + held->size + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
	}
	add_stretch(job, node, from, UINT64_MAX);
	if (job->bytes.count == before)
		return;
	if (node->unreached)
		return; /* by another of its handles, and counted */
	job->bytes.at[job->bytes.count - 1].last = true;
	atomic_fetch_add(&job->files_left, 1);
}

/* ---- the search ---- */

static void add_node(struct invalidation *job, struct node *node, opset ops)
{
	node->concerned = ops;
	node->concerned_by = job->number;
	node->unreached = false;
	uint64_t *slot = ops & ATTRIBUTE_OPS ? vec_add(&job->attributes) : NULL;
	if (slot)
		*slot = node->id;
	if (ops & BYTE_OPS)
		node->distrusted = true;
}

/* A file, and not a directory, that the job looks for. */
static bool is_meant(const struct invalidation *job, const struct handle *handle)
{
	return handle && handle->node->concerned_by == job->number && (handle->file || handle->fd >= 0);
}

/* A file that is open several times, or out of reach for several reasons, is counted once. */
static void count_unreachable(struct invalidation *job, const struct handle *handle)
{
	struct node *node = handle->node;
	bool of_closing = handle->silent_flush && node->concerned & OP_BIT(flush);
	bool of_bytes = handle->passthrough && node->concerned & BYTE_OPS;
	if (node->unreached || !(of_closing || of_bytes))
		return;
	node->unreached = true;
	job->unreachable++;
}

/* ... and dealt with once. */
static void add_bytes_of(const struct server *server, struct invalidation *job, const struct handle *handle)
{
	struct node *node = handle->node;
	if (handle->passthrough || !(node->concerned & BYTE_OPS))
		return;
	node->concerned &= ~BYTE_OPS;
	add_bytes(server, job, node);
}

/* First what cannot be reached at all, which needs to be known of the rest. */
static void add_handles(const struct server *server, struct invalidation *job)
{
	struct handle *const *handles = server->nodes.handles;
	for (uint32_t i = 0; i < server->nodes.handles_used; i++)
		if (is_meant(job, handles[i]))
			count_unreachable(job, handles[i]);
	for (uint32_t i = 0; i < server->nodes.handles_used; i++)
		if (is_meant(job, handles[i]))
			add_bytes_of(server, job, handles[i]);
}

void invalidate_find_change(struct server *server, const struct plan *before, const struct plan *now, struct invalidation *job)
{
	struct changed changed = {0};
	add_changed(&changed, before, now);
	add_changed(&changed, now, before);
	for (uint32_t i = 0; changed.rules.count && i < server->nodes.used; i++) {
		struct node *node = server->nodes.table[i];
		opset ops = node && node->volume ? ops_on(&changed, node) : 0;
		if (ops)
			add_node(job, node, ops);
	}
	job->names = changed.ops & NAME_OPS;
	add_handles(server, job);
	vec_free(&changed.rules);
}

static void add_switched(const struct server *server, const bool *before, struct changed *changed)
{
	for (size_t i = 0; server->plan && i < server->plan->rules.count; i++) {
		const struct rule *rule = server->plan->rules.at[i];
		bool came = server_in_force(server, rule) && !(before && before[i]);
		if (came)
			add_to(changed, rule);
	}
}

void invalidate_find_switched(struct server *server, const bool *before, struct invalidation *job)
{
	struct changed changed = {0};
	add_switched(server, before, &changed);
	for (uint32_t i = 0; changed.rules.count && i < server->nodes.handles_used; i++) {
		struct node *node = server->nodes.handles[i] ? server->nodes.handles[i]->node : NULL;
		if (node && node->volume && node->concerned_by != job->number)
			add_node(job, node, ops_on(&changed, node) & (BYTE_OPS | OP_BIT(flush)));
	}
	add_handles(server, job);
	vec_free(&changed.rules);
}

void invalidate_find_entry(struct invalidation *job, uint64_t parent, const char *name)
{
	char *copy = strdup(name);
	struct entry *entry = copy ? vec_add(&job->entries) : NULL;
	if (entry)
		*entry = (struct entry){parent, copy};
	else
		free(copy);
}

static bool is_root_held(const struct server *server)
{
	for (size_t i = 0; i < server->park.count; i++)
		if (server->park.heap[i]->node->id == FUSE_ROOT_ID)
			return true;
	return false;
}

void invalidate_find_dropped(struct server *server, struct invalidation *job)
{
	for (size_t i = 0; i < server->dropped.count && !is_root_held(server); i++)
		invalidate_find_entry(job, FUSE_ROOT_ID, server->dropped.at[i]->name);
	for (uint32_t i = 0; i < server->nodes.used; i++) {
		const struct node *node = server->nodes.table[i];
		/* Of one that has its root still, all goes with that. */
		if (node && node->volume && node->volume->dropped && !node->volume->root && node->parent)
			invalidate_find_entry(job, node->parent->id, node->name);
	}
}

void invalidate_find_all(struct server *server, const struct volume *volume, struct invalidation *job)
{
	for (uint32_t i = 0; i < server->nodes.used; i++) {
		struct node *node = server->nodes.table[i];
		if (node && node->volume && (!volume || node->volume == volume))
			add_node(job, node, OPSET_ALL & ~OP_BIT(flush));
	}
	add_handles(server, job);
}

/* ---- without a guard ---- */

/* Kinds that answer at once. Others may hold a request. */
static bool is_prompt(const struct kind *kind)
{
	return kind == &kind_fail || kind == &kind_deny || kind == &kind_missing || kind == &kind_corrupt || kind == &kind_short ||
	       kind == &kind_truncate;
}

static bool may_hold(const struct bound *bound, opset ops)
{
	for (uint32_t i = 0; bound && i < bound->count; i++)
		if (bound->at[i].rule->on & ops && !is_prompt(bound->at[i].rule->kind))
			return true;
	return false;
}

static bool may_hold_root(const struct server *server)
{
	for (size_t i = 0; i < server->volumes.count; i++)
		if (may_hold(volume_bound(server->volumes.at[i], "."), OPSET_ALL))
			return true;
	return false;
}

void invalidate_find_prompt(struct server *server, struct invalidation *job)
{
	size_t kept = 0;
	for (size_t i = 0; i < job->bytes.count; i++) {
		struct stretch stretch = job->bytes.at[i];
		struct node *node = nodes_get(&server->nodes, stretch.ino);
		if (!node || !may_hold(volume_node_bound(node), BYTE_OPS)) {
			job->bytes.at[kept++] = stretch;
		} else if (stretch.last) {
			atomic_fetch_sub(&job->files_left, 1);
			job->unreachable++;
		}
	}
	job->bytes.count = kept;
	for (size_t i = may_hold_root(server) ? job->entries.count : 0; i-- > 0; job->entries.count--)
		free(job->entries.at[i].name);
}

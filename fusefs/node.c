/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Tables of nodes and handles. */
#include "fusefs/node.h"

#include "base/clock.h"
#include "base/scope.h"
#include "fusefs/durable.h"
#include "fusefs/volume.h"
#include "fusefs/waits.h"

#include <stdio.h>
#include <string.h>

/* ---- numbers ---- */

/* A free number, or 0 when memory is out. Number 0 is never given: FUSE means "no such file" by it. */
static uint32_t take_id(uint32_t *used, uint32_t *room, void *table, size_t slot, uint32_t *free_ids, size_t *free_count)
{
	if (*free_count)
		return free_ids[--*free_count];
	uint32_t id = *used ? *used : 1;
	if (id >= *room) {
		uint32_t wanted = *room ? *room * 2 : 64;
		void *grown = reallocarray(*(void **)table, wanted, slot);
		if (!grown)
			return 0;
		*(void **)table = grown;
		memset((char *)grown + *room * slot, 0, (wanted - *room) * slot);
		*room = wanted;
	}
	*used = id + 1;
	return id;
}

/* ---- hash chains ---- */

static bool chains_grow(struct nodes *nodes)
{
	uint32_t wanted = nodes->chains_count ? nodes->chains_count * 2 : 64;
	struct node **chains = calloc(wanted, sizeof *chains);
	if (!chains)
		return nodes->chains_count > 0; /* longer chains will do */
	for (uint32_t i = 0; i < nodes->chains_count; i++)
		for (struct node *node = nodes->chains[i], *next; node; node = next) {
			next = node->next;
			struct node **chain = &chains[node->hash & (wanted - 1)];
			node->next = *chain;
			*chain = node;
		}
	free(nodes->chains);
	nodes->chains = chains;
	nodes->chains_count = wanted;
	return true;
}

static struct node **chain_of(struct nodes *nodes, uint64_t hash)
{
	return &nodes->chains[hash & (nodes->chains_count - 1)];
}

static void unchain(struct nodes *nodes, struct node *node)
{
	struct node **link = chain_of(nodes, node->hash);
	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
}

struct node *nodes_find(struct nodes *nodes, uint64_t hash, bool (*same)(const struct node *, const void *), const void *key)
{
	if (!nodes->chains_count)
		return NULL;
	for (struct node *node = *chain_of(nodes, hash); node; node = node->next)
		if (node->hash == hash && !node->stale && !node->replaced && same(node, key))
			return node;
	return NULL;
}

/* ---- nodes ---- */

static void node_free(struct node *node)
{
	if (node->fd >= 0)
		close(node->fd);
	for (size_t i = 0; i < node->others.count; i++)
		free(node->others.at[i].name);
	vec_free(&node->others);
	for (size_t i = 0; node->locks && i < LOCK_KINDS; i++)
		locks_fini(&node->locks[i]);
	free(node->locks);
	joint_clear(&node->joint);
	free(node->name);
	free(node->path);
	free(node);
}

struct node *nodes_get(struct nodes *nodes, uint64_t id)
{
	return id < nodes->used ? nodes->table[id] : NULL;
}

struct node *nodes_add(struct nodes *nodes, struct volume *volume, struct node *parent, const char *name, uint64_t hash)
{
	struct node *node = calloc(1, sizeof *node);
	if (!node)
		return NULL;
	node->fd = -1;
	if ((name && !(node->name = strdup(name))) || (nodes->count >= nodes->chains_count && !chains_grow(nodes)) ||
	    !(node->id = take_id(&nodes->used, &nodes->room, &nodes->table, sizeof *nodes->table, nodes->free_ids.at,
				 &nodes->free_ids.count))) {
		node_free(node);
		return NULL;
	}
	node->generation = nodes->freed;
	node->volume = volume;
	node->parent = parent;
	node->hash = hash;
	if (parent)
		parent->uses++;
	if (volume)
		volume->nodes++;
	struct node **chain = chain_of(nodes, hash);
	node->next = *chain;
	*chain = node;
	nodes->count++;
	return nodes->table[node->id] = node;
}

void nodes_remove(struct nodes *nodes, struct node *node)
{
	unchain(nodes, node);
	nodes->table[node->id] = NULL;
	nodes->count--;
	nodes->freed++;
	if (node->volume)
		node->volume->nodes--;
	uint32_t *slot = vec_add(&nodes->free_ids);
	if (slot)
		*slot = node->id;
	if (node->parent)
		node->parent->uses--;
	for (size_t i = 0; i < node->others.count; i++)
		node->others.at[i].parent->uses--;
	node_free(node);
}

size_t nodes_make_stale(struct nodes *nodes)
{
	size_t count = 0;
	for (uint32_t i = 0; i < nodes->used; i++)
		if (nodes->table[i] && nodes->table[i]->parent) {
			nodes->table[i]->stale = true;
			count++;
		}
	return count;
}

/* ---- names ---- */

static bool is_first_name(const struct node *node, const struct node *parent, const char *name)
{
	return node->parent == parent && node->name && strcmp(node->name, name) == 0;
}

/* Its index among the others; their count where it is none. */
static size_t other_name(const struct node *node, const struct node *parent, const char *name)
{
	size_t i = 0;
	while (i < node->others.count && (node->others.at[i].parent != parent || strcmp(node->others.at[i].name, name) != 0))
		i++;
	return i;
}

bool node_has_name(const struct node *node, const struct node *parent, const char *name)
{
	return is_first_name(node, parent, name) || other_name(node, parent, name) < node->others.count;
}

int nodes_add_name(struct node *node, struct node *parent, const char *name)
{
	char *copy = strdup(name);
	struct node_name *added = copy ? vec_add(&node->others) : NULL;
	if (!added) {
		free(copy);
		return -ENOMEM;
	}
	*added = (struct node_name){parent, copy};
	parent->uses++;
	node->bound_generation = 0;
	return 0;
}

static struct node_name take_other(struct node *node, size_t index)
{
	struct node_name name = node->others.at[index];
	for (size_t i = index + 1; i < node->others.count; i++)
		node->others.at[i - 1] = node->others.at[i];
	node->others.count--;
	node->bound_generation = 0;
	return name;
}

/* Takes the name, which uses its parent already. */
static void set_first_name(struct node *node, struct node_name name)
{
	free(node->name);
	if (node->parent)
		node->parent->uses--;
	node->name = name.name;
	node->parent = name.parent;
	free(take_ptr(&node->path));
	node->bound_generation = 0;
}

bool nodes_drop_name(struct node *node, const struct node *parent, const char *name)
{
	size_t index = other_name(node, parent, name);
	if (is_first_name(node, parent, name)) {
		if (!node->others.count)
			return false;
		set_first_name(node, take_other(node, 0));
	} else if (index < node->others.count) {
		struct node_name gone = take_other(node, index);
		gone.parent->uses--;
		free(gone.name);
	}
	return true;
}

int nodes_move(struct node *node, const struct node *from, const char *old, struct node *to, const char *name)
{
	struct node_name moved = {to, strdup(name)};
	size_t index = other_name(node, from, old);
	if (!moved.name)
		return -ENOMEM;
	to->uses++;
	if (index == node->others.count) {
		set_first_name(node, moved);
		return 0;
	}
	struct node_name *other = &node->others.at[index];
	other->parent->uses--;
	free(other->name);
	*other = moved;
	node->bound_generation = 0;
	return 0;
}

static void handle_close(struct handle *handle)
{
	if (handle->fd >= 0)
		close(handle->fd);
	corpus_file_close(handle->file);
	listing_drop(handle->listing);
	free(handle);
}

void nodes_fini(struct nodes *nodes)
{
	for (uint32_t i = 0; i < nodes->handles_used; i++)
		if (nodes->handles[i])
			handle_close(nodes->handles[i]);
	for (uint32_t i = 0; i < nodes->used; i++)
		if (nodes->table[i])
			node_free(nodes->table[i]);
	vec_free(&nodes->free_ids);
	vec_free(&nodes->free_handles);
	free(nodes->handles);
	free(nodes->chains);
	free(nodes->table);
	*nodes = (struct nodes){0};
}

/* ---- paths ---- */

char *node_child_path(struct node *directory, const char *name)
{
	const char *above = node_path(directory);
	char *path = NULL;
	if (!above)
		return NULL;
	if (strcmp(above, ".") == 0)
		return strdup(name);
	return asprintf(&path, "%s/%s", above, name) < 0 ? NULL : path;
}

/* Length of the path of a node that is no root. */
static size_t path_length(const struct node *node)
{
	size_t length = 0;
	for (; node->parent; node = node->parent)
		length += strlen(node->name) + 1;
	return length - 1;
}

const char *node_path(struct node *node)
{
	if (!node->parent)
		return ".";
	if (node->path && node->path_generation == node->volume->generation)
		return node->path;
	size_t length = path_length(node);
	char *path = malloc(length + 1);
	if (!path)
		return NULL;
	char *end = path + length;
	*end = '\0';
	for (const struct node *at = node; at->parent; at = at->parent) {
		size_t part = strlen(at->name);
		end -= part;
		memcpy(end, at->name, part);
		if (at->parent->parent)
			*--end = '/';
	}
	free(node->path);
	node->path_generation = node->volume->generation;
	return node->path = path;
}

/* ---- handles ---- */

struct handle *handles_add(struct nodes *nodes, struct node *node)
{
	struct handle *handle = calloc(1, sizeof *handle);
	if (!handle)
		return NULL;
	handle->fd = -1;
	handle->id = take_id(&nodes->handles_used, &nodes->handles_room, &nodes->handles, sizeof *nodes->handles,
			     nodes->free_handles.at, &nodes->free_handles.count);
	if (!handle->id) {
		free(handle);
		return NULL;
	}
	handle->node = node;
	handle->opened_ns = clock_now_ns();
	handle->outages = node->volume ? node->volume->outages : 0;
	handle->sync_seen = node->volume && node->volume->durable ? node->volume->durable->errors : 0;
	node->uses++;
	node->opens++;
	if (++nodes->handles_open > nodes->handles_peak)
		nodes->handles_peak = nodes->handles_open;
	return nodes->handles[handle->id] = handle;
}

void handles_shift(struct nodes *nodes, int64_t since_ns, int64_t by_ns)
{
	for (uint32_t id = 1; id < nodes->handles_used; id++) {
		struct handle *handle = nodes->handles[id];
		if (handle)
			handle->opened_ns = (handle->opened_ns < since_ns ? handle->opened_ns : since_ns) + by_ns;
	}
}

struct handle *handles_get(struct nodes *nodes, uint64_t id, const struct node *node)
{
	struct handle *handle = id < nodes->handles_used ? nodes->handles[id] : NULL;
	return handle && handle->node == node ? handle : NULL;
}

struct handle *handles_of(struct nodes *nodes, const struct node *node)
{
	for (uint32_t id = 1; node->opens && id < nodes->handles_used; id++)
		if (nodes->handles[id] && nodes->handles[id]->node == node)
			return nodes->handles[id];
	return NULL;
}

int handle_fd(const struct handle *handle)
{
	return handle->file ? corpus_file_fd(handle->file) : handle->fd;
}

ssize_t handle_read(struct handle *handle, char *bytes, size_t length, uint64_t offset)
{
	if (handle->file)
		return corpus_file_read(handle->file, bytes, length, offset);
	ssize_t got = pread(handle->fd, bytes, length, (off_t)offset);
	return got < 0 ? -errno : got;
}

bool handle_is_whole(const struct handle *handle)
{
	return !handle->file || !corpus_file_is_damaged(handle->file);
}

void handles_drop(struct nodes *nodes, struct handle *handle)
{
	nodes->handles[handle->id] = NULL;
	nodes->handles_open--;
	uint32_t *slot = vec_add(&nodes->free_handles);
	if (slot)
		*slot = handle->id;
	handle->node->uses--;
	handle->node->opens--;
	handle_close(handle);
}

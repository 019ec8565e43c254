/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Numbers the names of an archive and finds them again. */
#include "corpora/pack_index.h"

#include "base/draw.h"
#include "corpora/source.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

/* ---- the hash table: open addressing, never more than half full ---- */

static size_t home_of(const struct pack_index *index, uint32_t parent, const char *name, size_t length)
{
	const struct draw_key key = {.seed = index->salt, .path = draw_hash(name, length), .where = parent};
	return draw_u64(&key) & (index->slots_count - 1);
}

static bool is_named(const struct pack_index *index, uint32_t node, uint32_t parent, const char *name, size_t length)
{
	const char *own = pack_index_text_at(index, index->nodes.at[node].name);
	return index->nodes.at[node].parent == parent && strncmp(own, name, length) == 0 && own[length] == '\0';
}

/* The slot that has the name, or the free one where it belongs. */
static uint32_t *slot_of(const struct pack_index *index, uint32_t parent, const char *name, size_t length)
{
	size_t at = home_of(index, parent, name, length);
	while (index->slots[at] != PACK_NONE && !is_named(index, index->slots[at], parent, name, length))
		at = (at + 1) & (index->slots_count - 1);
	return &index->slots[at];
}

static int grow(struct pack_index *index)
{
	size_t count = index->slots_count ? index->slots_count * 2 : 64;
	uint32_t *slots = malloc(count * sizeof *slots);
	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, count * sizeof *slots); /* all PACK_NONE */
	free(index->slots);
	index->slots = slots;
	index->slots_count = count;
	for (uint32_t i = 1; i < index->nodes.count; i++) {
		const struct pack_node *node = &index->nodes.at[i];
		const char *name = pack_index_text_at(index, node->name);
		*slot_of(index, node->parent, name, strlen(name)) = i;
	}
	return 0;
}

/* ---- nodes ---- */

static struct pack_node new_node(uint32_t parent)
{
	return (struct pack_node){
		.parent = parent, .child = PACK_NONE, .sibling = PACK_NONE, .mode = S_IFDIR | 0755, .mtime = SOURCE_MTIME};
}

int pack_index_init(struct pack_index *index)
{
	*index = (struct pack_index){0};
	if (getrandom(&index->salt, sizeof index->salt, GRND_NONBLOCK) < 0)
		index->salt = (uintptr_t)index; /* this early in the life of a machine nobody knows that either */
	int rc = grow(index);
	struct pack_node *root = rc ? NULL : vec_add(&index->nodes);
	if (!root)
		return -ENOMEM;
	*root = new_node(PACK_NONE);
	return 0;
}

void pack_index_fini(struct pack_index *index)
{
	vec_free(&index->nodes);
	vec_free(&index->bodies);
	buf_free(&index->texts);
	free(index->slots);
	*index = (struct pack_index){0};
}

uint32_t pack_index_child(const struct pack_index *index, uint32_t parent, const char *name, size_t length)
{
	return *slot_of(index, parent, name, length);
}

uint32_t pack_index_find(const struct pack_index *index, const char *path)
{
	if (strcmp(path, ".") == 0)
		return 0;
	uint32_t node = 0;
	for (const char *name = path; node != PACK_NONE;) {
		size_t length = strcspn(name, "/");
		node = pack_index_child(index, node, name, length);
		if (!name[length])
			break;
		name += length + 1;
	}
	return node;
}

int pack_index_text(struct pack_index *index, const char *text, size_t length, uint32_t *place)
{
	if (index->texts.length + length >= PACK_TEXTS_MAX)
		return -E2BIG;
	*place = (uint32_t)index->texts.length;
	buf_add(&index->texts, text, length);
	buf_char(&index->texts, '\0');
	return index->texts.failed ? -ENOMEM : 0;
}

int pack_index_add(struct pack_index *index, uint32_t parent, const char *name, size_t length, uint32_t *node)
{
	uint32_t place, number = (uint32_t)index->nodes.count;
	int rc = number >= index->slots_count / 2 ? grow(index) : 0;
	if (!rc)
		rc = pack_index_text(index, name, length, &place);
	if (rc)
		return rc;
	struct pack_node *added = vec_add(&index->nodes);
	if (!added)
		return -ENOMEM;
	*added = new_node(parent);
	added->name = place;
	added->sibling = index->nodes.at[parent].child;
	*slot_of(index, parent, name, length) = number;
	index->nodes.at[parent].child = number;
	*node = number;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Indexes patterns by literal parts. */
#include "faults/rule_index.h"

#include "base/draw.h"
#include "base/scope.h"
#include "base/vec.h"

#include <stdbool.h>
#include <string.h>

/* Of beginnings and ends of a name so many characters count. */
#define PART_MAX 16

enum part { PART_PATH, PART_NAME, PART_HEAD, PART_TAIL, PART_FIRST, PART_COUNT };

/* A literal text that a path must have, and the pattern that says so. */
struct key {
	uint64_t hash;
	uint32_t pattern;
};

struct rule_index {
	VEC(struct key) keys;	  /* by hash, then pattern */
	VEC(uint32_t) everywhere; /* patterns without a literal part */
	uint32_t lengths[PART_COUNT]; /* that are in use: bits; of parts that are whole names, bit 0 for any */
	uint64_t *filter;	      /* a bit for the hash of each key: most look-ups end here */
	uint64_t filter_mask;
};

/* One in sixteen look-ups goes on in vain. */
#define FILTER_BITS_PER_KEY 16
#define FILTER_BITS_MIN 64

static uint64_t hash_of(enum part part, const char *text, size_t length)
{
	const struct draw_key key = {.who = (uint64_t)part, .path = draw_hash(text, length), .where = length};
	return draw_u64(&key);
}

/* ---- the literal parts of a pattern ---- */

struct parts {
	struct {
		uint64_t hash;
		enum part part;
		uint32_t length;
	} at[4];
	size_t count;
};

static void add_part(struct parts *parts, enum part part, const char *text, size_t length)
{
	parts->at[parts->count].hash = hash_of(part, text, length);
	parts->at[parts->count].part = part;
	parts->at[parts->count++].length = (uint32_t)length;
}

static size_t at_most(size_t length)
{
	return length < PART_MAX ? length : PART_MAX;
}

/* A backslash makes the next character literal. Those patterns are rare: they are tried on every path, as are sets with a slash in
 * them or behind them, whose end only the matcher knows. */
static bool is_plain(const char *pattern)
{
	const char *set = strchr(pattern, '[');
	return !strchr(pattern, '\\') && !(set && strchr(set, '/'));
}

static void parts_of_name(struct parts *parts, const char *name)
{
	size_t length = strlen(name), head = strcspn(name, "*?[");
	const char *star = strrchr(name, '*'), *mark = strrchr(name, '?');
	const char *tail = star > mark ? star : mark;
	if (head == length) {
		add_part(parts, PART_NAME, name, length);
		return;
	}
	if (head)
		add_part(parts, PART_HEAD, name, at_most(head));
	if (tail && tail[1] && !strchr(name, '[')) {
		size_t rest = at_most(strlen(tail + 1));
		add_part(parts, PART_TAIL, name + length - rest, rest);
	}
}

static void parts_of(struct parts *parts, const char *pattern)
{
	*parts = (struct parts){0};
	if (!is_plain(pattern))
		return;
	const char *slash = strrchr(pattern, '/');
	const char *name = slash ? slash + 1 : pattern;
	if (!pattern[strcspn(pattern, "*?[")]) {
		add_part(parts, PART_PATH, pattern, strlen(pattern));
		return;
	}
	if (strcmp(name, "**") != 0)
		parts_of_name(parts, name);
	size_t first = strcspn(pattern, "/");
	if (pattern[first] && strcspn(pattern, "*?[") > first)
		add_part(parts, PART_FIRST, pattern, first);
}

/* ---- building ---- */

static int by_hash(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->pattern > y->pattern) - (x->pattern < y->pattern);
}

/* The first key of this hash or a greater one. */
static size_t first_of(const struct key *keys, size_t count, uint64_t hash)
{
	size_t low = 0;
	while (count) {
		size_t half = count / 2;
		if (keys[low + half].hash < hash) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low;
}

static size_t shared_by(const struct rule_index *all, uint64_t hash)
{
	size_t first = first_of(all->keys.at, all->keys.count, hash);
	return first_of(all->keys.at, all->keys.count, hash + 1) - first;
}

static int add_key(struct rule_index *index, uint64_t hash, size_t pattern)
{
	struct key *key = vec_add(&index->keys);
	if (!key)
		return -1;
	*key = (struct key){hash, (uint32_t)pattern};
	return 0;
}

/* Each literal part of each alternative: what the rarest is chosen from. */
static int add_all(struct rule_index *all, const struct glob *glob, size_t pattern)
{
	struct parts parts;
	int rc = 0;
	for (size_t i = 0; glob && !rc && glob_alternative(glob, i); i++) {
		parts_of(&parts, glob_alternative(glob, i));
		for (size_t k = 0; !rc && k < parts.count; k++)
			rc = add_key(all, parts.at[k].hash, pattern);
	}
	return rc;
}

static int add_rarest(struct rule_index *index, const struct rule_index *all, const struct parts *parts, size_t pattern)
{
	size_t rarest = 0, least = SIZE_MAX;
	for (size_t i = 0; i < parts->count; i++) {
		size_t shared = shared_by(all, parts->at[i].hash);
		if (shared < least) {
			least = shared;
			rarest = i;
		}
	}
	enum part part = parts->at[rarest].part;
	index->lengths[part] |= part == PART_HEAD || part == PART_TAIL ? 1u << parts->at[rarest].length : 1u;
	return add_key(index, parts->at[rarest].hash, pattern);
}

static int add_everywhere(struct rule_index *index, size_t pattern)
{
	uint32_t *slot = vec_add(&index->everywhere);
	if (slot)
		*slot = (uint32_t)pattern;
	return slot ? 0 : -1;
}

static int add_pattern(struct rule_index *index, const struct rule_index *all, const struct glob *glob, size_t pattern)
{
	struct parts parts;
	int rc = 0;
	for (size_t i = 0; glob && glob_alternative(glob, i); i++) {
		parts_of(&parts, glob_alternative(glob, i));
		if (!parts.count)
			return add_everywhere(index, pattern);
	}
	if (!glob)
		return add_everywhere(index, pattern);
	for (size_t i = 0; !rc && glob_alternative(glob, i); i++) {
		parts_of(&parts, glob_alternative(glob, i));
		rc = add_rarest(index, all, &parts, pattern);
	}
	return rc;
}

static void sort(struct rule_index *index)
{
	if (index->keys.count)
		qsort(index->keys.at, index->keys.count, sizeof *index->keys.at, by_hash);
}

static int make_filter(struct rule_index *index)
{
	uint64_t bits = FILTER_BITS_MIN;
	while (bits < index->keys.count * FILTER_BITS_PER_KEY)
		bits *= 2;
	index->filter_mask = bits - 1;
	index->filter = calloc(bits / 64, sizeof *index->filter);
	for (size_t i = 0; index->filter && i < index->keys.count; i++) {
		uint64_t bit = index->keys.at[i].hash & index->filter_mask;
		index->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	}
	return index->filter ? 0 : -1;
}

struct rule_index *rule_index_new(const struct glob *const *patterns, size_t count)
{
	struct rule_index *index = calloc(1, sizeof *index);
	SCOPED_FREE struct rule_index *all = calloc(1, sizeof *all);
	int rc = index && all ? 0 : -1;
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_all(all, patterns[i], i);
	if (!rc)
		sort(all);
	for (size_t i = 0; !rc && i < count; i++)
		rc = add_pattern(index, all, patterns[i], i);
	if (all)
		vec_free(&all->keys);
	if (!rc) {
		sort(index);
		rc = make_filter(index);
	}
	if (rc) {
		rule_index_free(index);
		return NULL;
	}
	return index;
}

void rule_index_free(struct rule_index *index)
{
	if (!index)
		return;
	vec_free(&index->keys);
	vec_free(&index->everywhere);
	free(index->filter);
	free(index);
}

/* ---- finding ---- */

struct found {
	uint32_t *at;
	size_t count; /* RULE_INDEX_FOUND_MAX + 1: too many */
};

/* Keeps them rising, each once. */
static void add_found(struct found *found, uint32_t pattern)
{
	size_t place = found->count;
	if (place > RULE_INDEX_FOUND_MAX)
		return;
	while (place && found->at[place - 1] > pattern)
		place--;
	if (place && found->at[place - 1] == pattern)
		return;
	if (found->count++ == RULE_INDEX_FOUND_MAX)
		return;
	memmove(&found->at[place + 1], &found->at[place], (found->count - 1 - place) * sizeof *found->at);
	found->at[place] = pattern;
}

static void look_up(const struct rule_index *index, struct found *found, enum part part, const char *text, size_t length)
{
	uint64_t hash = hash_of(part, text, length), bit = hash & index->filter_mask;
	if (!(index->filter[bit / 64] >> bit % 64 & 1))
		return;
	for (size_t i = first_of(index->keys.at, index->keys.count, hash);
	     i < index->keys.count && index->keys.at[i].hash == hash && found->count <= RULE_INDEX_FOUND_MAX; i++)
		add_found(found, index->keys.at[i].pattern);
}

size_t rule_index_find(const struct rule_index *index, const char *path, uint32_t at[RULE_INDEX_FOUND_MAX])
{
	struct found found = {.at = at};
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	size_t length = strlen(name);
	for (size_t i = 0; i < index->everywhere.count && found.count <= RULE_INDEX_FOUND_MAX; i++)
		add_found(&found, index->everywhere.at[i]);
	if (index->lengths[PART_PATH])
		look_up(index, &found, PART_PATH, path, strlen(path));
	if (index->lengths[PART_NAME])
		look_up(index, &found, PART_NAME, name, length);
	for (size_t part = 1; part <= PART_MAX && part <= length; part++) {
		if (index->lengths[PART_HEAD] >> part & 1)
			look_up(index, &found, PART_HEAD, name, part);
		if (index->lengths[PART_TAIL] >> part & 1)
			look_up(index, &found, PART_TAIL, name + length - part, part);
	}
	if (slash && index->lengths[PART_FIRST])
		look_up(index, &found, PART_FIRST, path, strcspn(path, "/"));
	return found.count;
}

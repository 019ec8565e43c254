/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The names of an archive, as a tree that is found by hashing. For this folder only.
 *
 * Nodes are numbered as they come; 0 is the root. Numbers stay when the index grows, pointers do not. One thread builds,
 * then any thread asks. */
#pragma once

#include "base/attr.h"
#include "base/buf.h"
#include "base/vec.h"

#include <stdint.h>
#include <sys/types.h>

#define PACK_NONE UINT32_MAX

struct pack_node {
	uint32_t parent, child, sibling; /* the first child, the next of the same parent; PACK_NONE: none */
	uint32_t name;	 /* place in `texts` */
	uint32_t target; /* of a link: place in `texts` */
	uint32_t body;	 /* of a file: its bytes; hard links share them */
	mode_t mode;
	int64_t mtime;
};

/* Bytes of a file, in the spool. */
struct pack_body {
	uint64_t offset, size;
};

struct pack_index {
	VEC(struct pack_node) nodes;
	VEC(struct pack_body) bodies;
	struct buf texts; /* NUL-terminated names and targets */
	uint32_t *slots;  /* hash table of node numbers, by (parent, name); PACK_NONE: free */
	size_t slots_count; /* a power of two */
	uint64_t salt;	    /* random, so that nobody can choose names that collide; seen nowhere outside */
};

/* Make an index with nothing but the root. Returns 0 or -ENOMEM; free it in either case. */
int pack_index_init(struct pack_index *index) MUST_USE;
void pack_index_fini(struct pack_index *index);

/* The node of a name in a directory, or of a whole path; PACK_NONE where there is none. */
uint32_t pack_index_child(const struct pack_index *index, uint32_t parent, const char *name, size_t length);
uint32_t pack_index_find(const struct pack_index *index, const char *path);

/* Add a name that is not there yet; it is a directory until somebody says what it is. Returns 0, -ENOMEM, or -E2BIG where all
 * texts together pass PACK_TEXTS_MAX. */
#define PACK_TEXTS_MAX (256u << 20)
int pack_index_add(struct pack_index *index, uint32_t parent, const char *name, size_t length, uint32_t *node) MUST_USE;

/* Keep a text. As pack_index_add(). */
int pack_index_text(struct pack_index *index, const char *text, size_t length, uint32_t *place) MUST_USE;

static inline const char *pack_index_text_at(const struct pack_index *index, uint32_t place)
{
	return index->texts.at + place;
}

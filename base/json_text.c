/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Gives jansson its memory, and takes it back where there is not enough. */
#include "base/json_text.h"

#include "base/buf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* All that jansson has is in pieces; those of a text that is being read are in a ring, so that they can be let go of at once. */
struct link {
	struct link *before, *behind;
};

struct piece {
	struct link link; /* first: see release() */
	max_align_t bytes[];
};

static struct {
	struct link ring;
	jmp_buf no_memory;
	bool reads;
} reader;

static void *allocate(size_t size)
{
	struct piece *piece = size > SIZE_MAX - sizeof *piece ? NULL : malloc(sizeof *piece + size);
	if (!piece && reader.reads)
		longjmp(reader.no_memory, 1);
	if (!piece)
		return NULL;
	struct link *link = &piece->link;
	*link = (struct link){link, link};
	if (reader.reads) {
		*link = (struct link){reader.ring.before, &reader.ring};
		link->before->behind = link;
		reader.ring.before = link;
	}
	return piece->bytes;
}

static void let_go(struct link *link)
{
	link->before->behind = link->behind;
	link->behind->before = link->before;
	free(link);
}

static void release(void *bytes)
{
	if (bytes)
		let_go((struct link *)(void *)((char *)bytes - offsetof(struct piece, bytes)));
}

/* The pieces of a tree stay in a ring of their own, without the reader's end of it. */
static void keep_pieces(void)
{
	reader.ring.before->behind = reader.ring.behind;
	reader.ring.behind->before = reader.ring.before;
}

static void drop_pieces(void)
{
	while (reader.ring.behind != &reader.ring)
		let_go(reader.ring.behind);
}

/* Before anything of jansson's is made: what is made by one allocator cannot be freed by another. */
__attribute__((constructor)) static void take_charge(void)
{
	json_set_alloc_funcs(allocate, release);
}

json_t *json_read(const char *text, size_t flags, struct err *err)
{
	json_error_t why;
	reader.ring.before = reader.ring.behind = &reader.ring;
	reader.reads = true;
	if (setjmp(reader.no_memory)) {
		reader.reads = false;
		drop_pieces();
		err_set(err, ENOMEM, "out of memory");
		return NULL;
	}
	json_t *root = json_loads(text, flags, &why);
	reader.reads = false;
	keep_pieces();
	if (!root)
		err_set(err, EINVAL, "%s", why.text);
	return root;
}

static int write_part(const char *bytes, size_t length, void *text)
{
	buf_add(text, bytes, length);
	return 0; /* the buffer remembers what it lacks */
}

char *json_write(const json_t *value, size_t flags)
{
	struct buf text = {0};
	if (json_dump_callback(value, write_part, &text, flags) == 0 && !text.failed && text.at)
		return text.at;
	buf_free(&text);
	return NULL;
}

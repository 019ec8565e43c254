/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the pyramid of a stack, and keeps nothing of it but digests. */
#include "corpora/stack_pyramid.h"

#include "corpora/numbers.h"

#include <errno.h>
#include <sha2.h>
#include <stdlib.h>

#define LEVELS_MAX 16 /* sides have 14 bits */

struct level {
	uint32_t width, height;
	uint64_t images; /* that were made */
	uint16_t *first; /* one that waits for its partner; NULL: none does */
	SHA2_CTX sha;
};

struct pyramid {
	const struct stack *stack;
	unsigned count; /* of levels above the slices */
	struct level at[LEVELS_MAX];
};

static void plan(struct pyramid *p)
{
	const struct stack_shape *shape = &p->stack->shape;
	uint32_t width = shape->width, height = shape->height;
	while (width >= 2 && height >= 2 && p->count + 1 < LEVELS_MAX) {
		width /= 2;
		height /= 2;
		p->at[++p->count] = (struct level){.width = width, .height = height};
		SHA256Init(&p->at[p->count].sha);
	}
	p->at[0] = (struct level){.width = shape->width, .height = shape->height};
}

static uint32_t block(const uint16_t *image, uint32_t width, uint32_t x, uint32_t y)
{
	const uint16_t *above = image + (size_t)2 * y * width + (size_t)2 * x, *below = above + width;
	return ((uint32_t)above[0] + above[1] + below[0] + below[1] + 2) >> 2;
}

static uint16_t *halve(const struct level *from, const struct level *to, const uint16_t *first, const uint16_t *second)
{
	uint16_t *out = malloc((size_t)to->width * to->height * sizeof *out);
	for (uint32_t y = 0; out && y < to->height; y++)
		for (uint32_t x = 0; x < to->width; x++)
			out[(size_t)y * to->width + x] =
				(uint16_t)((block(first, from->width, x, y) + block(second, from->width, x, y) + 1) >> 1);
	return out;
}

static void digest(const struct pyramid *p, struct level *level, const uint16_t *image)
{
	const uint32_t bytes = p->stack->shape.bits / 8;
	unsigned char row[2 * STACK_SIDE_MAX];
	for (uint32_t y = 0; y < level->height; y++) {
		for (uint32_t x = 0; x < level->width; x++)
			number_put_be(row + (size_t)x * bytes, image[(size_t)y * level->width + x], (int)bytes);
		SHA256Update(&level->sha, row, (size_t)level->width * bytes);
	}
	level->images++;
}

static int feed(struct pyramid *p, unsigned level, uint16_t *image);

/* Two of a level become one of the next. Takes both; the second may be the first. */
static int join(struct pyramid *p, unsigned level, uint16_t *first, uint16_t *second)
{
	uint16_t *half = halve(&p->at[level], &p->at[level + 1], first, second);
	if (second != first)
		free(second);
	free(first);
	if (!half)
		return -ENOMEM;
	digest(p, &p->at[level + 1], half);
	return feed(p, level + 1, half);
}

/* An image of a level, in order. Takes it. */
static int feed(struct pyramid *p, unsigned level, uint16_t *image)
{
	struct level *at = &p->at[level];
	uint16_t *first = at->first;
	if (level == p->count)
		free(image);
	else if (!first)
		at->first = image;
	if (level == p->count || !first)
		return 0;
	at->first = NULL;
	return join(p, level, first, image);
}

static int feed_slice(struct pyramid *p, uint64_t index)
{
	const struct stack_shape *shape = &p->stack->shape;
	const uint32_t bytes = shape->bits / 8;
	unsigned char row[2 * STACK_SIDE_MAX];
	struct stack_slice slice;
	uint16_t *image = malloc((size_t)shape->width * shape->height * sizeof *image);
	stack_cut(p->stack, index, &slice);
	for (uint32_t y = 0; image && y < shape->height; y++) {
		stack_row(&slice, y, row);
		for (uint32_t x = 0; x < shape->width; x++)
			image[(size_t)y * shape->width + x] = (uint16_t)number_be(row + (size_t)x * bytes, (int)bytes);
	}
	return image ? feed(p, 0, image) : -ENOMEM;
}

/* What waits gets no partner any more. */
static int finish(struct pyramid *p)
{
	int rc = 0;
	for (unsigned level = 0; !rc && level < p->count; level++) {
		uint16_t *lone = p->at[level].first;
		p->at[level].first = NULL;
		rc = lone ? join(p, level, lone, lone) : 0;
	}
	return rc;
}

static void tell_level(struct level *level, unsigned number, struct jsonw *to)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];
	SHA256End(&level->sha, hex);
	jsonw_object(to);
	jsonw_key(to, "level"), jsonw_uint(to, number);
	jsonw_key(to, "width"), jsonw_uint(to, level->width);
	jsonw_key(to, "height"), jsonw_uint(to, level->height);
	jsonw_key(to, "images"), jsonw_uint(to, level->images);
	jsonw_key(to, "sha256"), jsonw_text(to, hex);
	jsonw_close(to);
}

void stack_pyramid_tell(const struct stack *stack, struct jsonw *to)
{
	const uint64_t pixels = (uint64_t)stack->shape.width * stack->shape.height;
	if (stack->slices > STACK_PYRAMID_PIXELS_MAX / pixels)
		return;
	struct pyramid *p = calloc(1, sizeof *p);
	int rc = p ? 0 : -ENOMEM;
	if (p) {
		p->stack = stack;
		plan(p);
	}
	for (uint64_t i = 0; !rc && i < stack->slices; i++)
		rc = feed_slice(p, i);
	if (!rc)
		rc = finish(p);
	if (!rc) {
		jsonw_key(to, "pyramid"), jsonw_array(to);
		for (unsigned level = 1; level <= p->count; level++)
			tell_level(&p->at[level], level, to);
		jsonw_close(to);
	}
	for (unsigned level = 0; p && level <= p->count; level++)
		free(p->at[level].first);
	free(p);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Artefacts of CT scanners, laid over the greys of a row: rings, which come of unequal detectors, and cupping, which comes of
 * soft rays that do not get through the middle. */
#include "corpora/stack.h"

#include "base/attr.h"
#include "base/draw.h"

/* ---- rings ---- */

#define RING_MIN 300 /* of 65535, which still shows in 8 bits */
#define RING_MAX 1500

/* About every third ring is lighter or darker. */
static int16_t ring_of(uint64_t seed, uint64_t ring)
{
	const struct draw_key key = {.seed = seed, .who = draw_text("stack: ring"), .where = ring};
	const uint64_t drawn = draw_u64(&key);
	if (drawn % 3)
		return 0;
	const int16_t strength = (int16_t)(RING_MIN + (drawn >> 8) % (RING_MAX - RING_MIN));
	return drawn >> 4 & 1 ? strength : (int16_t)-strength;
}

/* The rings are equally wide, and found without a root: ring n of N begins where N * N times the square of the radius, rounded
 * down, is n * n. */
void stack_shade_place(struct stack *stack)
{
	for (uint64_t ring = 0; stack->shape.rings && ring < STACK_RINGS; ring++)
		for (uint64_t square = ring * ring; square < (ring + 1) * (ring + 1); square++)
			stack->rings[square] = ring_of(stack->seed, ring);
}

/* ---- a row, by blocks of constant length, which compilers turn into vector instructions ---- */

#define BLOCK STACK_SHADE_BLOCK

/* The middle of the body has so much less of its grey. */
#define CUP_DEPTH 0.25

static ALWAYS_INLINE void cup(const struct stack_disc *body, const double *right, double y, double *greys)
{
	const double down = (y - body->y) / body->ry;
	for (size_t i = 0; i < BLOCK; i++) {
		const double across = (right[i] - body->x) / body->rx, depth = 1 - across * across - down * down;
		greys[i] -= greys[i] * CUP_DEPTH * (depth > 0 ? depth : 0);
	}
}

static ALWAYS_INLINE void ring(const struct stack *stack, const double *right, double y, double *greys)
{
	int32_t squares[BLOCK];
	for (size_t i = 0; i < BLOCK; i++) {
		const double square = (right[i] * right[i] + y * y) * (STACK_RINGS * STACK_RINGS);
		squares[i] = (int32_t)(square < STACK_RINGS * STACK_RINGS ? square : STACK_RINGS * STACK_RINGS);
	}
	for (size_t i = 0; i < BLOCK; i++)
		greys[i] += stack->rings[squares[i]];
}

static ALWAYS_INLINE void shade_block(const struct stack_slice *slice, uint32_t from, double y, uint16_t *at)
{
	const struct stack_shape *shape = &slice->stack->shape;
	double right[BLOCK], greys[BLOCK];
	for (uint32_t i = 0; i < BLOCK; i++) {
		right[i] = (2 * (double)(int32_t)(from + i) + 1) / shape->width - 1;
		greys[i] = at[i];
	}
	if (shape->hardening && slice->has_body)
		cup(&slice->discs[0], right, y, greys);
	if (shape->rings)
		ring(slice->stack, right, y, greys);
	for (uint32_t i = 0; i < BLOCK; i++) {
		const double least = greys[i] < STACK_GREY_MIN ? STACK_GREY_MIN : greys[i];
		at[i] = (uint16_t)(int32_t)(least > STACK_GREY_MAX ? STACK_GREY_MAX : least);
	}
}

/* As stack_row(): faster with AVX2, and the same bytes. */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx2", "default")))
#endif
void stack_shade(const struct stack_slice *slice, uint32_t y, uint16_t *greys)
{
	const struct stack_shape *shape = &slice->stack->shape;
	for (uint32_t x = 0; x < shape->width; x += BLOCK)
		shade_block(slice, x, stack_middle(y, shape->height), greys + x);
}

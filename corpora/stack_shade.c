/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Artefacts of CT scanners, laid over the greys of a row: rings, which come of unequal detectors, and cupping, which comes of
 * soft rays that do not get through the middle. */
#include "corpora/stack.h"

#include "base/draw.h"

#include <math.h>

#define RING_MIN 300 /* of 65535, which still shows in 8 bits */
#define RING_MAX 1500

/* The middle of the body has so much less of its grey. */
#define CUP_DEPTH 0.25

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

void stack_shade_place(struct stack *stack)
{
	for (uint64_t i = 0; stack->shape.rings && i < STACK_RINGS; i++)
		stack->rings[i] = ring_of(stack->seed, i);
}

/* What is left of a grey by beam hardening: the less, the deeper it lies in the body. */
static double cupped(const struct stack_disc *body, double x, double y, double grey)
{
	const double right = (x - body->x) / body->rx, down = (y - body->y) / body->ry;
	const double depth = 1 - right * right - down * down;
	return depth > 0 ? grey - grey * CUP_DEPTH * depth : grey;
}

static double ringed(const struct stack *stack, double x, double y, double grey)
{
	const double radius = sqrt(x * x + y * y) * STACK_RINGS;
	return radius < STACK_RINGS ? grey + stack->rings[(size_t)radius] : grey;
}

void stack_shade(const struct stack_slice *slice, uint32_t y, uint16_t *greys)
{
	const struct stack *stack = slice->stack;
	const struct stack_shape *shape = &stack->shape;
	const double down = stack_middle(y, shape->height);
	for (uint32_t i = 0; i < shape->width; i++) {
		const double right = stack_middle(i, shape->width);
		double grey = greys[i];
		if (shape->hardening && slice->has_body)
			grey = cupped(&slice->discs[0], right, down, grey);
		if (shape->rings)
			grey = ringed(stack, right, down, grey);
		greys[i] = (uint16_t)(grey < STACK_GREY_MIN ? STACK_GREY_MIN : grey > STACK_GREY_MAX ? STACK_GREY_MAX : grey);
	}
}

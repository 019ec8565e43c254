/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The pixels of a synthetic CT stack: grey ellipsoids with mild noise, cut into slices. For this folder only.
 *
 * A shell of bone with marrow and cavities lies in soft tissue, a dense rod leans through it, so neighbouring slices are
 * alike and a missing or misplaced one can be seen. The seed moves everything a little. Every row can be made alone, and is
 * the same on every machine: integers, and IEEE 754 doubles with + - * / and square root, which have one right result.
 * Any thread; nothing fails. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define STACK_SIDE_MAX 16384
#define STACK_BODIES_MAX 16

struct stack_shape {
	uint32_t width, height; /* of a slice, pixels: 1 to STACK_SIDE_MAX */
	uint32_t bits;		/* 8 or 16 */
};

/* An ellipsoid. The volume reaches from -1 to 1 in x, y and z, whatever its pixels. */
struct stack_body {
	double x, y, z;	   /* centre */
	double rx, ry, rz; /* radii */
	double lean_x, lean_y; /* how the centre moves with z */
	uint16_t grey;	       /* of 65535; 8 bit images have the upper byte */
};

struct stack {
	struct stack_shape shape;
	uint64_t slices, seed;
	struct stack_body bodies[STACK_BODIES_MAX]; /* later ones cover earlier ones */
	size_t count;
};

/* Place the bodies as the seed says. */
void stack_place(struct stack *stack, const struct stack_shape *shape, uint64_t slices, uint64_t seed);

/* One slice: the ellipses that it cuts out. Borrows the stack. */
struct stack_slice {
	const struct stack *stack;
	uint64_t index;
	struct stack_disc {
		double x, y, rx, ry;
		uint16_t grey;
	} discs[STACK_BODIES_MAX];
	size_t count;
};
void stack_cut(const struct stack *stack, uint64_t index, struct stack_slice *out);

/* The samples of one row, big-endian as in PNG: width * bits / 8 bytes. */
void stack_row(const struct stack_slice *slice, uint32_t y, unsigned char *out);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The pixels of a synthetic CT stack: grey ellipsoids with mild noise, cut into slices. For this folder only.
 *
 * A shell of bone with marrow and cavities lies in soft tissue, a dense rod leans through it, so neighbouring slices are
 * alike and a missing or misplaced one can be seen. The seed moves everything a little. Every row can be made alone, and is
 * the same on every machine: integers, and IEEE 754 doubles with + - * / and square root, which have one right result.
 * Any thread; nothing fails. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_SIDE_MAX 16384
#define STACK_BODIES_MAX 16
#define STACK_RINGS 64 /* from the middle out to a radius of 1 */
#define STACK_NOISE_MAX 16

struct stack_shape {
	uint32_t width, height; /* of a slice, pixels: 1 to STACK_SIDE_MAX */
	uint32_t bits;		/* 8 or 16 */
	uint32_t noise;		/* 0: none; 1: triangular, up to 255 of 65535 or 3 of 255 each way; n: n times that */
	bool rings;		/* artefacts of a scanner: rings about the middle, lighter or darker, the same in all slices */
	bool hardening;		/* and the body darker toward its middle: beam hardening, also called cupping */
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
	int16_t rings[STACK_RINGS * STACK_RINGS + 1]; /* what they add to a grey, by the square of its radius; 0 from a radius of 1 on */
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
	bool has_body; /* discs[0] is the body that holds the others */
};
void stack_cut(const struct stack *stack, uint64_t index, struct stack_slice *out);

/* Lay the artefacts over the greys of a row, before its noise. For stack_row() alone. */
#define STACK_GREY_MIN 1000 /* of air; noise of either depth is not below zero there */
#define STACK_GREY_MAX 64000
void stack_shade_place(struct stack *stack);
#define STACK_SHADE_BLOCK 64 /* greys has room for a multiple of so many */
void stack_shade(const struct stack_slice *slice, uint32_t y, uint16_t *greys);

/* The middle of pixel, row or slice `index` of `count`, in (-1, 1). */
static inline double stack_middle(uint64_t index, uint64_t count)
{
	return (2 * (double)index + 1) / (double)count - 1;
}

/* The samples of one row, big-endian as in PNG: width * bits / 8 bytes. */
void stack_row(const struct stack_slice *slice, uint32_t y, unsigned char *out);

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes the pixels of a synthetic CT stack: per row the spans of the bodies, then noise by a counter. */
#include "corpora/stack.h"

#include "base/attr.h"
#include "base/draw.h"

#include <endian.h>
#include <float.h>
#include <math.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "doubles must be rounded at every step (on i386: -msse2 -mfpmath=sse)");

/* ---- placing ---- */

/* What the seed makes bodies of. */
struct sketch {
	double x, y, z;	   /* centre, moved by the seed by up to `stray` each way */
	double stray;
	double rx, ry, rz; /* radii, scaled by the seed by up to `swell` each way */
	double swell;
	double lean_x, lean_y;
	uint16_t grey;
};

static const struct sketch sketches[] = {
	/* soft tissue, the shell of bone in it, the marrow in that: not in the middle, so that no slice has a twin */
	{.z = 0.20, .stray = 0.02, .rx = 0.90, .ry = 0.92, .rz = 1.35, .swell = 0.02, .grey = 18000},
	{.z = 0.15, .stray = 0.02, .rx = 0.70, .ry = 0.74, .rz = 1.25, .swell = 0.03, .grey = 46000},
	{.z = 0.12, .stray = 0.02, .rx = 0.58, .ry = 0.61, .rz = 1.10, .swell = 0.03, .grey = 24000},
	/* cavities, one after another through the stack */
	{.x = -0.2, .y = -0.20, .z = -0.5, .stray = 0.08, .rx = 0.22, .ry = 0.18, .rz = 0.45, .swell = 0.3, .grey = 3000},
	{.x = 0.2, .y = -0.15, .z = 0.0, .stray = 0.08, .rx = 0.15, .ry = 0.20, .rz = 0.40, .swell = 0.3, .grey = 4000},
	{.x = 0.0, .y = 0.20, .z = 0.5, .stray = 0.08, .rx = 0.25, .ry = 0.15, .rz = 0.45, .swell = 0.3, .grey = 2500},
	/* the rod, which is somewhere else in every slice */
	{.stray = 0.05, .rx = 0.06, .ry = 0.06, .rz = 1.6, .lean_x = 0.40, .lean_y = -0.25, .grey = 60000},
};
_Static_assert(COUNT_OF(sketches) <= STACK_BODIES_MAX, "a slice has room for every body");

/* Lanes of the draws for one body. */
enum { LANE_X, LANE_Y, LANE_Z, LANE_RADIUS };

/* Uniform in [-reach, reach). */
static double draw_around(uint64_t seed, size_t body, uint64_t lane, double reach)
{
	const struct draw_key key = {.seed = seed, .who = draw_text("stack: body"), .where = body, .lane = lane};
	return (2 * draw_unit(&key) - 1) * reach;
}

static struct stack_body place(const struct sketch *s, size_t index, uint64_t seed)
{
	double scale = 1 + draw_around(seed, index, LANE_RADIUS, s->swell);
	return (struct stack_body){
		.x = s->x + draw_around(seed, index, LANE_X, s->stray),
		.y = s->y + draw_around(seed, index, LANE_Y, s->stray),
		.z = s->z + draw_around(seed, index, LANE_Z, s->stray),
		.rx = s->rx * scale,
		.ry = s->ry * scale,
		.rz = s->rz * scale,
		.lean_x = s->lean_x,
		.lean_y = s->lean_y,
		.grey = s->grey,
	};
}

void stack_place(struct stack *stack, const struct stack_shape *shape, uint64_t slices, uint64_t seed)
{
	*stack = (struct stack){.shape = *shape, .slices = slices, .seed = seed, .count = COUNT_OF(sketches)};
	for (size_t i = 0; i < stack->count; i++)
		stack->bodies[i] = place(&sketches[i], i, seed);
	stack_shade_place(stack);
}

/* ---- cutting ---- */

void stack_cut(const struct stack *stack, uint64_t index, struct stack_slice *out)
{
	*out = (struct stack_slice){.stack = stack, .index = index};
	double z = stack_middle(index, stack->slices);
	for (size_t i = 0; i < stack->count; i++) {
		const struct stack_body *body = &stack->bodies[i];
		double away = (z - body->z) / body->rz;
		double left = 1 - away * away;
		if (left <= 0)
			continue;
		double scale = sqrt(left);
		out->has_body |= i == 0;
		out->discs[out->count++] = (struct stack_disc){
			.x = body->x + body->lean_x * z,
			.y = body->y + body->lean_y * z,
			.rx = body->rx * scale,
			.ry = body->ry * scale,
			.grey = body->grey,
		};
	}
}

/* ---- painting ---- */

/* The first pixel whose middle is not left of `x`; `width` where there is none. */
static uint32_t pixel_from(double x, uint32_t width)
{
	double place = ((x + 1) * width - 1) / 2;
	if (place <= 0)
		return 0;
	if (place >= width)
		return width;
	uint32_t whole = (uint32_t)place;
	return whole + (whole < place);
}

/* Filling goes by runs of constant length, which compilers turn into vector instructions. */
#define RUN 32

static void fill(uint16_t *greys, uint32_t from, uint32_t to, uint16_t grey)
{
	uint16_t run[RUN];
	for (uint32_t i = 0; i < RUN; i++)
		run[i] = grey;
	for (; from + RUN <= to; from += RUN)
		memcpy(greys + from, run, sizeof run);
	for (; from < to; from++)
		greys[from] = grey;
}

/* The greys of a row without noise, and air behind it up to `room`. */
static void paint(const struct stack_slice *slice, uint32_t row, uint16_t *greys, uint32_t room)
{
	const struct stack_shape *shape = &slice->stack->shape;
	double y = stack_middle(row, shape->height);
	fill(greys, 0, room, STACK_GREY_MIN);
	for (size_t i = 0; i < slice->count; i++) {
		const struct stack_disc *disc = &slice->discs[i];
		double away = (y - disc->y) / disc->ry;
		double left = 1 - away * away;
		if (left <= 0)
			continue;
		double reach = disc->rx * sqrt(left);
		fill(greys, pixel_from(disc->x - reach, shape->width), pixel_from(disc->x + reach, shape->width), disc->grey);
	}
}

/* ---- noise ---- */

/* Noise is made in blocks of constant length, which compilers turn into vector instructions at -O2 already. A word of 32 bits
 * is noise for two samples of 16 bits or four of 8. */
#define BLOCK_WORDS 64
#define BLOCK_BYTES (BLOCK_WORDS * 4)

/* 32 bits to 32 bits, one to one: constants of hash-prospector (github.com/skeeto/hash-prospector, public domain). */
static inline uint32_t mix(uint32_t x)
{
	x = (x ^ x >> 16) * UINT32_C(0x21f0aaad);
	x = (x ^ x >> 15) * UINT32_C(0xd35a2d97);
	return x ^ x >> 15;
}

static ALWAYS_INLINE void noise_block(uint32_t counter, unsigned char *bytes)
{
	uint32_t words[BLOCK_WORDS];
	for (uint32_t i = 0; i < BLOCK_WORDS; i++)
		words[i] = htole32(mix(counter + i));
	memcpy(bytes, words, sizeof words);
}

/* Triangular noise of -255 to 255, on samples of 16 bits. */
static ALWAYS_INLINE void samples16(const uint16_t *restrict greys, const unsigned char *restrict noise, unsigned char *restrict out)
{
	uint16_t from[BLOCK_BYTES / 2], to[BLOCK_BYTES / 2];
	memcpy(from, noise, sizeof from);
	for (size_t i = 0; i < BLOCK_BYTES / 2; i++) {
		uint16_t n = le16toh(from[i]);
		to[i] = htobe16((uint16_t)(greys[i] + (n & 255) + (n >> 8) - 255));
	}
	memcpy(out, to, sizeof to);
}

/* Triangular noise of -3 to 3, on samples of 8 bits. */
static ALWAYS_INLINE void samples8(const uint16_t *restrict greys, const unsigned char *restrict noise, unsigned char *restrict out)
{
	for (size_t i = 0; i < BLOCK_BYTES; i++)
		out[i] = (unsigned char)((greys[i] >> 8) + (noise[i] & 3) + (noise[i] >> 2 & 3) - 3);
}

/* The same, so many times as strong, within what a sample can be. */
static ALWAYS_INLINE void loud16(const uint16_t *greys, const unsigned char *noise, int32_t times, unsigned char *out)
{
	for (size_t i = 0; i < BLOCK_BYTES / 2; i++) {
		int32_t sample = greys[i] + times * (noise[2 * i] + noise[2 * i + 1] - 255);
		sample = sample < 0 ? 0 : sample > UINT16_MAX ? UINT16_MAX : sample;
		out[2 * i] = (unsigned char)(sample >> 8);
		out[2 * i + 1] = (unsigned char)sample;
	}
}

static ALWAYS_INLINE void loud8(const uint16_t *greys, const unsigned char *noise, int32_t times, unsigned char *out)
{
	for (size_t i = 0; i < BLOCK_BYTES; i++) {
		int32_t sample = (greys[i] >> 8) + times * ((noise[i] & 3) + (noise[i] >> 2 & 3) - 3);
		out[i] = (unsigned char)(sample < 0 ? 0 : sample > UINT8_MAX ? UINT8_MAX : sample);
	}
}

static uint32_t row_counter(const struct stack_slice *slice, uint32_t y)
{
	const struct draw_key key = {
		.seed = slice->stack->seed, .who = draw_text("stack: noise"), .where = slice->index, .lane = y};
	return (uint32_t)draw_u64(&key);
}

/* Noise is made faster with AVX2, where the processor has it; the bytes are the same. What makes it is inlined, because a clone is of one
 * function alone. (GCC's: with clang its resolver runs before a sanitizer is ready.) */
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_THREAD__)
__attribute__((target_clones("avx2", "default")))
#endif
void stack_row(const struct stack_slice *slice, uint32_t y, unsigned char *out)
{
	const struct stack_shape *shape = &slice->stack->shape;
	const uint32_t sample = shape->bits / 8, bytes = shape->width * sample;
	const uint32_t blocks = (bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
	uint16_t greys[STACK_SIDE_MAX + BLOCK_BYTES];
	paint(slice, y, greys, blocks * (BLOCK_BYTES / sample));
	if (shape->rings || shape->hardening)
		stack_shade(slice, y, greys);
	uint32_t counter = row_counter(slice, y);
	const int32_t times = (int32_t)shape->noise;
	for (uint32_t done = 0; done < bytes; done += BLOCK_BYTES, counter += BLOCK_WORDS) {
		unsigned char noise[BLOCK_BYTES], samples[BLOCK_BYTES];
		noise_block(counter, noise);
		if (times != 1 && sample == 2)
			loud16(greys + done / sample, noise, times, samples);
		else if (times != 1)
			loud8(greys + done, noise, times, samples);
		else if (sample == 2)
			samples16(greys + done / sample, noise, samples);
		else
			samples8(greys + done, noise, samples);
		memcpy(out + done, samples, bytes - done < BLOCK_BYTES ? bytes - done : BLOCK_BYTES);
	}
}

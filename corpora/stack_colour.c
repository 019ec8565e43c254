/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Makes coloured pixels of grey ones. */
#include "corpora/stack_colour.h"

#define GREY(i) {255 - (i), 255 - (i), 255 - (i)}
#define GREYS_4(i) GREY(i), GREY((i) + 1), GREY((i) + 2), GREY((i) + 3)
#define GREYS_16(i) GREYS_4(i), GREYS_4((i) + 4), GREYS_4((i) + 8), GREYS_4((i) + 12)
#define GREYS_64(i) GREYS_16(i), GREYS_16((i) + 16), GREYS_16((i) + 32), GREYS_16((i) + 48)
const unsigned char stack_palette[PICTURE_PALETTE_SIZE][3] = {GREYS_64(0), GREYS_64(64), GREYS_64(128), GREYS_64(192)};

/* The channels of one pixel. */
static inline void mix(uint32_t grey, uint32_t largest, uint32_t to[4])
{
	to[0] = grey;
	to[1] = grey - grey / 8;
	to[2] = grey - grey / 4;
	to[3] = largest - grey / 2;
}

static void colour8(const unsigned char *greys, uint32_t width, uint32_t channels, unsigned char *out)
{
	for (uint32_t x = 0; x < width; x++) {
		uint32_t samples[4];
		mix(greys[x], UINT8_MAX, samples);
		for (uint32_t i = 0; i < channels; i++)
			*out++ = (unsigned char)samples[i];
	}
}

static void colour16(const unsigned char *greys, uint32_t width, uint32_t channels, unsigned char *out)
{
	for (uint32_t x = 0; x < width; x++, greys += 2) {
		uint32_t samples[4];
		mix((uint32_t)greys[0] << 8 | greys[1], UINT16_MAX, samples);
		for (uint32_t i = 0; i < channels; i++) {
			*out++ = (unsigned char)(samples[i] >> 8);
			*out++ = (unsigned char)samples[i];
		}
	}
}

/* 255 less the grey; by runs of constant length, which compilers turn into vector instructions. */
#define RUN 64

static void turn(const unsigned char *restrict greys, uint32_t width, unsigned char *restrict out)
{
	for (; width >= RUN; width -= RUN, greys += RUN, out += RUN)
		for (size_t i = 0; i < RUN; i++)
			out[i] = (unsigned char)~greys[i];
	for (size_t i = 0; i < width; i++)
		out[i] = (unsigned char)~greys[i];
}

void stack_colour_row(const struct stack_slice *slice, enum picture_colour colour, uint32_t y, unsigned char *out)
{
	const struct stack_shape *shape = &slice->stack->shape;
	unsigned char greys[2 * STACK_SIDE_MAX];
	if (colour == PICTURE_GREY) {
		stack_row(slice, y, out);
		return;
	}
	stack_row(slice, y, greys);
	if (colour == PICTURE_PALETTE)
		turn(greys, shape->width, out);
	else
		(shape->bits == 16 ? colour16 : colour8)(greys, shape->width, colour == PICTURE_RGB ? 3 : 4, out);
}

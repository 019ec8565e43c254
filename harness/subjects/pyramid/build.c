/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Builds a pyramid. */
#include "pyramid/build.h"

#include "pyramid/levels.h"
#include "pyramid/loss.h"
#include "pyramid/output.h"
#include "pyramid/slice.h"

#include <stdio.h>
#include <string.h>

static const struct parts_wanted wanted = {
	.codec_file = "codec_png.so",
	.codec_symbol = CODEC_SYMBOL,
	.codec_abi = CODEC_ABI,
	.kernel_symbol = KERNEL_SYMBOL,
	.kernel_abi = KERNEL_ABI,
	.portable = &kernel_portable,
	.agrees = kernel_agrees,
};

static int load_parts(struct pyramid *pyramid, struct parts *parts, struct failure *why)
{
	if (parts_load(parts, &wanted, pyramid->run->options->modules, why))
		return -1;
	pyramid->codec = parts->codec;
	pyramid->kernel = parts->kernel;
	return 0;
}

static int check_format(const struct pyramid *pyramid, struct failure *why)
{
	const char *suffix = pyramid->stack.suffix;
	if (strcmp(suffix, pyramid->codec->suffix) == 0)
		return 0;
	return failure_set(why, CODE_BAD_FORMAT, pyramid->run->options->in, "most images are .%s, only .%s can be read",
			   suffix, pyramid->codec->suffix);
}

/* All that can refuse IN, before anything is made. */
static int examine(struct pyramid *pyramid, struct parts *parts, uint32_t stop_size, struct failure *why)
{
	if (stack_find(&pyramid->stack, pyramid->run->options->in, why))
		return -1;
	if (run_expect(pyramid->run, pyramid->stack.count, why))
		return -1;
	if (load_parts(pyramid, parts, why) || check_format(pyramid, why))
		return -1;
	if (slice_load_first(pyramid, why))
		return -1;
	return levels_plan(pyramid, stop_size, why);
}

static int make_directories(struct pyramid *pyramid, struct failure *why)
{
	struct made *made = &pyramid->run->made;
	if (made_begin(made, pyramid->run->options->out, why))
		return -1;
	for (unsigned level = 1; level <= pyramid->level_count; level++) {
		char name[16];
		snprintf(name, sizeof name, "%u", level);
		if (made_directory(made, name, why))
			return -1;
	}
	return 0;
}

/* Load a slice and feed it to level 1, or leave it out. */
static int feed_slice(struct pyramid *pyramid, size_t index, struct failure *why)
{
	struct image image;
	if (slice_load(pyramid, index, &image, why) == 0)
		return levels_feed(pyramid, 1, stack_position(&pyramid->stack, index), &image, why);
	struct slice *slice = &pyramid->stack.slices[index];
	slice->skipped = true;
	return run_skip(pyramid->run, slice->name, why);
}

/* Make one output of level 1, and what follows from it, from the slices [begin, end). A sound output that is there already
 * makes reading them needless. */
static int feed_pair(struct pyramid *pyramid, size_t begin, size_t end, struct failure *why)
{
	struct image existing;
	uint64_t index = stack_position(&pyramid->stack, begin) / 2;
	int kept = output_keep(pyramid, 1, index, pyramid->depth, &existing, why);
	if (kept)
		return kept < 0 ? -1 : levels_pass_on(pyramid, 1, index, &existing, why);
	for (; begin < end; begin++)
		if (feed_slice(pyramid, begin, why))
			return -1;
	return levels_flush(pyramid, 1, why); /* before the next pair, which may be there already and overtake */
}

static bool are_pair(const struct stack *stack, size_t first, size_t second)
{
	return second < stack->count && stack_position(stack, first) / 2 == stack_position(stack, second) / 2;
}

static int feed_all(struct pyramid *pyramid, struct failure *why)
{
	const struct stack *stack = &pyramid->stack;
	for (size_t begin = 0; begin < stack->count;) {
		size_t end = are_pair(stack, begin, begin + 1) ? begin + 2 : begin + 1;
		if (feed_pair(pyramid, begin, end, why))
			return -1;
		begin = end;
	}
	return levels_finish(pyramid, why);
}

int build(struct pyramid *pyramid, struct parts *parts, uint32_t stop_size, struct failure *why)
{
	if (examine(pyramid, parts, stop_size, why) || make_directories(pyramid, why))
		return -1;
	pyramid->run->has_gaps = loss_report_gaps(&pyramid->stack);
	if (feed_all(pyramid, why))
		return -1;
	return made_sync(&pyramid->run->made, why);
}

void build_free(struct pyramid *pyramid)
{
	levels_free(pyramid);
	image_free(&pyramid->first);
	stack_free(&pyramid->stack);
}

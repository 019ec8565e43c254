/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* pyramid: halves a stack of images in three dimensions, level by level. */
#include "pyramid/build.h"
#include "pyramid/levels.h"

static uint32_t stop_size = 512;

static const struct options_number stop_size_option = {"stop-size", &stop_size, 1, 1 << 20};

static const struct options_core core = {
	.name = "pyramid",
	.purpose = "Halve the stack of images in the directory IN in all three dimensions, again\n"
		   "and again; level N goes to OUT/N/000000.png and upward.\n",
	.own_help = "  --stop-size=N      the last level is the first with both sides below N (512)\n",
	.number = &stop_size_option,
};

static enum status count(struct run *run)
{
	struct failure why;
	struct stack stack;
	int rc = stack_find(&stack, run->options->in, &why);
	run->inputs = stack.count;
	stack_free(&stack);
	return run_count(run, rc ? &why : NULL);
}

static void list_levels(struct text *text, const void *of)
{
	const struct pyramid *pyramid = of;
	unsigned made = pyramid->run->outputs ? pyramid->level_count : 0;
	text_add(text, ",\"levels\":[");
	for (unsigned level = 1; level <= made; level++)
		text_add(text, "%s{\"name\":\"%u\",\"width\":%u,\"height\":%u,\"seq_begin\":0,\"seq_end\":%llu}",
			 level > 1 ? "," : "", level, pyramid->levels[level].width, pyramid->levels[level].height,
			 (unsigned long long)levels_length(pyramid, level) - 1);
	text_add(text, "]");
}

static enum status make(struct run *run)
{
	struct failure why;
	struct pyramid pyramid = {.run = run};
	struct parts parts = {0};
	int rc = build(&pyramid, &parts, stop_size, &why);
	enum status status = run_finish(run, rc ? &why : NULL, list_levels, &pyramid);
	build_free(&pyramid);
	parts_close(&parts);
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	int status = options_parse(&options, &core, argc, argv);
	if (status != OPTIONS_GO_ON)
		return status;
	struct run run;
	run_begin(&run, &core, &options);
	return (int)(options.count ? count(&run) : make(&run));
}

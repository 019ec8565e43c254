/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The generator `stack`: slices of a synthetic CT volume, as PNG files. */
#include "base/scope.h"
#include "corpora/png_stored.h"
#include "corpora/synth.h"
#include "corpora/within.h"

static WITHIN(read_side, uint32_t, 1, STACK_SIDE_MAX)

static int read_bits(struct yaml_at at, void *into, struct err *err)
{
	uint64_t bits;
	int rc = yaml_number(at, &bits, err);
	if (!rc && bits != 8 && bits != 16)
		return yaml_error(at, err, "a sample has 8 or 16 bits, not %s", at.node->text);
	if (!rc)
		*(uint32_t *)into = (uint32_t)bits;
	return rc;
}

static const struct yaml_field fields[] = {
	SYNTH_FIELDS("slices"),
	YAML_FIELD(struct synth_spec, "width", stack.width, read_side),
	YAML_FIELD(struct synth_spec, "height", stack.height, read_side),
	YAML_FIELD(struct synth_spec, "bits", stack.bits, read_bits),
};

static void explain(const struct synth_spec *spec, struct buf *out)
{
	buf_printf(out, "%llu slice%s of %ux%u, %u bit", (unsigned long long)spec->count, spec->count == 1 ? "" : "s",
		   spec->stack.width, spec->stack.height, spec->stack.bits);
}

/* What a corpus keeps: the bodies, and the checksum of each slice once it is known (untouched memory costs nothing). */
struct maker {
	struct stack stack;
	_Atomic uint32_t adlers[];
};

static int open_maker(const struct synth_spec *spec, uint64_t seed, void **out)
{
	struct maker *maker = calloc(1, sizeof *maker + spec->count * sizeof maker->adlers[0]);
	if (!maker)
		return -ENOMEM;
	stack_place(&maker->stack, &spec->stack, spec->count, seed);
	*out = maker;
	return 0;
}

static int size(void *self, uint64_t index, uint64_t *bytes)
{
	(void)index;
	const struct maker *maker = self;
	*bytes = png_stored_size(maker->stack.shape.width, maker->stack.shape.height, maker->stack.shape.bits);
	return 0;
}

static const char *suffix(const struct synth_spec *spec)
{
	(void)spec;
	return ".png";
}

struct file {
	struct stack_slice slice;
	struct png_stored *png;
};

static void row(const void *pixels, uint32_t y, unsigned char *out)
{
	stack_row(pixels, y, out);
}

static int open_file(void *self, uint64_t index, void **out)
{
	struct maker *maker = self;
	SCOPED_FREE struct file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	stack_cut(&maker->stack, index, &file->slice);
	const struct png_image image = {
		.width = maker->stack.shape.width,
		.height = maker->stack.shape.height,
		.bits = maker->stack.shape.bits,
		.row = row,
		.pixels = &file->slice,
		.adler = &maker->adlers[index],
	};
	int rc = png_stored_open(&image, &file->png);
	if (!rc)
		*out = take_ptr(&file);
	return rc;
}

static void close_file(void *self)
{
	struct file *file = self;
	png_stored_close(file->png);
	free(file);
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	struct file *file = self;
	return png_stored_read(file->png, bytes, length, offset);
}

const struct generator synth_stack = {
	.name = "stack",
	.usual = {
		.generator = &synth_stack,
		.count = 10, .digits = 4, .prefix = "slice_",
		.stack = {.width = 512, .height = 512, .bits = 16},
	},
	.fields = fields,
	.fields_count = COUNT_OF(fields),
	.explain = explain,
	.suffix = suffix,
	.size = size,
	.open = open_maker,
	.close = free,
	.file_open = open_file,
	.file_close = close_file,
	.file_read = read_file,
};

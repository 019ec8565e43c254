/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The generator `stack`: slices of a synthetic CT volume, as image files of one or more slices each. */
#include "base/scope.h"
#include "corpora/made.h"
#include "corpora/pread_all.h"
#include "corpora/stack_colour.h"
#include "corpora/stack_pyramid.h"
#include "corpora/synth.h"
#include "corpora/within.h"

#include <string.h>
#include <zlib.h>

/* ---- parameters ---- */

#define PAGES_MAX 65535

static WITHIN(read_side, uint32_t, 1, STACK_SIDE_MAX)
static WITHIN(read_pages, uint32_t, 1, PAGES_MAX)
static WITHIN(read_noise, uint32_t, 0, STACK_NOISE_MAX)

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

static int read_format(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	const struct picture_format *format = text ? picture_format(text) : NULL;
	if (text && !format)
		return yaml_error(at, err, "unknown format '%s' (png, bmp or tiff)", text);
	*(const struct picture_format **)into = format;
	return text ? 0 : -EINVAL;
}

static int read_colour(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	const int colour = text ? picture_colour(text) : -1;
	if (text && colour < 0)
		return yaml_error(at, err, "unknown colour '%s' (grey, rgb, rgba or palette)", text);
	if (!text)
		return -EINVAL;
	*(enum picture_colour *)into = (enum picture_colour)colour;
	return 0;
}

static int read_order(struct yaml_at at, void *into, struct err *err)
{
	const char *text = yaml_scalar(at, err);
	if (!text)
		return -EINVAL;
	if (strcmp(text, "little") != 0 && strcmp(text, "big") != 0)
		return yaml_error(at, err, "unknown byte order '%s' (little or big)", text);
	*(enum picture_order *)into = text[0] == 'b' ? PICTURE_ORDER_BIG : PICTURE_ORDER_LITTLE;
	return 0;
}

static const struct yaml_field fields[] = {
	SYNTH_FIELDS("slices"),
	YAML_FIELD(struct synth_spec, "width", stack.width, read_side),
	YAML_FIELD(struct synth_spec, "height", stack.height, read_side),
	YAML_FIELD(struct synth_spec, "bits", stack.bits, read_bits),
	YAML_FIELD(struct synth_spec, "noise", stack.noise, read_noise),
	YAML_FIELD(struct synth_spec, "rings", stack.rings, yaml_bool),
	YAML_FIELD(struct synth_spec, "hardening", stack.hardening, yaml_bool),
	YAML_FIELD(struct synth_spec, "format", format, read_format),
	YAML_FIELD(struct synth_spec, "colour", picture.colour, read_colour),
	YAML_FIELD(struct synth_spec, "interlaced", picture.interlaced, yaml_bool),
	YAML_FIELD(struct synth_spec, "compressed", compressed, yaml_bool),
	YAML_FIELD(struct synth_spec, "byte_order", picture.order, read_order),
	YAML_FIELD(struct synth_spec, "rows_per_strip", picture.rows_per_strip, read_side),
	YAML_FIELD(struct synth_spec, "pages", picture.pages, read_pages),
};

/* The last file may have fewer pages. */
static uint64_t files(const struct synth_spec *spec)
{
	return (spec->count + spec->picture.pages - 1) / spec->picture.pages;
}

static struct picture picture_of(const struct synth_spec *spec, uint64_t index)
{
	struct picture picture = spec->picture;
	const uint64_t left = spec->count - index * picture.pages;
	picture.width = spec->stack.width;
	picture.height = spec->stack.height;
	picture.bits = spec->stack.bits;
	picture.pages = left < picture.pages ? (uint32_t)left : picture.pages;
	return picture;
}

static int check(const struct synth_spec *spec, struct err *err)
{
	struct picture picture = picture_of(spec, 0);
	if (spec->format->pages_max == 1)
		picture.pages = spec->picture.pages; /* refused, though there be one slice alone */
	if (spec->compressed && !spec->format->pack)
		return err_set(err, EINVAL, "a %s file is not compressed; format=png or format=tiff can be", spec->format->name);
	return picture_check(spec->format, &picture, err);
}

static void explain(const struct synth_spec *spec, struct buf *out)
{
	const struct picture *picture = &spec->picture;
	buf_printf(out, "%llu slice%s of %ux%u, %u bit", (unsigned long long)spec->count, spec->count == 1 ? "" : "s",
		   spec->stack.width, spec->stack.height, spec->stack.bits);
	if (picture->colour != PICTURE_GREY)
		buf_printf(out, ", %s", picture_colour_name(picture->colour));
	if (spec->format != &picture_png)
		buf_printf(out, ", %s", spec->format->name);
	if (picture->interlaced)
		buf_text(out, ", interlaced");
	if (spec->compressed)
		buf_text(out, ", compressed");
	if (picture->order == PICTURE_ORDER_BIG)
		buf_text(out, ", big-endian");
	if (picture->pages > 1)
		buf_printf(out, ", %u to a file", picture->pages);
}

static const char *suffix(const struct synth_spec *spec)
{
	return spec->format->suffix;
}

/* ---- what a corpus keeps ---- */

/* The bodies, and the checksum of each file once it is known (untouched memory costs nothing). */
struct maker {
	struct synth_spec spec;
	struct stack stack;
	struct made *made; /* of files that are compressed; else NULL */
	_Atomic uint32_t checksums[];
};

/* All that the bytes of a compressed file come of. */
static char *recipe_of(const struct synth_spec *spec, uint64_t seed)
{
	const struct stack_shape *shape = &spec->stack;
	const struct picture *p = &spec->picture;
	char *text;
	int length = asprintf(&text, "stack 1: %s, zlib %s, %llu slices of %ux%u, %u bits, noise %u, rings %d, hardening %d, colour %d, interlaced %d, order %d, %u rows a strip, %u pages, seed %llu",
			      spec->format->name, zlibVersion(), (unsigned long long)spec->count, shape->width, shape->height, shape->bits,
			      shape->noise, shape->rings, shape->hardening, (int)p->colour, p->interlaced, (int)p->order, p->rows_per_strip, p->pages, (unsigned long long)seed);
	return length < 0 ? NULL : text;
}

static int pack_file(void *self, uint64_t index, int fd);

static int open_maker(const struct synth_spec *spec, uint64_t seed, void **out)
{
	struct maker *maker = calloc(1, sizeof *maker + files(spec) * sizeof maker->checksums[0]);
	if (!maker)
		return -ENOMEM;
	maker->spec = *spec;
	stack_place(&maker->stack, &spec->stack, spec->count, seed);
	SCOPED_FREE char *recipe = recipe_of(spec, seed);
	int rc = !recipe ? -ENOMEM : spec->compressed ? made_open(recipe, files(spec), pack_file, maker, &maker->made) : 0;
	if (rc)
		free(maker);
	else
		*out = maker;
	return rc;
}

static void close_maker(void *self)
{
	struct maker *maker = self;
	made_close(maker->made);
	free(maker);
}

static int size(void *self, uint64_t index, uint64_t *bytes)
{
	const struct maker *maker = self;
	if (maker->made)
		return made_size(maker->made, index, bytes);
	const struct picture picture = picture_of(&maker->spec, index);
	*bytes = maker->spec.format->size(&picture);
	return 0;
}

/* ---- files ---- */

struct file {
	const struct stack *stack;
	const struct picture_format *format;
	enum picture_colour colour;
	uint64_t first;		   /* slice: that of page 0 */
	struct stack_slice slice; /* the one that was cut last */
	void *written;		   /* by the format */
	int packed;		   /* a descriptor of what was made of it; -1: it is not compressed */
};

static void row(void *from, uint32_t page, uint32_t y, unsigned char *out)
{
	struct file *file = from;
	if (file->slice.index != file->first + page)
		stack_cut(file->stack, file->first + page, &file->slice);
	stack_colour_row(&file->slice, file->colour, y, out);
}

/* Begin to draw a file. */
static struct picture_pixels begin(struct maker *maker, uint64_t index, struct file *file)
{
	*file = (struct file){.stack = &maker->stack, .format = maker->spec.format, .colour = maker->spec.picture.colour, .packed = -1};
	file->first = index * maker->spec.picture.pages;
	stack_cut(file->stack, file->first, &file->slice);
	return (struct picture_pixels){.row = row, .from = file, .palette = stack_palette, .checksum = &maker->checksums[index]};
}

static int pack_file(void *self, uint64_t index, int fd)
{
	struct maker *maker = self;
	struct file file;
	const struct picture picture = picture_of(&maker->spec, index);
	const struct picture_pixels pixels = begin(maker, index, &file);
	return maker->spec.format->pack(&picture, &pixels, fd);
}

static int open_file(void *self, uint64_t index, void **out)
{
	struct maker *maker = self;
	const struct picture picture = picture_of(&maker->spec, index);
	SCOPED_FREE struct file *file = malloc(sizeof *file);
	if (!file)
		return -ENOMEM;
	const struct picture_pixels pixels = begin(maker, index, file);
	if (maker->made)
		file->packed = made_file(maker->made, index);
	int rc = !maker->made ? file->format->open(&picture, &pixels, &file->written) : file->packed < 0 ? file->packed : 0;
	if (!rc)
		*out = take_ptr(&file);
	return rc;
}

static void close_file(void *self)
{
	struct file *file = self;
	if (file->packed >= 0)
		close(file->packed);
	else
		file->format->close(file->written);
	free(file);
}

static ssize_t read_file(void *self, void *bytes, size_t length, uint64_t offset)
{
	struct file *file = self;
	if (file->packed < 0)
		return file->format->read(file->written, bytes, length, offset);
	return offset > INT64_MAX - MADE_HEAD ? 0 : pread_all(file->packed, bytes, length, offset + MADE_HEAD);
}

/* ---- what is known of a file ---- */

/* Up to so many pixels their mean is told: it costs their making, some ten milliseconds. */
#define MEAN_PIXELS_MAX (UINT64_C(1) << 24)

static uint64_t sum_of_row(const struct stack_slice *slice, uint32_t y)
{
	const struct stack_shape *shape = &slice->stack->shape;
	unsigned char samples[2 * STACK_SIDE_MAX];
	uint64_t sum = 0;
	stack_row(slice, y, samples);
	for (uint32_t x = 0; x < shape->width; x++)
		sum += shape->bits == 8 ? samples[x] : (uint32_t)samples[2 * x] << 8 | samples[2 * x + 1];
	return sum;
}

static void tell_mean(const struct maker *maker, const struct picture *picture, uint64_t first, struct jsonw *to)
{
	const uint64_t pixels = (uint64_t)picture->width * picture->height * picture->pages;
	uint64_t sum = 0;
	if (pixels > MEAN_PIXELS_MAX)
		return;
	for (uint32_t page = 0; page < picture->pages; page++) {
		struct stack_slice slice;
		stack_cut(&maker->stack, first + page, &slice);
		for (uint32_t y = 0; y < picture->height; y++)
			sum += sum_of_row(&slice, y);
	}
	jsonw_key(to, "mean");
	jsonw_real(to, (double)sum / (double)pixels, 3);
}

static void tell_number(struct jsonw *to, const char *key, uint64_t number)
{
	jsonw_key(to, key);
	jsonw_uint(to, number);
}

static void tell(void *self, uint64_t index, struct jsonw *to)
{
	const struct maker *maker = self;
	const struct picture picture = picture_of(&maker->spec, index);
	const uint64_t first = index * maker->spec.picture.pages;
	jsonw_key(to, "format");
	jsonw_text(to, maker->spec.format->name);
	tell_number(to, "width", picture.width);
	tell_number(to, "height", picture.height);
	tell_number(to, "bits", picture.bits);
	tell_number(to, "channels", picture_channels(&picture));
	jsonw_key(to, "colour");
	jsonw_text(to, picture_colour_name(picture.colour));
	tell_number(to, "pages", picture.pages);
	tell_number(to, "slice", first);
	tell_number(to, "slices", maker->spec.count);
	tell_mean(maker, &picture, first, to);
}

/* Of grey slices only: nobody halves the indices of a palette, or says how colours are. */
static void tell_all(void *self, struct jsonw *to)
{
	const struct maker *maker = self;
	if (maker->spec.picture.colour == PICTURE_GREY)
		stack_pyramid_tell(&maker->stack, to);
}

const struct generator synth_stack = {
	.name = "stack",
	.usual = {
		.generator = &synth_stack,
		.count = 10, .digits = 4, .prefix = "slice_",
		.stack = {.width = 512, .height = 512, .bits = 16, .noise = 1},
		.format = &picture_png,
		.picture = {.pages = 1},
	},
	.fields = fields,
	.fields_count = COUNT_OF(fields),
	.files = files,
	.check = check,
	.explain = explain,
	.suffix = suffix,
	.size = size,
	.tell = tell,
	.tell_all = tell_all,
	.open = open_maker,
	.close = close_maker,
	.file_open = open_file,
	.file_close = close_file,
	.file_read = read_file,
};

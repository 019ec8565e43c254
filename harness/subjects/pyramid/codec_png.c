/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The codec module for PNG, over libpng.
 *
 * libpng reports errors by longjmp(): nothing between setjmp() and its last call may need cleaning, so all of it lives in a
 * struct job of the function above. Its allocations come from here, which tells "out of memory" from "corrupted". */
#include "pyramid/codec.h"

#include <endian.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

/* A keyword that the PNG specification registers (11.3.4.2, "Warning of nature of content"). */
static const char partial_key[] = "Warning";
static const char partial_text[] = "Made without some of the slices that it stands for";

struct job {
	png_structp png;
	png_infop info;
	struct failure *why;
	bool lacked_memory;
	bool is_told;               /* *why is filled */
	struct image *image;        /* decoding: what is made */
	const struct image *source; /* encoding: what is stored */
	const struct bytes *from;
	size_t taken; /* of *from */
	struct bytes *to;
};

static png_voidp allocate(png_structp png, png_alloc_size_t size)
{
	struct job *job = png_get_mem_ptr(png);
	void *memory = malloc(size);
	if (!memory)
		job->lacked_memory = true;
	return memory;
}

static void release(png_structp png, png_voidp memory)
{
	(void)png;
	free(memory);
}

static void tell(struct job *job, enum code code, const char *text)
{
	if (job->is_told)
		return;
	failure_set(job->why, code, "", "%s", text);
	job->is_told = true;
}

static void on_error(png_structp png, png_const_charp text)
{
	tell(png_get_error_ptr(png), CODE_CORRUPTED, text);
	png_longjmp(png, 1);
}

/* Chunks that do not concern the pixels are not looked into, so what libpng still warns of is damage; but for want of memory,
 * of which it warns in the middle of zlib's set-up: a jump from there would leak. That is found out at the end. */
static void on_warning(png_structp png, png_const_charp text)
{
	const struct job *job = png_get_error_ptr(png);
	if (!job->lacked_memory)
		on_error(png, text);
}

/* After a jump, or a failed start. What lacked memory is not corrupted, whatever libpng made of it. */
static int failed(struct job *job)
{
	if (job->lacked_memory || !job->is_told)
		failure_memory(job->why, "", "the codec");
	return -1;
}

/* --- decoding --- */

static void read_bytes(png_structp png, png_bytep to, size_t length)
{
	struct job *job = png_get_io_ptr(png);
	if (length > job->from->length - job->taken)
		png_error(png, "ends before its IEND chunk");
	memcpy(to, job->from->at + job->taken, length);
	job->taken += length;
}

/* Their CRCs are checked all the same. tEXt is not among them: it carries our own mark. */
static void ignore_ancillary_chunks(png_structp png)
{
	static const png_byte names[] = "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0pCAL\0pHYs\0"
					"sBIT\0sCAL\0sPLT\0sRGB\0sTER\0tIME\0tRNS\0zTXt";
	png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, sizeof names / 5);
}

static void be_strict(png_structp png)
{
	png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
	png_set_benign_errors(png, 0);
	png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* size_image() has its own limit, and code */
	ignore_ancillary_chunks(png);
}

/* The luma weights of ITU-R BT.709, as in the Rust image crate: as libpng takes them, and what it makes of them. */
enum {
	RED = 21260, /* of 100000 */
	GREEN = 71520,
	RED_WEIGHT = RED * 1024 / 3125, /* of 32768 */
	GREEN_WEIGHT = GREEN * 1024 / 3125,
	BLUE_WEIGHT = 32768 - RED_WEIGHT - GREEN_WEIGHT,
};

/* Whatever it is, make it grey of 8 or 16 bits. Palettes are left to grey_palette(): libpng, expanding one, does not notice
 * pixels that it does not hold. */
static void ask_for_grey(const struct job *job)
{
	int type = png_get_color_type(job->png, job->info);
	if (type == PNG_COLOR_TYPE_PALETTE)
		png_set_packing(job->png);
	if (type == PNG_COLOR_TYPE_GRAY)
		png_set_expand_gray_1_2_4_to_8(job->png);
	if (type & PNG_COLOR_MASK_ALPHA)
		png_set_strip_alpha(job->png);
	if (type == PNG_COLOR_TYPE_RGB || type == PNG_COLOR_TYPE_RGB_ALPHA)
		png_set_rgb_to_gray_fixed(job->png, PNG_ERROR_ACTION_NONE, RED, GREEN);
	if (png_get_bit_depth(job->png, job->info) == 16 && BYTE_ORDER == LITTLE_ENDIAN)
		png_set_swap(job->png);
}

/* As libpng does it for 8 bits. */
static uint8_t luma(const png_color *colour)
{
	if (colour->red == colour->green && colour->red == colour->blue)
		return colour->red;
	return (uint8_t)((RED_WEIGHT * colour->red + GREEN_WEIGHT * colour->green + BLUE_WEIGHT * colour->blue) >> 15);
}

/* Turn palette indices into grey. */
static void grey_palette(struct job *job)
{
	png_colorp colours;
	int count;
	if (!png_get_PLTE(job->png, job->info, &colours, &count))
		return;
	size_t pixels = (size_t)image_size(job->image);
	for (size_t i = 0; i < pixels; i++) {
		uint8_t index = job->image->pixels[i];
		if (index >= count)
			png_error(job->png, "a pixel is not in the palette");
		job->image->pixels[i] = luma(&colours[index]);
	}
}

static void size_image(struct job *job)
{
	struct image *image = job->image;
	image->width = png_get_image_width(job->png, job->info);
	image->height = png_get_image_height(job->png, job->info);
	image->depth = png_get_bit_depth(job->png, job->info) == 16 ? 16 : 8;
	if (image_size(image) > IMAGE_MOST) {
		failure_set(job->why, CODE_TOO_LARGE, "", "%ux%u pixels of %u bits are absurd", image->width,
			    image->height, image->depth);
		job->is_told = true;
		png_longjmp(job->png, 1);
	}
}

static void make_image(struct job *job)
{
	struct image *image = job->image;
	if (png_get_rowbytes(job->png, job->info) != image_row_size(image))
		png_error(job->png, "rows of an unexpected size");
	if (image_make(image, image->width, image->height, image->depth)) {
		job->lacked_memory = true;
		png_longjmp(job->png, 1);
	}
}

static void find_partial_mark(struct job *job)
{
	png_textp text = NULL;
	int count = png_get_text(job->png, job->info, &text, NULL);
	for (int i = 0; i < count; i++)
		if (strcmp(text[i].key, partial_key) == 0 && strcmp(text[i].text, partial_text) == 0)
			job->image->partial = true;
}

static void read_image(struct job *job)
{
	png_set_read_fn(job->png, job, read_bytes);
	be_strict(job->png);
	png_read_info(job->png, job->info);
	size_image(job);
	ask_for_grey(job);
	int passes = png_set_interlace_handling(job->png);
	png_read_update_info(job->png, job->info);
	make_image(job);
	while (passes-- > 0)
		for (uint32_t y = 0; y < job->image->height; y++)
			png_read_row(job->png, image_row(job->image, y), NULL);
	png_read_end(job->png, job->info);
	if (png_get_color_type(job->png, job->info) == PNG_COLOR_TYPE_PALETTE)
		grey_palette(job);
	find_partial_mark(job);
	if (job->lacked_memory) /* libpng may drop a text chunk for want of memory, and go on */
		png_longjmp(job->png, 1);
}

static int read_guarded(struct job *job)
{
	if (setjmp(png_jmpbuf(job->png)))
		return failed(job);
	job->info = png_create_info_struct(job->png);
	if (!job->info)
		return failed(job);
	read_image(job);
	return 0;
}

static int decode(const struct bytes *file, struct image *image, struct failure *why)
{
	*image = (struct image){0};
	struct job job = {.why = why, .image = image, .from = file};
	job.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning, &job, allocate, release);
	int rc = job.png ? read_guarded(&job) : failed(&job);
	png_destroy_read_struct(&job.png, &job.info, NULL);
	if (rc)
		image_free(image);
	return rc;
}

/* --- encoding --- */

static void write_bytes(png_structp png, png_bytep from, size_t length)
{
	struct job *job = png_get_io_ptr(png);
	if (bytes_add(job->to, from, length) == 0)
		return;
	job->lacked_memory = true;
	png_longjmp(png, 1);
}

static void flush_nothing(png_structp png)
{
	(void)png;
}

static void mark_partial(struct job *job)
{
	char key[sizeof partial_key];
	char value[sizeof partial_text];
	memcpy(key, partial_key, sizeof key);
	memcpy(value, partial_text, sizeof value);
	png_text text = {.compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = value};
	png_set_text(job->png, job->info, &text, 1); /* copies both */
}

static void write_image(struct job *job)
{
	const struct image *image = job->source;
	png_set_write_fn(job->png, job, write_bytes, flush_nothing);
	png_set_compression_level(job->png, 3); /* read more often than stored */
	png_set_user_limits(job->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
	png_set_IHDR(job->png, job->info, image->width, image->height, (int)image->depth, PNG_COLOR_TYPE_GRAY,
		     PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (image->partial)
		mark_partial(job);
	png_write_info(job->png, job->info);
	if (image->depth == 16 && BYTE_ORDER == LITTLE_ENDIAN)
		png_set_swap(job->png);
	for (uint32_t y = 0; y < image->height; y++)
		png_write_row(job->png, image_row(image, y));
	png_write_end(job->png, job->info);
	if (job->lacked_memory) /* the mark may have been dropped */
		png_longjmp(job->png, 1);
}

static int write_guarded(struct job *job)
{
	if (setjmp(png_jmpbuf(job->png)))
		return failed(job);
	job->info = png_create_info_struct(job->png);
	if (!job->info)
		return failed(job);
	write_image(job);
	return 0;
}

static int encode(const struct image *image, struct bytes *file, struct failure *why)
{
	struct job job = {.why = why, .source = image, .to = file};
	job.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning, &job, allocate, release);
	int rc = job.png ? write_guarded(&job) : failed(&job);
	png_destroy_write_struct(&job.png, &job.info);
	return rc;
}

extern const struct codec pyramid_codec;
EXPORT const struct codec pyramid_codec = {
	.abi = CODEC_ABI,
	.suffix = "png",
	.decode = decode,
	.encode = encode,
};

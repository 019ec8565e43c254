/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Slices in every format, colour, depth and order: read back by readers of their own, from anywhere, and the same for ever. */
#include "picture_read.h"

#include "corpora/picture.h"
#include "corpora/stack.h"

#include <inttypes.h>

/* ---- what a file should hold ---- */

struct wanted {
	uint32_t width, height, bits;
	enum picture_colour colour;
	uint64_t slices;
};

static const uint32_t channels_of[] = {[PICTURE_GREY] = 1, [PICTURE_RGB] = 3, [PICTURE_RGBA] = 4, [PICTURE_PALETTE] = 1};

/* The grey samples of a slice. Caller frees. */
static uint16_t *greys_of(const struct wanted *w, uint64_t index)
{
	const struct stack_shape shape = {w->width, w->height, w->bits, .noise = 1};
	struct stack stack;
	struct stack_slice slice;
	unsigned char row[2 * STACK_SIDE_MAX];
	uint16_t *greys = malloc(sizeof *greys * w->width * w->height);
	assert_non_null(greys);
	stack_place(&stack, &shape, w->slices, 1);
	stack_cut(&stack, index, &slice);
	for (uint32_t y = 0; y < w->height; y++) {
		stack_row(&slice, y, row);
		for (uint32_t x = 0; x < w->width; x++)
			greys[y * w->width + x] = w->bits == 8 ? row[x] : (uint16_t)(row[2 * x] << 8 | row[2 * x + 1]);
	}
	return greys;
}

/* As stack_colour.h says it, written once more. */
static uint32_t channel(const struct wanted *w, uint32_t grey, uint32_t i)
{
	const uint32_t largest = w->bits == 8 ? 255 : 65535;
	const uint32_t samples[] = {grey, (grey * 7 + 7) / 8, (grey * 3 + 3) / 4, largest - grey / 2};
	return w->colour == PICTURE_PALETTE ? 255 - grey : samples[i];
}

static void check_page(const struct page *page, const struct wanted *w, uint64_t index)
{
	uint16_t *greys = greys_of(w, index);
	assert_int_equal(page->width, w->width);
	assert_int_equal(page->height, w->height);
	assert_int_equal(page->bits, w->bits);
	assert_int_equal(page->channels, channels_of[w->colour]);
	for (size_t p = 0; p < (size_t)w->width * w->height; p++)
		for (uint32_t c = 0; c < page->channels; c++)
			if (page->samples[p * page->channels + c] != channel(w, greys[p], c))
				fail_msg("slice %d, pixel %zu, channel %u: %u, and the grey is %u", (int)index, p, c,
					 page->samples[p * page->channels + c], greys[p]);
	free(greys);
	for (int i = 0; page->has_palette && i < 256; i++)
		for (int c = 0; c < 3; c++)
			assert_int_equal(page->palette[i][c], w->colour == PICTURE_PALETTE ? 255 - i : i);
}

/* ---- every kind of file ---- */

static const struct {
	const char *words; /* parameters */
	const char *suffix;
	enum picture_colour colour;
	uint32_t bits, pages;
} kinds[] = {
	{"format=png", "png", PICTURE_GREY, 16, 1},
	{"format=png,bits=8", "png", PICTURE_GREY, 8, 1},
	{"format=png,colour=rgb", "png", PICTURE_RGB, 16, 1},
	{"format=png,colour=rgb,bits=8", "png", PICTURE_RGB, 8, 1},
	{"format=png,colour=rgba", "png", PICTURE_RGBA, 16, 1},
	{"format=png,colour=rgba,bits=8", "png", PICTURE_RGBA, 8, 1},
	{"format=png,colour=palette,bits=8", "png", PICTURE_PALETTE, 8, 1},
	{"interlaced=true", "png", PICTURE_GREY, 16, 1},
	{"interlaced=true,bits=8", "png", PICTURE_GREY, 8, 1},
	{"interlaced=true,colour=rgb,bits=8", "png", PICTURE_RGB, 8, 1},
	{"interlaced=true,colour=rgba", "png", PICTURE_RGBA, 16, 1},
	{"interlaced=true,colour=palette,bits=8", "png", PICTURE_PALETTE, 8, 1},
	{"format=bmp,bits=8", "bmp", PICTURE_GREY, 8, 1},
	{"format=bmp,bits=8,colour=rgb", "bmp", PICTURE_RGB, 8, 1},
	{"format=bmp,bits=8,colour=palette", "bmp", PICTURE_PALETTE, 8, 1},
	{"format=tiff", "tif", PICTURE_GREY, 16, 1},
	{"format=tiff,bits=8,byte_order=little", "tif", PICTURE_GREY, 8, 1},
	{"format=tiff,byte_order=big", "tif", PICTURE_GREY, 16, 1},
	{"format=tiff,byte_order=big,bits=8,rows_per_strip=1", "tif", PICTURE_GREY, 8, 1},
	{"format=tiff,colour=rgb,rows_per_strip=3", "tif", PICTURE_RGB, 16, 1},
	{"format=tiff,colour=rgb,bits=8,byte_order=big,rows_per_strip=2,pages=2", "tif", PICTURE_RGB, 8, 2},
	{"format=tiff,colour=rgba,byte_order=big,rows_per_strip=16384", "tif", PICTURE_RGBA, 16, 1},
	{"format=tiff,colour=rgba,bits=8,pages=5", "tif", PICTURE_RGBA, 8, 5},
	{"format=tiff,colour=palette,bits=8,byte_order=big,pages=3", "tif", PICTURE_PALETTE, 8, 3},
	{"format=tiff,pages=3", "tif", PICTURE_GREY, 16, 3},
	{"format=tiff,pages=2,bits=8,rows_per_strip=1", "tif", PICTURE_GREY, 8, 2},
};

#define SLICES 5

static const struct {
	uint32_t width, height;
} sides[] = {{1, 1}, {1, 9}, {9, 1}, {3, 5}, {4, 4}, {5, 3}, {8, 8}, {33, 17}, {50, 211}, {277, 31}, {16384, 3}};

/* Page `index` of a file, and how many there are. */
static uint32_t read_page(const char *suffix, const unsigned char *bytes, size_t size, uint32_t index, struct page *page)
{
	if (strcmp(suffix, "tif") == 0)
		return read_tiff(bytes, size, index, page);
	(strcmp(suffix, "png") == 0 ? read_png : read_bmp)(bytes, size, page);
	return 1;
}

static void check_kind(size_t kind, size_t side)
{
	const struct wanted wanted = {sides[side].width, sides[side].height, kinds[kind].bits, kinds[kind].colour, SLICES};
	char source[200], name[32];
	snprintf(source, sizeof source, "stack:slices=%d,width=%u,height=%u,%s", SLICES, wanted.width, wanted.height, kinds[kind].words);
	struct corpus *corpus = opened(source);
	for (uint32_t slice = 0; slice < SLICES; slice++) {
		const uint32_t pages = kinds[kind].pages, in_file = SLICES - slice / pages * pages;
		struct page page;
		size_t size;
		snprintf(name, sizeof name, "slice_%04u.%s", slice / pages, kinds[kind].suffix);
		unsigned char *bytes = whole_file(corpus, name, &size);
		assert_int_equal(read_page(kinds[kind].suffix, bytes, size, slice % pages, &page), in_file < pages ? in_file : pages);
		check_page(&page, &wanted, slice);
		page_free(&page);
		free(bytes);
	}
	corpus_close(corpus);
}

static void every_kind_of_file_is_read_back(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < COUNT_OF(kinds); kind++)
		for (size_t side = 0; side < COUNT_OF(sides); side++)
			check_kind(kind, side);
}

static void any_part_of_any_kind_is_part_of_the_whole(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < COUNT_OF(kinds); kind++) {
		static const char *const sizes[] = {"width=301,height=203", "width=16384,height=2", "width=3,height=1"};
		for (size_t i = 0; i < COUNT_OF(sizes); i++) {
			char source[200], name[32];
			snprintf(source, sizeof source, "stack:slices=2,%s,%s", sizes[i], kinds[kind].words);
			snprintf(name, sizeof name, "slice_0000.%s", kinds[kind].suffix);
			struct corpus *corpus = opened(source);
			assert_parts_equal_whole(corpus, name, 60);
			corpus_close(corpus);
		}
	}
}

static void pages_go_into_as_many_files_as_they_need(void **state)
{
	(void)state;
	struct corpus *corpus = opened("stack:slices=7,width=9,height=7,format=tiff,pages=3,first=5");
	static const char *const names[] = {"slice_0005.tif", "slice_0006.tif", "slice_0007.tif"};
	assert_names(corpus, ".", names, COUNT_OF(names));
	assert_string_equal(corpus_title(corpus), "7 slices of 9x7, 16 bit, tiff, 3 to a file, seed 1");
	assert_true(size_of(corpus, names[0]) == size_of(corpus, names[1]));
	assert_true(size_of(corpus, names[2]) < size_of(corpus, names[1]));
	corpus_close(corpus);
}

/* ---- large files ---- */

static uint32_t far_number(struct corpus_file *file, uint64_t offset, unsigned length)
{
	unsigned char bytes[4];
	const struct bytes b = {bytes, sizeof bytes, false};
	assert_int_equal(corpus_file_read(file, bytes, length, offset), length);
	return number(&b, 0, length);
}

/* Of the directory at `ifd`, where the value or the place of the values of a tag is. */
static uint32_t far_tag(struct corpus_file *file, uint32_t ifd, uint32_t tag)
{
	uint64_t entry = ifd + 2;
	while (far_number(file, entry, 2) != tag)
		entry += 12;
	return far_number(file, entry + 8, 4);
}

/* The last row of the last page of nearly 4 GiB, found by the directories alone. */
static void places_far_out_are_right(void **state)
{
	(void)state;
	const struct stack_shape shape = {16384, 16384, 16, .noise = 1};
	struct corpus *corpus = opened("stack:slices=7,width=16384,height=16384,format=tiff,byte_order=little,pages=7");
	struct corpus_file *file;
	static unsigned char have[2 * 16384], wanted[2 * 16384];
	struct stack stack;
	struct stack_slice slice;
	assert_int_equal(corpus_file_open(corpus, "slice_0000.tif", &file), 0);
	uint32_t ifd = far_number(file, 4, 4);
	for (int page = 0; page < 6; page++)
		ifd = far_number(file, ifd + 2 + 12ull * far_number(file, ifd, 2), 4);
	const uint32_t rows = far_tag(file, ifd, 278), strip = 16383 / rows;
	const uint64_t row = far_number(file, far_tag(file, ifd, 273) + 4ull * strip, 4) + sizeof have * (uint64_t)(16383 - strip * rows);
	assert_true(row > UINT64_C(3700000000));
	assert_int_equal(row + sizeof have, size_of(corpus, "slice_0000.tif"));
	assert_int_equal(corpus_file_read(file, have, sizeof have, row), sizeof have);
	stack_place(&stack, &shape, 7, 1);
	stack_cut(&stack, 6, &slice);
	stack_row(&slice, 16383, wanted);
	for (size_t i = 0; i < sizeof have; i++)
		if (have[i] != wanted[i ^ 1])
			fail_msg("byte %zu of the last row is wrong", i);
	corpus_file_close(file);
	corpus_close(corpus);
}

static void profiles_are_what_they_are_named_for(void **state)
{
	(void)state;
	static const struct {
		const char *source, *title, *last;
	} profiles[] = {
		{"ct-palette", "8 slices of 64x64, 8 bit, palette, bmp, seed 1", "slice_0007.bmp"},
		{"ct-16bit", "8 slices of 64x64, 16 bit, tiff, seed 1", "slice_0007.tif"},
		{"ct-upper-ext", "8 slices of 64x64, 8 bit, bmp, seed 1", "slice_0007.BMP"},
		{"ct-odd-1515", "1515 slices of 2048x16, 8 bit, seed 1", "slice_1514.png"},
		{"ct-1010px", "5 slices of 1010x1010, 8 bit, seed 1", "slice_0004.png"},
		{"ct-bmp", "8 slices of 64x64, 8 bit, bmp, seed 1", "slice_0007.bmp"},
		{"ct-tiff", "8 slices of 64x64, 16 bit, tiff, big-endian, seed 1", "slice_0007.tif"},
		{"ct-tiff-multipage", "8 slices of 64x64, 16 bit, tiff, 3 to a file, seed 1", "slice_0002.tif"},
	};
	for (size_t i = 0; i < COUNT_OF(profiles); i++) {
		struct corpus *corpus = opened(profiles[i].source);
		struct corpus_names list;
		assert_string_equal(corpus_title(corpus), profiles[i].title);
		assert_int_equal(corpus_list(corpus, ".", &list), 0);
		assert_string_equal(list.names.at[list.names.count - 1].name, profiles[i].last);
		corpus_names_free(&list);
		corpus_close(corpus);
	}
}

/* ---- what a format lacks ---- */

static void what_a_format_lacks_is_refused(void **state)
{
	(void)state;
	assert_refused("stack:format=jpeg", EINVAL, "unknown format 'jpeg' (png, bmp or tiff)");
	assert_refused("stack:colour=gray", EINVAL, "unknown colour 'gray' (grey, rgb, rgba or palette)");
	assert_refused("stack:format=tiff,byte_order=middle", EINVAL, "unknown byte order 'middle' (little or big)");
	assert_refused("stack:pages=0", EINVAL, "out of range");
	assert_refused("stack:noise=17", EINVAL, "0 to 16 is possible");
	assert_refused("stack:interlaced=maybe", EINVAL, "neither true nor false");
	assert_refused("stack:format=bmp", EINVAL, "a bmp file has no grey of 16 bits: bits=8 is possible; format=png or format=tiff has that");
	assert_refused("stack:format=bmp,colour=rgba,bits=8", EINVAL, "a bmp file has no colour 'rgba'; format=png or format=tiff has that");
	assert_refused("stack:colour=palette", EINVAL, "a png file has no palette of 16 bits: bits=8 is possible; no format has that");
	assert_refused("stack:format=tiff,interlaced=true", EINVAL, "a tiff file has no interlacing (interlaced); format=png has that");
	assert_refused("stack:byte_order=big", EINVAL, "a png file has no choice of the byte order (byte_order); format=tiff has that");
	assert_refused("stack:rows_per_strip=2", EINVAL, "a png file has no strips (rows_per_strip); format=tiff has that");
	assert_refused("stack:pages=2,slices=1", EINVAL, "a png file has no pages (pages); format=tiff has that");
	assert_refused("stack:format=bmp,bits=8,pages=2", EINVAL, "a bmp file has no pages");
	assert_refused("stack:format=tiff,width=16384,height=16384,pages=9", EINVAL,
		       "a tiff file has at most 4294967295 bytes, and this would have 4832429750: make the slices smaller, or "
		       "have fewer pages in a file");
	corpus_close(opened("stack:format=tiff,width=16384,height=16384,pages=9,slices=7"));
}

/* ---- what is told ---- */

static void assert_told(const char *source, const char *path, const char *members)
{
	struct corpus *corpus = opened(source);
	struct buf buf = {0};
	struct jsonw to = jsonw_to(&buf);
	jsonw_object(&to);
	corpus_tell(corpus, path, &to);
	jsonw_close(&to);
	assert_string_equal(buf_string(&buf), members);
	buf_free(&buf);
	corpus_close(corpus);
}

static void a_slice_is_told(void **state)
{
	(void)state;
	const struct wanted w = {20, 10, 8, PICTURE_PALETTE, 5};
	char members[300];
	double sum = 0;
	for (uint64_t slice = 2; slice < 4; slice++) {
		uint16_t *greys = greys_of(&w, slice);
		for (size_t i = 0; i < 200; i++)
			sum += greys[i];
		free(greys);
	}
	snprintf(members, sizeof members,
		 "{\"format\":\"tiff\",\"width\":20,\"height\":10,\"bits\":8,\"channels\":1,\"colour\":\"palette\",\"pages\":2,"
		 "\"slice\":2,\"slices\":5,\"mean\":%.3f}", sum / 400);
	assert_told("stack:slices=5,width=20,height=10,bits=8,colour=palette,format=tiff,pages=2", "slice_0001.tif", members);
	assert_told("stack:slices=1,width=16384,height=16384,colour=rgba", "slice_0000.png",
		    "{\"format\":\"png\",\"width\":16384,\"height\":16384,\"bits\":16,\"channels\":4,\"colour\":\"rgba\",\"pages\":1,"
		    "\"slice\":0,\"slices\":1}");
}

/* ---- for ever ---- */

/* Lines of the table: "DIGEST SOURCE"; those with # are for people. */
static void every_digest_is_that_of_the_table(void **state)
{
	(void)state;
	char path[PATH_MAX], line[300], source[250];
	const char *tree = getenv("SOURCE");
	unsigned lines = 0, wrong = 0;
	uint64_t known;
	snprintf(path, sizeof path, "%s/tests/unit/corpora_digests.txt", tree ? tree : ".");
	FILE *table = fopen(path, "r");
	if (!table)
		fail_msg("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, table)) {
		if (line[0] == '#' || line[0] == '\n')
			continue;
		assert_int_equal(sscanf(line, "%" SCNx64 " %249s", &known, source), 2);
		const uint64_t digest = digest_of(source);
		lines++;
		if (digest == known)
			continue;
		print_error("%016" PRIx64 " %s\n", digest, source);
		wrong++;
	}
	fclose(table);
	assert_true(lines >= COUNT_OF(kinds));
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_file_is_read_back),
		cmocka_unit_test(any_part_of_any_kind_is_part_of_the_whole),
		cmocka_unit_test(pages_go_into_as_many_files_as_they_need),
		cmocka_unit_test(places_far_out_are_right),
		cmocka_unit_test(profiles_are_what_they_are_named_for),
		cmocka_unit_test(what_a_format_lacks_is_refused),
		cmocka_unit_test(a_slice_is_told),
		cmocka_unit_test(every_digest_is_that_of_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

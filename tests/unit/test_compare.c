/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Content: what differs in bytes and is equal, what is not, and files that break off or lie, which harm nobody. */
#include "unit.h"

#include "base/buf.h"
#include "base/scope.h"
#include "base/clock.h"
#include "harness/compare.h"
#include "harness/inspect_child.h"

#include <math.h>
#include <png.h>

static struct compare_bytes bytes_of(const struct buf *buf)
{
	return (struct compare_bytes){(const unsigned char *)buf_string(buf), buf->length};
}

static struct compare_bytes text_of(const char *text)
{
	return (struct compare_bytes){(const unsigned char *)text, strlen(text)};
}

/* ---- which file by what ---- */

static void the_first_pattern_that_matches_counts(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path;
		int method; /* COMPARE_BYTES: none */
		double bound;
	} rows[] = {
		{"pixels", "a/b.any", COMPARE_PIXELS, 0},	   {"pixels:2", "a", COMPARE_PIXELS, 2},
		{"*.png=pixels", "a/b.png", COMPARE_PIXELS, 0},	   {"*.png=pixels", "a/b.pnga", COMPARE_BYTES, 0},
		{"*.wav=snr:60.5dB", "b.wav", COMPARE_SAMPLES, 60.5}, {"*.wav=samples", "b.wav", COMPARE_SAMPLES, 0},
		{"a.png=bytes;pixels", "a.png", COMPARE_BYTES, 0}, {"a.png=bytes;pixels", "b.png", COMPARE_PIXELS, 0},
		{"*.{png,bmp}=pixels,*.log=text", "x.bmp", COMPARE_PIXELS, 0},
		{"*.{png,bmp}=pixels,*.log=text", "x.log", COMPARE_TEXT, 0},
		{"d/*=text", "d/x", COMPARE_TEXT, 0},		   {"d/*=text", "x", COMPARE_BYTES, 0},
		{"*.db=command:cmp --a=b,c {clean} {now}", "x.db", COMPARE_COMMAND, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct comparators all;
		struct err err = {0};
		if (i == COUNT_OF(rows) - 1) { /* a comma in a word ends it, unless it stands in quotes */
			assert_int_equal(comparators_read(rows[i].text, &all, &err), -EINVAL);
			assert_int_equal(comparators_read("*.db=command:cmp \"--a=b,c\" {clean} {now}", &all, &err), 0);
			assert_string_equal(all.rules.at[0].command[1], "--a=b,c");
		} else if (comparators_read(rows[i].text, &all, &err) != 0) {
			fail_msg("%s: %s", rows[i].text, err.text);
		}
		const struct compare_rule *rule = comparators_find(&all, rows[i].path);
		if ((rule ? (int)rule->method : COMPARE_BYTES) != rows[i].method || (rule && rule->bound != rows[i].bound))
			fail_msg("%s: %s", rows[i].text, rows[i].path);
		comparators_free(&all);
	}
}

/* ---- text ---- */

static void lines_may_differ_where_clean_runs_do(void **state)
{
	(void)state;
	static const struct {
		const char *clean, *second, *now, *said; /* said NULL: equal */
	} rows[] = {
		{"a\nb\n", NULL, "a\nb\n", NULL},
		{"a\nb\n", NULL, "a\r\nb\r\n", NULL},
		{"a\nb", NULL, "a\nb\n", NULL},
		{"", NULL, "", NULL},
		{"a\nb\n", NULL, "a\n", "it ends after line 1"},
		{"a\n", NULL, "a\nb\n", "it goes on after line 1"},
		{"", NULL, "a\n", "it goes on after line 0"},
		{"a\n1\n", NULL, "a\n2\n", "line 2 is another"},
		{"a 1\n", "a 1\n", "a 2\n", "line 1 is another"},
		{"a 1 ms\n", "a 2 ms\n", "a 300 ms\n", NULL},
		{"a 1 ms\n", "a 2 ms\n", "b 1 ms\n", "line 1 is another"},
		{"a 1 ms\n", "a 2 ms\n", "a 1 ms!\n", "line 1 is another"},
		{"at 0x7f12: x\n", "at 0x8a: x\n", "at 0xffff1: x\n", NULL},
		{"at 0x7f12: x\n", "at 0x8a: x\n", "at 0xffff1: y\n", "line 1 is another"},
		{"a\n", "b\n", "b\n", NULL},
		{"a\n", "b\n", "c\n", "line 1 is another"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char said[COMPARE_SAID_MAX] = "", row[20];
		snprintf(row, sizeof row, "row %zu", i + 1);
		bool equal = compare_text(text_of(rows[i].clean), rows[i].second ? text_of(rows[i].second) : (struct compare_bytes){0},
					  text_of(rows[i].now), said);
		unit_same_text(row, equal ? "" : said, rows[i].said ? rows[i].said : "");
	}
}

/* ---- pixels ---- */

/* A picture of a ramp; `changed` is added to one sample. */
static void put_png(struct buf *out, png_uint_32 format, int compression, unsigned width, unsigned changed)
{
	png_image png = {.version = PNG_IMAGE_VERSION, .width = width, .height = 3, .format = format};
	unsigned char pixels[16 * 3 * 8] = {0};
	for (size_t i = 0; i < PNG_IMAGE_SIZE(png); i++)
		pixels[i] = (unsigned char)(i * 3);
	pixels[5] = (unsigned char)(pixels[5] + changed);
	png_alloc_size_t size = 100000;
	char *bytes = malloc(size);
	png.flags = compression ? PNG_IMAGE_FLAG_FAST : 0;
	assert_true(png_image_write_to_memory(&png, bytes, &size, 0, pixels, 0, NULL));
	buf_clear(out);
	buf_add(out, bytes, size);
	free(bytes);
}

static void put_bmp(struct buf *out, bool upside_down, unsigned changed)
{
	unsigned char head[54] = {'B', 'M', [10] = 54, [14] = 40, [18] = 2, [22] = 2, [26] = 1, [28] = 24};
	unsigned char rows[2][8] = {{1, 2, 3, 4, 5, (unsigned char)(6 + changed)}, {7, 8, 9, 10, 11, 12}};
	if (!upside_down)
		memset(head + 23, 0xff, 3), head[22] = 0xfe;
	buf_clear(out);
	buf_add(out, head, sizeof head);
	for (int y = 0; y < 2; y++)
		buf_add(out, rows[upside_down ? 1 - y : y], sizeof rows[0]);
}

static void check_pixels(const char *row, const struct buf *clean, const struct buf *now, double bound, const char *said)
{
	char text[COMPARE_SAID_MAX] = "";
	bool equal = compare_pixels(bytes_of(clean), bytes_of(now), bound, text);
	unit_same_text(row, equal ? "" : text, said);
}

static void pictures_are_compared_by_their_pixels(void **state)
{
	(void)state;
	struct buf a = {0}, b = {0};
	put_png(&a, PNG_FORMAT_RGB, 0, 16, 0);
	put_png(&b, PNG_FORMAT_RGB, 1, 16, 0);
	check_pixels("another compression", &a, &b, 0, "");
	assert_true(a.length != b.length || memcmp(a.at, b.at, a.length) != 0);
	put_png(&b, PNG_FORMAT_RGB, 1, 16, 3);
	check_pixels("one sample", &a, &b, 0, "samples differ by up to 3");
	check_pixels("beyond the bound", &a, &b, 2, "samples differ by up to 3");
	check_pixels("within the bound", &a, &b, 3, "");
	put_png(&b, PNG_FORMAT_RGB, 1, 15, 0);
	check_pixels("narrower", &a, &b, 9, "it is 15 x 3 pixels of 8 bit, without faults 16 x 3 of 8");
	put_png(&b, PNG_FORMAT_LINEAR_RGB_ALPHA, 1, 16, 0);
	check_pixels("deeper", &a, &b, 9, "it is 16 x 3 pixels of 16 bit, without faults 16 x 3 of 8");
	put_bmp(&a, true, 0);
	put_bmp(&b, false, 0);
	check_pixels("BMP, the other way round", &a, &b, 0, "");
	put_bmp(&b, false, 1);
	check_pixels("BMP, one sample", &a, &b, 0, "samples differ by up to 1");
	buf_clear(&b);
	buf_text(&b, "no picture");
	check_pixels("neither", &a, &b, 0, "it cannot be decoded: it is neither PNG nor BMP");
	check_pixels("the clean one", &b, &a, 0, "that of the clean run cannot be decoded: it is neither PNG nor BMP");
	buf_free(&a);
	buf_free(&b);
}

/* ---- samples ---- */

static void put_number(struct buf *out, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++, number >>= 8)
		buf_char(out, (char)number);
}

enum form { PCM8, PCM16, PCM24, FLOAT32, FLOAT64 };

static void put_sample(struct buf *out, enum form form, double value)
{
	static const double scale[] = {[PCM8] = 128, [PCM16] = 32768, [PCM24] = 8388608};
	float small = (float)value;
	uint64_t bits = 0;
	if (form == FLOAT32)
		memcpy(&bits, &small, sizeof small);
	else if (form == FLOAT64)
		memcpy(&bits, &value, sizeof value);
	else
		bits = (uint64_t)(int64_t)(value * scale[form]) + (form == PCM8 ? 128 : 0);
	put_number(out, bits, (const unsigned[]){1, 2, 3, 4, 8}[form]);
}

/* 100 samples of a triangle of eighths, one of them `off` too high. */
static void put_wav(struct buf *out, enum form form, unsigned frames, unsigned rate, double off)
{
	static const unsigned bits[] = {8, 16, 24, 32, 64};
	uint64_t size = (uint64_t)frames * bits[form] / 8;
	buf_clear(out);
	buf_text(out, "RIFF");
	put_number(out, 36 + size, 4);
	buf_text(out, "WAVEfmt ");
	put_number(out, 16, 4);
	put_number(out, form >= FLOAT32 ? 3 : 1, 2);
	put_number(out, 1, 2);
	put_number(out, rate, 4);
	put_number(out, rate * bits[form] / 8, 4);
	put_number(out, bits[form] / 8, 2);
	put_number(out, bits[form], 2);
	buf_text(out, "data");
	put_number(out, size, 4);
	for (unsigned i = 0; i < frames; i++)
		put_sample(out, form, (double)(i % 7) / 8 - 0.375 + (i == 50 ? off : 0));
}

static void check_samples(const char *row, const struct buf *clean, const struct buf *now, double bound, const char *said)
{
	char text[COMPARE_SAID_MAX] = "";
	bool equal = compare_samples(bytes_of(clean), bytes_of(now), bound, text);
	unit_same_text(row, equal ? "" : text, said);
}

static void sound_is_compared_by_its_samples(void **state)
{
	(void)state;
	struct buf a = {0}, b = {0};
	put_wav(&a, PCM16, 100, 8000, 0);
	for (enum form form = PCM8; form <= FLOAT64; form++) {
		put_wav(&b, form, 100, 8000, 0);
		check_samples("another form", &a, &b, 0, "");
	}
	put_wav(&b, PCM16, 100, 8000, 0.125);
	check_samples("one sample", &a, &b, 0, "samples differ: signal to noise 26.1 dB");
	check_samples("too loud", &a, &b, 27, "samples differ: signal to noise 26.1 dB");
	check_samples("faint enough", &a, &b, 26, "");
	put_wav(&b, PCM16, 99, 8000, 0);
	check_samples("shorter", &a, &b, 1, "it has 99 samples of 1 channels at 8000 Hz, without faults 100 of 1 at 8000");
	put_wav(&b, PCM16, 100, 8001, 0);
	check_samples("faster", &a, &b, 1, "it has 100 samples of 1 channels at 8001 Hz, without faults 100 of 1 at 8000");
	put_wav(&b, FLOAT32, 100, 8000, (double)NAN);
	check_samples("no number", &a, &b, 1, "samples differ: signal to noise -inf dB");
	check_samples("no number either time", &b, &b, 0, "");
	buf_clear(&b);
	buf_text(&b, "RIFFxxxxWAVE");
	check_samples("empty", &a, &b, 0, "it cannot be decoded: it has no data");
	put_wav(&b, PCM16, 100, 8000, 0);
	b.length -= 10;
	check_samples("broken off", &a, &b, 1, "it cannot be decoded: it has less data than it says");
	buf_free(&a);
	buf_free(&b);
}

/* ---- malice ---- */

/* Every file cut off at every byte, and with every byte changed: an answer, whichever. (The sanitizers see to the rest.) */
static void spoilt_files_are_different_and_no_harm(void **state)
{
	(void)state;
	struct buf files[4] = {0};
	static const enum compare_method method[] = {COMPARE_PIXELS, COMPARE_PIXELS, COMPARE_SAMPLES, COMPARE_TEXT};
	put_png(&files[0], PNG_FORMAT_RGB, 0, 16, 0);
	put_bmp(&files[1], true, 0);
	put_wav(&files[2], PCM24, 100, 8000, 0);
	buf_text(&files[3], "a 1\nb 2\n");
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const struct compare_rule rule = {.method = method[i]};
		char said[COMPARE_SAID_MAX];
		for (size_t at = 0; at < files[i].length; at++) {
			SCOPED(buf_free) struct buf spoilt = {0};
			buf_add(&spoilt, files[i].at, files[i].length);
			const struct compare_bytes whole = bytes_of(&files[i]), part = {(const unsigned char *)spoilt.at, at};
			compare_content(&rule, whole, (struct compare_bytes){0}, part, said);
			for (int change = 1; change < 256; change += 127) {
				spoilt.at[at] = (char)(files[i].at[at] ^ change);
				compare_content(&rule, whole, (struct compare_bytes){0}, bytes_of(&spoilt), said);
			}
		}
		assert_true(compare_content(&rule, bytes_of(&files[i]), (struct compare_bytes){0}, bytes_of(&files[i]), said));
		buf_free(&files[i]);
	}
}

static void in_a_child_it_is_the_same(void **state)
{
	(void)state;
	const struct compare_rule rule = {.method = COMPARE_TEXT};
	const struct compare_bytes a = text_of("a\n"), b = text_of("b\n"), none = {0};
	char said[COMPARE_SAID_MAX];
	const int64_t later = clock_now_ns() + 60 * NS_PER_S;
	assert_int_equal(inspect_in_child(&rule, a, none, a, later, said), 1);
	assert_string_equal(said, "");
	assert_int_equal(inspect_in_child(&rule, a, none, b, later, said), 0);
	assert_string_equal(said, "line 1 is another");
	/* Bytes that are not there: whoever looks at them crashes, and that is all. */
	const struct compare_bytes hole = {(const unsigned char *)1, 4096};
	assert_int_equal(inspect_in_child(&rule, a, none, hole, later, said), 0);
	assert_string_equal(said, "comparing it came to a bad end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_pattern_that_matches_counts),
		cmocka_unit_test(lines_may_differ_where_clean_runs_do),
		cmocka_unit_test(pictures_are_compared_by_their_pixels),
		cmocka_unit_test(sound_is_compared_by_its_samples),
		cmocka_unit_test(spoilt_files_are_different_and_no_harm),
		cmocka_unit_test(in_a_child_it_is_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Files that a spec writes out: what they hold, and what is refused. */
#include "test_corpora.h"

#include "base/attr.h"

static struct corpus *written(const char *files)
{
	char text[4000];
	snprintf(text, sizeof text, "version: 1\nfiles: %s\n", files);
	put_text("files.yaml", text);
	return opened(in_dir("files.yaml"));
}

static void bytes_are_as_they_are_written(void **state)
{
	(void)state;
	struct corpus *corpus = written("[{path: t, text: \"a\\n\"}, {path: h, hex: \"00ff 7F\"}, {path: b, base64: 'AP9/ gA=='},"
					" {path: b0, base64: 'YWJj'}, {path: b1, base64: 'YWI='}, {path: none, text: ''},"
					" {path: r, hex: '0102', repeat: 1000}]");
	static const char *const names[] = {"b", "b0", "b1", "h", "none", "r", "t"};
	assert_names(corpus, ".", names, COUNT_OF(names));
	assert_content(corpus, "t", "a\n", 2);
	assert_content(corpus, "h", "\0\xff\x7f", 3);
	assert_content(corpus, "b", "\0\xff\x7f\x80", 4);
	assert_content(corpus, "b0", "abc", 3);
	assert_content(corpus, "b1", "ab", 2);
	assert_content(corpus, "none", "", 0);
	assert_int_equal(size_of(corpus, "r"), 2000);
	assert_parts_equal_whole(corpus, "r", 100);
	corpus_close(corpus);
}

static void a_large_file_takes_no_memory(void **state)
{
	(void)state;
	struct corpus *corpus = written("[{path: r, hex: '010203', repeat: 100000000000000000}]");
	struct corpus_file *file;
	unsigned char bytes[4];
	assert_int_equal(size_of(corpus, "r"), UINT64_C(300000000000000000));
	assert_int_equal(corpus_file_open(corpus, "r", &file), 0);
	assert_int_equal(corpus_file_read(file, bytes, 4, UINT64_C(299999999999999998)), 2);
	assert_memory_equal(bytes, "\2\3", 2);
	corpus_file_close(file);
	corpus_close(corpus);
}

static void modes_times_and_types_are_as_they_are_written(void **state)
{
	(void)state;
	struct corpus *corpus = written("[{path: d/f, text: x, mode: 0600, mtime: 5}, {path: d, directory: true, mode: 700},"
					" {path: l, link: ../../etc/passwd}, {path: e/g, text: y}]");
	static const char *const top[] = {"d", "e", "l"};
	struct corpus_stat st;
	char target[100];
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_int_equal(corpus_stat(corpus, "d/f", &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0600);
	assert_int_equal(st.mtime, 5);
	assert_int_equal(corpus_stat(corpus, "d", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | 0700);
	assert_int_equal(corpus_stat(corpus, "e", &st), 0);
	assert_int_equal(st.mode, S_IFDIR | 0755);
	assert_int_equal(corpus_stat(corpus, "l", &st), 0);
	assert_int_equal(st.mode, S_IFLNK | 0777);
	assert_int_equal(st.size, 16);
	assert_int_equal(corpus_readlink(corpus, "l", target, sizeof target), 0);
	assert_string_equal(target, "../../etc/passwd");
	assert_int_equal(corpus_readlink(corpus, "l", target, 16), -ENAMETOOLONG);
	assert_int_equal(corpus_readlink(corpus, "d", target, 16), -EINVAL);
	corpus_close(corpus);
}

static void a_name_may_be_no_utf8(void **state)
{
	(void)state;
	struct corpus *corpus = written("[{path_hex: 'c7d1 2f b1db', text: x}]");
	static const char *const names[] = {"\xb1\xdb"};
	assert_names(corpus, "\xc7\xd1", names, 1);
	assert_content(corpus, "\xc7\xd1/\xb1\xdb", "x", 1);
	corpus_close(corpus);
}

static void damage_lies_over_them(void **state)
{
	(void)state;
	put_text("damaged.yaml", "version: 1\nfiles: [{path: a, text: abcd}, {path: b, text: abcd}]\ndamage: [{path: a, truncate: 1}]\n");
	struct corpus *corpus = opened(in_dir("damaged.yaml"));
	assert_content(corpus, "a", "a", 1);
	assert_content(corpus, "b", "abcd", 4);
	assert_non_null(strstr(corpus_title(corpus), "2 files written out, seed 1; 1 of 2 files damaged"));
	corpus_close(corpus);
	corpus = opened(source_in_dir("", "damaged.yaml:damage=none"));
	assert_content(corpus, "a", "abcd", 4);
	corpus_close(corpus);
}

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	char longest[300], entry[400];
	static const struct {
		const char *files, *words;
	} bad[] = {
		{"[{path: a, text: x}, {path: a, text: y}]", "stands here already"},
		{"[{path: a, text: x}, {path: a/b, text: y}]", "no directory"},
		{"[{path: a, link: b}, {path: a/b, text: y}]", "no directory"},
		{"[{path: a/b, text: x}, {path: a, text: y}]", "other files stand below"},
		{"[{path: ../a, text: x}]", "'..'"},
		{"[{path: a/.., text: x}]", "'..'"},
		{"[{path: ., directory: true}]", "'.'"},
		{"[{path: /a, text: x}]", "absolute"},
		{"[{path: a//b, text: x}]", "empty name"},
		{"[{path: a/, text: x}]", "empty name"},
		{"[{path: '', text: x}]", "a path of 1 to"},
		{"[{text: x}]", "a path of 1 to"},
		{"[{path: a, path_hex: '61', text: x}]", "one path"},
		{"[{path_hex: '6100', text: x}]", "NUL"},
		{"[{path_hex: '610', text: x}]", "two hexadecimal digits"},
		{"[{path_hex: '2e2e', text: x}]", "'..'"},
		{"[{path: a}]", "what is it?"},
		{"[{path: a, text: x, hex: '00'}]", "'text' and 'hex'"},
		{"[{path: a, link: b, directory: true}]", "'link' and 'directory'"},
		{"[{path: a, directory: false}]", "only be true"},
		{"[{path: a, link: ''}]", "empty"},
		{"[{path: a, hex: 0g}]", "'g' is no hexadecimal digit"},
		{"[{path: a, base64: 'A'}]", "groups of four"},
		{"[{path: a, base64: '===='}]", "groups of four"},
		{"[{path: a, base64: 'AA==AA=='}]", "'A' is not base 64"},
		{"[{path: a, base64: 'A-=='}]", "'-' is not base 64"},
		{"[{path: a, text: x, mode: 0888}]", "octal"},
		{"[{path: a, text: x, mode: 01777}]", "octal"},
		{"[{path: a, text: x, mode: -1}]", "octal"},
		{"[{path: a, text: x, mtime: -1}]", "mtime"},
		{"[{path: a, text: x, repeat: 0}]", "out of range"},
		{"[{path: a, text: xx, repeat: 1152921504606846976}]", "2^60"},
		{"[{path: a, text: x, repeat: 10000000000000000000000}]", "repeat"},
		{"[{path: a, text: x, colour: red}]", "colour"},
		{"{path: a, text: x}", "takes a list"},
		{"7", "takes a list"},
		{"[7]", "mapping"},
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		snprintf(entry, sizeof entry, "version: 1\nfiles: %s\n", bad[i].files);
		put_text("bad.yaml", entry);
		assert_refused(in_dir("bad.yaml"), EINVAL, bad[i].words);
	}
	memset(longest, 'n', 256);
	longest[256] = '\0';
	snprintf(entry, sizeof entry, "version: 1\nfiles: [{path: a/%s, text: x}]\n", longest);
	put_text("bad.yaml", entry);
	assert_refused(in_dir("bad.yaml"), EINVAL, "more than 255 bytes");
	snprintf(entry, sizeof entry, "version: 1\nfiles: [{path: a/%s, text: x}]\n", longest + 1);
	put_text("good.yaml", entry);
	corpus_close(opened(in_dir("good.yaml")));
}

static void too_many_are_refused(void **state)
{
	(void)state;
	FILE *file = fopen(in_dir("many.yaml"), "w");
	assert_non_null(file);
	fputs("version: 1\nfiles:\n", file);
	for (int i = 0; i < 100001; i++)
		fprintf(file, "- {path: a%d, text: x}\n", i);
	assert_int_equal(fclose(file), 0);
	assert_refused(in_dir("many.yaml"), EINVAL, "more than 100000 names");
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, test_dir_make, test_dir_remove)
	const struct CMUnitTest tests[] = {
		IN_DIR(bytes_are_as_they_are_written),
		IN_DIR(a_large_file_takes_no_memory),
		IN_DIR(modes_times_and_types_are_as_they_are_written),
		IN_DIR(a_name_may_be_no_utf8),
		IN_DIR(damage_lies_over_them),
		IN_DIR(what_is_wrong_is_refused),
		IN_DIR(too_many_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

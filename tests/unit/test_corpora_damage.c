/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Damage at rest: each kind, and what the truth says of it. */
#include "test_corpora.h"

/* Open a stack of four slices (or another source) with this damage. */
static struct corpus *damaged_source(const char *source, const char *damage)
{
	char text[2000];
	snprintf(text, sizeof text, "{version: 1, source: '%s', damage: %s}", source, damage);
	put_text("damaged.yaml", text);
	return opened(in_dir("damaged.yaml"));
}

static struct corpus *damaged(const char *damage)
{
	return damaged_source("ct-tiny:slices=4", damage);
}

/* The bytes of a slice as they were. Caller frees. */
static unsigned char *original(const char *path, size_t *size)
{
	struct corpus *corpus = opened("ct-tiny:slices=4");
	unsigned char *bytes = whole_file(corpus, path, size);
	corpus_close(corpus);
	return bytes;
}

/* How many bits differ in the bytes [from, to). */
static unsigned bits_off(const unsigned char *a, const unsigned char *b, size_t from, size_t to)
{
	unsigned bits = 0;
	for (size_t i = from; i < to; i++)
		bits += (unsigned)__builtin_popcount((unsigned)(a[i] ^ b[i]));
	return bits;
}

/* The one damaged file, all others being whole. */
#define HIT "slice_0001.png"

static void assert_only_hit(const struct corpus *corpus, const char *damage)
{
	struct corpus_damaged list;
	assert_int_equal(corpus_damaged(corpus, &list), 0);
	assert_int_equal(list.files.count, 1);
	assert_string_equal(list.files.at[0].path, HIT);
	assert_string_equal(list.files.at[0].damage, damage);
	corpus_damaged_free(&list);
	assert_string_equal(corpus_truth(corpus, HIT), damage);
	assert_null(corpus_truth(corpus, "slice_0000.png"));
	assert_null(corpus_truth(corpus, "nothing.png"));
	assert_null(corpus_truth(corpus, "."));
	size_t size;
	unsigned char *bytes = original("slice_0002.png", &size);
	assert_content(corpus, "slice_0002.png", bytes, size);
	free(bytes);
}

/* ---- the kinds ---- */

static void truncate_cuts_at_bytes_or_a_portion(void **state)
{
	(void)state;
	size_t size;
	unsigned char *bytes = original(HIT, &size);
	struct corpus *corpus = damaged("[{path: " HIT ", truncate: 1000}]");
	assert_only_hit(corpus, "truncate");
	assert_content(corpus, HIT, bytes, 1000);
	assert_parts_equal_whole(corpus, HIT, 50);
	corpus_close(corpus);
	corpus = damaged("[{path: " HIT ", truncate: 25%}]");
	assert_content(corpus, HIT, bytes, size / 4);
	corpus_close(corpus);
	free(bytes);
}

static void empty_leaves_a_name_without_bytes(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: " HIT ", empty: true}]");
	assert_only_hit(corpus, "empty");
	assert_content(corpus, HIT, "", 0);
	corpus_close(corpus);
}

static void garbage_has_the_size_but_not_the_bytes(void **state)
{
	(void)state;
	size_t size, again;
	unsigned char *bytes = original(HIT, &size);
	struct corpus *corpus = damaged("[{path: " HIT ", garbage: true}]");
	assert_only_hit(corpus, "garbage");
	unsigned char *garbage = whole_file(corpus, HIT, &again);
	assert_int_equal(again, size);
	assert_in_range(bits_off(bytes, garbage, 0, size), size * 3, size * 5);
	assert_parts_equal_whole(corpus, HIT, 200);
	corpus_close(corpus);
	free(garbage);
	free(bytes);
}

static void text_replaces_all_even_where_it_is_longer(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: " HIT ", text: \"no image\\n\"}]");
	assert_only_hit(corpus, "text");
	assert_content(corpus, HIT, "no image\n", 9);
	assert_parts_equal_whole(corpus, HIT, 50);
	corpus_close(corpus);
	need_trees();
	put_text("short.txt", "a");
	corpus = damaged_source("tree:.", "[{path: short.txt, text: 'longer than it was'}]");
	assert_content(corpus, "short.txt", "longer than it was", 18);
	corpus_close(corpus);
}

static void zero_blanks_a_range(void **state)
{
	(void)state;
	size_t size;
	unsigned char *bytes = original(HIT, &size);
	struct corpus *corpus = damaged("[{path: " HIT ", zero: 100..1KiB}]");
	assert_only_hit(corpus, "zero");
	memset(bytes + 100, 0, 1024 - 100);
	assert_content(corpus, HIT, bytes, size);
	assert_parts_equal_whole(corpus, HIT, 200);
	corpus_close(corpus);
	free(bytes);
}

static void flip_changes_one_bit_in_the_range(void **state)
{
	(void)state;
	size_t size;
	unsigned char *bytes = original(HIT, &size);
	struct corpus *corpus = damaged("[{path: " HIT ", flip: 0..33}]");
	assert_only_hit(corpus, "flip");
	unsigned char *flipped = whole_file(corpus, HIT, &size);
	assert_int_equal(bits_off(bytes, flipped, 0, 33), 1);
	assert_int_equal(bits_off(bytes, flipped, 33, size), 0);
	assert_parts_equal_whole(corpus, HIT, 200);
	corpus_close(corpus);
	free(flipped);
	free(bytes);
}

static void flip_changes_one_bit_in_every_block(void **state)
{
	(void)state;
	size_t size;
	unsigned char *bytes = original(HIT, &size);
	struct corpus *corpus = damaged("[{path: " HIT ", flip: {in: 10.., every: 100}}]");
	unsigned char *flipped = whole_file(corpus, HIT, &size);
	assert_int_equal(bits_off(bytes, flipped, 0, 10), 0);
	for (size_t from = 10; from < size; from += 100)
		assert_int_equal(bits_off(bytes, flipped, from, from + 100 < size ? from + 100 : size), 1);
	assert_parts_equal_whole(corpus, HIT, 200);
	corpus_close(corpus);
	free(flipped);
	free(bytes);
}

static void flip_of_endless_blocks_ends(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: " HIT ", flip: {in: 0.., every: 16777215TiB}}]");
	assert_parts_equal_whole(corpus, HIT, 20);
	corpus_close(corpus);
}

static void remove_takes_the_name_away(void **state)
{
	(void)state;
	static const char *const left[] = {"slice_0000.png", "slice_0002.png", "slice_0003.png"};
	struct corpus *corpus = damaged("[{path: " HIT ", remove: true}]");
	struct corpus_stat st;
	struct corpus_file *file;
	assert_only_hit(corpus, "remove");
	assert_names(corpus, ".", left, COUNT_OF(left));
	assert_int_equal(corpus_stat(corpus, HIT, &st), -ENOENT);
	assert_int_equal(corpus_file_open(corpus, HIT, &file), -ENOENT);
	corpus_close(corpus);
}

static void everything_can_be_removed_but_the_root(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: '**', remove: true}]");
	struct corpus_damaged list;
	struct corpus_stat st;
	assert_names(corpus, ".", NULL, 0);
	assert_int_equal(corpus_stat(corpus, ".", &st), 0);
	assert_int_equal(corpus_damaged(corpus, &list), 0);
	assert_int_equal(list.files.count, 4);
	corpus_damaged_free(&list);
	corpus_close(corpus);
}

/* ---- several ---- */

static void the_last_entry_that_matches_counts(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: '*', empty: true}, {path: '*2.png', text: x}, {path: '*3.png', remove: true}]");
	assert_string_equal(corpus_truth(corpus, "slice_0000.png"), "empty");
	assert_string_equal(corpus_truth(corpus, "slice_0001.png"), "empty");
	assert_string_equal(corpus_truth(corpus, "slice_0002.png"), "text");
	assert_string_equal(corpus_truth(corpus, "slice_0003.png"), "remove");
	assert_content(corpus, "slice_0002.png", "x", 1);
	corpus_close(corpus);
}

static void damage_of_several_specs_adds_up(void **state)
{
	(void)state;
	struct corpus *corpus = damaged_source("ct-bad-first", "[{path: '*7.png', empty: true}]");
	assert_non_null(strstr(corpus_title(corpus), "; 2 of 8 files damaged"));
	corpus_close(corpus);
	corpus = damaged_source("ct-bad-first:damage=none", "[{path: '*7.png', empty: true}]");
	assert_non_null(strstr(corpus_title(corpus), "; 1 of 8 files damaged"));
	corpus_close(corpus);
}

static void equal_damage_of_two_files_differs(void **state)
{
	(void)state;
	struct corpus *corpus = damaged("[{path: '*', garbage: true}]");
	size_t size;
	unsigned char *a = whole_file(corpus, "slice_0000.png", &size), *b = whole_file(corpus, "slice_0001.png", &size);
	assert_true(bits_off(a, b, 0, size) > size);
	free(a);
	free(b);
	corpus_close(corpus);
}

/* ---- over a tree ---- */

static void make_small_tree(void)
{
	need_trees();
	assert_int_equal(mkdir(in_dir("tree"), 0755), 0);
	assert_int_equal(mkdir(in_dir("tree/a"), 0755), 0);
	assert_int_equal(mkdir(in_dir("tree/a/b"), 0755), 0);
	put_text("tree/a/b/x.txt", "xxxx");
	put_text("tree/a/y.txt", "yyyy");
	put_text("tree/z.txt", "zzzz");
	assert_int_equal(symlink("z.txt", in_dir("tree/link")), 0);
}

static void a_removed_directory_takes_all_below_along(void **state)
{
	(void)state;
	static const char *const top[] = {"link", "z.txt"};
	make_small_tree();
	struct corpus *corpus = damaged_source("tree:tree", "[{path: a, remove: true}, {path: z.txt, zero: 1..2}]");
	struct corpus_damaged list;
	struct corpus_names names;
	struct corpus_stat st;
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_int_equal(corpus_list(corpus, "a", &names), -ENOENT);
	assert_int_equal(corpus_list(corpus, "a/b", &names), -ENOENT);
	assert_int_equal(corpus_stat(corpus, "a/b/x.txt", &st), -ENOENT);
	assert_string_equal(corpus_truth(corpus, "a"), "remove");
	assert_int_equal(corpus_damaged(corpus, &list), 0);
	assert_int_equal(list.files.count, 3);
	assert_string_equal(list.files.at[0].path, "a/b/x.txt");
	assert_string_equal(list.files.at[1].path, "a/y.txt");
	assert_string_equal(list.files.at[1].damage, "remove");
	assert_string_equal(list.files.at[2].path, "z.txt");
	assert_content(corpus, "z.txt", "z\0zz", 4);
	corpus_damaged_free(&list);
	corpus_close(corpus);
}

static void links_can_only_be_removed(void **state)
{
	(void)state;
	static const char *const top[] = {"a", "z.txt"};
	char target[16];
	make_small_tree();
	struct corpus *corpus = damaged_source("tree:tree", "[{path: '**', empty: true}]");
	assert_null(corpus_truth(corpus, "link"));
	assert_null(corpus_truth(corpus, "a"));
	assert_int_equal(corpus_readlink(corpus, "link", target, sizeof target), 0);
	assert_int_equal(size_of(corpus, "a/b/x.txt"), 0);
	corpus_close(corpus);
	corpus = damaged_source("tree:tree", "[{path: link, remove: true}]");
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_int_equal(corpus_readlink(corpus, "link", target, sizeof target), -ENOENT);
	corpus_close(corpus);
}

/* ---- mistakes ---- */

static void assert_damage_refused(const char *damage, const char *words)
{
	char text[2000];
	snprintf(text, sizeof text, "{version: 1, source: 'ct-tiny:slices=4', damage: %s}", damage);
	put_text("bad.yaml", text);
	assert_refused(in_dir("bad.yaml"), EINVAL, words);
}

static void bad_damage_is_refused(void **state)
{
	(void)state;
	assert_damage_refused("some", "or none");
	assert_damage_refused("{path: x, empty: true}", "takes a list");
	assert_damage_refused("[x]", "a damage must be a mapping");
	assert_damage_refused("[{path: x}]", "what is wrong with the file?");
	assert_damage_refused("[{empty: true}]", "the damage has no 'path'");
	assert_damage_refused("[{path: /x, empty: true}]", "bad path pattern: starts with '/'");
	assert_damage_refused("[{path: [x], empty: true}]", "a single value is wanted");
	assert_damage_refused("[{path: '*', garbge: true}]", "did you mean 'garbage'?");
	assert_damage_refused("[{path: '*', empty: true, garbage: true}]", "this entry has 'empty' and 'garbage'");
	assert_damage_refused("[{path: '*', empty: false}]", "does nothing");
	assert_damage_refused("[{path: '*', empty: 3}]", "neither true nor false");
	assert_damage_refused("[{path: '*', truncate: 100%}]", "does nothing");
	assert_damage_refused("[{path: '*', truncate: 101%}]", "out of range");
	assert_damage_refused("[{path: '*', truncate: -1}]", "is not a size");
	assert_damage_refused("[{path: '*', text: ''}]", "empty");
	assert_damage_refused("[{path: '*', zero: 5..5}]", "is not a range");
	assert_damage_refused("[{path: '*', flip: {every: 3}}]", "has no 'in'");
	assert_damage_refused("[{path: '*', flip: {in: 0.., every: 0}}]", "1 byte at least");
}

static void damage_that_strikes_nothing_is_refused(void **state)
{
	(void)state;
	assert_damage_refused("[{path: '*9.png', empty: true}]", "the damage of '*9.png' changes no file");
	assert_damage_refused("[{path: '*', zero: 9000..}]", "changes no file");
	assert_damage_refused("[{path: '*', truncate: 1MiB}]", "changes no file");
	assert_damage_refused("[{path: '*1.png', empty: true}, {path: '*', garbage: true}]", "'*1.png' changes no file");
	assert_refused("ct-holes:slices=4", EINVAL, "damage=none");
}

#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, test_dir_make, test_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_DIR(truncate_cuts_at_bytes_or_a_portion),
		IN_DIR(empty_leaves_a_name_without_bytes),
		IN_DIR(garbage_has_the_size_but_not_the_bytes),
		IN_DIR(text_replaces_all_even_where_it_is_longer),
		IN_DIR(zero_blanks_a_range),
		IN_DIR(flip_changes_one_bit_in_the_range),
		IN_DIR(flip_changes_one_bit_in_every_block),
		IN_DIR(flip_of_endless_blocks_ends),
		IN_DIR(remove_takes_the_name_away),
		IN_DIR(everything_can_be_removed_but_the_root),
		IN_DIR(the_last_entry_that_matches_counts),
		IN_DIR(damage_of_several_specs_adds_up),
		IN_DIR(equal_damage_of_two_files_differs),
		IN_DIR(a_removed_directory_takes_all_below_along),
		IN_DIR(links_can_only_be_removed),
		IN_DIR(bad_damage_is_refused),
		IN_DIR(damage_that_strikes_nothing_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

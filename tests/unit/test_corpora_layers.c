/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Corpora that lie over each other: who wins, what is listed, whose damage is seen. */
#include "test_corpora.h"

#include "base/attr.h"
#include "base/buf.h"
#include "base/jsonw.h"

#include <sys/xattr.h>

/* A spec file of this body. */
static struct corpus *laid(const char *body)
{
	char text[4000];
	snprintf(text, sizeof text, "version: 1\n%s\n", body);
	put_text("layers.yaml", text);
	return opened(in_dir("layers.yaml"));
}

static struct corpus *again(const char *parameters)
{
	char source[100];
	snprintf(source, sizeof source, "layers.yaml:%s", parameters);
	return opened(source_in_dir("", source));
}

/* The size of the file that wins, or what stat says else. */
static int64_t won(const struct corpus *corpus, const char *path)
{
	struct corpus_stat st;
	int rc = corpus_stat(corpus, path, &st);
	return rc ? rc : S_ISDIR(st.mode) ? 1000 : (int64_t)st.size;
}

/* ---- who wins ---- */

static void the_upper_hides_the_lower(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n"
				     "- files: [{path: a, text: lower}, {path: d/x, text: lower}, {path: e/x, text: lower}, {path: f, text: lower},"
				     " {path: g/y, text: lower}]\n"
				     "- files: [{path: a, text: up}, {path: d/y, text: up}, {path: e, text: up}, {path: f/x, text: up}, {path: g, link: d}]\n");
	static const char *const top[] = {"a", "d", "e", "f", "g"}, *const both[] = {"x", "y"}, *const one[] = {"x"};
	struct corpus_names names;
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_names(corpus, "d", both, 2);
	assert_names(corpus, "f", one, 1);
	assert_int_equal(corpus_list(corpus, "e", &names), -ENOTDIR);
	assert_content(corpus, "a", "up", 2);
	assert_content(corpus, "d/x", "lower", 5);
	assert_content(corpus, "d/y", "up", 2);
	assert_content(corpus, "e", "up", 2);
	assert_content(corpus, "f/x", "up", 2);
	assert_int_equal(won(corpus, "e/x"), -ENOENT);
	assert_int_equal(won(corpus, "g/y"), -ENOENT);
	assert_int_equal(won(corpus, "nothing"), -ENOENT);
	assert_int_equal(won(corpus, "d/x/nothing"), -ENOENT);
	corpus_close(corpus);
}

static void a_file_between_hides_all_below_it(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n"
				     "- files: [{path: p/low, text: low}]\n"
				     "- files: [{path: p, text: middle}]\n"
				     "- files: [{path: p/up, text: up}]\n");
	static const char *const names[] = {"up"};
	assert_names(corpus, "p", names, 1);
	assert_int_equal(won(corpus, "p/low"), -ENOENT);
	assert_int_equal(won(corpus, "p/up"), 2);
	corpus_close(corpus);
}

static void a_layer_may_lie_deeper(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n"
				     "- {at: x, files: [{path: f, text: low}, {path: y, text: hidden}]}\n"
				     "- {at: x/y/z, source: 'stack:slices=2,width=4,height=4'}\n"
				     "- {at: x/y2, source: 'stack:slices=1,width=4,height=4'}\n");
	static const char *const top[] = {"x"}, *const x[] = {"f", "y", "y2"}, *const y[] = {"z"},
				 *const z[] = {"slice_0000.png", "slice_0001.png"};
	struct corpus_file *file;
	char target[9];
	assert_names(corpus, ".", top, 1);
	assert_names(corpus, "x", x, COUNT_OF(x));
	assert_names(corpus, "x/y", y, 1);
	assert_names(corpus, "x/y/z", z, 2);
	assert_int_equal(won(corpus, "."), 1000);
	assert_int_equal(won(corpus, "x/y"), 1000);
	assert_int_equal(won(corpus, "x/yy"), -ENOENT);
	assert_int_equal(corpus_file_open(corpus, "x/y", &file), -EISDIR);
	assert_int_equal(corpus_readlink(corpus, "x/y", target, sizeof target), -EINVAL);
	assert_parts_equal_whole(corpus, "x/y/z/slice_0001.png", 50);
	corpus_close(corpus);
}

static void many_names_merge(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n"
				     "- source: 'stack:slices=3000,width=8,height=8'\n"
				     "- source: 'stack:slices=2000,first=2000,width=4,height=4'\n");
	struct corpus_names list;
	uint64_t small = size_of(corpus, "slice_2000.png");
	assert_true(size_of(corpus, "slice_1999.png") > small);
	assert_int_equal(size_of(corpus, "slice_3999.png"), small);
	assert_int_equal(corpus_list(corpus, ".", &list), 0);
	assert_int_equal(list.names.count, 4000);
	for (size_t i = 1; i < list.names.count; i++)
		assert_true(strcmp(list.names.at[i - 1].name, list.names.at[i].name) < 0);
	corpus_names_free(&list);
	corpus_close(corpus);
}

/* ---- inode numbers ---- */

static int by_number(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return left < right ? -1 : left > right;
}

static size_t numbers_below(const struct corpus *corpus, const char *dir, uint64_t *into)
{
	struct corpus_names list;
	struct corpus_stat st;
	size_t count = 0;
	assert_int_equal(corpus_list(corpus, dir, &list), 0);
	for (size_t i = 0; i < list.names.count; i++) {
		char path[PATH_MAX];
		snprintf(path, sizeof path, "%s%s%s", strcmp(dir, ".") ? dir : "", strcmp(dir, ".") ? "/" : "", list.names.at[i].name);
		assert_int_equal(corpus_stat(corpus, path, &st), 0);
		into[count++] = st.ino;
		if (S_ISDIR(st.mode))
			count += numbers_below(corpus, path, into + count);
	}
	corpus_names_free(&list);
	return count;
}

#define NESTED \
	"layers:\n" \
	"- {source: 'stack:slices=50,width=4,height=4', at: a/b}\n" \
	"- {at: a/c, layers: [{source: 'tone:files=50', at: a}, {source: 'tone:files=50', at: a/b}, {source: 'stack:slices=60,width=4,height=4'}]}\n" \
	"- {source: 'stack:slices=50,width=4,height=4', at: a/b/c/d/e}\n" \
	"- {at: a/b/c, files: [{path: d/f, text: x}, {path: q, directory: true}]}\n"

static void inode_numbers_are_unique_and_stay(void **state)
{
	(void)state;
	uint64_t first[1000], second[1000], sorted[1000];
	struct corpus *corpus = laid(NESTED);
	size_t count = numbers_below(corpus, ".", first);
	corpus_close(corpus);
	corpus = laid(NESTED);
	assert_int_equal(numbers_below(corpus, ".", second), count);
	corpus_close(corpus);
	assert_memory_equal(first, second, count * sizeof *first);
	memcpy(sorted, first, count * sizeof *first);
	qsort(sorted, count, sizeof *sorted, by_number);
	assert_int_equal(count, 50 + 50 + 50 + 60 + 50 + 2 + 9 - 1);
	for (size_t i = 1; i < count; i++)
		assert_true(sorted[i - 1] < sorted[i]);
}

/* ---- seeds ---- */

static uint64_t hash_of(const struct corpus *corpus, const char *path)
{
	size_t size;
	unsigned char *bytes = whole_file(corpus, path, &size);
	uint64_t hash = draw_hash(bytes, size);
	free(bytes);
	return hash;
}

static void a_seed_goes_to_those_without_one(void **state)
{
	(void)state;
	struct corpus *corpus = laid("seed: 7\nlayers:\n"
				     "- {source: 'stack:slices=2,width=20,height=20', at: a}\n"
				     "- {source: 'stack:slices=2,width=20,height=20', at: b, seed: 5}\n"
				     "- {source: 'stack:slices=2,width=20,height=20,seed=5', at: c}\n"
				     "- {at: d, layers: [{source: 'stack:slices=2,width=20,height=20'}]}\n");
	struct corpus *seven = opened("stack:slices=2,width=20,height=20,seed=7"), *five = opened("stack:slices=2,width=20,height=20,seed=5"),
		      *nine = opened("stack:slices=2,width=20,height=20,seed=9"), *other = again("seed=9");
	uint64_t of_five = hash_of(five, "slice_0001.png");
	assert_true(hash_of(corpus, "a/slice_0001.png") == hash_of(seven, "slice_0001.png"));
	assert_true(hash_of(corpus, "d/slice_0001.png") == hash_of(seven, "slice_0001.png"));
	assert_true(hash_of(corpus, "b/slice_0001.png") == of_five);
	assert_true(hash_of(corpus, "c/slice_0001.png") == of_five);
	assert_true(hash_of(other, "a/slice_0001.png") == hash_of(nine, "slice_0001.png"));
	assert_true(hash_of(other, "d/slice_0001.png") == hash_of(nine, "slice_0001.png"));
	assert_true(hash_of(other, "b/slice_0001.png") == of_five);
	corpus_close(corpus);
	corpus_close(seven);
	corpus_close(five);
	corpus_close(nine);
	corpus_close(other);
}

/* ---- damage ---- */

#define WOUNDED \
	"layers:\n" \
	"- {source: 'ct-bad-one', at: a}\n" \
	"- {source: 'ct-holes', at: b}\n" \
	"- {at: a, files: [{path: slice_0000.png, text: words}, {path: slice_0001.png, text: more}],\n" \
	"   damage: [{path: slice_0001.png, truncate: 1}]}\n" \
	"- {at: a, files: [{path: gone, text: x}], damage: [{path: gone, remove: true}]}\n"

static void assert_damaged(const struct corpus *corpus, const char *const (*want)[2], size_t count)
{
	struct corpus_damaged list;
	assert_int_equal(corpus_damaged(corpus, &list), 0);
	assert_int_equal(list.files.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(list.files.at[i].path, want[i][0]);
		assert_string_equal(list.files.at[i].damage, want[i][1]);
		assert_string_equal(corpus_truth(corpus, want[i][0]), want[i][1]);
	}
	corpus_damaged_free(&list);
}

static void assert_class(const struct corpus *corpus, const char *path, const char *want)
{
	const char *class;
	assert_int_equal(corpus_class(corpus, path, &class), 0);
	assert_string_equal(class, want);
}

static void damage_inside_a_layer_is_told(void **state)
{
	(void)state;
	static const char *const want[][2] = {
		{"a/gone", "remove"}, {"a/slice_0001.png", "truncate"}, {"a/slice_0003.png", "garbage"}, {"b/slice_0004.png", "remove"}};
	struct corpus *corpus = laid(WOUNDED);
	struct corpus_file *file;
	assert_damaged(corpus, want, COUNT_OF(want));
	assert_non_null(strstr(corpus_title(corpus), ", seed 1; 4 of 17 files damaged"));
	assert_class(corpus, "a/slice_0003.png", "refuse");
	assert_class(corpus, "a/slice_0001.png", "warn");
	assert_class(corpus, "a/slice_0000.png", "whole");
	assert_null(corpus_truth(corpus, "a/slice_0000.png"));
	assert_null(corpus_truth(corpus, "b"));
	assert_null(corpus_truth(corpus, "a/../a"));
	assert_content(corpus, "a/slice_0001.png", "m", 1);
	assert_int_equal(won(corpus, "b/slice_0004.png"), -ENOENT);
	assert_int_equal(corpus_file_open(corpus, "a/slice_0003.png", &file), 0);
	assert_true(corpus_file_is_damaged(file));
	corpus_file_close(file);
	assert_int_equal(corpus_file_open(corpus, "a/slice_0004.png", &file), 0);
	assert_false(corpus_file_is_damaged(file));
	corpus_file_close(file);
	corpus_close(corpus);
}

static void what_is_hidden_is_not_damaged(void **state)
{
	(void)state;
	static const char *const want[][2] = {{"slice_0005.png", "remove"}};
	struct corpus *corpus = laid("layers:\n"
				     "- source: ct-bad-one\n" /* 3 */
				     "- source: ct-holes\n"   /* 4, which the lowest has */
				     "- {source: 'ct-tiny:slices=9', damage: [{path: '*_0005.png', remove: true}]}\n"
				     "- {files: [{path: slice_0003.png, text: new}]}\n"
				     "damage: [{path: '*_0005.png', remove: true}]\n");
	assert_damaged(corpus, want, 1);
	assert_content(corpus, "slice_0003.png", "new", 3);
	corpus_close(corpus);
}

static void damage_lies_over_layers_too(void **state)
{
	(void)state;
	static const char *const want[][2] = {
		{"a/gone", "remove"},		  {"a/slice_0001.png", "truncate"}, {"a/slice_0003.png", "text"},
		{"b/slice_0000.png", "remove"}, {"b/slice_0001.png", "remove"},	  {"b/slice_0002.png", "remove"},
		{"b/slice_0003.png", "remove"}, {"b/slice_0004.png", "remove"},	  {"b/slice_0005.png", "remove"},
		{"b/slice_0006.png", "remove"}, {"b/slice_0007.png", "remove"}};
	struct corpus *corpus = laid(WOUNDED "damage: [{path: a/slice_0003.png, text: over}, {path: b, remove: true}]");
	static const char *const top[] = {"a"};
	assert_damaged(corpus, want, COUNT_OF(want));
	assert_names(corpus, ".", top, 1);
	assert_content(corpus, "a/slice_0003.png", "over", 4);
	assert_class(corpus, "a/slice_0003.png", "refuse");
	assert_int_equal(won(corpus, "b/slice_0000.png"), -ENOENT);
	corpus_close(corpus);
}

static void pristine_reaches_the_layers(void **state)
{
	(void)state;
	char want[PATH_MAX + 40];
	struct corpus *corpus = laid(WOUNDED "damage: [{path: a/slice_0002.png, empty: true}]");
	snprintf(want, sizeof want, "%s:damage=none", in_dir("layers.yaml"));
	assert_string_equal(corpus_pristine(corpus), want);
	struct corpus *pristine = opened(corpus_pristine(corpus));
	assert_damaged(pristine, NULL, 0);
	assert_string_equal(corpus_pristine(pristine), want);
	assert_content(pristine, "a/slice_0001.png", "more", 4);
	assert_true(won(pristine, "a/slice_0002.png") > 0);
	assert_true(won(pristine, "b/slice_0004.png") > 0);
	corpus_close(pristine);
	corpus_close(corpus);
	corpus = laid(WOUNDED);
	assert_string_equal(corpus_pristine(corpus), want);
	corpus_close(corpus);
	corpus = laid(WOUNDED "damage: none");
	assert_string_equal(corpus_pristine(corpus), in_dir("layers.yaml"));
	assert_damaged(corpus, NULL, 0);
	corpus_close(corpus);
}

/* A profile of layers below another: nothing of its damage is lost. */
static void damage_comes_through_nested_specs(void **state)
{
	(void)state;
	static const char *const want[][2] = {{"top/a/gone", "remove"},
					      {"top/a/slice_0001.png", "truncate"},
					      {"top/a/slice_0003.png", "garbage"},
					      {"top/b/slice_0004.png", "remove"}};
	corpus_close(laid(WOUNDED));
	put_text("outer.yaml", "version: 1\nlayers: [{source: ct-tiny}, {source: ./layers.yaml, at: top}]\n");
	struct corpus *corpus = opened(in_dir("outer.yaml")), *pristine = opened(corpus_pristine(corpus));
	assert_damaged(corpus, want, COUNT_OF(want));
	assert_damaged(pristine, NULL, 0);
	corpus_close(pristine);
	corpus_close(corpus);
}

/* Every kind of spec can be a layer, and stand on layers. */
static void variants_are_layers_and_stand_on_them(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n"
				     "- {source: 'ct-tiny:slices=1', at: cut, variants: {of: slice_0000.png, each: truncate, in: 0..50, step: 10}}\n"
				     "- {files: [{path: words, text: 'abc'}]}\n");
	static const char *const top[] = {"cut", "words"};
	struct corpus *pristine = opened(corpus_pristine(corpus));
	assert_names(corpus, ".", top, 2);
	assert_int_equal(won(corpus, "cut/slice_0000-0000020.png"), 20);
	assert_string_equal(corpus_truth(corpus, "cut/slice_0000-0000020.png"), "truncate");
	assert_null(corpus_truth(corpus, "words"));
	assert_damaged(pristine, NULL, 0);
	assert_true(won(pristine, "cut/slice_0000-0000020.png") > 50);
	corpus_close(pristine);
	corpus_close(corpus);
	corpus = laid("layers:\n- {at: d, files: [{path: f, text: 'abc'}]}\nvariants: {of: d/f, each: flip}\n");
	pristine = opened(corpus_pristine(corpus));
	assert_content(corpus, "f-0000008", "acc", 3);
	assert_content(pristine, "f-0000008", "abc", 3);
	corpus_close(pristine);
	corpus_close(corpus);
}

/* ---- what is handed through ---- */

static void facts_are_handed_through(void **state)
{
	(void)state;
	struct corpus *corpus = laid("layers:\n- {source: audio-tiny, at: a}\n- {at: l, files: [{path: out, link: /etc/passwd}]}\n");
	struct buf told = {0};
	struct jsonw to = jsonw_to(&told);
	char target[100];
	jsonw_object(&to);
	corpus_tell(corpus, "a/track_001.wav", &to);
	corpus_tell(corpus, "a", &to);
	corpus_tell(corpus, "nothing", &to);
	jsonw_close(&to);
	assert_non_null(strstr(buf_string(&told), "\"bpm\":"));
	buf_free(&told);
	assert_int_equal(corpus_readlink(corpus, "l/out", target, sizeof target), 0);
	assert_string_equal(target, "/etc/passwd");
	assert_int_equal(corpus_readlink(corpus, "l/none", target, sizeof target), -ENOENT);
	assert_null(corpus_place(corpus, 0));
	corpus_close(corpus);
}

static void trees_are_handed_through(void **state)
{
	(void)state;
	need_trees();
	assert_int_equal(mkdir(in_dir("one"), 0755), 0);
	assert_int_equal(mkdir(in_dir("two"), 0755), 0);
	assert_int_equal(mkdir(in_dir("one/d"), 0755), 0);
	assert_int_equal(mkdir(in_dir("two/d"), 0755), 0);
	put_text("one/f", "one");
	put_text("two/f", "two!");
	put_text("one/d/x", "one");
	put_text("two/d/y", "two!");
	assert_int_equal(symlink("d", in_dir("one/link")), 0);
	bool attributes = setxattr(in_dir("two/f"), "user.colour", "red", 3, 0) == 0;
	struct corpus *corpus = laid("layers: [{source: 'tree:one'}, {source: 'tree:two'}, {files: [{path: link/z, text: z}]}]");
	static const char *const top[] = {"d", "f", "link"}, *const d[] = {"x", "y"}, *const link[] = {"z"};
	struct corpus_file *file;
	char bytes[5] = "", value[10];
	assert_names(corpus, ".", top, COUNT_OF(top));
	assert_names(corpus, "d", d, 2);
	assert_names(corpus, "link", link, 1);
	assert_int_equal(won(corpus, "link/x"), -ENOENT); /* through the link of a lower layer */
	assert_int_equal(corpus_file_open(corpus, "f", &file), 0);
	assert_int_equal(pread(corpus_file_fd(file), bytes, 4, 0), 4);
	assert_string_equal(bytes, "two!");
	corpus_file_close(file);
	if (attributes)
		assert_int_equal(corpus_getxattr(corpus, "f", "user.colour", value, sizeof value), 3);
	assert_int_equal(corpus_getxattr(corpus, "link/z", "user.colour", value, sizeof value), -EOPNOTSUPP);
	assert_string_equal(strrchr(corpus_place(corpus, 0), '/'), "/one");
	assert_string_equal(strrchr(corpus_place(corpus, 1), '/'), "/two");
	assert_null(corpus_place(corpus, 2));
	corpus_close(corpus);
}

/* ---- what is refused ---- */

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *body, *words;
		int code;
	} bad[] = {
		{"layers: [{source: ct-tiny, at: ../x}]", "no '..'", EINVAL},
		{"layers: [{source: ct-tiny, at: /x}]", "lies 'at' a directory", EINVAL},
		{"layers: [{source: ct-tiny, at: x/}]", "lies 'at' a directory", EINVAL},
		{"layers: [{source: ct-tiny, at: ''}]", "lies 'at' a directory", EINVAL},
		{"layers: []", "takes a list", EINVAL},
		{"layers: ct-tiny", "takes a list", EINVAL},
		{"layers: [ct-tiny]", "a layer is a mapping", EINVAL},
		{"layers: [{at: x}]", "no 'source'", EINVAL},
		{"layers: [{source: ct-tiny, title: x}]", "title", EINVAL},
		{"layers: [{source: ct-tiny, slices: 0}]", "out of range", EINVAL},
		{"layers: [{source: ct-tiny}]\nsource: ct-tiny", "make it a layer", EINVAL},
		{"layers: [{source: ct-tiny}]\nfiles: []", "make it a layer", EINVAL},
		{"layers: [{source: ct-tiny}]\nslices: 3", "slices", EINVAL},
		{"layers: [{source: ct-tiny}]\ndamage: [{path: nothing, empty: true}]", "changes no file", EINVAL},
		{"layers: [{source: ct-tiny, damage: [{path: nothing, empty: true}]}]", "changes no file", EINVAL},
		{"layers: [{source: 'tone:seconds=80000,rate=192000'}]", "more than the 4 GiB", EINVAL},
		{"layers: [{source: ct-tny}]", "ct-tny", ENOENT},
		{"layers: [{source: bad.yaml}]", "a circle?", ELOOP},
		{"layers: [{source: bad.yaml}, {source: bad.yaml}, {source: bad.yaml}]", "a circle?", ELOOP},
		{"layers: [{layers: [{layers: [{layers: [{layers: [{layers: [{layers: [{layers: [{source: stack}]}]}]}]}]}]}]}]",
		 "more than 8", EINVAL},
		{"title: nothing", "no 'source'", EINVAL},
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		char text[1000];
		snprintf(text, sizeof text, "version: 1\n%s\n", bad[i].body);
		put_text("bad.yaml", text);
		assert_refused(in_dir("bad.yaml"), bad[i].code, bad[i].words);
	}
}

static void write_layers(const char *name, const char *layer, size_t count)
{
	FILE *file = fopen(in_dir(name), "w");
	assert_non_null(file);
	fputs("version: 1\nlayers:\n", file);
	for (size_t i = 0; i < count; i++)
		fprintf(file, "- %s\n", layer);
	assert_int_equal(fclose(file), 0);
}

static void layers_without_end_are_refused(void **state)
{
	(void)state;
	write_layers("many.yaml", "{files: []}", 100000);
	assert_refused(in_dir("many.yaml"), EINVAL, "more than 100 layers");
	write_layers("many.yaml", "{files: []}", 1000000);
	assert_refused(in_dir("many.yaml"), EFBIG, "many.yaml");
	write_layers("d.yaml", "{files: []}", 20);
	write_layers("c.yaml", "{source: d.yaml}", 20);
	write_layers("b.yaml", "{source: c.yaml}", 20);
	assert_refused(in_dir("b.yaml"), EINVAL, "more than 100 layers"); /* 8000, of which a few are read */
	write_layers("most.yaml", "{files: [{path: a, text: x}]}", 100);
	corpus_close(opened(in_dir("most.yaml")));
}

int main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, test_dir_make, test_dir_remove)
	const struct CMUnitTest tests[] = {
		IN_DIR(the_upper_hides_the_lower),
		IN_DIR(a_file_between_hides_all_below_it),
		IN_DIR(a_layer_may_lie_deeper),
		IN_DIR(many_names_merge),
		IN_DIR(inode_numbers_are_unique_and_stay),
		IN_DIR(a_seed_goes_to_those_without_one),
		IN_DIR(damage_inside_a_layer_is_told),
		IN_DIR(what_is_hidden_is_not_damaged),
		IN_DIR(damage_lies_over_layers_too),
		IN_DIR(pristine_reaches_the_layers),
		IN_DIR(damage_comes_through_nested_specs),
		IN_DIR(variants_are_layers_and_stand_on_them),
		IN_DIR(facts_are_handed_through),
		IN_DIR(trees_are_handed_through),
		IN_DIR(what_is_wrong_is_refused),
		IN_DIR(layers_without_end_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

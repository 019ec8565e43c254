/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Sources, parameters, names and bytes of corpora, seen from above. */
#include "test_corpora.h"

#include "base/places.h"

#include <pthread.h>

/* ---- every profile ---- */

static bool is_huge(const char *profile)
{
	return strstr(profile, "large") != NULL;
}

static void check_files(const struct corpus *corpus)
{
	struct corpus_names list;
	size_t size;
	assert_int_equal(corpus_list(corpus, ".", &list), 0);
	for (size_t i = 0; i < list.names.count && i < 5; i++) {
		if (list.names.at[i].type == S_IFREG)
			free(whole_file(corpus, list.names.at[i].name, &size));
	}
	corpus_names_free(&list);
}

static void every_profile_opens_and_is_as_large_as_it_says(void **state)
{
	(void)state;
	struct places_names profiles;
	assert_int_equal(places_list(PLACE_SPECS, &profiles, NULL), 0);
	assert_true(profiles.names.count >= 21);
	for (size_t i = 0; i < profiles.names.count; i++) {
		struct corpus *corpus = opened(profiles.names.at[i]);
		assert_non_null(corpus_about(corpus));
		if (!strstr(corpus_title(corpus), "written out")) /* nothing is drawn there */
			assert_non_null(strstr(corpus_title(corpus), ", seed 1"));
		if (!is_huge(profiles.names.at[i]))
			check_files(corpus);
		corpus_close(corpus);
	}
	places_names_free(&profiles);
}

static void pristine_is_the_same_corpus_without_its_damage(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"ct-tiny", "ct-tiny"},
		{"ct-tiny:seed=3", "ct-tiny:seed=3"},
		{"stack:slices=2", "stack:slices=2"},
		{"ct-holes", "ct-holes:damage=none"},
		{"ct-holes:seed=3", "ct-holes:seed=3,damage=none"},
		{"ct-holes:damage=none", "ct-holes:damage=none"},
		{"lm-tiny:seed=3", "lm-tiny:seed=3"},
		{"lm-malformed", "lm-malformed:damage=none"},
		{"config-damaged", "config-damaged:damage=none"},
	};
	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		struct corpus *corpus = opened(pairs[i][0]), *pristine = opened(pairs[i][1]);
		struct corpus_damaged damaged;
		assert_string_equal(corpus_pristine(corpus), pairs[i][1]);
		assert_string_equal(corpus_pristine(pristine), pairs[i][1]);
		assert_int_equal(corpus_damaged(pristine, &damaged), 0);
		assert_int_equal(damaged.files.count, 0);
		corpus_close(corpus);
		corpus_close(pristine);
	}
}

/* ---- content ---- */

/* Stored results of other people depend on these bytes. A change here is a new major version of the corpora. */
static void content_never_changes(void **state)
{
	(void)state;
	static const struct {
		const char *source;
		uint64_t digest;
	} known[] = {
		{"ct-tiny", UINT64_C(0x01c70da4021b3245)},
		{"ct-tiny-8bit", UINT64_C(0x3154a1fa3978c04e)},
		{"ct-small", UINT64_C(0x98c68df667dde9e5)},
		{"ct-tiny:seed=2,width=33,height=17,slices=3", UINT64_C(0xfe89dec7610bbce2)},
		{"ct-tiny:seed=2,width=33,height=17,slices=3,bits=8", UINT64_C(0x9ec7b4df956999e3)},
		{"ct-bad-alternate", UINT64_C(0x9b496645e6136eb4)},
		{"audio-tiny", UINT64_C(0xf57b432ba1527d6d)},
		{"audio-tiny:channels=2,rate=48000,bpm=99,seconds=1", UINT64_C(0x3d7ed3c6626668be)},
		{"landmarks:files=2,dimensions=3,groups=3,missing=10%", UINT64_C(0x7699b74df47c3fd1)},
		{"landmarks:format=x1y1,seed=5,modes=5", UINT64_C(0xbee8f1012205d357)},
		{"lm-1000x10", UINT64_C(0x761282a013718acd)},
		{"lm-sentinel", UINT64_C(0xc2042782a8448340)},
		{"text-mixed-encoding", UINT64_C(0xfa0699bc89b798dd)},
		{"pkg-hostile", UINT64_C(0x2ef938c6e97a5cea)},
		{"audio-corrupt", UINT64_C(0x2dd0609d3bb80a55)},
	};
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		uint64_t digest = digest_of(known[i].source);
		if (digest != known[i].digest)
			fail_msg("%s: 0x%016llx, was 0x%016llx", known[i].source, (unsigned long long)digest,
				 (unsigned long long)known[i].digest);
	}
}

static void the_seed_changes_the_content(void **state)
{
	(void)state;
	assert_true(digest_of("ct-tiny:seed=1") == digest_of("ct-tiny"));
	assert_true(digest_of("ct-tiny:seed=2") != digest_of("ct-tiny"));
	assert_true(digest_of("audio-tiny:seed=2") != digest_of("audio-tiny"));
	assert_true(digest_of("ct-bad-one:seed=2") != digest_of("ct-bad-one"));
}

static void any_range_is_part_of_the_whole(void **state)
{
	(void)state;
	static const struct {
		const char *source, *path;
	} files[] = {
		{"ct-tiny", "slice_0002.png"},
		{"ct-small", "slice_0003.png"},
		{"stack:slices=3,width=4001,height=31", "slice_0001.png"},
		{"stack:slices=1,width=16384,height=5", "slice_0000.png"},
		{"stack:slices=1,width=1,height=1,bits=8", "slice_0000.png"},
		{"stack:slices=1,width=1,height=16384,bits=8", "slice_0000.png"},
		{"audio-tiny", "track_001.wav"},
		{"tone:seconds=1,channels=2", "track_004.wav"},
		{"audio-corrupt", "track_002.wav"},
		{"audio-corrupt", "track_003.wav"},
		{"audio-corrupt", "track_004.wav"},
		{"audio-corrupt", "track_005.wav"},
	};
	for (size_t i = 0; i < COUNT_OF(files); i++) {
		struct corpus *corpus = opened(files[i].source);
		assert_parts_equal_whole(corpus, files[i].path, 200);
		corpus_close(corpus);
	}
}

/* ---- names ---- */

static void names_are_listed_in_order(void **state)
{
	(void)state;
	struct corpus *corpus = opened("tone:files=3,first=98,digits=2,prefix=t");
	static const char *const names[] = {"t100.wav", "t98.wav", "t99.wav"};
	assert_names(corpus, ".", names, COUNT_OF(names));
	corpus_close(corpus);
}

static void only_the_names_that_are_listed_are_there(void **state)
{
	(void)state;
	struct corpus *corpus = opened("stack:slices=20,first=5");
	static const char *const missing[] = {"slice_0004.png",	 "slice_0025.png", "slice_5.png",	"slice_00005.png",
					      "slice_0005.PNG",	 "slice_0005",	   "slice_0005.png.png", "slice_+005.png",
					      "slice_0005.pngx", "x",		   "slice_",		"slice_0005.png/x",
					      "slice_99999999999999999999999.png"};
	struct corpus_stat st;
	struct corpus_file *file;
	assert_int_equal(corpus_stat(corpus, "slice_0005.png", &st), 0);
	assert_int_equal(corpus_stat(corpus, "slice_0024.png", &st), 0);
	for (size_t i = 0; i < COUNT_OF(missing); i++) {
		assert_int_equal(corpus_stat(corpus, missing[i], &st), -ENOENT);
		assert_int_equal(corpus_file_open(corpus, missing[i], &file), -ENOENT);
	}
	corpus_close(corpus);
}

static void paths_that_could_lead_elsewhere_are_refused(void **state)
{
	(void)state;
	struct corpus *corpus = opened("ct-tiny");
	static const char *const bad[] = {"", "/", "/etc", "..", "../x", "a/../b", "a/..", "./a", "a//b", "a/", "a/."};
	struct corpus_stat st;
	struct corpus_names names;
	struct corpus_file *file;
	char target[10];
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_int_equal(corpus_stat(corpus, bad[i], &st), -EINVAL);
		assert_int_equal(corpus_list(corpus, bad[i], &names), -EINVAL);
		assert_int_equal(corpus_file_open(corpus, bad[i], &file), -EINVAL);
		assert_int_equal(corpus_readlink(corpus, bad[i], target, sizeof target), -EINVAL);
		assert_null(corpus_truth(corpus, bad[i]));
	}
	corpus_close(corpus);
}

static void a_synthetic_corpus_is_one_directory_of_files(void **state)
{
	(void)state;
	struct corpus *corpus = opened("ct-tiny");
	struct corpus_stat root, st;
	struct corpus_names names;
	struct corpus_file *file;
	char text[10];
	assert_int_equal(corpus_stat(corpus, ".", &root), 0);
	assert_int_equal(root.mode, S_IFDIR | 0755);
	assert_int_equal(corpus_stat(corpus, "slice_0001.png", &st), 0);
	assert_int_equal(st.mode, S_IFREG | 0644);
	assert_int_equal(st.mtime, root.mtime);
	assert_int_equal(corpus_list(corpus, "slice_0001.png", &names), -ENOTDIR);
	assert_int_equal(corpus_list(corpus, "nothing", &names), -ENOENT);
	assert_int_equal(corpus_file_open(corpus, ".", &file), -EISDIR);
	assert_int_equal(corpus_readlink(corpus, "slice_0001.png", text, sizeof text), -EINVAL);
	assert_int_equal(corpus_getxattr(corpus, "slice_0001.png", "user.x", text, sizeof text), -EOPNOTSUPP);
	assert_int_equal(corpus_listxattr(corpus, "slice_0001.png", text, sizeof text), -EOPNOTSUPP);
	corpus_close(corpus);
}

static void inode_numbers_are_unique_and_stay(void **state)
{
	(void)state;
	struct corpus *one = opened("ct-tiny"), *two = opened("ct-tiny:seed=9");
	uint64_t last = 0;
	for (int i = -1; i < 8; i++) {
		char name[32] = ".";
		struct corpus_stat a, b;
		if (i >= 0)
			snprintf(name, sizeof name, "slice_%04d.png", i);
		assert_int_equal(corpus_stat(one, name, &a), 0);
		assert_int_equal(corpus_stat(two, name, &b), 0);
		assert_int_equal(a.ino, b.ino);
		assert_true(a.ino > last);
		last = a.ino;
	}
	corpus_close(one);
	corpus_close(two);
}

static void ten_million_files_cost_nothing(void **state)
{
	(void)state;
	struct corpus *corpus = opened("ct-tiny:slices=10000000,digits=8");
	size_t size;
	free(whole_file(corpus, "slice_09999999.png", &size));
	assert_int_equal(size, 8324);
	corpus_close(corpus);
}

/* ---- threads ---- */

static void *read_all(void *corpus)
{
	uint64_t *digest = calloc(1, sizeof *digest);
	for (int i = 0; digest && i < 10; i++) {
		char name[32];
		size_t size;
		snprintf(name, sizeof name, "slice_%04d.png", i);
		unsigned char *bytes = whole_file(corpus, name, &size);
		*digest ^= draw_hash(bytes, size) + (uint64_t)i;
		free(bytes);
	}
	return digest;
}

static void threads_read_the_same_bytes(void **state)
{
	(void)state;
	struct corpus *corpus = opened("ct-small");
	pthread_t threads[4];
	uint64_t *digests[4];
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, corpus), 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], (void **)&digests[i]);
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		assert_non_null(digests[i]);
		assert_true(*digests[i] == *digests[0]);
	}
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		free(digests[i]);
	corpus_close(corpus);
}

/* ---- source texts and parameters ---- */

static void parameters_change_what_they_name(void **state)
{
	(void)state;
	static const struct {
		const char *source, *title;
	} titles[] = {
		{"ct-tiny", "8 slices of 64x64, 16 bit, seed 1"},
		{"ct-tiny:slices=1", "1 slice of 64x64, 16 bit, seed 1"},
		{"ct-tiny:width=65,height=66,bits=8,seed=18446744073709551615",
		 "8 slices of 65x66, 8 bit, seed 18446744073709551615"},
		{"ct-bad-alternate", "5 slices of 100x100, 8 bit, seed 1; 2 of 5 files damaged"},
		{"ct-bad-alternate:slices=3", "3 slices of 100x100, 8 bit, seed 1; 1 of 3 files damaged"},
		{"audio-tiny:files=1,bpm=90,seconds=2,channels=2", "1 track of 2 s, 11025 Hz, stereo, 90 BPM, seed 1"},
		{"empty-dir", "8 slices of 64x64, 16 bit, seed 1; 8 of 8 files damaged"},
	};
	for (size_t i = 0; i < COUNT_OF(titles); i++) {
		struct corpus *corpus = opened(titles[i].source);
		assert_string_equal(corpus_title(corpus), titles[i].title);
		corpus_close(corpus);
	}
}

static void malformed_sources_are_refused(void **state)
{
	(void)state;
	assert_refused("", EINVAL, "no corpus is named");
	assert_refused(":slices=3", EINVAL, "no corpus is named");
	assert_refused("tree:", EINVAL, "needs a path");
	assert_refused("pack:", EINVAL, "needs a path");
	assert_refused("ct-smal", ENOENT, "did you mean 'ct-small'?");
	assert_refused("zip:x.zip", ENOENT, "unknown corpus profile 'zip'");
	assert_refused("/nowhere/at-all.yaml", ENOENT, "/nowhere/at-all.yaml: cannot be read");
	assert_refused("ct-small:", EINVAL, "not of the form key=value");
	assert_refused("ct-small:slices", EINVAL, "'slices' is not of the form key=value");
	assert_refused("ct-small:slices=", EINVAL, "'slices=' is not of the form key=value");
	assert_refused("ct-small:=3", EINVAL, "'=3' is not of the form key=value");
	assert_refused("ct-small:slices=3,,seed=1", EINVAL, "'' is not of the form key=value");
	assert_refused("ct-small:slices=3,slices=4", EINVAL, "'slices' stands here twice");
}

static void bad_parameters_are_refused(void **state)
{
	(void)state;
	assert_refused("ct-small:slces=3", EINVAL, "unknown key 'slces' in a stack (did you mean 'slices'?)");
	assert_refused("ct-small:files=3", EINVAL, "unknown key 'files' in a stack");
	assert_refused("audio-small:slices=3", EINVAL, "unknown key 'slices' in a tone");
	assert_refused("ct-small:version=1", EINVAL, "unknown key 'version'");
	assert_refused("ct-small:slices=0", EINVAL, "0 is out of range: from 1 to 10000000 is possible");
	assert_refused("ct-small:slices=1000000000000", EINVAL, "out of range");
	assert_refused("ct-small:slices=99999999999999999999999", EINVAL, "out of range");
	assert_refused("ct-small:slices=-5", EINVAL, "'-5' is not a whole number");
	assert_refused("ct-small:slices=1e3", EINVAL, "'1e3' is not a whole number");
	assert_refused("ct-small:width=16385", EINVAL, "16385 is out of range: from 1 to 16384 is possible");
	assert_refused("ct-small:bits=12", EINVAL, "8 or 16 bits, not 12");
	assert_refused("ct-small:digits=21", EINVAL, "out of range");
	assert_refused("ct-small:first=1000000000001", EINVAL, "out of range");
	assert_refused("stack:prefix=0123456789012345678901234567890123456789012345678901234567890123456789", EINVAL,
		       "a prefix has at most 64 characters");
	assert_refused("audio-small:bpm=19", EINVAL, "19 beats a minute are too few");
	assert_refused("audio-small:bpm=401", EINVAL, "out of range");
	assert_refused("audio-small:channels=9", EINVAL, "out of range");
	assert_refused("audio-small:rate=100", EINVAL, "out of range");
	assert_refused("tone:seconds=86400,rate=192000,channels=2", EINVAL, "more than the 4 GiB of a WAV file");
	assert_refused("ct-small:damage=some", EINVAL, "or none");
}

static void the_largest_parameters_work(void **state)
{
	(void)state;
	struct corpus *corpus = opened("stack:slices=10000000,width=16384,height=16384,first=1000000000000,digits=20");
	struct corpus_file *file;
	unsigned char bytes[64];
	assert_int_equal(corpus_file_open(corpus, "slice_00000001000000000000.png", &file), 0);
	assert_int_equal(corpus_file_read(file, bytes, sizeof bytes, 300000000), sizeof bytes);
	corpus_file_close(file);
	corpus_close(corpus);
	corpus = opened("tone:seconds=22369,rate=48000,channels=2");
	assert_int_equal(size_of(corpus, "track_000.wav"), 44 + UINT64_C(22369) * 48000 * 4);
	corpus_close(corpus);
}

/* ---- spec files ---- */

static void a_spec_of_the_user_may_stand_on_others(void **state)
{
	(void)state;
	put_text("inner.yaml", "{version: 1, title: inner, source: 'stack:width=10', slices: 4, height: 20}");
	put_text("outer.yaml", "{version: 1, source: inner.yaml, slices: 3, seed: 8, damage: [{path: '*1.png', empty: true}]}");
	char source[PATH_MAX + 32];
	snprintf(source, sizeof source, "%s:height=21", in_dir("outer.yaml"));
	struct corpus *corpus = opened(source);
	assert_string_equal(corpus_title(corpus), "3 slices of 10x21, 16 bit, seed 8; 1 of 3 files damaged");
	assert_null(corpus_about(corpus));
	assert_int_equal(size_of(corpus, "slice_0001.png"), 0);
	corpus_close(corpus);
}

static void assert_spec_refused(const char *text, const char *words)
{
	put_text("bad.yaml", text);
	assert_refused(in_dir("bad.yaml"), EINVAL, words);
}

static void bad_specs_are_refused(void **state)
{
	(void)state;
	assert_spec_refused("", "is empty");
	assert_spec_refused("just words", "must be a mapping");
	assert_spec_refused("[1, 2]", "must be a mapping");
	assert_spec_refused("{version: 1}", "has no 'source'");
	assert_spec_refused("{source: stack}", "has no 'version'");
	assert_spec_refused("{version: 2, source: stack}", "version '2' is not known");
	assert_spec_refused("{version: 1, source: [stack]}", "a single value is wanted");
	assert_spec_refused("{version: 1, source: stack, slics: 3}", "did you mean 'slices'?");
	assert_spec_refused("{version: 1, source: stack, title: \"two\\nlines\"}", "a title is one line");
	assert_spec_refused("{version: 1, source: stack, seed: -1}", "not a whole number");
	assert_spec_refused("{version: 1, source: 'tree:.', slices: 3}", "unknown key 'slices' in a tree");
	assert_spec_refused("{version: 1, source: 'stack:', slices: 3}", "key=value");
	put_text("circle.yaml", "{version: 1, source: circle.yaml}");
	assert_refused(in_dir("circle.yaml"), ELOOP, "a circle?");
	assert_refused(in_dir("nothing.yaml"), ENOENT, "nothing.yaml: cannot be read");
	assert_refused(test_dir, EISDIR, "Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_profile_opens_and_is_as_large_as_it_says),
		cmocka_unit_test(pristine_is_the_same_corpus_without_its_damage),
		cmocka_unit_test(content_never_changes),
		cmocka_unit_test(the_seed_changes_the_content),
		cmocka_unit_test(any_range_is_part_of_the_whole),
		cmocka_unit_test(names_are_listed_in_order),
		cmocka_unit_test(only_the_names_that_are_listed_are_there),
		cmocka_unit_test(paths_that_could_lead_elsewhere_are_refused),
		cmocka_unit_test(a_synthetic_corpus_is_one_directory_of_files),
		cmocka_unit_test(inode_numbers_are_unique_and_stay),
		cmocka_unit_test(ten_million_files_cost_nothing),
		cmocka_unit_test(threads_read_the_same_bytes),
		cmocka_unit_test(parameters_change_what_they_name),
		cmocka_unit_test(malformed_sources_are_refused),
		cmocka_unit_test(bad_parameters_are_refused),
		cmocka_unit_test(the_largest_parameters_work),
		cmocka_unit_test_setup_teardown(a_spec_of_the_user_may_stand_on_others, test_dir_make, test_dir_remove),
		cmocka_unit_test_setup_teardown(bad_specs_are_refused, test_dir_make, test_dir_remove),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Damage that edits: patches against a naive model, and each kind and break on a file. */
#include "test_corpora.h"

#include "corpora/lesion.h"
#include "corpora/patch.h"

/* ---- patches ---- */

struct memory {
	const unsigned char *bytes;
	size_t size;
};

static ssize_t read_memory(void *of, void *bytes, size_t length, uint64_t offset)
{
	const struct memory *memory = of;
	size_t there = offset >= memory->size ? 0 : memory->size - (size_t)offset;
	if (length > there)
		length = there;
	if (length)
		memcpy(bytes, memory->bytes + offset, length);
	return (ssize_t)length;
}

#define SIZE 1000

/* The same edits, done to a buffer from the back to the front. */
static size_t naive(const struct patch *patch, const unsigned char *whole, const unsigned char *other, unsigned char *out)
{
	size_t size = SIZE;
	memcpy(out, whole, SIZE);
	for (size_t i = patch->edits.count; i-- > 0;) {
		const struct patch_edit *edit = &patch->edits.at[i];
		unsigned char new[SIZE];
		const size_t at = (size_t)edit->at, drop = (size_t)edit->drop, length = (size_t)edit->length;
		if (edit->with == PATCH_BYTES)
			memcpy(new, edit->bytes, length);
		else if (edit->with == PATCH_FILL)
			memset(new, edit->fill, length);
		else if (edit->with == PATCH_RANDOM)
			patch_random(patch->seed, patch->path, "damage: edit", new, length, edit->at);
		else
			memcpy(new, (edit->with == PATCH_SAME ? whole : other) + edit->from, length);
		memmove(out + at + length, out + at + drop, size - at - drop);
		memcpy(out + at, new, length);
		size = size - drop + length;
	}
	return size;
}

static struct patch *random_patch(uint64_t round)
{
	struct patch *patch = patch_new(SIZE, 7, round);
	assert_non_null(patch);
	uint64_t at = 0;
	for (uint64_t i = 0; at < SIZE && i < 8; i++) {
		uint64_t n = round * 100 + i * 10;
		at += drawn(1, n, 200);
		if (at > SIZE)
			break;
		uint64_t drop = drawn(2, n, SIZE - at + 1) / 4, length = drawn(3, n, 60);
		enum patch_with with = (enum patch_with)drawn(4, n, 5);
		if (with == PATCH_BYTES)
			assert_int_equal(patch_bytes(patch, at, drop, "0123456789012345678901234567890123456789012345678901234567890", length), 0);
		else
			assert_int_equal(patch_with(patch, at, drop, with, drawn(5, n, 200), length), 0);
		at += drop + 1;
	}
	int rc = patch_close(patch);
	assert_true(rc == 0 || rc == -ENOENT);
	return patch;
}

static void any_part_of_a_patched_file_is_as_in_a_naive_model(void **state)
{
	(void)state;
	unsigned char whole[SIZE], other[SIZE], wanted[4 * SIZE], got[4 * SIZE];
	for (size_t i = 0; i < SIZE; i++)
		whole[i] = (unsigned char)drawn(8, i, 256), other[i] = (unsigned char)drawn(9, i, 256);
	struct memory of_whole = {whole, SIZE}, of_other = {other, SIZE};
	const struct reader in = {read_memory, &of_whole, SIZE}, beside = {read_memory, &of_other, SIZE};
	for (uint64_t round = 0; round < 300; round++) {
		struct patch *patch = random_patch(round);
		size_t size = naive(patch, whole, other, wanted);
		assert_int_equal(patch->size, size);
		for (uint64_t i = 0; i < 20; i++) {
			uint64_t offset = drawn(6, round * 20 + i, size + 10);
			size_t length = (size_t)drawn(7, round * 20 + i, size + 10);
			size_t there = offset >= size ? 0 : length < size - offset ? length : size - (size_t)offset;
			assert_int_equal(patch_read(patch, &in, &beside, got, length, offset), there);
			assert_memory_equal(got, wanted + (there ? offset : 0), there);
		}
		patch_leave(patch);
	}
}

static void edits_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const uint64_t bad[][4] = {{0, 10, 5, 10}, {990, 20, 0, 0}, {1001, 0, 0, 0}, {UINT64_MAX, 1, 0, 0}, {5, UINT64_MAX, 0, 0}};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct patch *patch = patch_new(SIZE, 1, 1);
		assert_int_equal(patch_with(patch, bad[i][0], bad[i][1], PATCH_FILL, 0, 1), 0);
		assert_int_equal(patch_with(patch, bad[i][2], bad[i][3], PATCH_FILL, 0, 1), 0);
		assert_int_equal(patch_close(patch), -EINVAL);
		patch_leave(patch);
	}
	struct patch *patch = patch_new(SIZE, 1, 1);
	assert_int_equal(patch_close(patch), -ENOENT);
	assert_int_equal(patch_with(patch, 0, 0, PATCH_FILL, 0, UINT64_MAX), 0);
	assert_int_equal(patch_close(patch), -EFBIG);
	patch_leave(patch);
}

/* ---- kinds ---- */

static struct corpus *damaged(const char *source, const char *damage)
{
	char text[2000];
	snprintf(text, sizeof text, "{version: 1, source: '%s', damage: %s}", source, damage);
	put_text("edited.yaml", text);
	return opened(in_dir("edited.yaml"));
}

#define HIT "slice_0001.png"

static void kinds_that_edit_do_what_they_say(void **state)
{
	(void)state;
	size_t size, other_size, got;
	struct corpus *clean = opened("ct-tiny");
	unsigned char *whole = whole_file(clean, HIT, &size), *other = whole_file(clean, "slice_0002.png", &other_size);

	struct corpus *corpus = damaged("ct-tiny", "[{path: " HIT ", insert: {at: 100, bytes: 16}}]");
	unsigned char *bytes = whole_file(corpus, HIT, &got);
	assert_int_equal(got, size + 16);
	assert_memory_equal(bytes, whole, 100);
	assert_memory_equal(bytes + 116, whole + 100, size - 100);
	assert_parts_equal_whole(corpus, HIT, 100);
	free(bytes);
	corpus_close(corpus);

	corpus = damaged("ct-tiny", "[{path: " HIT ", delete: 100..300}]");
	bytes = whole_file(corpus, HIT, &got);
	assert_int_equal(got, size - 200);
	assert_memory_equal(bytes, whole, 100);
	assert_memory_equal(bytes + 100, whole + 300, size - 300);
	free(bytes);
	corpus_close(corpus);

	corpus = damaged("ct-tiny", "[{path: " HIT ", splice: {with: slice_0002.png, at: 50%}}]");
	bytes = whole_file(corpus, HIT, &got);
	assert_int_equal(got, other_size);
	assert_memory_equal(bytes, whole, size / 2);
	assert_memory_equal(bytes + size / 2, other + size / 2, other_size - size / 2);
	free(bytes);
	corpus_close(corpus);

	corpus = damaged("ct-tiny", "[{path: " HIT ", copy: slice_0002.png}]");
	assert_content(corpus, HIT, other, other_size);
	corpus_close(corpus);

	corpus = damaged("ct-tiny", "[{path: " HIT ", trailing: 100}]");
	bytes = whole_file(corpus, HIT, &got);
	assert_int_equal(got, size + 100);
	assert_memory_equal(bytes, whole, size);
	free(bytes);
	corpus_close(corpus);

	corpus = damaged("ct-tiny", "[{path: " HIT ", swap: 256}]");
	bytes = whole_file(corpus, HIT, &got);
	assert_int_equal(got, size);
	unsigned wrong = 0;
	for (size_t at = 0; at + 256 <= size; at += 256)
		wrong += memcmp(bytes + at, whole + at, 256) != 0;
	assert_int_equal(wrong, 2);
	free(bytes);
	corpus_close(corpus);

	free(whole);
	free(other);
	corpus_close(clean);
}

/* ---- structures ---- */

/* Nearest thing to each medium that can be had without generators of it. */
static const struct {
	enum medium medium;
	const char *source, *file;
} samples[] = {
	{MEDIUM_PNG, "ct-tiny", "slice_0000.png"},
	{MEDIUM_RIFF, "audio-tiny", "track_000.wav"},
};

static void every_break_strikes_and_every_byte_can_be_read_alone(void **state)
{
	(void)state;
	const struct lesion *lesion;
	unsigned struck = 0;
	for (size_t s = 0; s < sizeof samples / sizeof samples[0]; s++) {
		size_t size, got;
		struct corpus *clean = opened(samples[s].source);
		unsigned char *whole = whole_file(clean, samples[s].file, &size);
		for (size_t i = 0; (lesion = lesion_at(i)); i++) {
			char damage[200];
			bool needs_palette = strstr(lesion->name, "plte") || strstr(lesion->name, "palette");
			if (lesion->medium != samples[s].medium || needs_palette || !strcmp(lesion->name, "png-between"))
				continue;
			snprintf(damage, sizeof damage, "[{path: %s, break: %s}]", samples[s].file, lesion->name);
			struct corpus *corpus = damaged(samples[s].source, damage);
			unsigned char *bytes = whole_file(corpus, samples[s].file, &got);
			const char *class;
			assert_true(got != size || memcmp(bytes, whole, size) != 0);
			assert_string_equal(corpus_truth(corpus, samples[s].file), lesion->name);
			assert_int_equal(corpus_class(corpus, samples[s].file, &class), 0);
			assert_string_equal(class, truth_class_name(lesion->class));
			assert_parts_equal_whole(corpus, samples[s].file, 20);
			free(bytes);
			corpus_close(corpus);
			struck++;
		}
		free(whole);
		corpus_close(clean);
	}
	assert_true(struck > 40);
}

static void a_break_of_another_medium_is_refused(void **state)
{
	(void)state;
	put_text("a.yaml", "{version: 1, source: audio-tiny, damage: [{path: \"*\", break: png-adler}]}");
	assert_refused(in_dir("a.yaml"), EINVAL, "changes no file of this corpus");
	put_text("a.yaml", "{version: 1, source: ct-tiny, damage: [{path: \"*\", break: png-adlr}]}");
	assert_refused(in_dir("a.yaml"), EINVAL, "did you mean 'png-adler'?");
	put_text("a.yaml", "{version: 1, source: ct-tiny, damage: [{path: \"*\", copy: nothing.png}]}");
	assert_refused(in_dir("a.yaml"), EINVAL, "changes no file of this corpus");
	put_text("a.yaml", "{version: 1, source: ct-tiny, damage: [{path: \"*\", copy: ../../etc/passwd}]}");
	assert_refused(in_dir("a.yaml"), EINVAL, "changes no file of this corpus");
	put_text("a.yaml", "{version: 1, source: ct-tiny, damage: [{path: \"*\", insert: {at: 10, bytes: 0}}]}");
	assert_refused(in_dir("a.yaml"), EINVAL, "does nothing");
}

/* ---- classes ---- */

static void assert_class(const char *source, const char *file, const char *damage, const char *wanted)
{
	char text[200];
	const char *class;
	snprintf(text, sizeof text, "[{path: %s, %s}]", file, damage);
	struct corpus *corpus = damaged(source, text);
	assert_int_equal(corpus_class(corpus, file, &class), 0);
	if (strcmp(class, wanted) != 0)
		fail_msg("%s %s: wanted %s, got %s", file, damage, wanted, class);
	corpus_close(corpus);
}

static void classes_follow_what_guards_the_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *damage, *png, *wav;
	} cases[] = {
		{"empty: true", "refuse", "refuse"},
		{"garbage: true", "refuse", "refuse"},
		{"text: hello", "refuse", "refuse"},
		{"truncate: 20", "refuse", "refuse"},
		{"truncate: 50%", "refuse", "warn"},
		{"truncate: 8320", "warn", "warn"},
		{"flip: 0..4", "refuse", "refuse"},
		{"flip: 22..24", "refuse", "warn"},
		{"flip: 4000..", "refuse", "unseen"},
		{"zero: 2000..3000", "refuse", "unseen"},
		{"ones: 0..50", "refuse", "refuse"},
		{"insert: {at: 50%, bytes: 2}", "refuse", "warn"},
		{"delete: 1000..1002", "refuse", "warn"},
		{"trailing: 10", "warn", "warn"},
		{"copy: ../x", NULL, NULL},
	};
	for (size_t i = 0; cases[i].png; i++) {
		assert_class("ct-tiny", "slice_0001.png", cases[i].damage, cases[i].png);
		assert_class("audio-tiny", "track_001.wav", cases[i].damage, cases[i].wav);
	}
	const char *class;
	struct corpus *corpus = opened("ct-tiny");
	assert_int_equal(corpus_class(corpus, "slice_0000.png", &class), 0);
	assert_string_equal(class, "whole");
	assert_int_equal(corpus_class(corpus, "nothing", &class), -ENOENT);
	corpus_close(corpus);
}

/* What a stranger's file says of itself is no reason to read outside, or for ever. */
static void files_that_lie_are_looked_into_without_harm(void **state)
{
	(void)state;
	need_trees();
	for (uint64_t round = 0; round < 400; round++) {
		static const char *const heads[] = {"\x89PNG\r\n\x1a\n", "RIFF", "fLaC", "II*", "MM", "BM", "RF64"};
		static const size_t lengths[] = {8, 4, 4, 4, 4, 2, 4};
		unsigned char bytes[600];
		size_t head = round % 7, size = 20 + (size_t)drawn(20, round, 500);
		for (size_t i = 0; i < size; i++)
			bytes[i] = (unsigned char)(drawn(21, round * 1000 + i, 3) ? drawn(22, round * 1000 + i, 4) : drawn(23, round * 1000 + i, 256));
		memcpy(bytes, head == 4 ? "MM\0*" : heads[head], lengths[head]);
		struct memory memory = {bytes, size};
		const struct reader in = {read_memory, &memory, size};
		const struct lesion *lesion;
		for (size_t i = 0; (lesion = lesion_at(i)); i++) {
			struct anatomy anatomy;
			assert_int_equal(anatomy_read(&in, &anatomy), 0);
			struct patch *patch = patch_new(size, 1, 1);
			struct surgery surgery = {&in, &anatomy, patch, 0};
			int rc = lesion->medium == anatomy.medium && strcmp(lesion->name, "png-bomb") && strcmp(lesion->name, "png-text")
					 ? lesion->cut(lesion, &surgery) : -ENOENT;
			if (!rc)
				rc = patch_close(patch);
			assert_true(rc == 0 || rc == -ENOENT || rc == -ENODATA || rc == -EINVAL);
			patch_leave(patch);
			anatomy_fini(&anatomy);
		}
	}
}

/* ---- variants ---- */

#define VARIED "{version: 1, source: 'stack:slices=2,width=16,height=16,bits=8', variants: {of: slice_0001.png, each: %s}}"

static struct corpus *varied(const char *each)
{
	char text[300];
	snprintf(text, sizeof text, VARIED, each);
	put_text("varied.yaml", text);
	return opened(in_dir("varied.yaml"));
}

static uint64_t count_of(const struct corpus *corpus)
{
	struct corpus_names names;
	assert_int_equal(corpus_list(corpus, ".", &names), 0);
	uint64_t count = names.names.count;
	corpus_names_free(&names);
	return count;
}

static void variants_are_every_cut_and_every_bit(void **state)
{
	(void)state;
	size_t size;
	struct corpus *clean = opened("stack:slices=2,width=16,height=16,bits=8");
	unsigned char *whole = whole_file(clean, "slice_0001.png", &size);
	char name[64];

	struct corpus *corpus = varied("truncate");
	assert_int_equal(count_of(corpus), size);
	for (size_t kept = 0; kept < size; kept += 7) {
		snprintf(name, sizeof name, "slice_0001-%07zu.png", kept);
		assert_content(corpus, name, whole, kept);
		assert_string_equal(corpus_truth(corpus, name), "truncate");
	}
	assert_null(corpus_truth(corpus, "slice_0001.png"));
	assert_null(corpus_truth(corpus, "slice_0001-0999999.png"));
	assert_null(corpus_truth(corpus, "slice_0001-1.png"));
	corpus_close(corpus);

	corpus = varied("flip, in: 4..9, step: 3");
	assert_int_equal(count_of(corpus), 14); /* 40 bits */
	for (size_t bit = 32; bit < 72; bit += 3) {
		snprintf(name, sizeof name, "slice_0001-%07zu.png", bit);
		whole[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_content(corpus, name, whole, size);
		whole[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	corpus_close(corpus);

	corpus = varied("break");
	assert_true(count_of(corpus) > 20);
	assert_string_equal(corpus_truth(corpus, "slice_0001-png-adler.png"), "png-adler");
	assert_null(corpus_truth(corpus, "slice_0001-png-no-plte.png"));
	struct corpus *pristine = opened(corpus_pristine(corpus));
	assert_content(pristine, "slice_0001-png-adler.png", whole, size);
	assert_null(corpus_truth(pristine, "slice_0001-png-adler.png"));
	corpus_close(pristine);
	corpus_close(corpus);
	free(whole);
	corpus_close(clean);
}

static void variants_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"{of: slice_0009.png, each: truncate}", "the source has no file 'slice_0009.png'"},
		{"{of: slice_0001.png, each: burn}", "'each' is truncate, flip or break"},
		{"{of: slice_0001.png, each: flip, in: 1MiB..}", "has none"},
		{"{of: slice_0001.png, each: flip, step: 0}", "must be 1 at least"},
		{"{of: ., each: flip}", "has no file '.'"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[300];
		snprintf(text, sizeof text, "{version: 1, source: 'stack:slices=2,width=16,height=16', variants: %s}", rows[i][0]);
		put_text("bad.yaml", text);
		assert_refused(in_dir("bad.yaml"), EINVAL, rows[i][1]);
	}
	put_text("bad.yaml", "{version: 1, source: 'stack:slices=2,width=16384,height=16384', variants: {of: slice_0001.png, each: flip}}");
	assert_refused(in_dir("bad.yaml"), EINVAL, "more than 10,000,000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_part_of_a_patched_file_is_as_in_a_naive_model),
		cmocka_unit_test(edits_that_make_no_sense_are_refused),
		cmocka_unit_test(kinds_that_edit_do_what_they_say),
		cmocka_unit_test(every_break_strikes_and_every_byte_can_be_read_alone),
		cmocka_unit_test(a_break_of_another_medium_is_refused),
		cmocka_unit_test(classes_follow_what_guards_the_bytes),
		cmocka_unit_test(variants_are_every_cut_and_every_bit),
		cmocka_unit_test(variants_that_make_no_sense_are_refused),
		cmocka_unit_test(files_that_lie_are_looked_into_without_harm),
	};
	return cmocka_run_group_tests(tests, test_dir_make, test_dir_remove);
}

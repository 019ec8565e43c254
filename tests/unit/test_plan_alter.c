/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Bytes that change on the way: which, how, and that it does not matter in what pieces they are read, nor by whom. */
#include "unit_plan.h"

#include <pthread.h>

enum { SIZE = 50000 };

static unsigned char pristine[SIZE];

static int make_pristine(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		pristine[i] = (unsigned char)unit_drawn(1, i, 0, 256);
	return 0;
}

static struct site site_of(const char *path)
{
	return (struct site){.op = OP_read, .volume = "in", .path = path, .size = SIZE};
}

/* Read the whole file in one piece, altered by the plan's first rule. Returns how many bytes are said to differ. */
static uint64_t read_whole(const struct plan *plan, const char *path, unsigned char bytes[SIZE])
{
	struct site site = site_of(path);
	site.length = SIZE;
	memcpy(bytes, pristine, SIZE);
	return plan_alter(plan, plan->rules.at[0], &site, bytes, 0, SIZE);
}

/* The same in pieces of at most `most` bytes, drawn by `draw`; the last ones first if asked. */
static uint64_t read_in_pieces(const struct plan *plan, const char *path, uint64_t draw, uint64_t most, unsigned char bytes[SIZE])
{
	uint64_t changed = 0;
	memcpy(bytes, pristine, SIZE);
	for (uint64_t at = 0, length; at < SIZE; at += length) {
		struct site site = site_of(path);
		length = most == 1 ? 1 : 1 + unit_drawn(2, draw, at, most);
		length = length < SIZE - at ? length : SIZE - at;
		site.offset = at;
		site.length = length;
		changed += plan_alter(plan, plan->rules.at[0], &site, bytes + at, at, length);
	}
	return changed;
}

static unsigned count_bits(const unsigned char *a, const unsigned char *b, size_t count)
{
	unsigned bits = 0;
	for (size_t i = 0; i < count; i++)
		bits += (unsigned)__builtin_popcount(a[i] ^ b[i]);
	return bits;
}

static uint64_t count_different(const unsigned char *a, const unsigned char *b)
{
	uint64_t count = 0;
	for (size_t i = 0; i < SIZE; i++)
		count += a[i] != b[i];
	return count;
}

static const char *const every_way[] = {
	"{corrupt: flip}",
	"{corrupt: {mode: flip, every: 1}}",
	"{corrupt: {mode: flip, every: 7}}",
	"{corrupt: {mode: flip, every: 1000}}",
	"{corrupt: {mode: flip, every: 49999}}",
	"{corrupt: {mode: flip, every: 1GiB}}",
	"{offset: 123.., corrupt: {mode: flip, every: 100}}",
	"{offset: 5000..5001, corrupt: flip}",
	"{offset: 4095..4097, corrupt: {mode: flip, every: 1}}",
	"{offset: 1000..9000, corrupt: {mode: flip, every: 3000}}",
	"{corrupt: zero}",
	"{offset: 3..20000, corrupt: zero}",
	"{corrupt: ones}",
	"{offset: 49999.., corrupt: ones}",
	"{corrupt: garbage}",
	"{offset: 3..12345, corrupt: garbage}",
};

/* ---- pieces ---- */

static void it_does_not_matter_in_what_pieces_a_file_is_read(void **state)
{
	(void)state;
	static unsigned char whole[SIZE], pieces[SIZE];
	static const uint64_t most[] = {1, 2, 9, 512, 4096, 4097, 20000, SIZE};
	for (size_t i = 0; i < COUNT_OF(every_way); i++) {
		struct plan *plan = unit_plan(every_way[i]);
		uint64_t changed = read_whole(plan, "a.png", whole);
		if (!changed || changed != count_different(whole, pristine))
			fail_msg("%s: %llu changed", every_way[i], (unsigned long long)changed);
		for (size_t j = 0; j < COUNT_OF(most); j++)
			for (uint64_t draw = 0; draw < (most[j] > 500 ? 20 : 1); draw++) {
				uint64_t again = read_in_pieces(plan, "a.png", draw, most[j], pieces);
				if (again != changed || memcmp(whole, pieces, SIZE) != 0)
					fail_msg("%s: in pieces of %llu, draw %llu", every_way[i], (unsigned long long)most[j],
						 (unsigned long long)draw);
			}
		plan_free(plan);
	}
}

struct reader {
	pthread_t thread;
	const struct plan *const *plans;
	unsigned number, odd;
	const unsigned char (*wanted)[SIZE];
	unsigned char bytes[SIZE];
};

static void *read_all(void *context)
{
	struct reader *reader = context;
	for (size_t n = 0; n < COUNT_OF(every_way); n++) {
		size_t i = (n + reader->number) % COUNT_OF(every_way);
		read_in_pieces(reader->plans[i], "a.png", reader->number, 3000, reader->bytes);
		reader->odd += memcmp(reader->bytes, reader->wanted[i], SIZE) != 0;
	}
	return NULL;
}

static void it_does_not_matter_who_reads(void **state)
{
	(void)state;
	enum { THREADS = 8 };
	static struct reader readers[THREADS];
	static unsigned char wanted[COUNT_OF(every_way)][SIZE];
	struct plan *plans[COUNT_OF(every_way)];
	for (size_t i = 0; i < COUNT_OF(every_way); i++)
		read_whole(plans[i] = unit_plan(every_way[i]), "a.png", wanted[i]);
	for (unsigned i = 0; i < THREADS; i++) {
		readers[i].plans = (const struct plan *const *)plans;
		readers[i].number = i;
		readers[i].wanted = (const unsigned char (*)[SIZE])wanted;
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_all, &readers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].odd, 0);
	}
	for (size_t i = 0; i < COUNT_OF(every_way); i++)
		plan_free(plans[i]);
}

/* ---- flip ---- */

static void exactly_one_bit_flips_in_each_block(void **state)
{
	(void)state;
	static unsigned char bytes[SIZE];
	static const struct {
		const char *rule;
		size_t first, end, every;
	} rows[] = {
		{"{corrupt: flip}", 0, SIZE, 4096}, /* the last block is a short one */
		{"{corrupt: {mode: flip, every: 1}}", 0, SIZE, 1},
		{"{corrupt: {mode: flip, every: 7}}", 0, SIZE, 7},
		{"{corrupt: {mode: flip, every: 49999}}", 0, SIZE, 49999}, /* ... of one byte */
		{"{corrupt: {mode: flip, every: 1GiB}}", 0, SIZE, SIZE},
		{"{offset: 123.., corrupt: {mode: flip, every: 100}}", 123, SIZE, 100},
		{"{offset: 1000..9000, corrupt: {mode: flip, every: 3000}}", 1000, 9000, 3000},
		{"{offset: 5000..5001, corrupt: flip}", 5000, 5001, 4096},
		{"{offset: 40000..60000, corrupt: flip}", 40000, SIZE, 4096}, /* behind the end there is nothing */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		size_t blocks = 0;
		uint64_t changed = read_whole(plan, "a.png", bytes);
		assert_memory_equal(bytes, pristine, rows[i].first);
		assert_int_equal(count_bits(bytes + rows[i].end, pristine + rows[i].end, SIZE - rows[i].end), 0);
		for (size_t at = rows[i].first, length; at < rows[i].end; at += length, blocks++) {
			length = rows[i].every < rows[i].end - at ? rows[i].every : rows[i].end - at;
			unsigned bits = count_bits(bytes + at, pristine + at, length);
			if (bits != 1)
				fail_msg("%s: %u bits of %zu bytes at %zu", rows[i].rule, bits, length, at);
		}
		assert_int_equal(changed, blocks);
		plan_free(plan);
	}
}

/* Every bit of a byte has its turn, and every part of a block. */
static void places_of_flips_are_spread(void **state)
{
	(void)state;
	static unsigned char bytes[SIZE];
	unsigned bits[8] = {0}, quarters[4] = {0};
	struct plan *plan = unit_plan("{corrupt: {mode: flip, every: 40}}");
	assert_int_equal(read_whole(plan, "a.png", bytes), SIZE / 40);
	for (size_t i = 0; i < SIZE; i++)
		if (bytes[i] != pristine[i]) {
			bits[__builtin_ctz(bytes[i] ^ pristine[i])]++;
			quarters[i % 40 / 10]++;
		}
	for (size_t i = 0; i < 8; i++)
		assert_in_range(bits[i], SIZE / 40 / 8 - 50, SIZE / 40 / 8 + 50);
	for (size_t i = 0; i < 4; i++)
		assert_in_range(quarters[i], SIZE / 40 / 4 - 70, SIZE / 40 / 4 + 70);
	plan_free(plan);
}

static void a_file_that_grew_meanwhile_is_altered_without_harm(void **state)
{
	(void)state;
	static unsigned char bytes[SIZE];
	struct plan *plan = unit_plan("{corrupt: flip}");
	static const uint64_t sizes[] = {0, 1, 4095, 4096, 8192, 8193, 40960};
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct site site = site_of("a.png");
		site.size = sizes[i];
		memcpy(bytes, pristine, SIZE);
		uint64_t changed = plan_alter(plan, plan->rules.at[0], &site, bytes, 0, SIZE);
		assert_int_equal(changed, count_bits(bytes, pristine, SIZE));
		assert_in_range(changed, SIZE / 4096, SIZE / 4096 + 1);
	}
	plan_free(plan);
}

/* ---- the other modes ---- */

static void zeroes_ones_and_garbage_fill_the_range(void **state)
{
	(void)state;
	static unsigned char bytes[SIZE];
	static const struct {
		const char *rule;
		int fill; /* -1: anything */
	} rows[] = {{"{offset: 100..40000, corrupt: zero}", 0}, {"{offset: 100..40000, corrupt: ones}", 255},
		    {"{offset: 100..40000, corrupt: garbage}", -1}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		unsigned histogram[256] = {0};
		uint64_t changed = read_whole(plan, "a.png", bytes);
		assert_memory_equal(bytes, pristine, 100);
		assert_memory_equal(bytes + 40000, pristine + 40000, SIZE - 40000);
		for (size_t at = 100; at < 40000; at++)
			histogram[bytes[at]]++;
		for (int byte = 0; rows[i].fill < 0 && byte < 256; byte++)
			assert_in_range(histogram[byte], 80, 240);
		if (rows[i].fill >= 0)
			assert_int_equal(histogram[rows[i].fill], 40000 - 100);
		/* What is so already does not count as changed. */
		assert_int_equal(changed, count_different(bytes, pristine));
		assert_in_range(changed, 39500, 39899);
		plan_free(plan);
	}
}

/* Frozen: the wrong bytes of today are those of a bundle of next year. */
static void the_wrong_bytes_are_the_same_for_ever(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *path;
		unsigned char bytes[8]; /* of zeroes, from 4092 on */
	} rows[] = {
		{"{name: r, corrupt: garbage}", "a.png", {0x44, 0xaf, 0xbf, 0xf8, 0x5e, 0xe6, 0xc7, 0x72}},
		{"{name: r, corrupt: garbage}", "b.png", {0x3a, 0x59, 0x65, 0xba, 0x39, 0x96, 0x21, 0xb8}},
		{"{name: s, corrupt: garbage}", "a.png", {0xbf, 0x4d, 0x2f, 0x06, 0x75, 0x89, 0x40, 0x27}},
		{"{name: r, corrupt: {mode: flip, every: 1}}", "a.png", {0x10, 0x80, 0x08, 0x04, 0x40, 0x80, 0x10, 0x40}},
		{"{name: r, corrupt: {mode: flip, every: 4}}", "a.png", {0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x02}},
		{"{name: r, offset: 1.., corrupt: {mode: flip, every: 4}}", "a.png", {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x00}},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct site site = site_of(rows[i].path);
		unsigned char bytes[8] = {0};
		plan_alter(plan, plan->rules.at[0], &site, bytes, 4092, sizeof bytes);
		if (memcmp(bytes, rows[i].bytes, sizeof bytes) != 0)
			fail_msg("%s of %s: %02x %02x %02x %02x %02x %02x %02x %02x", rows[i].rule, rows[i].path, bytes[0], bytes[1],
				 bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
		plan_free(plan);
	}
}

static void seed_name_and_path_choose_the_bytes_and_the_place_in_the_plan_does_not(void **state)
{
	(void)state;
	static unsigned char first[SIZE], second[SIZE];
	static const char *const ways[] = {"corrupt: flip", "corrupt: garbage"};
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		char rules[100];
		snprintf(rules, sizeof rules, "{name: r, %s}", ways[i]);
		struct plan *plan = unit_plan(rules);
		read_whole(plan, "a.png", first);
		read_whole(plan, "b.png", second);
		assert_memory_not_equal(first, second, SIZE);
		plan->seed++;
		read_whole(plan, "a.png", second);
		assert_memory_not_equal(first, second, SIZE);
		plan_free(plan);
		snprintf(rules, sizeof rules, "{name: q, %s}\n{name: r, on: read, %s}", ways[i], ways[i]);
		plan = unit_plan(rules);
		read_whole(plan, "a.png", second);
		assert_memory_not_equal(first, second, SIZE);
		struct site site = site_of("a.png");
		memcpy(second, pristine, SIZE);
		plan_alter(plan, plan->rules.at[1], &site, second, 0, SIZE);
		assert_memory_equal(first, second, SIZE);
		plan_free(plan);
	}
}

/* ---- nothing to do ---- */

static void outside_its_range_and_for_other_kinds_nothing_changes(void **state)
{
	(void)state;
	static unsigned char bytes[SIZE];
	static const char *const rules[] = {"{offset: 20000.., corrupt: zero}", "{offset: ..1000, corrupt: garbage}",
					    "{offset: 999..1000, corrupt: flip}", "{on: read, fail: EIO}", "{truncate: 5}"};
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct plan *plan = unit_plan(rules[i]);
		struct site site = site_of("a.png");
		memcpy(bytes, pristine, SIZE);
		assert_int_equal(plan_alter(plan, plan->rules.at[0], &site, bytes + 1000, 1000, 19000), 0);
		assert_int_equal(plan_alter(plan, plan->rules.at[0], &site, bytes, 20000, 0), 0);
		assert_memory_equal(bytes, pristine, SIZE);
		plan_free(plan);
	}
}

static void far_out_in_a_large_file_it_is_the_same(void **state)
{
	(void)state;
	unsigned char bytes[10000] = {0}, piece[100];
	const uint64_t far = UINT64_C(1) << 43;
	struct plan *plan = unit_plan("{corrupt: {mode: flip, every: 50}}");
	struct site site = site_of("a.png");
	site.size = far + sizeof bytes;
	assert_in_range(plan_alter(plan, plan->rules.at[0], &site, bytes, far, sizeof bytes), 200, 201);
	memset(piece, 0, sizeof piece);
	plan_alter(plan, plan->rules.at[0], &site, piece, far + 4321, sizeof piece);
	assert_memory_equal(piece, bytes + 4321, sizeof piece);
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_does_not_matter_in_what_pieces_a_file_is_read),
		cmocka_unit_test(it_does_not_matter_who_reads),
		cmocka_unit_test(exactly_one_bit_flips_in_each_block),
		cmocka_unit_test(places_of_flips_are_spread),
		cmocka_unit_test(a_file_that_grew_meanwhile_is_altered_without_harm),
		cmocka_unit_test(zeroes_ones_and_garbage_fill_the_range),
		cmocka_unit_test(the_wrong_bytes_are_the_same_for_ever),
		cmocka_unit_test(seed_name_and_path_choose_the_bytes_and_the_place_in_the_plan_does_not),
		cmocka_unit_test(outside_its_range_and_for_other_kinds_nothing_changes),
		cmocka_unit_test(far_out_in_a_large_file_it_is_the_same),
	};
	return cmocka_run_group_tests(tests, make_pristine, NULL);
}

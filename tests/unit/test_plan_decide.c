/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Decisions: what each kind does to a request, when each trigger lets it, and that nothing but the plan matters. */
#include "unit_plan.h"

#include <math.h>
#include <pthread.h>

/* One rule, one file, several requests with the verdict on each. */
struct asked {
	struct site site;
	const char *wanted;
};

static void ask_in_turn(const char *rules, const struct asked *asked, size_t count)
{
	struct plan *plan = unit_plan(rules);
	struct bound *bound = unit_bound(plan, "in", "a.png");
	assert_non_null(bound);
	for (size_t i = 0; i < count; i++) {
		struct verdict verdict;
		char text[1000];
		plan_decide(plan, NULL, bound, &asked[i].site, &verdict);
		const char *got = unit_verdict(&verdict, text);
		if (strcmp(got, asked[i].wanted) != 0)
			fail_msg("%s: request %zu (%s at %llu, %llu bytes): got \"%s\", wanted \"%s\"", rules, i + 1,
				 ops_name(asked[i].site.op), (unsigned long long)asked[i].site.offset,
				 (unsigned long long)asked[i].site.length, got, asked[i].wanted);
	}
	free(bound);
	plan_free(plan);
}

#define ASK(rules, ...)                                            \
	do {                                                       \
		const struct asked asked_[] = {__VA_ARGS__};       \
		ask_in_turn(rules, asked_, COUNT_OF(asked_));      \
	} while (0)

/* Sites in short. */
#define READ(at, bytes) unit_read(at, bytes)
#define CACHE(at, bytes) cache_read(at, bytes)
#define OP(name) unit_site(OP_##name)

static struct site cache_read(uint64_t offset, uint64_t length)
{
	struct site site = unit_read(offset, length);
	site.buffered = true;
	return site;
}

static struct site write_at(uint64_t offset, uint64_t length, uint64_t growth, uint64_t used)
{
	struct site site = unit_read(offset, length);
	site.op = OP_write;
	site.growth = growth;
	site.used_bytes = used;
	return site;
}

/* Pages of a shared mapping that the kernel writes back. */
static struct site back_write(uint64_t offset, uint64_t length, uint64_t growth, uint64_t used)
{
	struct site site = write_at(offset, length, growth, used);
	site.buffered = true;
	return site;
}

static struct site growing(enum op op, uint64_t growth, uint64_t used_bytes, uint64_t used_files)
{
	struct site site = unit_site(op);
	site.growth = growth;
	site.used_bytes = used_bytes;
	site.used_files = used_files;
	return site;
}

static struct site sized(enum op op, uint64_t size)
{
	struct site site = unit_site(op);
	site.size = size;
	return site;
}

/* Names [from, 10) of a listing. */
static struct site listing(uint64_t from)
{
	return (struct site){.op = OP_readdir, .volume = "in", .path = "a.png", .offset = from, .length = 10 - from,
			     .continues = from > 0};
}

static struct site at_time(int64_t ns)
{
	struct site site = OP(open);
	site.now_ns = ns;
	return site;
}

/* ---- kinds ---- */

static void failing_denying_and_hanging_end_a_request(void **state)
{
	(void)state;
	ASK("{on: read, fail: EIO}", {READ(0, 10), "error=EIO by rule-1"}, {OP(open), "-"});
	ASK("{deny: true}", {OP(open), "error=EACCES by rule-1"}, {OP(write), "error=EACCES by rule-1"}, {READ(0, 10), "-"},
	    {OP(lookup), "-"});
	ASK("{deny: EROFS}", {OP(mkdir), "error=EROFS by rule-1"});
	ASK("{on: read, hang: true}", {READ(0, 10), "hang=interruptible by rule-1"});
	ASK("{on: open, hang: uninterruptible}", {OP(open), "hang=uninterruptible by rule-1"});
}

static void a_missing_name_is_neither_found_nor_listed(void **state)
{
	(void)state;
	ASK("{missing: true}", {OP(lookup), "error=ENOENT hidden by rule-1"}, {OP(listed), "hidden by rule-1"}, {OP(open), "-"});
	ASK("{missing: {readdir: false}}", {OP(lookup), "error=ENOENT hidden by rule-1"}, {OP(listed), "-"});
	ASK("{missing: {lookup: false}}", {OP(lookup), "-"}, {OP(listed), "hidden by rule-1"});
	ASK("{on: listed, missing: true}", {OP(lookup), "-"}, {OP(listed), "hidden by rule-1"});
}

static void a_name_that_is_not_there_anyway_is_not_missing(void **state)
{
	(void)state;
	const struct site absent = {.op = OP_lookup, .volume = "in", .path = "a.png", .absent = true};
	ASK("{missing: true}", {absent, "-"}, {OP(lookup), "error=ENOENT hidden by rule-1"});
	ASK("{on: lookup, fail: ENOENT}", {absent, "-"}, {OP(lookup), "error=ENOENT by rule-1"});
	ASK("{on: lookup, fail: EACCES}", {absent, "error=EACCES by rule-1"}, {OP(lookup), "error=EACCES by rule-1"});
	ASK("{when: {probability: 1}, missing: true}\n{on: lookup, fail: EIO}", {absent, "error=EIO by rule-2"},
	    {OP(lookup), "error=ENOENT hidden by rule-1"});
	ASK("{missing: true, when: {times: 1}}", {absent, "-"}, {OP(lookup), "error=ENOENT hidden by rule-1"}, {OP(lookup), "-"});
}

static void delays_wait_and_serve(void **state)
{
	(void)state;
	ASK("{on: [read, open], delay: 5us}", {READ(0, 10), "delay=5000ns by rule-1"}, {OP(open), "delay=5000ns by rule-1"});
	ASK("{on: read, delay: 1us}\n{on: read, delay: 2us}", {READ(0, 10), "delay=3000ns by rule-1,rule-2"});
	/* The longest ones add up to a long time, and not to a negative one. */
	ASK("{on: read, delay: 9000000000s}\n{on: read, delay: 9000000000s}\n{on: read, delay: 9000000000s}",
	    {READ(0, 10), "delay=3000000000000000000ns by rule-1,rule-2,rule-3"});
}

static void delay_shapes_are_those_of_netem(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		double mean, deviation, least, most; /* ms; 0: not asked */
	} rows[] = {
		{"{on: open, delay: {latency: 50ms, jitter: 10ms}}", 50, 10 / 1.7320508, 40, 60},
		{"{on: open, delay: {latency: 50ms, jitter: 10ms, distribution: normal}}", 50, 10, 0, 110},
		/* Shape 3: mean of the tail 1/2, deviation sqrt(3/4). */
		{"{on: open, delay: {latency: 50ms, jitter: 10ms, distribution: pareto}}", 55, 8.660254, 50, 1e9},
		{"{on: open, delay: 50ms}", 50, 0, 50, 50},
	};
	enum { N = 20000 };
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct bound *bound = unit_bound(plan, "in", "a.png");
		double sum = 0, squares = 0, least = 1e9, most = 0;
		for (int n = 0; n < N; n++) {
			struct site site = OP(open);
			struct verdict verdict;
			plan_decide(plan, NULL, bound, &site, &verdict);
			double ms = (double)verdict.delay_ns / 1e6;
			sum += ms;
			squares += ms * ms;
			least = fmin(least, ms);
			most = fmax(most, ms);
		}
		double mean = sum / N, deviation = sqrt(fmax(squares / N - mean * mean, 0));
		if (fabs(mean - rows[i].mean) > 0.3 || fabs(deviation - rows[i].deviation) > 0.1 * rows[i].deviation + 0.01 ||
		    least < rows[i].least - 0.001 || most > rows[i].most + 0.001)
			fail_msg("%s: %g +- %g, from %g to %g", rows[i].rule, mean, deviation, least, most);
		free(bound);
		plan_free(plan);
	}
}

static void jitter_below_zero_is_no_delay_and_no_strike(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{on: open, delay: {latency: 0, jitter: 10ms}}");
	struct bound *bound = unit_bound(plan, "in", "a.png");
	unsigned struck = 0;
	for (int n = 0; n < 1000; n++) {
		struct site site = OP(open);
		struct verdict verdict;
		plan_decide(plan, NULL, bound, &site, &verdict);
		assert_true(verdict.delay_ns >= 0 && verdict.rules_count == (verdict.delay_ns > 0));
		struck += verdict.rules_count;
	}
	assert_in_range(struck, 430, 570);
	free(bound);
	plan_free(plan);
}

static void short_transfers_move_something(void **state)
{
	(void)state;
	ASK("{short: 1000}", {READ(0, 4096), "length=1000 by rule-1"}, {READ(0, 1001), "length=1000 by rule-1"}, {READ(0, 1000), "-"},
	    {READ(0, 1), "-"}, {write_at(0, 4096, 0, 0), "-"});
	ASK("{short: 50%}", {READ(0, 4096), "length=2048 by rule-1"}, {READ(0, 3), "length=1 by rule-1"},
	    {READ(0, 2), "length=1 by rule-1"}, {READ(0, 1), "-"});
	ASK("{short: 0.01%}", {READ(0, 4096), "length=1 by rule-1"});
	ASK("{short: {bytes: 1000, portion: 50%}}", {READ(0, 4096), "length=1000 by rule-1"}, {READ(0, 100), "length=50 by rule-1"});
	ASK("{on: write, short: 10}", {write_at(0, 4096, 4096, 0), "length=10 by rule-1"}, {READ(0, 4096), "-"});
	/* "The kernel would take a short one for the end of the file." */
	ASK("{short: 1000}", {CACHE(0, 4096), "-"});
	ASK("{short: 1000}\n{short: 10}", {READ(0, 4096), "length=10 by rule-1,rule-2"});
}

static struct site read_of(uint64_t size, uint64_t offset, uint64_t length)
{
	struct site site = unit_read(offset, length);
	site.size = size;
	return site;
}

static void a_read_that_gets_all_there_is_is_not_short(void **state)
{
	(void)state;
	ASK("{short: 110000}", {read_of(100000, 0, 131072), "-"}, {read_of(110000, 0, 131072), "-"},
	    {read_of(110001, 0, 131072), "length=110000 by rule-1"}, {read_of(110001, 1, 131072), "-"});
	ASK("{short: 100}", {read_of(1000, 1000, 4096), "-"}, {read_of(1000, 2000, 4096), "-"}, {read_of(1000, 900, 4096), "-"},
	    {read_of(1000, 899, 4096), "length=100 by rule-1"}, {read_of(0, 0, 4096), "-"});
	ASK("{short: 50%}", {read_of(1000, 0, 4096), "-"}, {read_of(2049, 0, 4096), "length=2048 by rule-1"});
	/* Nothing is left to do for a rule behind one that does more. */
	ASK("{short: 10}\n{short: 1000}", {READ(0, 4096), "length=10 by rule-1"});
	ASK("{truncate: 500}\n{short: 1000}", {READ(0, 4096), "size=500 by rule-1"});
	/* A write has no end of a file to stop at. */
	ASK("{on: write, short: 100}", {write_at(1000000, 4096, 0, 0), "length=100 by rule-1"});
	/* What was not shortened is not the once. */
	ASK("{short: 100, when: {times: 1}}", {read_of(50, 0, 4096), "-"}, {READ(0, 4096), "length=100 by rule-1"}, {READ(0, 4096), "-"});
}

static void corruption_is_left_to_the_bytes(void **state)
{
	(void)state;
	ASK("{corrupt: flip}", {READ(0, 4096), "altering=1 by rule-1"}, {CACHE(0, 4096), "altering=1 by rule-1"},
	    {READ((1 << 20) - 1, 4096), "altering=1 by rule-1"}, {READ(1 << 20, 4096), "-"}, {READ(1 << 21, 4096), "-"});
	ASK("{corrupt: flip}\n{corrupt: zero}", {READ(0, 4096), "altering=2 by rule-1,rule-2"});
	ASK("{offset: 100..200, corrupt: zero}", {READ(0, 100), "-"}, {READ(0, 101), "altering=1 by rule-1"},
	    {READ(199, 1), "altering=1 by rule-1"}, {READ(200, 1), "-"});
}

static void truncated_files_end_early(void **state)
{
	(void)state;
	ASK("{truncate: 50%}", {sized(OP_lookup, 1000), "size=500 by rule-1"}, {sized(OP_getattr, 1000), "size=500 by rule-1"},
	    {sized(OP_lookup, 0), "-"}, {sized(OP_lookup, 1), "size=0 by rule-1"}, {READ(0, 524288), "-"},
	    {READ(0, 524289), "size=524288 by rule-1"}, {READ(600000, 1), "size=524288 by rule-1"});
	ASK("{truncate: 100}", {sized(OP_lookup, 1000), "size=100 by rule-1"}, {sized(OP_lookup, 100), "-"},
	    {sized(OP_lookup, 99), "-"}, {READ(0, 100), "-"}, {READ(0, 101), "size=100 by rule-1"}, {READ(99, 1), "-"},
	    {CACHE(0, 4096), "size=100 by rule-1"});
	ASK("{truncate: {at: 100, stat: full}}", {sized(OP_lookup, 1000), "-"}, {sized(OP_getattr, 1000), "-"},
	    {READ(0, 101), "size=100 by rule-1"});
	ASK("{truncate: 0}", {sized(OP_lookup, 1000), "size=0 by rule-1"}, {READ(0, 1), "size=0 by rule-1"});
	ASK("{truncate: 500}\n{truncate: 100}", {sized(OP_lookup, 1000), "size=100 by rule-1,rule-2"});
}

static void a_full_disk_takes_what_fits(void **state)
{
	(void)state;
	/* write_at(offset, length, growth, used) */
	ASK("{space: 1000}", {write_at(0, 400, 400, 0), "-"}, {write_at(0, 400, 400, 600), "-"},
	    {write_at(0, 400, 400, 700), "length=300 by rule-1"}, {write_at(0, 400, 400, 1000), "error=ENOSPC by rule-1"},
	    {write_at(0, 400, 400, 2000), "error=ENOSPC by rule-1"},
	    {write_at(0, 400, 0, 1000), "-"},			/* over what is there */
	    {write_at(0, 400, 200, 900), "length=300 by rule-1"}, /* half over it */
	    {write_at(1 << 20, 10, (1 << 20) + 10, 0), "error=ENOSPC by rule-1"}, /* far behind the end */
	    {write_at(990, 20, 1010, 0), "length=10 by rule-1"});
	ASK("{space: 1000}", {growing(OP_truncate, 1000, 0, 0), "-"}, {growing(OP_truncate, 1001, 0, 0), "error=ENOSPC by rule-1"},
	    {growing(OP_truncate, 0, 5000, 0), "-"}, {growing(OP_fallocate, 500, 600, 0), "error=ENOSPC by rule-1"},
	    {growing(OP_create, 0, 999, 5), "-"}, {growing(OP_create, 0, 1000, 5), "error=ENOSPC by rule-1"},
	    {growing(OP_mkdir, 0, 1000, 5), "error=ENOSPC by rule-1"}, {growing(OP_unlink, 0, 1000, 5), "-"},
	    {growing(OP_rename, 0, 1000, 5), "-"});
	ASK("{space: {files: 2}}", {growing(OP_create, 0, 1 << 30, 1), "-"}, {growing(OP_create, 0, 0, 2), "error=ENOSPC by rule-1"},
	    {growing(OP_symlink, 0, 0, 3), "error=ENOSPC by rule-1"}, {write_at(0, 400, 400, 1 << 30), "-"});
	ASK("{space: {bytes: 0, error: EDQUOT}}", {write_at(0, 1, 1, 0), "error=EDQUOT by rule-1"},
	    {growing(OP_create, 0, 0, 0), "error=EDQUOT by rule-1"});
	ASK("{on: write, space: 10}", {growing(OP_create, 0, 10, 0), "-"}, {write_at(0, 20, 20, 0), "length=10 by rule-1"});
}

static void each_operation_is_asked_by_itself(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{on: all, fail: EIO}");
	struct bound *bound = unit_bound(plan, "in", "a.png");
	opset struck = 0;
	for (int op = 0; op < OP_COUNT; op++) {
		struct site site = unit_site((enum op)op);
		struct verdict verdict;
		plan_decide(plan, NULL, bound, &site, &verdict);
		if (verdict.error == EIO)
			struck |= UINT64_C(1) << op;
	}
	assert_int_equal(struck, OPSET_REQUESTS & ~(OP_BIT(release) | OP_BIT(releasedir)));
	assert_int_equal(bound->ops, struck);
	free(bound);
	plan_free(plan);
}

/* ---- nth and times ---- */

/* Which of 12 opens are struck. */
static void assert_pattern(const char *rule, const char *wanted)
{
	struct plan *plan = unit_plan(rule);
	struct bound *bound = unit_bound(plan, "in", "a.png");
	char got[13] = "";
	for (int i = 0; i < 12; i++) {
		struct site site = OP(open);
		struct verdict verdict;
		plan_decide(plan, NULL, bound, &site, &verdict);
		got[i] = verdict.rules_count ? 'x' : '.';
	}
	free(bound);
	plan_free(plan);
	unit_same_text(rule, got, wanted);
}

static void ordinals_and_times_count_a_files_own_requests(void **state)
{
	(void)state;
	assert_pattern("{on: open, fail: EIO}", "xxxxxxxxxxxx");
	assert_pattern("{on: open, when: {nth: 1}, fail: EIO}", "x...........");
	assert_pattern("{on: open, when: {nth: 3}, fail: EIO}", "..x.........");
	assert_pattern("{on: open, when: {nth: 2..}, fail: EIO}", ".xxxxxxxxxxx");
	assert_pattern("{on: open, when: {nth: 2..4}, fail: EIO}", ".xxx........");
	assert_pattern("{on: open, when: {nth: 1..+2}, fail: EIO}", "x.x.x.x.x.x.");
	assert_pattern("{on: open, when: {nth: 2..10+4}, fail: EIO}", ".x...x...x..");
	assert_pattern("{on: open, when: {times: 2}, fail: EIO}", "xx..........");
	assert_pattern("{on: open, when: {nth: 2..+3, times: 2}, fail: EIO}", ".x..x.......");
	assert_pattern("{on: open, when: {nth: 13..}, fail: EIO}", "............");
	assert_pattern("{on: open, when: {nth: 3}, delay: 1ms}", "..x.........");
	assert_pattern("{on: open, when: {times: 3}, delay: 1ms}", "xxx.........");
}

static void files_count_by_themselves(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{on: open, when: {nth: 2}, fail: EIO}");
	struct bound *a = unit_bound(plan, "in", "a"), *b = unit_bound(plan, "in", "b");
	unit_ask(plan, a, OP(open), "-");
	unit_ask(plan, b, OP(open), "-");
	unit_ask(plan, a, OP(open), "error=EIO by rule-1");
	unit_ask(plan, a, OP(open), "-");
	unit_ask(plan, b, OP(open), "error=EIO by rule-1");
	free(a);
	free(b);
	plan_free(plan);
}

static void only_matching_requests_count(void **state)
{
	(void)state;
	/* Another operation, another place, another time: not counted. */
	ASK("{on: open, when: {nth: 2}, fail: EIO}", {OP(open), "-"}, {OP(getattr), "-"}, {READ(0, 1), "-"},
	    {OP(open), "error=EIO by rule-1"});
	ASK("{on: read, offset: 4096.., when: {nth: 2}, fail: EIO}", {READ(0, 4096), "-"}, {READ(4096, 1), "-"}, {READ(0, 4096), "-"},
	    {READ(4096, 1), "error=EIO by rule-1"});
	ASK("{on: open, when: {nth: 2, after: 1us}, fail: EIO}", {at_time(0), "-"}, {at_time(999), "-"}, {at_time(1000), "-"},
	    {at_time(1001), "error=EIO by rule-1"});
	/* All operations of a rule count together. */
	ASK("{on: [open, getattr], when: {nth: 2}, fail: EIO}", {OP(open), "-"}, {OP(getattr), "error=EIO by rule-1"});
}

static void a_request_that_an_earlier_rule_ended_is_not_counted_by_later_ones(void **state)
{
	(void)state;
	ASK("{name: a, on: open, when: {nth: 1}, fail: EIO}\n{name: b, on: open, when: {nth: 2}, fail: EPERM}",
	    {OP(open), "error=EIO by a"}, {OP(open), "-"}, {OP(open), "error=EPERM by b"}, {OP(open), "-"});
}

/* ---- probability ---- */

/* Frozen: what this plan struck once, it strikes for ever. */
static void chances_are_the_same_for_ever(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		bool opens;
		const char *struck; /* of 48 requests, one a page */
	} rows[] = {
		{"{name: r, on: read, when: {probability: 50%}, fail: EIO}", false,
		 "x...xxxx...xxxx.x.xxxxx....x.xxxx...xxxxx.x.x..."},
		{"{name: s, on: read, when: {probability: 50%}, fail: EIO}", false,
		 "x.x..xxxxx..xx.xxxx.xxx.x..x..x.x......x.xx..xxx"},
		{"{name: r, on: read, when: {probability: 10%}, fail: EIO}", false,
		 ".......x.............................x....x....."},
		{"{name: r, on: read, when: {probability: 50%, draw: ordinal}, fail: EIO}", false,
		 "xx..xx..x...x.x..xx.....xx..x...xx......x.xx.x.x"},
		{"{name: r, on: open, when: {probability: 50%}, fail: EIO}", true,
		 "xx..xx..x...x.x..xx.....xx..x...xx......x.xx.x.x"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct bound *bound = unit_bound(plan, "in", "a.png");
		char got[49] = "";
		for (unsigned n = 0; n < 48; n++) {
			struct site site = rows[i].opens ? OP(open) : READ(n * 4096, 4096);
			struct verdict verdict;
			plan_decide(plan, NULL, bound, &site, &verdict);
			got[n] = verdict.rules_count ? 'x' : '.';
		}
		free(bound);
		plan_free(plan);
		unit_same_text(rows[i].rule, got, rows[i].struck);
	}
}

static unsigned strikes_of(const struct plan *plan, const char *path, enum op op, unsigned from, unsigned count, bool struck[])
{
	struct bound *bound = unit_bound(plan, "in", path);
	unsigned total = 0;
	for (unsigned i = 0; i < count; i++) {
		struct site site = {.op = op, .volume = "in", .path = path, .size = UINT64_MAX, .length = 4096,
				    .offset = (uint64_t)(from + i) * 4096};
		struct verdict verdict;
		plan_decide(plan, NULL, bound, &site, &verdict);
		total += struck[i] = verdict.rules_count > 0;
	}
	free(bound);
	return total;
}

static void the_same_block_always_fails_and_a_retry_may_succeed(void **state)
{
	(void)state;
	enum { N = 20000 };
	static bool first[N], second[N], late[N / 2];
	struct plan *plan = unit_plan("{on: [read, open], when: {probability: 5%}, fail: EIO}");
	unsigned by_offset = strikes_of(plan, "a.png", OP_read, 0, N, first);
	assert_in_range(by_offset, N / 20 - 140, N / 20 + 140);
	strikes_of(plan, "a.png", OP_read, 0, N, second);
	assert_memory_equal(first, second, sizeof first);
	strikes_of(plan, "a.png", OP_read, N / 2, N / 2, late);
	assert_memory_equal(first + N / 2, late, sizeof late);
	/* Opens are drawn by ordinal: the offset is nothing to them. */
	unsigned by_ordinal = strikes_of(plan, "a.png", OP_open, 0, N / 2, first);
	assert_in_range(by_ordinal, N / 40 - 100, N / 40 + 100);
	strikes_of(plan, "a.png", OP_open, N, N / 2, second);
	assert_memory_equal(first, second, N / 2);
	/* Other files, other luck. */
	strikes_of(plan, "b.png", OP_read, 0, N / 2, second);
	strikes_of(plan, "a.png", OP_read, 0, N / 2, first);
	assert_memory_not_equal(first, second, N / 2);
	plan_free(plan);
}

static void a_chance_and_the_other_triggers_must_both_hold(void **state)
{
	(void)state;
	enum { N = 4000 };
	static bool alone[N], with[N];
	struct plan *plan = unit_plan("{name: r, on: read, when: {probability: 20%}, fail: EIO}");
	strikes_of(plan, "a.png", OP_read, 0, N, alone);
	plan_free(plan);
	plan = unit_plan("{name: r, on: read, when: {probability: 20%, nth: 2..+2}, fail: EIO}");
	strikes_of(plan, "a.png", OP_read, 0, N, with);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(with[i], alone[i] && i % 2);
	plan_free(plan);
	plan = unit_plan("{name: r, on: read, when: {probability: 20%, times: 10}, fail: EIO}");
	assert_int_equal(strikes_of(plan, "a.png", OP_read, 0, N, with), 10);
	for (unsigned i = 0, seen = 0; i < N; i++)
		assert_int_equal(with[i], alone[i] && seen++ < 10);
	plan_free(plan);
}

static void a_chance_for_a_property_of_the_file_is_drawn_once(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{when: {probability: 50%}, truncate: 10}");
	unsigned cut = 0;
	for (int n = 0; n < 1000; n++) {
		char path[20];
		int struck[3] = {0};
		snprintf(path, sizeof path, "%d.png", n);
		struct bound *bound = unit_bound(plan, "in", path);
		for (int i = 0; i < 30; i++) {
			struct site site = {.op = i % 3 == 0 ? OP_lookup : i % 3 == 1 ? OP_getattr : OP_read, .volume = "in",
					    .path = path, .size = 100000, .offset = i % 3 == 2 ? (uint64_t)i * 512 : 0,
					    .length = i % 3 == 2 ? 512 : 0};
			struct verdict verdict;
			plan_decide(plan, NULL, bound, &site, &verdict);
			struck[i % 3] += verdict.rules_count;
		}
		/* stat and read agree, whenever they are asked */
		if (!(struck[0] == 10 && struck[1] == 10 && struck[2] == 10) && (struck[0] || struck[1] || struck[2]))
			fail_msg("%s: %d, %d, %d", path, struck[0], struck[1], struck[2]);
		cut += struck[0] > 0;
		free(bound);
	}
	assert_in_range(cut, 430, 570);
	plan_free(plan);
}

/* ---- the clock ---- */

static void windows_are_half_open(void **state)
{
	(void)state;
	ASK("{on: open, when: {after: 1us}, fail: EIO}", {at_time(0), "-"}, {at_time(999), "-"}, {at_time(1000), "error=EIO by rule-1"},
	    {at_time(INT64_MAX - 1), "error=EIO by rule-1"});
	ASK("{on: open, when: {until: 1us}, fail: EIO}", {at_time(0), "error=EIO by rule-1"}, {at_time(999), "error=EIO by rule-1"},
	    {at_time(1000), "-"});
	ASK("{on: open, when: {after: 1us, for: 2us}, fail: EIO}", {at_time(999), "-"}, {at_time(1000), "error=EIO by rule-1"},
	    {at_time(2999), "error=EIO by rule-1"}, {at_time(3000), "-"});
}

/* ---- ranges ---- */

static void a_failing_range_begins_exactly_at_its_first_byte(void **state)
{
	(void)state;
	const char *rule = "{on: [read, write], offset: 1000..2000, fail: EIO}";
	ASK(rule, {READ(0, 1000), "-"}, {READ(0, 1001), "length=1000"}, {READ(999, 2), "length=1"},
	    {READ(1000, 1), "error=EIO by rule-1"}, {READ(1999, 1), "error=EIO by rule-1"}, {READ(1999, 5000), "error=EIO by rule-1"},
	    {READ(2000, 1), "-"}, {READ(0, 1 << 20), "length=1000"}, {READ(500, 0), "-"}, {READ(1000, 0), "-"},
	    {write_at(0, 5000, 0, 0), "length=1000"}, {write_at(1500, 1, 0, 0), "error=EIO by rule-1"},
	    {write_at(2000, 1, 0, 0), "-"});
	/* The same for deny and hang; a delay is for the whole request. */
	ASK("{on: read, offset: 1000.., deny: true}", {READ(0, 4096), "length=1000"}, {READ(1000, 1), "error=EACCES by rule-1"});
	ASK("{on: read, offset: 1000.., hang: true}", {READ(0, 4096), "length=1000"}, {READ(1000, 1), "hang=interruptible by rule-1"});
	ASK("{on: read, offset: 1000.., delay: 1us}", {READ(0, 1000), "-"}, {READ(0, 1001), "delay=1000ns by rule-1"});
	ASK("{on: read, offset: 1000.., short: 10}", {READ(0, 1000), "-"}, {READ(0, 1001), "length=10 by rule-1"});
	ASK("{on: read, offset: 9223372036854775807.., fail: EIO}", {READ(0, 4096), "-"});
	ASK("{on: write, offset: 9223372036854775807.., fail: EIO}", {write_at(UINT64_MAX - 1, 4096, 0, 0), "error=EIO by rule-1"},
	    {write_at(INT64_MAX - 100, 4096, 0, 0), "length=100"});
}

/* Which rule has cut the request short, "-" for none. */
static void assert_cut(const char *rules, struct site site, const char *wanted)
{
	struct plan *plan = unit_plan(rules);
	struct bound *bound = unit_bound(plan, "in", "a.png");
	struct verdict verdict;
	plan_decide(plan, NULL, bound, &site, &verdict);
	unit_same_text(rules, verdict.cut ? verdict.cut->name : "-", wanted);
	for (uint32_t i = 0; i < bound->count; i++)
		assert_int_equal(bound->at[i].tally.fired + (verdict.cut ? bound->at[i].tally.seen : 0), verdict.rules_count && i == 0);
	free(bound);
	plan_free(plan);
}

static void what_is_cut_is_told_and_not_counted(void **state)
{
	(void)state;
	const char *bad = "{name: bad, on: [read, write, fallocate], offset: 1000.., fail: EIO}";
	assert_cut(bad, READ(0, 4096), "bad");
	assert_cut(bad, READ(0, 1000), "-");
	assert_cut(bad, READ(1000, 10), "-");
	assert_cut(bad, CACHE(0, 4096), "-");
	assert_cut(bad, write_at(0, 4096, 0, 0), "bad");
	assert_cut("{name: bad, on: read, offset: 1000.., hang: true}", READ(0, 4096), "bad");
	assert_cut("{name: bad, on: read, offset: 1000.., when: {times: 1}, fail: EIO}", READ(0, 4096), "bad");
	assert_cut("{name: bad, on: read, offset: 1000.., when: {nth: 2}, fail: EIO}", READ(0, 4096), "-");
	/* The nearest of several; none where something else ends the bytes before, or the request. */
	assert_cut("{name: a, on: read, offset: 2000.., fail: EIO}\n{name: b, on: read, offset: 1000.., fail: EIO}", READ(0, 4096), "b");
	assert_cut("{short: 10}\n{name: bad, on: read, offset: 1000.., fail: EIO}", READ(0, 4096), "-");
	assert_cut("{truncate: 500}\n{name: bad, on: read, offset: 1000.., fail: EIO}", READ(0, 4096), "-");
	assert_cut("{on: read, when: {nth: 1..}, fail: EIO}\n{name: bad, on: read, offset: 1000.., fail: EIO}", READ(0, 4096), "-");
	/* Of a listing programs do not see it. */
	assert_cut("{on: readdir, entries: 3.., fail: EIO}", listing(0), "-");
	/* What cannot be done in part fails as a whole. */
	struct site reserve = OP(fallocate);
	reserve.length = 4096;
	ASK(bad, {reserve, "error=EIO by bad"});
}

static void behind_the_end_of_the_file_no_byte_is_touched(void **state)
{
	(void)state;
	/* The file has 1 MiB. */
	ASK("{on: read, offset: 1MiB.., fail: EIO}", {READ(0, 2 << 20), "-"}, {READ(1 << 20, 4096), "-"}, {READ(2 << 20, 1), "-"});
	ASK("{on: read, offset: 1048575.., fail: EIO}", {READ(0, 2 << 20), "length=1048575"},
	    {READ(1048575, 4096), "error=EIO by rule-1"}, {READ(1 << 20, 4096), "-"});
	ASK("{on: write, offset: 1MiB.., fail: EIO}", {write_at(1 << 20, 1, 1, 0), "error=EIO by rule-1"});
}

static void the_nearest_of_several_ranges_counts(void **state)
{
	(void)state;
	ASK("{name: far, on: read, offset: 3000.., fail: EIO}\n{name: near, on: read, offset: 1000..1001, fail: EPERM}",
	    {READ(0, 4096), "length=1000"}, {READ(1000, 4096), "error=EPERM length=2000 by near"}, {READ(1001, 4096), "length=1999"},
	    {READ(3000, 1), "error=EIO by far"});
	ASK("{short: 10}\n{on: read, offset: 5.., fail: EIO}", {READ(0, 4096), "length=5 by rule-1"});
	ASK("{short: 10}\n{on: read, offset: 50.., fail: EIO}", {READ(0, 4096), "length=10 by rule-1"});
	ASK("{on: read, offset: 50.., fail: EIO}\n{short: 10}", {READ(0, 4096), "length=10 by rule-2"});
	ASK("{on: read, offset: 50.., fail: EIO}\n{on: read, fail: EPERM}", {READ(0, 4096), "error=EPERM length=50 by rule-2"});
}

static void a_rule_that_is_spent_leaves_requests_whole(void **state)
{
	(void)state;
	ASK("{on: read, offset: 1000.., when: {times: 1}, fail: EIO}", {READ(0, 4096), "length=1000"},
	    {READ(1000, 1), "error=EIO by rule-1"}, {READ(0, 4096), "-"}, {READ(1000, 1), "-"});
	ASK("{on: read, offset: 1000.., when: {until: 1us}, fail: EIO}", {READ(0, 4096), "length=1000"},
	    {{.op = OP_read, .volume = "in", .path = "a.png", .length = 4096, .size = 1 << 20, .now_ns = 1000}, "-"});
}

static void a_request_that_is_not_due_passes_whole_and_counts(void **state)
{
	(void)state;
	ASK("{on: read, offset: 1000.., when: {nth: 2}, fail: EIO}", {READ(0, 4096), "-"}, {READ(0, 4096), "length=1000"},
	    {READ(1000, 3096), "error=EIO by rule-1"}, {READ(0, 4096), "-"});
	ASK("{on: read, offset: 1000.., when: {nth: 2}, fail: EIO}", {READ(0, 1000), "-"}, {READ(1000, 1), "-"},
	    {READ(0, 1001), "length=1000"}, {READ(0, 1001), "length=1000"}, {READ(1000, 1), "error=EIO by rule-1"});
}

static void the_page_cache_is_struck_by_whole_pages(void **state)
{
	(void)state;
	const char *rule = "{on: read, offset: 10000..10001, fail: EIO}"; /* in the third page */
	/* A large request is failed without a strike, and comes again page by page. */
	ASK(rule, {CACHE(0, 131072), "split"}, {CACHE(0, 4096), "-"}, {CACHE(4096, 4096), "-"}, {CACHE(8192, 4096), "error=EIO by rule-1"},
	    {CACHE(12288, 4096), "-"}, {CACHE(12288, 65536), "-"});
	/* Where it does not come in pieces, it is struck as it is. */
	ASK(rule, {CACHE(0, 131072), "split"}, {CACHE(0, 131072), "error=EIO by rule-1"});
	/* Read once more from the start, it is the same again. */
	ASK(rule, {CACHE(0, 131072), "split"}, {CACHE(0, 4096), "-"}, {CACHE(8192, 4096), "error=EIO by rule-1"},
	    {CACHE(0, 131072), "split"}, {CACHE(0, 4096), "-"}, {CACHE(8192, 4096), "error=EIO by rule-1"});
	/* What does not touch the range is not split. */
	ASK(rule, {CACHE(0, 8192), "-"}, {CACHE(12288, 131072), "-"}, {CACHE(8192, 131072), "split"});
	/* Other kinds need no splitting. */
	ASK("{on: read, offset: 10000.., delay: 1us}", {CACHE(0, 131072), "delay=1000ns by rule-1"});
	ASK("{offset: 10000.., corrupt: zero}", {CACHE(0, 131072), "altering=1 by rule-1"});
	/* Counted are strikes, not readahead. */
	ASK("{on: read, when: {nth: 1}, fail: EIO}", {CACHE(0, 131072), "split"}, {CACHE(0, 4096), "error=EIO by rule-1"},
	    {CACHE(4096, 4096), "-"}, {CACHE(0, 4096), "-"});
}

static void what_the_page_cache_asks_for_again_is_the_same_request(void **state)
{
	(void)state;
	/* It asks at most three times for the page of one read; the rule has struck once. */
	ASK("{on: read, when: {times: 1}, fail: EIO}", {CACHE(0, 4096), "error=EIO by rule-1"}, {CACHE(0, 4096), "error=EIO"},
	    {CACHE(0, 4096), "error=EIO"}, {CACHE(0, 4096), "-"});
	ASK("{on: read, when: {nth: 2}, fail: EIO}", {CACHE(0, 4096), "-"}, {CACHE(0, 4096), "error=EIO by rule-1"},
	    {CACHE(0, 4096), "error=EIO"}, {CACHE(0, 4096), "error=EIO"}, {CACHE(0, 4096), "-"});
	ASK("{on: read, when: {nth: 1..2}, fail: EIO}", {CACHE(0, 4096), "error=EIO by rule-1"}, {CACHE(0, 4096), "error=EIO"},
	    {CACHE(0, 4096), "error=EIO"}, {CACHE(0, 4096), "error=EIO by rule-1"}, {CACHE(0, 4096), "error=EIO"});
	/* Any other read ends it: of another page, of a larger piece, by a program itself. */
	const char *once = "{on: read, when: {times: 1}, fail: EIO}";
	ASK(once, {CACHE(0, 4096), "error=EIO by rule-1"}, {CACHE(4096, 4096), "-"}, {CACHE(0, 4096), "-"});
	ASK(once, {CACHE(0, 4096), "error=EIO by rule-1"}, {CACHE(0, 8192), "split"}, {CACHE(0, 4096), "-"});
	ASK(once, {CACHE(0, 4096), "error=EIO by rule-1"}, {READ(0, 4096), "-"}, {CACHE(0, 4096), "-"});
	/* What a program asks itself never is the same. */
	ASK(once, {READ(0, 4096), "error=EIO by rule-1"}, {READ(0, 4096), "-"});
	ASK(once, {READ(0, 4096), "error=EIO by rule-1"}, {CACHE(0, 4096), "-"});
	/* No rule counts it: the first one would be due at the second request. */
	ASK("{name: a, on: read, when: {nth: 2}, fail: EPERM}\n{name: b, on: read, when: {times: 1}, fail: EIO}",
	    {CACHE(0, 4096), "error=EIO by b"}, {CACHE(0, 4096), "error=EIO"}, {CACHE(4096, 4096), "error=EPERM by a"},
	    {CACHE(4096, 4096), "error=EPERM"});
	/* Nor is it drawn again, nor is it too late for it. */
	struct site late = CACHE(0, 4096);
	late.now_ns = 1000;
	ASK("{on: read, when: {until: 1us}, fail: EIO}", {CACHE(0, 4096), "error=EIO by rule-1"}, {late, "error=EIO"});
	/* Kinds that do not end a request are asked each time: there the page is delivered. */
	ASK("{on: read, when: {times: 1}, delay: 1us}", {CACHE(0, 4096), "delay=1000ns by rule-1"}, {CACHE(0, 4096), "-"});
}

static void a_program_that_begins_anew_repeats_nothing(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{on: read, when: {times: 1}, fail: EIO}");
	struct bound *bound = unit_bound(plan, "in", "a.png");
	unit_ask(plan, bound, CACHE(0, 4096), "error=EIO by rule-1");
	plan_anew(bound, UINT64_MAX);
	unit_ask(plan, bound, CACHE(0, 4096), "-");
	unit_ask(plan, bound, CACHE(0, 8192), "split");
	plan_anew(bound, UINT64_MAX);
	unit_ask(plan, bound, CACHE(0, 8192), "split");
	free(bound);
	plan_free(plan);
}

/* A copy that fails behind its first page says how far it came; the error is for the copy that goes on there. */
static void an_error_that_a_copy_did_not_tell_is_told_by_the_next(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{on: read, offset: 4096.., when: {times: 1}, fail: EIO}");
	struct bound *bound = unit_bound(plan, "in", "a.png");
	plan_anew(bound, 0);
	unit_ask(plan, bound, CACHE(0, 4096), "-");
	unit_ask(plan, bound, CACHE(4096, 4096), "error=EIO by rule-1");
	plan_anew(bound, 4096);
	unit_ask(plan, bound, CACHE(4096, 4096), "error=EIO");
	plan_anew(bound, 4096); /* told now */
	unit_ask(plan, bound, CACHE(4096, 4096), "-");
	free(bound);
	/* A copy of another part tells nothing of it, and begins anew. */
	bound = unit_bound(plan, "in", "a.png");
	plan_anew(bound, 0);
	unit_ask(plan, bound, CACHE(4096, 4096), "error=EIO by rule-1");
	plan_anew(bound, 8192);
	unit_ask(plan, bound, CACHE(4096, 4096), "-");
	free(bound);
	plan_free(plan);
}

static void what_is_written_back_is_never_cut(void **state)
{
	(void)state;
	/* The kernel would take a short answer for a whole one. */
	ASK("{on: write, offset: 5000.., fail: EIO}", {back_write(0, 8192, 0, 0), "error=EIO by rule-1"},
	    {back_write(0, 131072, 0, 0), "error=EIO by rule-1"}, {back_write(0, 4096, 0, 0), "-"},
	    {write_at(0, 8192, 0, 0), "length=5000"});
	ASK("{on: write, offset: 5000..6000, when: {times: 1}, fail: ENOSPC}", {back_write(0, 4096, 0, 0), "-"},
	    {back_write(4096, 4096, 0, 0), "error=ENOSPC by rule-1"}, {back_write(4096, 4096, 0, 0), "-"});
	ASK("{on: write, offset: 5000.., hang: true}", {back_write(0, 8192, 0, 0), "hang=interruptible by rule-1"});
	ASK("{on: write, short: 10}", {back_write(0, 4096, 0, 0), "-"}, {write_at(0, 4096, 0, 0), "length=10 by rule-1"});
	ASK("{space: 1000}", {back_write(0, 400, 400, 700), "error=ENOSPC by rule-1"}, {back_write(0, 400, 0, 1000), "-"},
	    {write_at(0, 400, 400, 700), "length=300 by rule-1"});
}

/* ---- listings ---- */

static void a_listing_counts_once_however_many_requests_it_takes(void **state)
{
	(void)state;
	ASK("{on: readdir, when: {nth: 2}, fail: EIO}", {listing(0), "-"}, {listing(4), "-"}, {listing(8), "-"},
	    {listing(0), "error=EIO by rule-1"}, {listing(0), "-"}, {listing(4), "-"});
	ASK("{on: readdir, when: {times: 1}, fail: EIO}", {listing(0), "error=EIO by rule-1"}, {listing(0), "-"}, {listing(4), "-"},
	    {listing(8), "-"}, {listing(0), "-"});
	/* A rule that goes on striking does so for the whole of a listing. */
	ASK("{on: readdir, when: {nth: 2}, delay: 1us}", {listing(0), "-"}, {listing(4), "-"}, {listing(0), "delay=1000ns by rule-1"},
	    {listing(4), "delay=1000ns by rule-1"}, {listing(8), "delay=1000ns by rule-1"}, {listing(0), "-"}, {listing(4), "-"});
	ASK("{on: readdir, when: {times: 1}, delay: 1us}", {listing(0), "delay=1000ns by rule-1"}, {listing(4), "delay=1000ns by rule-1"},
	    {listing(0), "-"}, {listing(4), "-"});
}

static void a_listing_breaks_off_at_an_entry(void **state)
{
	(void)state;
	ASK("{on: readdir, entries: 3.., fail: EIO}", {listing(0), "length=3"}, {listing(3), "error=EIO by rule-1"},
	    {listing(0), "length=3"}, {listing(3), "error=EIO by rule-1"});
	ASK("{on: readdir, entries: 3..4, fail: EIO}", {listing(0), "length=3"}, {listing(3), "error=EIO by rule-1"}, {listing(4), "-"});
	ASK("{on: readdir, entries: 10.., fail: EIO}", {listing(0), "-"}, {listing(4), "-"}, {listing(10), "-"});
	ASK("{on: readdir, entries: 0.., fail: EIO}", {listing(0), "error=EIO by rule-1"});
	ASK("{on: readdir, entries: ..2, fail: EIO}", {listing(0), "error=EIO by rule-1"}, {listing(2), "-"});
}

static void a_listing_that_breaks_off_counts_once_too(void **state)
{
	(void)state;
	ASK("{on: readdir, entries: 3.., when: {nth: 2}, fail: EIO}", {listing(0), "length=3"}, {listing(3), "-"}, {listing(7), "-"},
	    {listing(0), "length=3"}, {listing(3), "error=EIO by rule-1"}, {listing(0), "length=3"}, {listing(3), "-"});
	ASK("{on: readdir, entries: 3.., when: {times: 1}, fail: EIO}", {listing(0), "length=3"}, {listing(3), "error=EIO by rule-1"},
	    {listing(0), "length=3"}, {listing(3), "-"}, {listing(7), "-"}); /* programs do not see the cut */
	/* It may come to the range in several requests. */
	ASK("{on: readdir, entries: 7.., when: {nth: 2}, fail: EIO}", {listing(0), "length=7"}, {listing(4), "length=3"},
	    {listing(7), "-"}, {listing(9), "-"}, {listing(0), "length=7"}, {listing(7), "error=EIO by rule-1"});
}

/* ---- order and stacking ---- */

static void rules_are_asked_in_order_until_one_ends_the_request(void **state)
{
	(void)state;
	/* Conditions that always hold: without any, the second rule would be refused. */
	ASK("{name: a, on: read, when: {nth: 1..}, fail: EIO}\n{name: b, on: read, fail: EPERM}", {READ(0, 10), "error=EIO by a"});
	ASK("{name: a, on: read, delay: 1us}\n{name: b, on: read, when: {nth: 1..}, fail: EPERM}\n{name: c, on: read, delay: 1us}",
	    {READ(0, 10), "delay=1000ns error=EPERM by a,b"});
	ASK("{name: a, on: read, when: {nth: 1..}, hang: true}\n{name: b, on: read, fail: EIO}", {READ(0, 10), "hang=interruptible by a"});
	ASK("{name: a, when: {probability: 1}, missing: true}\n{name: b, on: lookup, fail: EIO}", {OP(lookup), "error=ENOENT hidden by a"});
	ASK("{name: a, on: lookup, fail: EIO}\n{name: b, missing: true}", {OP(lookup), "error=EIO by a"}, {OP(listed), "hidden by b"});
	ASK("{name: a, short: 100}\n{name: b, corrupt: flip}\n{name: c, on: read, delay: 1us}\n{name: d, truncate: 50}",
	    {READ(0, 4096), "delay=1000ns length=100 size=50 altering=1 by a,b,c,d"});
	ASK("{name: a, corrupt: flip}\n{name: b, on: read, fail: EIO}", {READ(0, 4096), "error=EIO altering=1 by a,b"});
}

static void no_more_than_eight_rules_strike_one_request(void **state)
{
	(void)state;
	struct buf rules = {0};
	for (int i = 0; i < 12; i++)
		buf_printf(&rules, "{corrupt: {mode: %s}}\n", i % 2 ? "zero" : "flip");
	buf_text(&rules, "{name: last, on: read, fail: EIO}");
	ASK(buf_string(&rules), {READ(0, 10), "altering=8 by rule-1,rule-2,rule-3,rule-4,rule-5,rule-6,rule-7,rule-8"});
	buf_free(&rules);
	/* Rules that do not strike take no room. */
	for (int i = 0; i < 100; i++)
		buf_text(&rules, "{on: read, when: {nth: 2}, delay: 1us}\n");
	buf_text(&rules, "{name: last, on: read, fail: EIO}");
	ASK(buf_string(&rules), {READ(0, 10), "error=EIO by last"});
	buf_free(&rules);
}

/* ---- binding ---- */

static void rules_are_bound_by_volume_and_path(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{name: a, volume: in, path: '*.png', on: read, fail: EIO}\n"
				      "{name: b, volume: out, on: write, fail: EIO}\n"
				      "{name: c, path: '**/x', on: open, fail: EIO}\n"
				      "{name: d, volume: in, path: ., on: opendir, fail: EIO}\n");
	static const struct {
		const char *volume, *path, *rules;
		opset ops;
	} rows[] = {
		{"in", "a.png", "a", OP_BIT(read)},
		{"in", "d/a.png", "", 0},
		{"out", "a.png", "b", OP_BIT(write)},
		{"out", "x", "bc", OP_BIT(write) | OP_BIT(open)},
		{"in", "d/x", "c", OP_BIT(open)},
		{"lib", "x", "c", OP_BIT(open)},
		{"lib", "y", "", 0},
		{"in", ".", "d", OP_BIT(opendir)},
		{"out", ".", "b", OP_BIT(write)},
		{"IN", "a.png", "", 0},
		{"inn", "a.png", "", 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct bound *bound = unit_bound(plan, rows[i].volume, rows[i].path);
		char got[5] = "";
		for (uint32_t j = 0; bound && j < bound->count; j++) {
			got[j] = bound->at[j].rule->name[0];
			assert_int_equal(bound->at[j].tally.seen + bound->at[j].tally.fired, 0);
		}
		unit_same_text(rows[i].path, got, rows[i].rules);
		assert_int_equal(bound ? bound->ops : 0, rows[i].ops);
		assert_int_equal(!bound, !rows[i].rules[0]);
		free(bound);
	}
	plan_free(plan);
}

static void the_smallest_space_of_a_volume_is_told(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{volume: out, space: 1000}\n{volume: out, space: {bytes: 500, files: 7}}\n"
				      "{volume: out, space: {files: 9}}\n{volume: tmp, space: {files: 1}}\n{on: read, fail: EIO}");
	uint64_t bytes, files;
	assert_true(plan_space(plan, NULL, "out", &bytes, &files));
	assert_int_equal(bytes, 500);
	assert_int_equal(files, 7);
	assert_true(plan_space(plan, NULL, "tmp", &bytes, &files));
	assert_int_equal(bytes, UINT64_MAX);
	assert_int_equal(files, 1);
	assert_false(plan_space(plan, NULL, "in", &bytes, &files));
	plan_free(plan);
	plan = unit_plan("{space: 0}");
	assert_true(plan_space(plan, NULL, "anything", &bytes, &files));
	assert_int_equal(bytes, 0);
	plan_free(plan);
}

/* ---- purity ---- */

/* Drawn by place: what a request meets does not depend on those before it. */
static const char *const by_place =
	"{name: a, on: read, when: {probability: 10%}, fail: EIO}\n{name: b, on: read, offset: 64KiB..128KiB, fail: EPERM}\n"
	"{name: c, when: {probability: 30%}, corrupt: garbage}\n{name: d, on: read, when: {probability: 20%}, delay: 3us}\n"
	"{name: e, when: {probability: 50%}, truncate: 200KiB}\n{name: f, short: 50%, when: {probability: 40%}}\n";

enum { FILES = 8, SITES = 2000 };

static struct site pure_site(unsigned file, unsigned n)
{
	static const char *const paths[FILES] = {"a", "b", "c", "d/e", "f", "g.png", "h", "i"};
	return (struct site){.op = OP_read, .volume = "in", .path = paths[file], .size = 1 << 20,
			     .offset = unit_drawn(9, n, file, 1 << 20), .length = 1 + unit_drawn(9, n, 100 + file, 20000)};
}

static void digest_verdict(const struct verdict *v, uint64_t *digest)
{
	char text[1000];
	unit_verdict(v, text);
	*digest = draw_text(text);
}

/* Coprime to SITES: each walks through all of them in another order. */
static const unsigned steps[] = {1, SITES - 1, 7, 333, 1001};

/* The verdicts on all sites of a file, asked from `start` on in steps of `step`. */
static void judge_sites(const struct plan *plan, unsigned file, unsigned start, unsigned step, uint64_t digests[SITES])
{
	struct bound *bound = NULL;
	struct site site = pure_site(file, 0);
	if (plan_bind(plan, "in", site.path, &bound) < 0)
		return;
	for (unsigned i = 0; i < SITES; i++) {
		unsigned n = (start + i * step) % SITES;
		struct verdict verdict;
		site = pure_site(file, n);
		plan_decide(plan, NULL, bound, &site, &verdict);
		digest_verdict(&verdict, &digests[n]);
	}
	free(bound);
}

static void the_order_of_requests_does_not_matter(void **state)
{
	(void)state;
	static uint64_t forwards[SITES], shuffled[SITES];
	struct plan *plan = unit_plan(by_place);
	for (unsigned file = 0; file < FILES; file++) {
		judge_sites(plan, file, 0, 1, forwards);
		for (size_t i = 0; i < COUNT_OF(steps); i++) {
			judge_sites(plan, file, 77, steps[i], shuffled);
			assert_memory_equal(forwards, shuffled, sizeof forwards);
		}
	}
	plan_free(plan);
}

struct judge {
	pthread_t thread;
	const struct plan *plan;
	unsigned number;
	uint64_t digests[FILES][SITES];
};

static void *judge_all(void *context)
{
	struct judge *judge = context;
	for (unsigned i = 0; i < FILES; i++) {
		unsigned file = (i + judge->number) % FILES;
		judge_sites(judge->plan, file, judge->number * 13, steps[judge->number % COUNT_OF(steps)], judge->digests[file]);
	}
	return NULL;
}

static void threads_get_the_same_verdicts(void **state)
{
	(void)state;
	enum { THREADS = 8 };
	static struct judge judges[THREADS], alone;
	struct plan *plan = unit_plan(by_place);
	alone.plan = plan;
	judge_all(&alone);
	for (unsigned i = 0; i < THREADS; i++) {
		judges[i].plan = plan;
		judges[i].number = i;
		assert_int_equal(pthread_create(&judges[i].thread, NULL, judge_all, &judges[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(judges[i].thread, NULL);
	for (unsigned i = 0; i < THREADS; i++)
		assert_memory_equal(judges[i].digests, alone.digests, sizeof alone.digests);
	plan_free(plan);
}

static void seed_name_and_path_decide_and_the_place_in_the_plan_does_not(void **state)
{
	(void)state;
	enum { N = 2000 };
	static bool first[N], second[N];
	struct plan *a = unit_plan("{name: r, on: read, when: {probability: 50%}, fail: EIO}");
	struct plan *b = unit_plan("{name: x, on: write, fail: EIO}\n{name: r, on: read, when: {probability: 50%}, fail: EPERM}");
	struct plan *c = unit_plan("{name: q, on: read, when: {probability: 50%}, fail: EIO}");
	strikes_of(a, "p", OP_read, 0, N, first);
	strikes_of(b, "p", OP_read, 0, N, second);
	assert_memory_equal(first, second, sizeof first);
	strikes_of(c, "p", OP_read, 0, N, second);
	assert_memory_not_equal(first, second, sizeof first);
	a->seed++;
	strikes_of(a, "p", OP_read, 0, N, second);
	assert_memory_not_equal(first, second, sizeof first);
	plan_free(a);
	plan_free(b);
	plan_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_denying_and_hanging_end_a_request),
		cmocka_unit_test(a_missing_name_is_neither_found_nor_listed),
		cmocka_unit_test(a_name_that_is_not_there_anyway_is_not_missing),
		cmocka_unit_test(delays_wait_and_serve),
		cmocka_unit_test(delay_shapes_are_those_of_netem),
		cmocka_unit_test(jitter_below_zero_is_no_delay_and_no_strike),
		cmocka_unit_test(short_transfers_move_something),
		cmocka_unit_test(a_read_that_gets_all_there_is_is_not_short),
		cmocka_unit_test(corruption_is_left_to_the_bytes),
		cmocka_unit_test(truncated_files_end_early),
		cmocka_unit_test(a_full_disk_takes_what_fits),
		cmocka_unit_test(each_operation_is_asked_by_itself),
		cmocka_unit_test(ordinals_and_times_count_a_files_own_requests),
		cmocka_unit_test(files_count_by_themselves),
		cmocka_unit_test(only_matching_requests_count),
		cmocka_unit_test(a_request_that_an_earlier_rule_ended_is_not_counted_by_later_ones),
		cmocka_unit_test(chances_are_the_same_for_ever),
		cmocka_unit_test(the_same_block_always_fails_and_a_retry_may_succeed),
		cmocka_unit_test(a_chance_and_the_other_triggers_must_both_hold),
		cmocka_unit_test(a_chance_for_a_property_of_the_file_is_drawn_once),
		cmocka_unit_test(windows_are_half_open),
		cmocka_unit_test(a_failing_range_begins_exactly_at_its_first_byte),
		cmocka_unit_test(what_is_cut_is_told_and_not_counted),
		cmocka_unit_test(behind_the_end_of_the_file_no_byte_is_touched),
		cmocka_unit_test(the_nearest_of_several_ranges_counts),
		cmocka_unit_test(a_rule_that_is_spent_leaves_requests_whole),
		cmocka_unit_test(a_request_that_is_not_due_passes_whole_and_counts),
		cmocka_unit_test(the_page_cache_is_struck_by_whole_pages),
		cmocka_unit_test(what_the_page_cache_asks_for_again_is_the_same_request),
		cmocka_unit_test(a_program_that_begins_anew_repeats_nothing),
		cmocka_unit_test(an_error_that_a_copy_did_not_tell_is_told_by_the_next),
		cmocka_unit_test(what_is_written_back_is_never_cut),
		cmocka_unit_test(a_listing_counts_once_however_many_requests_it_takes),
		cmocka_unit_test(a_listing_breaks_off_at_an_entry),
		cmocka_unit_test(a_listing_that_breaks_off_counts_once_too),
		cmocka_unit_test(rules_are_asked_in_order_until_one_ends_the_request),
		cmocka_unit_test(no_more_than_eight_rules_strike_one_request),
		cmocka_unit_test(rules_are_bound_by_volume_and_path),
		cmocka_unit_test(the_smallest_space_of_a_volume_is_told),
		cmocka_unit_test(the_order_of_requests_does_not_matter),
		cmocka_unit_test(threads_get_the_same_verdicts),
		cmocka_unit_test(seed_name_and_path_decide_and_the_place_in_the_plan_does_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

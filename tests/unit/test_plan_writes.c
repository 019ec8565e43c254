/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What goes wrong with writes, as it is decided: what is lost of them, what heals, what a plan may say of it. */
#include "unit_plan.h"

#include "faults/live.h"
#include "faults/loss.h"

static struct site write_of(uint64_t offset, uint64_t length)
{
	return (struct site){.op = OP_write, .volume = "out", .path = "f", .offset = offset, .length = length, .size = 1 << 20, .ordinal = 1};
}

/* ---- what a plan may say ---- */

static void rules_are_taken_and_put_into_words(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *words;
	} rows[] = {
		{"{lose: write}", "rule-1: **: write: acknowledge the bytes and keep none"},
		{"{lose: fsync}", "rule-1: **: write: acknowledge the bytes, show them, and lose them at the next fsync"},
		{"{torn: 4KiB}", "rule-1: **: write: acknowledge all, keep the first 4096 bytes"},
		{"{torn: random}", "rule-1: **: write: acknowledge all, keep sectors of 512 bytes drawn at random"},
		{"{torn: {keep: random, sector: 4096, at: close}}",
		 "rule-1: **: write: acknowledge all, keep sectors of 4096 bytes drawn at random; seen whole until the next close"},
		{"{fsync_fails: btrfs}", "rule-1: **: fsync: say EIO once to each open file, and leave it as btrfs does: as it is on the disk"},
		{"{fsync_fails: {as: xfs, at: cut}}",
		 "rule-1: **: fsync: say EIO once to each open file, and leave it as xfs does: new to readers, old from the next cut on"},
		{"{on: rename, cut: before}", "rule-1: **: rename: the power fails before; what was not synced (strict) is gone"},
		{"{on: write, cut: {at: half, model: ordered, keep: random, kill: true}}",
		 "rule-1: **: write: the power fails half-way; what was not synced (ordered) is gone or kept by chance; the caller is killed"},
		{"{on: read, fail: EIO, heal: write}", "rule-1: **: read: fail with EIO; a write of a whole sector of 512 bytes heals it"},
		{"{on: read, fail: EIO, heal: {on: write, sector: 4KiB}}",
		 "rule-1: **: read: fail with EIO; a write of a whole sector of 4096 bytes heals it"},
		{"{corrupt: stuck}", "rule-1: **: read: deliver one stuck bit in every 4096 bytes"},
		{"{corrupt: random}", "rule-1: **: read: deliver one flipped bit in every 4096 bytes, another one each time"},
		{"{corrupt: stale}", "rule-1: **: read: deliver what the block held before it was last written"},
		{"{on: write, corrupt: zero}", "rule-1: **: write: store zeroes"},
		{"{on: [read, write], corrupt: zero}", "rule-1: **: read, write: deliver and store zeroes"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf words = {0};
		struct plan *plan = unit_plan(rows[i].rule);
		plan_explain_rule(plan->rules.at[0], &words);
		unit_same_text(rows[i].rule, buf_string(&words), rows[i].words);
		buf_free(&words);
		plan_free(plan);
	}
}

static void rules_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *rules, *complaint;
	} rows[] = {
		{"{lose: true}", "lost at write, fsync, close or cut, not at 'true'"},
		{"{lose: fsnyc}", "lost at write, fsync, close or cut, not at 'fsnyc' (did you mean 'fsync'?)"},
		{"{volume: in, lose: write}", "this rule can never strike"},
		{"{volume: in, fsync_fails: xfs}", "this rule can never strike"},
		{"{volume: in, corrupt: stale}", "this rule can never strike"},
		{"{torn: 0}", "a torn write keeps something: see 'lose'"},
		{"{torn: 700}", "sectors are written as a whole: keep a multiple of 512 bytes"},
		{"{torn: {keep: 512, sector: 4096}}", "sectors are written as a whole: keep a multiple of 4096 bytes"},
		{"{torn: {keep: 1000, sector: 1000}}", "a sector has 512 or 4096 bytes"},
		{"{fsync_fails: zfs}", "fsync fails as on ext4, xfs or btrfs, not 'zfs'"},
		{"{fsync_fails: {as: ext4, at: write}}", "'at' says when the pages leave the cache: close or cut"},
		{"{cut: before}", "'cut' needs 'on'"},
		{"{on: release, cut: before}", "'cut' has no effect on release"},
		{"{on: write, cut: during}", "'during' is none of before, after, half"},
		{"{on: write, cut: {model: strikt}}", "'strikt' is none of strict, ordered (did you mean 'strict'?)"},
		{"{on: write, cut: before}\n{on: read, cut: {model: ordered}}", "rules rule-1 and rule-2 cut the power of different models"},
		{"{on: write, fail: EIO, heal: write}", "'heal' goes with 'fail' and 'on: read' alone"},
		{"{on: read, hang: true, heal: write}", "'heal' goes with 'fail' and 'on: read' alone"},
		{"{on: read, fail: EIO, heal: [write, truncate]}", "only a write heals a bad sector: heal: write"},
		{"{on: [read, write], corrupt: stale}", "'corrupt: stale' goes with 'on: read' alone"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err = {0};
		struct plan *plan = NULL;
		if (unit_plan_try(rows[i].rules, &plan, &err) == 0)
			fail_msg("%s: taken", rows[i].rules);
		if (!strstr(err.text, rows[i].complaint))
			fail_msg("%s: \"%s\" and not \"%s\"", rows[i].rules, err.text, rows[i].complaint);
	}
}

/* ---- what is lost of a write ---- */

/* The runs of a write in words: "-512 +100" is 512 bytes lost and then 100 kept. */
static const char *runs_of(const struct plan *plan, const struct site *site, char text[1000])
{
	char *to = text;
	bool lost;
	*to = '\0';
	for (uint64_t at = site->offset, end = at + site->length, next; at < end; at = next) {
		next = loss_run(plan, plan->rules.at[0], site, at, end, &lost);
		assert_true(next > at && next <= end);
		to += sprintf(to, "%s%c%llu", to == text ? "" : " ", lost ? '-' : '+', (unsigned long long)(next - at));
	}
	return text;
}

static void a_write_is_parted_at_the_sectors_and_the_range(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		uint64_t offset, length;
		const char *runs;
	} rows[] = {
		{"{lose: write}", 0, 1000, "-1000"},
		{"{offset: 100..200, lose: write}", 0, 1000, "+100 -100 +800"},
		{"{offset: 100..200, lose: write}", 150, 10, "-10"},
		{"{torn: 512}", 0, 1000, "+512 -488"},
		{"{torn: 512}", 100, 1000, "+512 -488"},
		{"{offset: 700.., torn: 512}", 0, 1000, "+700 -300"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[1000];
		struct plan *plan = unit_plan(rows[i].rule);
		const struct site site = write_of(rows[i].offset, rows[i].length);
		unit_same_text(rows[i].rule, runs_of(plan, &site, text), rows[i].runs);
		plan_free(plan);
	}
}

/* Whole sectors, at least one of them lost, and over many writes many different choices. */
static void sectors_are_drawn(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{torn: random}");
	unsigned kept = 0, lost_count = 0;
	for (uint64_t n = 0; n < 200; n++) {
		struct site site = write_of(unit_drawn(1, n, 0, 3000), 1 + unit_drawn(1, n, 1, 6000));
		bool lost, any = false;
		site.ordinal = n;
		for (uint64_t at = site.offset, end = at + site.length, next; at < end; at = next) {
			next = loss_run(plan, plan->rules.at[0], &site, at, end, &lost);
			assert_true(next == end || next % 512 == 0);
			any |= lost;
			kept += !lost;
			lost_count += lost;
		}
		assert_true(any);
	}
	assert_true(kept > 300 && lost_count > kept && lost_count < 2 * kept);
	plan_free(plan);
}

static void what_needs_memory_is_known(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		bool remembers, changes, stale;
	} rows[] = {
		{"{lose: write}", false, false, false},	  {"{lose: close}", true, true, false},
		{"{torn: 512}", false, false, false},	  {"{torn: {keep: 512, at: cut}}", true, true, false},
		{"{fsync_fails: xfs}", true, true, false}, {"{on: write, cut: after}", true, false, false},
		{"{corrupt: stale}", true, true, true},	  {"{corrupt: flip}", false, false, false},
		{"{volume: other, lose: close}", false, false, false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		if (loss_remembers(plan, "out") != rows[i].remembers || loss_changes_files(plan, "out") != rows[i].changes ||
		    loss_shows_stale(plan, "out") != rows[i].stale)
			fail_msg("%s", rows[i].rule);
		plan_free(plan);
	}
}

static void only_a_sync_with_something_to_write_fails(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{fsync_fails: xfs, when: {times: 1}}");
	struct bound *bound = unit_bound(plan, "out", "f");
	struct site site = {.op = OP_fsync, .volume = "out", .path = "f"};
	unit_ask(plan, bound, site, "-");
	site.unsynced = 1;
	unit_ask(plan, bound, site, "error=EIO by rule-1");
	unit_ask(plan, bound, site, "-");
	free(bound);
	plan_free(plan);
}

/* ---- healing ---- */

struct healing {
	struct plan *plan;
	struct live live;
	struct bound *bound;
};

static void open_healing(struct healing *h, const char *rule)
{
	h->plan = unit_plan(rule);
	assert_int_equal(live_init(&h->live, h->plan), 0);
	h->bound = unit_bound(h->plan, "out", "f");
}

static void close_healing(struct healing *h)
{
	free(h->bound);
	live_fini(&h->live);
	plan_free(h->plan);
}

static void reads(struct healing *h, uint64_t offset, uint64_t length, const char *wanted)
{
	char text[1000], row[64];
	struct verdict verdict;
	const struct site site = {.op = OP_read, .volume = "out", .path = "f", .offset = offset, .length = length, .size = 1 << 20, .file = 7};
	plan_decide(h->plan, &h->live, h->bound, &site, &verdict);
	snprintf(row, sizeof row, "read %llu, %llu", (unsigned long long)offset, (unsigned long long)length);
	unit_same_text(row, unit_verdict(&verdict, text), wanted);
}

static bool heals(struct healing *h, uint64_t file, uint64_t offset, uint64_t length)
{
	const struct site site = {.op = OP_write, .volume = "out", .path = "f", .offset = offset, .length = length, .file = file};
	return live_mend(&h->live, h->plan->rules.at[0], &site, offset + length);
}

static void a_write_of_whole_sectors_heals_them(void **state)
{
	(void)state;
	struct healing h;
	open_healing(&h, "{on: read, offset: 1024..3072, fail: EIO, heal: write}");
	reads(&h, 0, 4096, "length=1024");
	reads(&h, 1024, 100, "error=EIO by rule-1");
	assert_false(heals(&h, 7, 1024, 511));
	assert_false(heals(&h, 7, 1025, 1022));
	assert_false(heals(&h, 7, 0, 1024));
	assert_false(heals(&h, 7, 4096, 4096));
	reads(&h, 1024, 100, "error=EIO by rule-1");
	assert_true(heals(&h, 8, 1024, 512)); /* another file */
	reads(&h, 1024, 100, "error=EIO by rule-1");
	assert_true(heals(&h, 7, 1000, 600));
	assert_false(heals(&h, 7, 1024, 512));
	reads(&h, 1024, 512, "-");
	reads(&h, 1024, 513, "length=512");
	reads(&h, 0, 4096, "length=1536");
	assert_true(heals(&h, 7, 0, 8192));
	reads(&h, 0, 4096, "-");
	live_reset(&h.live);
	reads(&h, 0, 4096, "length=1024");
	close_healing(&h);
}

/* Against a table of sectors, with runs that meet, touch and cover one another. */
static void what_is_healed_is_what_was_added(void **state)
{
	(void)state;
	struct mended mended = {0};
	bool healed[200] = {0};
	for (uint64_t n = 0; n < 300; n++) {
		uint64_t first = unit_drawn(2, n, 0, 190), end = first + unit_drawn(2, n, 1, 10);
		if (n % 10 == 0)
			assert_int_equal(mended_add(&mended, 1, 0, (struct range){first, end}), 0);
		for (uint64_t i = first; n % 10 == 0 && i < end; i++)
			healed[i] = true;
		uint64_t from = unit_drawn(2, n, 2, 200), to = from + unit_drawn(2, n, 3, 200 - from + 1);
		struct range gap = mended_gap(&mended, 1, 0, (struct range){from, to});
		while (from < to && healed[from])
			from++;
		uint64_t until = from;
		while (until < to && !healed[until])
			until++;
		assert_int_equal(gap.first < gap.end, from < to);
		if (from < to && (gap.first != from || gap.end != until))
			fail_msg("draw %llu: %llu to %llu, and not %llu to %llu", (unsigned long long)n, (unsigned long long)gap.first,
				 (unsigned long long)gap.end, (unsigned long long)from, (unsigned long long)until);
	}
	mended_clear(&mended);
}

static void what_is_remembered_of_healing_is_bounded(void **state)
{
	(void)state;
	struct mended mended = {0};
	for (uint64_t i = 0; i < MENDED_RUNS_MAX; i++)
		assert_int_equal(mended_add(&mended, 1, 0, (struct range){4 * i, 4 * i + 1}), 0);
	assert_int_equal(mended_add(&mended, 1, 0, (struct range){1 << 20, (1 << 20) + 1}), -ENOSPC);
	assert_int_equal(mended_add(&mended, 1, 0, (struct range){1, 4}), 0);
	for (uint64_t i = 2; i <= MENDED_FILES_MAX; i++)
		assert_int_equal(mended_add(&mended, i, 0, (struct range){0, 1}), 0);
	assert_int_equal(mended_add(&mended, 0, 0, (struct range){0, 1}), -ENOSPC);
	mended_clear(&mended);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_taken_and_put_into_words),
		cmocka_unit_test(rules_that_make_no_sense_are_refused),
		cmocka_unit_test(a_write_is_parted_at_the_sectors_and_the_range),
		cmocka_unit_test(sectors_are_drawn),
		cmocka_unit_test(what_needs_memory_is_known),
		cmocka_unit_test(only_a_sync_with_something_to_write_fails),
		cmocka_unit_test(a_write_of_whole_sectors_heals_them),
		cmocka_unit_test(what_is_healed_is_what_was_added),
		cmocka_unit_test(what_is_remembered_of_healing_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

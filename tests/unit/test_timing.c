/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Kinds that make requests wait: lines, windows, timeouts, and what rules make of them, by a clock that the test sets. */
#include "unit_plan.h"

#include "faults/live.h"

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

/* ---- lines ---- */

static void a_line_lets_through_what_its_credit_holds_and_then_its_rate(void **state)
{
	(void)state;
	int64_t free_at = 0;
	assert_int_equal(line_take(&free_at, 100 * MS, 4 * MS, 10 * MS), 0);
	assert_int_equal(line_take(&free_at, 100 * MS, 4 * MS, 10 * MS), 0);
	assert_int_equal(line_take(&free_at, 100 * MS, 4 * MS, 10 * MS), 2 * MS);
	assert_int_equal(line_take(&free_at, 100 * MS, 4 * MS, 10 * MS), 6 * MS);
	/* What came late is made up for: the time does not begin anew. */
	assert_int_equal(line_take(&free_at, 107 * MS, 4 * MS, 10 * MS), 3 * MS);
	/* After a long pause no more than the credit is saved up. */
	assert_int_equal(line_take(&free_at, 900 * MS, 15 * MS, 10 * MS), 5 * MS);
	/* What costs too little to wait for is owed. */
	free_at = 0;
	assert_int_equal(line_take(&free_at, SECOND, 20000, 0), 0);
	assert_int_equal(line_take(&free_at, SECOND, 20000, 0), 0);
	assert_int_equal(line_take(&free_at, SECOND, 20000, 0), 60000);
}

static void a_line_never_overflows(void **state)
{
	(void)state;
	int64_t free_at = 0;
	for (int i = 0; i < 100; i++)
		assert_true(line_take(&free_at, i, line_cost_ns(UINT64_MAX, 1), 0) <= SPREAD_NS_MAX);
	assert_true(line_cost_ns(UINT64_MAX, 1) == SPREAD_NS_MAX);
	assert_int_equal(line_cost_ns(4096, 100000000), 40960);
	assert_int_equal(line_cost_ns(1, 3000), 333333);
}

static void idle_lines_are_forgotten_and_busy_ones_are_not(void **state)
{
	(void)state;
	struct lines lines = {0};
	for (uint64_t key = 0; key < 100000; key++) {
		int64_t *line = lines_at(&lines, key * 7919, (int64_t)key * MS, 10 * MS);
		assert_non_null(line);
		line_take(line, (int64_t)key * MS, 5 * MS, 10 * MS);
	}
	assert_true(lines.room <= 1024);
	int64_t *busy = lines_at(&lines, 42, 100000 * MS, 0);
	line_take(busy, 100000 * MS, SECOND, 0);
	for (uint64_t key = 0; key < 500; key++)
		lines_at(&lines, 1000000007 * key, 100000 * MS, 0);
	assert_int_equal(line_take(lines_at(&lines, 42, 100001 * MS, 0), 100001 * MS, MS, 0), 1000 * MS);
	lines_fini(&lines);
}

/* ---- windows ---- */

static void windows_come_again(void **state)
{
	(void)state;
	static const struct {
		struct window window;
		int64_t now, start, end, last_end; /* start -1: none */
	} rows[] = {
		{{2, 3, 10}, 0, -1, 0, INT64_MIN},  {{2, 3, 10}, 1, -1, 0, INT64_MIN},	{{2, 3, 10}, 2, 2, 5, INT64_MIN},
		{{2, 3, 10}, 4, 2, 5, INT64_MIN},   {{2, 3, 10}, 5, 2, 5, 5},		{{2, 3, 10}, 11, 2, 5, 5},
		{{2, 3, 10}, 12, 12, 15, 5},	    {{2, 3, 10}, 15, 12, 15, 15},	{{2, 3, 10}, 1002, 1002, 1005, 995},
		{{2, 3, 0}, 1000, 2, 5, 5},	    {{0, INT64_MAX, 0}, 7, 0, INT64_MAX, INT64_MIN},
		{{5, INT64_MAX, 0}, 7, 5, INT64_MAX, INT64_MIN},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct span span = {-1, 0};
		if (!window_latest(&rows[i].window, rows[i].now, &span))
			span = (struct span){-1, 0};
		int64_t last = window_last_end(&rows[i].window, rows[i].now);
		if (span.start_ns != rows[i].start || span.end_ns != rows[i].end || last != rows[i].last_end)
			fail_msg("row %zu: [%lld, %lld), before that %lld", i, (long long)span.start_ns, (long long)span.end_ns, (long long)last);
	}
}

/* ---- timeouts ---- */

static void timeouts_grow_as_nfs_says(void **state)
{
	(void)state;
	struct retry udp = {.timeo_ns = SECOND, .retrans = 7};
	struct retry tcp = {.timeo_ns = 60 * SECOND, .retrans = 2, .backoff = BACKOFF_LINEAR};
	/* nfs(5): "doubles the timeout for that request, up to a maximum timeout length of 60 seconds" */
	static const int64_t doubled[] = {1, 2, 4, 8, 16, 32, 60, 60};
	for (uint32_t i = 0; i < COUNT_OF(doubled); i++)
		assert_int_equal(retry_wait_ns(&udp, i), doubled[i] * SECOND);
	/* nfs(5): "After each retransmission the timeout is increased by timeo up to the maximum of 600 seconds." */
	assert_int_equal(retry_wait_ns(&tcp, 1), 120 * SECOND);
	assert_int_equal(retry_wait_ns(&tcp, 100), 600 * SECOND);
	assert_int_equal(retry_gives_up_ns(&tcp), (60 + 120 + 180) * SECOND);
	assert_int_equal(retry_error(&tcp), EIO);
	tcp.mount = MOUNT_SOFTERR;
	assert_int_equal(retry_error(&tcp), ETIMEDOUT);
	tcp.error = EHOSTDOWN;
	assert_int_equal(retry_error(&tcp), EHOSTDOWN);
}

static void tries_are_lost_as_often_as_is_said(void **state)
{
	(void)state;
	const struct retry soft = {.timeo_ns = SECOND, .retrans = 1};
	const struct retry hard = {.timeo_ns = SECOND, .retrans = 1, .mount = MOUNT_HARD};
	unsigned failures = 0, late = 0;
	enum { N = 20000 };
	for (uint64_t i = 0; i < N; i++) {
		const struct draw_key key = {.seed = 3, .where = i};
		bool failed;
		int64_t cost = retry_draw(&soft, 0.3, key, &failed);
		assert_true(failed ? cost == 3 * SECOND : cost == 0 || cost == SECOND);
		failures += failed;
		late += cost == SECOND;
		cost = retry_draw(&hard, 0.3, key, &failed);
		assert_false(failed);
	}
	assert_in_range(failures, N * 0.09 * 0.9, N * 0.09 * 1.1);
	assert_in_range(late, N * 0.21 * 0.9, N * 0.21 * 1.1);
}

/* ---- rules, by a clock ---- */

struct fixture {
	struct plan *plan;
	struct live live;
	struct bound *bound;
};

static void open_fixture(struct fixture *f, const char *rules)
{
	f->plan = unit_plan(rules);
	f->bound = unit_bound(f->plan, "in", "a.png");
	assert_int_equal(live_init(&f->live, f->plan), 0);
}

static void close_fixture(struct fixture *f)
{
	free(f->bound);
	live_fini(&f->live);
	plan_free(f->plan);
}

static struct verdict ask(struct fixture *f, struct site site, int64_t now_ns)
{
	struct verdict verdict;
	site.now_ns = now_ns;
	plan_decide(f->plan, &f->live, f->bound, &site, &verdict);
	return verdict;
}

static void expect(struct fixture *f, struct site site, int64_t now_ns, const char *wanted)
{
	char text[1000], row[60];
	struct verdict verdict = ask(f, site, now_ns);
	snprintf(row, sizeof row, "%s by handle %d at %lld ms", ops_name(site.op), (int)site.handle, (long long)(now_ns / MS));
	unit_same_text(row, unit_verdict(&verdict, text), wanted);
}

static struct site by_handle(struct site site, uint64_t handle, int64_t opened_ns)
{
	site.handle = handle;
	site.opened_ns = opened_ns;
	return site;
}

static struct site writing(uint64_t offset, uint64_t length)
{
	struct site site = unit_read(offset, length);
	site.op = OP_write;
	return site;
}

#define READ(bytes) unit_read(0, bytes)

static void delays_count_bytes_first_accesses_and_open_handles(void **state)
{
	(void)state;
	struct fixture f;
	struct site site = READ(1000);
	open_fixture(&f, "{on: read, delay: {latency: 1us, per_byte: 10ns, first_access: 1ms, per_open: 2ms}}");
	expect(&f, site, 0, "delay=11000ns by rule-1");
	expect(&f, unit_read((1 << 20) - 100, 4096), 0, "delay=2000ns by rule-1");
	site.first_access = true;
	expect(&f, site, 0, "delay=1011000ns by rule-1");
	site.first_access = false;
	site.opens_all = 4;
	expect(&f, site, 0, "delay=6011000ns by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{on: [read, open], delay: {per_byte: 1MB/s, per_open: 1ms, opens: file}}");
	site.opens = 2;
	expect(&f, site, 0, "delay=2000000ns by rule-1");
	expect(&f, unit_site(OP_open), 0, "-");
	close_fixture(&f);
}

static void a_rate_is_shared_by_all_or_by_each(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *same_handle, *other_handle;
	} rows[] = {
		{"{rate: {bytes: 1MB/s, burst: 1kB}}", "delay=10000000ns by rule-1", "delay=20000000ns by rule-1"},
		{"{rate: {bytes: 1MB/s, burst: 1kB, per: mount}}", "delay=10000000ns by rule-1", "delay=20000000ns by rule-1"},
		{"{rate: {bytes: 1MB/s, burst: 1kB, per: volume}}", "delay=10000000ns by rule-1", "delay=20000000ns by rule-1"},
		{"{rate: {bytes: 1MB/s, burst: 1kB, per: file}}", "delay=10000000ns by rule-1", "delay=20000000ns by rule-1"},
		{"{rate: {bytes: 1MB/s, burst: 1kB, per: handle}}", "delay=10000000ns by rule-1", "delay=9000000ns by rule-1"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct fixture f;
		open_fixture(&f, rows[i].rule);
		expect(&f, by_handle(READ(1000), 1, 0), SECOND, "-");
		expect(&f, by_handle(READ(10000), 1, 0), SECOND, rows[i].same_handle);
		expect(&f, by_handle(READ(10000), 2, 0), SECOND, rows[i].other_handle);
		close_fixture(&f);
	}
}

static void reads_and_writes_may_have_a_speed_each(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{iops: {read: 100, write: 10, burst: 1}}");
	expect(&f, READ(5), SECOND, "-");
	expect(&f, READ(1 << 19), SECOND, "delay=10000000ns by rule-1");
	expect(&f, writing(0, 5), SECOND, "-");
	expect(&f, writing(0, 5), SECOND, "delay=100000000ns by rule-1");
	expect(&f, READ(5), SECOND, "delay=20000000ns by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{iops: {operations: 100, burst: 1}}");
	expect(&f, READ(5), SECOND, "-");
	expect(&f, writing(0, 5), SECOND, "delay=10000000ns by rule-1");
	close_fixture(&f);
	/* Behind the end nothing is read. */
	open_fixture(&f, "{rate: 1kB/s}");
	expect(&f, unit_read(1 << 20, 4096), SECOND, "-");
	expect(&f, unit_read((1 << 20) - 100, 4096), SECOND, "delay=90000000ns by rule-1");
	close_fixture(&f);
}

/* Whoever asks, and however late he comes: over a second so much and no more. */
static void a_rate_holds_whoever_asks(void **state)
{
	(void)state;
	static const uint64_t blocks[] = {4096, 131072};
	static const uint64_t rates[] = {1000000, 10000000, 100000000};
	for (size_t i = 0; i < COUNT_OF(blocks) * COUNT_OF(rates); i++) {
		uint64_t block = blocks[i % 2], rate = rates[i / 2], moved = 0;
		char rule[60];
		struct fixture f;
		snprintf(rule, sizeof rule, "{rate: %lluB/s}", (unsigned long long)rate);
		open_fixture(&f, rule);
		int64_t now = SECOND;
		/* A client of its own, with answers that come up to 0.2 ms late. */
		for (uint64_t n = 0; now < 11 * SECOND; n++, moved += block)
			now += ask(&f, READ(block), now).delay_ns + (int64_t)unit_drawn(1, n, 0, 200000) / (rate > 50000000 && block == 4096 ? 10 : 1);
		double got = (double)moved / ((double)(now - SECOND) / 1e9) / (double)rate;
		if (got < 0.99 || got > 1.01)
			fail_msg("%s, blocks of %d: %g", rule, (int)block, got);
		close_fixture(&f);
	}
}

static void hard_outages_wait_and_soft_ones_give_up(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{outage: {at: 2s, for: 500ms, every: 10s}}");
	expect(&f, READ(10), 0, "-");
	expect(&f, READ(10), 2 * SECOND, "delay=500000000ns by rule-1");
	expect(&f, unit_site(OP_open), 2400 * MS, "delay=100000000ns by rule-1");
	expect(&f, READ(10), 2500 * MS, "-");
	expect(&f, READ(10), 42 * SECOND, "delay=500000000ns by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{outage: {at: 2s, for: 5s, mount: soft, timeo: 1s, retrans: 1}}");
	expect(&f, READ(10), 2 * SECOND, "delay=3000000000ns error=EIO by rule-1");
	expect(&f, READ(10), 5 * SECOND, "delay=2000000000ns by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{outage: {mount: softerr, timeo: 1s, retrans: 0}}");
	expect(&f, READ(10), 99 * SECOND, "delay=1000000000ns error=ETIMEDOUT by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{outage: hard}");
	expect(&f, READ(10), 0, "hang=killable by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{outage: {intr: true}}");
	expect(&f, READ(10), 0, "hang=interruptible by rule-1");
	close_fixture(&f);
	/* A rule's own window ends its outage. */
	open_fixture(&f, "{outage: hard, when: {after: 1s, for: 2s}}");
	expect(&f, READ(10), SECOND, "delay=2000000000ns by rule-1");
	close_fixture(&f);
	/* What other rules do comes afterwards. */
	open_fixture(&f, "{outage: {for: 1s}}\n{on: read, fail: EBADF}");
	expect(&f, READ(10), 0, "delay=1000000000ns error=EBADF by rule-1,rule-2");
	close_fixture(&f);
}

static void after_an_outage_old_handles_may_be_stale(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{outage: {at: 2s, for: 500ms, every: 10s, reconnect: stale}}");
	expect(&f, by_handle(READ(10), 1, SECOND), SECOND, "-");
	expect(&f, by_handle(READ(10), 1, SECOND), 2 * SECOND, "delay=500000000ns error=ESTALE by rule-1");
	expect(&f, by_handle(READ(10), 1, SECOND), 3 * SECOND, "error=ESTALE by rule-1");
	expect(&f, by_handle(READ(10), 2, 2600 * MS), 3 * SECOND, "-");
	expect(&f, by_handle(READ(10), 2, 2600 * MS), 14 * SECOND, "error=ESTALE by rule-1");
	expect(&f, unit_site(OP_open), 14 * SECOND, "-");
	close_fixture(&f);
	/* One that was open before the plan came into force. */
	open_fixture(&f, "{outage: {at: 2s, for: 500ms, reconnect: stale}}");
	expect(&f, by_handle(READ(10), 3, -SECOND), SECOND, "-");
	expect(&f, by_handle(READ(10), 3, -SECOND), 3 * SECOND, "error=ESTALE by rule-1");
	close_fixture(&f);
}

static void outages_end_by_hand(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{name: away, outage: {reconnect: stale}}\n{name: other, on: read, delay: 1ns}");
	const struct rule *away = f.plan->rules.at[0];
	expect(&f, READ(10), 7 * SECOND, "hang=killable by away");
	assert_true(live_holds(&f.live, away, true, 7 * SECOND));
	assert_int_equal(live_heal(&f.live, "other", 8 * SECOND), 0);
	assert_true(live_holds(&f.live, away, true, 8 * SECOND));
	assert_int_equal(live_heal(&f.live, "*", 8 * SECOND), 1);
	assert_false(live_holds(&f.live, away, true, 8 * SECOND));
	expect(&f, by_handle(READ(10), 1, 5 * SECOND), 9 * SECOND, "error=ESTALE by away");
	expect(&f, by_handle(READ(10), 2, 9 * SECOND), 9 * SECOND, "delay=1ns by other");
	close_fixture(&f);
	/* Of a window, which comes again. */
	open_fixture(&f, "{name: away, outage: {at: 100s, for: 1s, every: 200s}}");
	expect(&f, READ(10), 100 * SECOND, "delay=1000000000ns by away");
	assert_int_equal(live_heal(&f.live, "away", 100 * SECOND + MS), 1);
	expect(&f, READ(10), 100 * SECOND + 2 * MS, "-");
	expect(&f, READ(10), 300 * SECOND, "delay=1000000000ns by away");
	close_fixture(&f);
	/* Of one that has not begun. */
	open_fixture(&f, "{name: away, outage: hard, when: {after: 10s}}");
	assert_int_equal(live_heal(&f.live, "*", SECOND), 0);
	expect(&f, READ(10), 11 * SECOND, "hang=killable by away");
	close_fixture(&f);
}

/* What a link carries waits for its latency, whether the link may be down at times or not. */
static void a_link_holds_what_is_on_its_way(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{name: up, network: {latency: 1s}}\n{name: at-times, network: {latency: 1s, down: {at: 100s, for: 1s}}}");
	for (size_t i = 0; i < 2; i++) {
		const struct rule *link = f.plan->rules.at[i];
		assert_true(live_holds(&f.live, link, false, 0));
		live_switch(&f.live, link->name, false);
		assert_false(live_holds(&f.live, link, false, 0));
	}
	assert_int_equal(live_heal(&f.live, "*", 0), 1);
	close_fixture(&f);
}

static void a_link_has_latency_and_its_rate_has_no_credit(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{network: {latency: 5ms, rate: 1MB/s, slow_close: 7ms}}");
	expect(&f, READ(10000), 9 * SECOND, "delay=15000000ns by rule-1");
	expect(&f, READ(10000), 9 * SECOND, "delay=25000000ns by rule-1");
	expect(&f, unit_site(OP_getattr), 9 * SECOND, "delay=5000000ns by rule-1");
	expect(&f, unit_site(OP_flush), 9 * SECOND, "delay=7000000ns by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{network: {loss: 100%, timeo: 1s, retrans: 2, mount: soft, error: EHOSTDOWN}}");
	expect(&f, unit_site(OP_lookup), 0, "delay=7000000000ns error=EHOSTDOWN by rule-1");
	close_fixture(&f);
	open_fixture(&f, "{network: {down: true, mount: softerr, timeo: 2s, retrans: 0}}");
	expect(&f, unit_site(OP_lookup), 0, "delay=2000000000ns error=ETIMEDOUT by rule-1");
	close_fixture(&f);
}

static void a_link_is_reset_at_its_byte(void **state)
{
	(void)state;
	struct fixture f;
	struct site mapped = by_handle(READ(100), 1, 0);
	open_fixture(&f, "{network: {reset_after: 250, reconnect: stale}}");
	expect(&f, by_handle(READ(100), 1, 0), 1, "-");
	expect(&f, by_handle(READ(100), 1, 0), 2, "-");
	expect(&f, by_handle(READ(100), 1, 0), 3, "length=50");
	expect(&f, by_handle(READ(100), 1, 0), 4, "error=ECONNRESET by rule-1");
	expect(&f, by_handle(READ(100), 1, 0), 5, "error=ESTALE by rule-1");
	expect(&f, by_handle(READ(200), 2, 5), 6, "-");
	/* The page cache takes no short answer. */
	mapped.buffered = true;
	mapped.opened_ns = 5;
	expect(&f, mapped, 7, "error=ECONNRESET by rule-1");
	close_fixture(&f);
}

static void a_disk_has_one_head(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{device: {rate: 1MB/s, access: {read: 1ms, write: 2ms}}}");
	expect(&f, READ(1000), SECOND, "delay=2000000ns by rule-1");
	expect(&f, READ(1000), SECOND, "delay=4000000ns by rule-1");
	expect(&f, writing(0, 1000), SECOND, "delay=7000000ns by rule-1");
	expect(&f, unit_site(OP_fsync), SECOND, "delay=7000000ns by rule-1");
	expect(&f, unit_site(OP_fsync), 2 * SECOND, "-");
	close_fixture(&f);
}

static void a_disk_seeks_and_turns_but_not_to_go_on(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{device: {rate: 100MB/s, seek: {track: 2ms, full: 20ms}, rpm: 6000, capacity: 1GB}}");
	int64_t first = ask(&f, unit_read(0, 100000), SECOND).delay_ns;
	assert_in_range(first, 3 * MS, 31 * MS);
	/* Right behind it: only its transfer. */
	expect(&f, unit_read(100000, 100000), 2 * SECOND, "delay=1000000ns by rule-1");
	/* Back to the start: the next track at least, and what is left of a turn. */
	assert_in_range(ask(&f, unit_read(0, 100000), 3 * SECOND).delay_ns, 3 * MS, 13 * MS + MS);
	close_fixture(&f);
	/* 6000 rpm and 100 MB/s: a track has 1 MB. The same place comes by once a turn. */
	open_fixture(&f, "{device: {rate: 100MB/s, rpm: 6000, capacity: 1GB}}");
	int64_t done = 0;
	for (int i = 0; i < 5; i++) {
		int64_t now = done;
		done = now + ask(&f, unit_read(0, 10000), now).delay_ns;
		assert_true(i == 0 || (done - now > 9 * MS && done - now <= 10 * MS + 1));
	}
	close_fixture(&f);
}

static void a_disks_cache_takes_writes_until_it_is_full(void **state)
{
	(void)state;
	struct fixture f;
	open_fixture(&f, "{device: {rate: 1MB/s, cache: 10kB}}");
	expect(&f, writing(0, 5000), SECOND, "-");
	expect(&f, writing(5000, 5000), SECOND, "-");
	expect(&f, writing(10000, 5000), SECOND, "delay=5000000ns by rule-1");
	expect(&f, unit_site(OP_fsync), SECOND, "delay=15000000ns by rule-1");
	/* 10 ms later it has room for 5000 bytes. */
	expect(&f, writing(15000, 5000), SECOND + 10 * MS, "-");
	expect(&f, writing(20000, 5000), SECOND + 10 * MS, "delay=5000000ns by rule-1");
	/* Reads wait for the head like anybody. */
	expect(&f, READ(1000), SECOND + 10 * MS, "delay=16000000ns by rule-1");
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_lets_through_what_its_credit_holds_and_then_its_rate),
		cmocka_unit_test(a_line_never_overflows),
		cmocka_unit_test(idle_lines_are_forgotten_and_busy_ones_are_not),
		cmocka_unit_test(windows_come_again),
		cmocka_unit_test(timeouts_grow_as_nfs_says),
		cmocka_unit_test(tries_are_lost_as_often_as_is_said),
		cmocka_unit_test(delays_count_bytes_first_accesses_and_open_handles),
		cmocka_unit_test(a_rate_is_shared_by_all_or_by_each),
		cmocka_unit_test(reads_and_writes_may_have_a_speed_each),
		cmocka_unit_test(a_rate_holds_whoever_asks),
		cmocka_unit_test(hard_outages_wait_and_soft_ones_give_up),
		cmocka_unit_test(after_an_outage_old_handles_may_be_stale),
		cmocka_unit_test(outages_end_by_hand),
		cmocka_unit_test(a_link_holds_what_is_on_its_way),
		cmocka_unit_test(a_link_has_latency_and_its_rate_has_no_credit),
		cmocka_unit_test(a_link_is_reset_at_its_byte),
		cmocka_unit_test(a_disk_has_one_head),
		cmocka_unit_test(a_disk_seeks_and_turns_but_not_to_go_on),
		cmocka_unit_test(a_disks_cache_takes_writes_until_it_is_full),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

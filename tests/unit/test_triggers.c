/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Triggers that go by more than a file's own requests, and all of them in pairs: who asks, what happened before, how many bytes
 * have gone through, how many have the file open. */
#include "unit_plan.h"

#include "faults/live.h"
#include "faults/sequence.h"

#include <pthread.h>

/* ---- a world ---- */

/* Threads 10 to 19 are those of a process 10 named vips, 20 to 29 of a process 20 named cp; nothing is known of others. */
static int32_t process_of(void *data, int32_t thread)
{
	(void)data;
	return thread >= 10 && thread < 30 ? thread / 10 * 10 : 0;
}

static const char *comm_of(void *data, int32_t thread)
{
	int32_t process = process_of(data, thread);
	return process == 10 ? "vips" : process == 20 ? "cp" : NULL;
}

static bool file_is_there;
static unsigned looks; /* for the trigger file */

static bool exists(void *data, const char *path)
{
	(void)data;
	assert_string_equal(path, "/t/go");
	looks++;
	return file_is_there;
}

struct stage {
	struct plan *plan;
	struct live live;
	struct bound *bound[2]; /* a.png, b.png */
};

static void open_stage(struct stage *s, const char *rules)
{
	s->plan = unit_plan(rules);
	assert_int_equal(live_init(&s->live, s->plan), 0);
	s->live.world = (struct live_world){.who = {.comm = comm_of, .process = process_of}, .exists = exists};
	s->bound[0] = unit_bound(s->plan, "in", "a.png");
	s->bound[1] = unit_bound(s->plan, "in", "b.png");
	file_is_there = false;
	looks = 0;
}

static void close_stage(struct stage *s)
{
	free(s->bound[0]);
	free(s->bound[1]);
	live_fini(&s->live);
	plan_free(s->plan);
}

/* Decide and count, as a server does. */
static void decide(struct stage *s, struct site site, struct verdict *v)
{
	plan_decide(s->plan, &s->live, s->bound[strcmp(site.path, "b.png") == 0], &site, v);
	for (int i = 0; i < v->rules_count; i++)
		live_count(&s->live, v->rules[i], site.now_ns);
}

/* ---- sites in short ---- */

#define OPEN (unit_site(OP_open))
#define READ(at, bytes) unit_read(at, bytes)

static struct site of_b(struct site site)
{
	site.path = "b.png";
	return site;
}

static struct site by(struct site site, int32_t thread, uint32_t uid, uint32_t gid)
{
	site.thread = thread;
	site.uid = uid;
	site.gid = gid;
	return site;
}

static struct site at_s(struct site site, double seconds)
{
	site.now_ns = (int64_t)(seconds * 1e9);
	return site;
}

static struct site with(struct site site, uint32_t opens, uint32_t opens_all)
{
	site.opens = opens;
	site.opens_all = opens_all;
	return site;
}

static struct site nobodys(struct site site)
{
	site.anonymous = true;
	return site;
}

static struct site cached(struct site site)
{
	site.buffered = true;
	return site;
}

static struct site writes(uint64_t offset, uint64_t length)
{
	struct site site = unit_read(offset, length);
	site.op = OP_write;
	return site;
}

struct asked {
	struct site site;
	const char *wanted;
};

static void ask_in_turn(const char *rules, const struct asked *asked, size_t count)
{
	struct stage s;
	open_stage(&s, rules);
	for (size_t i = 0; i < count; i++) {
		struct verdict verdict;
		char text[1000], row[2000];
		decide(&s, asked[i].site, &verdict);
		snprintf(row, sizeof row, "%s: request %zu", rules, i + 1);
		unit_same_text(row, unit_verdict(&verdict, text), asked[i].wanted);
	}
	close_stage(&s);
}

#define ASK(rules, ...)                                       \
	do {                                                  \
		const struct asked asked_[] = {__VA_ARGS__};  \
		ask_in_turn(rules, asked_, COUNT_OF(asked_)); \
	} while (0)

#define EIO_ "error=EIO by rule-1"

/* ---- who ---- */

static void rules_are_for_programs_processes_users_and_groups(void **state)
{
	(void)state;
	static const struct {
		const char *when;
		const char *struck; /* by thread 10 as 0:0, 12 as 5:6, 20 as 5:0, 21 as 7:6, 99 as 5:6; nobody */
	} rows[] = {
		{"{comm: vips}", "xx...."},
		{"{comm: 'v*'}", "xx...."},
		{"{comm: '?p'}", "..xx.."},
		{"{comm: [vips, cp]}", "xxxx.."},
		{"{comm: vip}", "......"},
		{"{comm: '*'}", "xxxx.."},
		{"{pid: 10}", "xx...."},
		{"{pid: 12}", "......"}, /* a thread's number is none of a process */
		{"{pid: [10, 20]}", "xxxx.."},
		{"{uid: 0}", "x....."},
		{"{uid: 5}", ".xx.x."},
		{"{uid: [5, 7]}", ".xxxx."},
		{"{gid: 6}", ".x.xx."},
		{"{uid: 5, gid: 6}", ".x..x."},
		{"{uid: 5, gid: 6, comm: vips}", ".x...."},
		{"{not: {uid: 5}}", "x..x.."},
		{"{not: {uid: [0, 5]}}", "...x.."},
		{"{not: {comm: vips}}", "..xx.."},	/* of 99 nothing is known */
		{"{not: {pid: 10}}", "..xx.."},
		{"{not: {uid: 5, gid: 0}}", "...x.."}, /* neither of them */
		{"{comm: 'v*', not: {uid: 0}}", ".x...."},
		{"{uid: 5, not: {gid: 0, comm: vips}}", "......"},
	};
	const struct site sites[] = {by(OPEN, 10, 0, 0), by(OPEN, 12, 5, 6), by(OPEN, 20, 5, 0), by(OPEN, 21, 7, 6),
				     by(OPEN, 99, 5, 6), nobodys(by(OPEN, 0, 0, 0))};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct stage s;
		struct verdict v;
		char rule[200], got[COUNT_OF(sites) + 1] = "";
		snprintf(rule, sizeof rule, "{on: open, when: %s, fail: EIO}", rows[i].when);
		open_stage(&s, rule);
		for (size_t j = 0; j < COUNT_OF(sites); j++) {
			decide(&s, sites[j], &v);
			got[j] = v.error ? 'x' : '.';
		}
		close_stage(&s);
		unit_same_text(rule, got, rows[i].struck);
	}
}

static void requests_of_others_do_not_count(void **state)
{
	(void)state;
	ASK("{on: open, when: {comm: vips, nth: 2}, fail: EIO}", {by(OPEN, 10, 0, 0), "-"}, {by(OPEN, 20, 0, 0), "-"},
	    {by(OPEN, 20, 0, 0), "-"}, {by(OPEN, 12, 0, 0), EIO_}, {by(OPEN, 10, 0, 0), "-"});
}

/* ---- what happened before ---- */

static void a_rule_waits_for_another(void **state)
{
	(void)state;
	const char *rules = "{name: first, on: open, when: {nth: 2}, fail: EACCES}\n"
			    "{name: then, on: read, when: {after_rule: first}, fail: EIO}";
	ASK(rules, {READ(0, 10), "-"}, {OPEN, "-"}, {READ(0, 10), "-"}, {OPEN, "error=EACCES by first"}, {READ(0, 10), "error=EIO by then"},
	    {of_b(READ(0, 10)), "error=EIO by then"});
	/* Not by the request that strikes: it was decided on before. */
	ASK("{name: late, on: read, when: {after_rule: slow}, fail: EIO}\n{name: slow, on: read, delay: 1us}",
	    {READ(0, 10), "delay=1000ns by slow"}, {READ(0, 10), "error=EIO by late"});
	ASK("{name: slow, on: read, delay: 1us}\n{name: late, on: read, when: {after_rule: slow}, fail: EIO}",
	    {READ(0, 10), "delay=1000ns by slow"}, {READ(0, 10), "delay=1000ns error=EIO by slow,late"});
	ASK("{name: a, on: open, fail: EIO}\n{name: b, on: read, when: {after_rule: {name: a, hits: 3, for: 2s}}, fail: EIO}",
	    {at_s(OPEN, 1), "error=EIO by a"}, {at_s(of_b(OPEN), 2), "error=EIO by a"}, {at_s(READ(0, 1), 3), "-"},
	    {at_s(OPEN, 4), "error=EIO by a"}, {at_s(READ(0, 1), 4), "error=EIO by b"}, {at_s(OPEN, 5), "error=EIO by a"},
	    {at_s(READ(0, 1), 5.999), "error=EIO by b"}, {at_s(READ(0, 1), 6), "-"}, {at_s(OPEN, 7), "error=EIO by a"},
	    {at_s(READ(0, 1), 7), "-"});
	/* A chain, and two that wait for the same. */
	ASK("{name: c, on: read, when: {after_rule: b}, fail: EIO}\n{name: b, on: open, when: {after_rule: a}, fail: EPERM}\n"
	    "{name: a, on: getattr, fail: ESTALE}\n{name: d, on: flush, when: {after_rule: a}, fail: ENOSPC}",
	    {READ(0, 1), "-"}, {OPEN, "-"}, {unit_site(OP_flush), "-"}, {unit_site(OP_getattr), "error=ESTALE by a"}, {READ(0, 1), "-"},
	    {unit_site(OP_flush), "error=ENOSPC by d"}, {OPEN, "error=EPERM by b"}, {READ(0, 1), "error=EIO by c"});
	/* What came before is not counted, and arming anew forgets. */
	ASK("{name: a, on: open, fail: EIO}\n{name: b, on: read, when: {after_rule: a, nth: 2}, fail: EIO}", {READ(0, 1), "-"},
	    {READ(0, 1), "-"}, {OPEN, "error=EIO by a"}, {READ(0, 1), "-"}, {READ(0, 1), "error=EIO by b"}, {READ(0, 1), "-"});
}

static void arming_anew_forgets(void **state)
{
	(void)state;
	struct stage s;
	struct verdict v;
	open_stage(&s, "{name: a, on: open, fail: EIO}\n{name: b, on: read, when: {after_rule: a}, fail: EIO}\n"
		       "{name: c, on: getattr, when: {total: 1}, fail: EIO}\n{name: d, on: flush, when: {every: 1s}, fail: EIO}\n"
		       "{name: e, on: write, when: {total_bytes: 10..}, fail: EIO}");
	for (int round = 0; round < 2; round++) {
		const struct site sites[] = {READ(0, 1), OPEN, READ(0, 1), unit_site(OP_getattr), unit_site(OP_getattr),
					     unit_site(OP_flush), unit_site(OP_flush), writes(0, 10), writes(0, 10)};
		for (size_t i = 0; i < COUNT_OF(sites); i++) {
			decide(&s, sites[i], &v);
			assert_int_equal(v.error, "011101001"[i] == '1' ? EIO : 0);
		}
		live_reset(&s.live);
	}
	close_stage(&s);
}

static void a_trigger_file_arms_while_it_is_there(void **state)
{
	(void)state;
	struct stage s;
	struct verdict v;
	open_stage(&s, "{on: open, when: {trigger_file: /t/go, nth: 2, after: 1s, not: {uid: 7}}, fail: EIO}");
	for (int i = 0; i < 3; i++)
		decide(&s, at_s(OPEN, 2), &v);
	assert_int_equal(looks, 3);
	/* It is looked for last: not for requests that another condition keeps out. */
	decide(&s, OPEN, &v);
	decide(&s, at_s(by(OPEN, 10, 7, 7), 2), &v);
	decide(&s, READ(0, 1), &v);
	assert_int_equal(looks, 3);
	file_is_there = true;
	decide(&s, at_s(OPEN, 2), &v);
	assert_int_equal(v.error, 0);
	decide(&s, at_s(OPEN, 2), &v);
	assert_int_equal(v.error, EIO);
	file_is_there = false;
	s.bound[0]->at[0].tally.seen = 1;
	decide(&s, at_s(OPEN, 2), &v);
	assert_int_equal(v.error, 0);
	close_stage(&s);
}

/* ---- sequences ---- */

static void sequences_are_followed_to_their_end(void **state)
{
	(void)state;
	static const struct {
		const char *text, *struck; /* of 9 */
	} rows[] = {
		{"wxxwX", ".xx.xxxxx"}, {"x", "x........"},	 {"X", "xxxxxxxxx"},   {"xW", "x........"},	 {"wwx", "..x......"},
		{"(wx)*", ".x.x.x.x."}, {"w(xxw)*", ".xx.xx.xx"}, {"(x)*", "xxxxxxxxx"}, {"xx(w)*", "xx......."}, {"wX", ".xxxxxxxx"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct stage s;
		struct verdict v;
		char rule[200], got[10] = "", other[10] = "";
		snprintf(rule, sizeof rule, "{on: open, when: {sequence: \"%s\"}, fail: EIO}", rows[i].text);
		open_stage(&s, rule);
		for (size_t j = 0; j < 9; j++) {
			decide(&s, OPEN, &v);
			got[j] = v.error ? 'x' : '.';
			decide(&s, of_b(OPEN), &v); /* which has its own */
			other[j] = v.error ? 'x' : '.';
		}
		close_stage(&s);
		unit_same_text(rule, got, rows[i].struck);
		unit_same_text(rule, other, rows[i].struck);
	}
}

/* ---- bytes ---- */

static void an_error_stands_at_the_byte_that_is_too_many(void **state)
{
	(void)state;
	const char *rule = "{on: read, when: {bytes: 1000..}, fail: EIO}";
	ASK(rule, {READ(0, 600), "-"}, {READ(0, 600), "length=400"}, {READ(400, 200), EIO_}, {READ(0, 1), EIO_},
	    {of_b(READ(0, 1000)), "-"}, {of_b(READ(0, 1)), EIO_});
	/* Whatever the block size. */
	for (uint64_t block = 1; block <= 3000; block += 7) {
		struct stage s;
		struct verdict v;
		uint64_t got = 0;
		open_stage(&s, rule);
		do {
			decide(&s, READ(got, block), &v);
			got += v.error ? 0 : v.length < block ? v.length : block;
		} while (!v.error && got < 5000);
		assert_int_equal(got, 1000);
		close_stage(&s);
	}
	/* Behind the end of the file (1 MiB) nothing is moved, nor by what fails or is hidden or cut by others. */
	ASK("{on: read, when: {bytes: 10..}, fail: EIO}", {READ((1 << 20) - 5, 100), "-"}, {READ(1 << 20, 100), "-"},
	    {READ(0, 100), "length=5"}, {READ(1 << 20, 1), "-"}, {READ(0, 1), EIO_});
	ASK("{name: b, on: read, when: {bytes: 10..}, fail: EIO}\n{short: 4}", {READ(0, 8), "length=4 by rule-2"},
	    {READ(0, 8), "length=4 by rule-2"}, {READ(0, 8), "length=2"}, {READ(0, 8), "error=EIO by b"});
	ASK("{name: a, on: read, when: {nth: 1}, fail: EPERM}\n{name: b, on: read, when: {bytes: 10..}, fail: EIO}",
	    {READ(0, 50), "error=EPERM by a"}, {READ(0, 50), "length=10"}, {READ(10, 1), "error=EIO by b"});
	ASK("{name: b, on: read, when: {bytes: 10..}, fail: EIO}\n{name: a, on: read, when: {nth: 1}, fail: EPERM}",
	    {READ(0, 9), "error=EPERM by a"}, {READ(0, 50), "length=10"}, {READ(10, 1), "error=EIO by b"});
	/* Reads and writes of one rule are one stream; other operations are no bytes. */
	ASK("{on: [read, write], when: {bytes: 100..}, fail: EIO}", {READ(0, 60), "-"}, {writes(0, 60), "length=40"}, {writes(0, 1), EIO_},
	    {READ(0, 1), EIO_});
	/* The page cache is struck by pages, and what it asks for again is the same. */
	ASK("{on: read, when: {bytes: 5000.., times: 1}, fail: EIO}", {cached(READ(0, 131072)), "split"}, {cached(READ(0, 4096)), "-"},
	    {cached(READ(4096, 4096)), EIO_}, {cached(READ(4096, 4096)), "error=EIO"}, {READ(0, 4096), "-"});
	/* Other kinds concern the whole of a request that touches their bytes. */
	ASK("{on: read, when: {bytes: 100..200}, delay: 1us}", {READ(0, 100), "-"}, {READ(0, 50), "delay=1000ns by rule-1"},
	    {READ(0, 100), "delay=1000ns by rule-1"}, {READ(0, 50), "-"});
}

static void bytes_go_with_places_and_counts(void **state)
{
	(void)state;
	/* 100 bytes anywhere, then the range. */
	ASK("{on: read, offset: 1000..2000, when: {bytes: 100..}, fail: EIO}", {READ(1000, 50), "-"}, {READ(0, 50), "-"},
	    {READ(0, 100), "-"}, {READ(900, 200), "length=100"}, {READ(1000, 1), EIO_}, {READ(2000, 5), "-"});
	/* The hundredth byte comes behind the range. */
	ASK("{on: read, offset: 10..20, when: {bytes: 100..}, fail: EIO}", {READ(0, 200), "-"}, {READ(0, 200), "length=10"});
	ASK("{on: read, offset: 10.., when: {bytes: 100..}, fail: EIO}", {READ(0, 200), "length=100"}, {READ(5, 20), "length=5"});
	ASK("{on: read, when: {bytes: 100.., nth: 2}, fail: EIO}", {READ(0, 100), "-"}, {READ(0, 1), "-"}, {READ(0, 1), EIO_});
	ASK("{on: read, when: {bytes: 100.., times: 1}, fail: EIO}", {READ(0, 300), "length=100"}, {READ(100, 200), EIO_},
	    {READ(100, 200), "-"});
	ASK("{on: read, when: {bytes: 100.., comm: cp}, fail: EIO}", {by(READ(0, 500), 10, 0, 0), "-"}, {by(READ(0, 300), 20, 0, 0), "length=100"},
	    {by(READ(0, 1), 10, 0, 0), "-"}, {by(READ(0, 1), 21, 0, 0), EIO_});
	/* Over all files. */
	ASK("{on: read, when: {total_bytes: 100..}, fail: EIO}", {READ(0, 60), "-"}, {of_b(READ(0, 60)), "length=40"}, {READ(0, 1), EIO_});
	ASK("{on: read, when: {total_bytes: 100.., bytes: 80..}, fail: EIO}", {READ(0, 60), "-"}, {of_b(READ(0, 60)), "-"},
	    {READ(0, 60), "length=20"}, {READ(0, 1), EIO_}, {of_b(READ(0, 60)), "length=20"});
}

/* ---- over all files ---- */

static void strikes_are_limited_over_all_files(void **state)
{
	(void)state;
	ASK("{on: open, when: {total: 2}, fail: EIO}", {OPEN, EIO_}, {of_b(OPEN), EIO_}, {OPEN, "-"}, {of_b(OPEN), "-"});
	ASK("{on: open, when: {total: 3, times: 2}, fail: EIO}", {OPEN, EIO_}, {OPEN, EIO_}, {OPEN, "-"}, {of_b(OPEN), EIO_},
	    {of_b(OPEN), "-"});
	ASK("{on: open, when: {total: 2, per: 1s}, fail: EIO}", {at_s(OPEN, 0), EIO_}, {at_s(OPEN, 0.9), EIO_}, {at_s(OPEN, 0.99), "-"},
	    {at_s(OPEN, 1), EIO_}, {at_s(of_b(OPEN), 1.5), EIO_}, {at_s(OPEN, 1.6), "-"}, {at_s(OPEN, 9), EIO_});
	ASK("{on: open, when: {every: 100ms}, fail: EIO}", {at_s(OPEN, 0), EIO_}, {at_s(of_b(OPEN), 0.099), "-"}, {at_s(OPEN, 0.1), EIO_},
	    {at_s(OPEN, 0.19), "-"}, {at_s(OPEN, 5), EIO_});
	ASK("{on: open, when: {every: 1s, total: 2}, fail: EIO}", {at_s(OPEN, 0), EIO_}, {at_s(OPEN, 0.5), "-"}, {at_s(OPEN, 1), EIO_},
	    {at_s(OPEN, 2), "-"});
	/* Without what they share nobody can tell how often it was: never. */
	struct plan *plan = unit_plan("{on: open, when: {total: 2}, fail: EIO}");
	struct bound *bound = unit_bound(plan, "in", "a.png");
	unit_ask(plan, bound, OPEN, "-");
	free(bound);
	plan_free(plan);
}

static void open_handles_count(void **state)
{
	(void)state;
	ASK("{on: open, when: {concurrent: 3..}, fail: EMFILE}", {with(OPEN, 1, 9), "-"}, {with(OPEN, 2, 9), "-"},
	    {with(OPEN, 3, 9), "error=EMFILE by rule-1"}, {with(OPEN, 4, 9), "error=EMFILE by rule-1"});
	ASK("{on: read, when: {concurrent: 2}, fail: EIO}", {with(READ(0, 1), 1, 2), "-"}, {with(READ(0, 1), 2, 2), EIO_},
	    {with(READ(0, 1), 3, 3), "-"});
	ASK("{on: all, when: {total_concurrent: 5..6}, delay: 1us}", {with(OPEN, 5, 4), "-"}, {with(OPEN, 1, 5), "delay=1000ns by rule-1"},
	    {with(unit_site(OP_lookup), 0, 6), "delay=1000ns by rule-1"}, {with(OPEN, 1, 7), "-"});
	ASK("{on: open, when: {concurrent: 2.., nth: 2}, fail: EIO}", {with(OPEN, 1, 1), "-"}, {with(OPEN, 2, 2), "-"},
	    {with(OPEN, 1, 1), "-"}, {with(OPEN, 2, 2), EIO_});
}

/* ---- each with each ---- */

/* Conditions, and a request for which each holds and one for which it does not. */
struct condition {
	const char *text;
	void (*fulfil)(struct site *site, bool yes);
};

static void fulfil_comm(struct site *site, bool yes)
{
	site->thread = yes ? 11 : 21;
}

static void fulfil_uid(struct site *site, bool yes)
{
	site->uid = yes ? 3 : 4;
}

static void fulfil_not(struct site *site, bool yes)
{
	site->gid = yes ? 3 : 4;
}

static void fulfil_window(struct site *site, bool yes)
{
	site->now_ns = yes ? 5 : 50;
}

static void fulfil_concurrent(struct site *site, bool yes)
{
	site->opens = yes ? 7 : 6;
}

static void fulfil_total_concurrent(struct site *site, bool yes)
{
	site->opens_all = yes ? 8 : 9;
}

static void fulfil_file(struct site *site, bool yes)
{
	(void)site;
	file_is_there = yes;
}

static const struct condition conditions[] = {
	{"comm: vips", fulfil_comm},	       {"uid: 3", fulfil_uid},
	{"not: {gid: 4}", fulfil_not},	       {"until: 10ns", fulfil_window},
	{"concurrent: 7..", fulfil_concurrent}, {"total_concurrent: 8", fulfil_total_concurrent},
	{"trigger_file: /t/go", fulfil_file},
};

/* What chooses, and which of six requests are chosen. */
static const struct {
	const char *text, *struck;
} choices[] = {
	{"nth: 2..3", ".xx..."}, {"sequence: wxxwX", ".xx.xx"}, {"times: 2", "xx...."}, {"total: 1", "x....."},
	{"probability: 50%", NULL}, {"bytes: 200..", "..xxxx"}, {"total_bytes: 100..300", NULL},
};

static void strike_six(const char *when, const struct condition *a, const struct condition *b, int fulfilled, char got[7])
{
	struct stage s;
	char rule[300];
	snprintf(rule, sizeof rule, "{name: r, on: read, when: {%s}, delay: 1us}", when);
	open_stage(&s, rule);
	memset(got, 0, 7);
	for (int i = 0; i < 6; i++) {
		struct verdict v;
		struct site site = READ((uint64_t)i * 4096, 100);
		if (a)
			a->fulfil(&site, fulfilled & 1);
		if (b)
			b->fulfil(&site, fulfilled & 2);
		decide(&s, site, &v);
		got[i] = v.rules_count ? 'x' : '.';
	}
	close_stage(&s);
}

static void all_conditions_must_hold(void **state)
{
	(void)state;
	char when[200], got[7];
	for (size_t a = 0; a < COUNT_OF(conditions); a++)
		for (size_t b = 0; b < COUNT_OF(conditions); b++) {
			if (a == b)
				continue;
			for (int fulfilled = 0; fulfilled < 4; fulfilled++) {
				snprintf(when, sizeof when, "%s, %s", conditions[a].text, conditions[b].text);
				strike_six(when, &conditions[a], &conditions[b], fulfilled, got);
				unit_same_text(when, got, fulfilled == 3 ? "xxxxxx" : "......");
			}
		}
}

static void a_condition_and_a_choice_must_both_hold(void **state)
{
	(void)state;
	char when[200], got[7], alone[7];
	for (size_t a = 0; a < COUNT_OF(conditions); a++)
		for (size_t b = 0; b < COUNT_OF(choices); b++) {
			strike_six(choices[b].text, NULL, NULL, 0, alone);
			snprintf(when, sizeof when, "%s, %s", conditions[a].text, choices[b].text);
			strike_six(when, &conditions[a], NULL, 1, got);
			unit_same_text(when, got, alone);
			strike_six(when, &conditions[a], NULL, 0, got);
			unit_same_text(when, got, "......");
			if (choices[b].struck)
				unit_same_text(when, alone, choices[b].struck);
		}
}

/* Two that choose by the same count strike where both do; only what has struck is counted by times and total. */
static void two_choices_must_both_choose(void **state)
{
	(void)state;
	static const struct {
		const char *when, *struck;
	} rows[] = {
		{"nth: 2.., times: 2", ".xx..."},	    {"sequence: wxxwX, times: 3", ".xx.x."},
		{"sequence: wxxwX, total: 1", ".x...."},     {"nth: 1..+2, total: 2", "x.x..."},
		{"nth: 2.., bytes: 300..", "....xx"},	     {"sequence: (wx)*, bytes: 200..", "...x.x"},
		{"bytes: 200.., total_bytes: 300..", "...xxx"}, {"times: 3, total: 2", "xx...."},
		{"bytes: 100..400, nth: 2", "..x..."},
	};
	char got[7];
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		strike_six(rows[i].when, NULL, NULL, 0, got);
		unit_same_text(rows[i].when, got, rows[i].struck);
	}
}

/* ---- errnos of several ---- */

static void errnos_come_by_their_weights(void **state)
{
	(void)state;
	enum { N = 20000 };
	static int first[N];
	struct stage s;
	struct verdict v;
	unsigned eio = 0;
	open_stage(&s, "{name: r, on: read, fail: {EIO: 3, ETIMEDOUT: 1}}");
	for (unsigned i = 0; i < N; i++) {
		struct site site = READ((uint64_t)i * 4096, 4096);
		site.size = UINT64_MAX;
		decide(&s, site, &v);
		first[i] = v.error;
		assert_true(v.error == EIO || v.error == ETIMEDOUT);
		eio += v.error == EIO;
	}
	assert_in_range(eio, N * 3 / 4 - 250, N * 3 / 4 + 250);
	/* The same block says the same, whenever it is asked. */
	for (unsigned i = N; i--;) {
		struct site site = READ((uint64_t)i * 4096, 4096);
		site.size = UINT64_MAX;
		decide(&s, site, &v);
		assert_int_equal(v.error, first[i]);
	}
	close_stage(&s);
}

static void errnos_of_a_list_are_equally_likely_and_drawn_anew(void **state)
{
	(void)state;
	struct stage s;
	struct verdict v;
	unsigned of[512] = {0};
	open_stage(&s, "{name: r, on: open, fail: [EIO, ESTALE, EACCES]}");
	for (int i = 0; i < 3000; i++) {
		decide(&s, OPEN, &v);
		of[v.error]++;
	}
	assert_in_range(of[EIO], 900, 1100);
	assert_in_range(of[ESTALE], 900, 1100);
	assert_int_equal(of[EIO] + of[ESTALE] + of[EACCES], 3000);
	close_stage(&s);
}

/* A page that the page cache asks for again fails as it did before, also where the errno is drawn by ordinal. */
static void a_repeated_page_fails_with_the_same_errno(void **state)
{
	(void)state;
	struct stage s;
	open_stage(&s, "{name: r, on: read, when: {draw: ordinal}, fail: [EIO, ESTALE]}");
	for (int i = 0; i < 200; i++) {
		struct verdict v, again;
		decide(&s, cached(READ((uint64_t)i % 2 * 4096, 4096)), &v);
		decide(&s, cached(READ((uint64_t)i % 2 * 4096, 4096)), &again);
		assert_int_equal(again.error, v.error);
		assert_int_equal(again.rules_count, 0);
	}
	close_stage(&s);
}

/* Frozen: what this plan said once, it says for ever. */
static void drawn_errnos_are_the_same_for_ever(void **state)
{
	(void)state;
	char got[33] = "";
	struct stage s;
	struct verdict v;
	open_stage(&s, "{name: r, on: read, fail: {EIO: 3, ESTALE: 1}}");
	for (uint64_t i = 0; i < 32; i++) {
		decide(&s, READ(i * 4096, 1), &v);
		got[i] = v.error == EIO ? 'i' : 's';
	}
	close_stage(&s);
	assert_string_equal(got, "issiiisisiiiiiiiiiiiiiiiiissiiii");
}

static void usual_errnos_are_those_of_the_operation(void **state)
{
	(void)state;
	struct stage s;
	opset silent = 0;
	open_stage(&s, "{name: r, on: all, fail: usual}");
	for (int op = 0; op < OP_COUNT; op++) {
		bool seen[512] = {false};
		unsigned kinds = 0;
		for (int i = 0; i < 400; i++) {
			struct verdict v;
			struct site site = unit_site((enum op)op);
			site.offset = (uint64_t)i * 512;
			site.length = 512;
			decide(&s, site, &v);
			if (!v.rules_count) {
				silent |= UINT64_C(1) << op;
				break;
			}
			assert_true(v.error > 0 && v.error < 512 && v.error != ENOSYS);
			kinds += !seen[v.error];
			seen[v.error] = true;
		}
		if (op == OP_read)
			assert_true(seen[EIO] && kinds == 1);
		if (op == OP_open)
			assert_true(seen[EMFILE] && seen[ENFILE] && seen[EACCES] && kinds == 6);
		if (op == OP_write)
			assert_true(seen[ENOSPC] && seen[EDQUOT] && !seen[EMFILE]);
	}
	assert_int_equal(silent, OP_BIT(release) | OP_BIT(releasedir) | OP_BIT(listed));
	close_stage(&s);
}

/* ---- any schedule ---- */

enum { FILES = 8, REQUESTS = 200 };

struct part {
	const struct plan *plan;
	unsigned file;
	char got[REQUESTS + 1];
};

static void *ask_one_file(void *data)
{
	struct part *part = data;
	char path[20];
	struct bound *bound = NULL;
	snprintf(path, sizeof path, "%u.png", part->file);
	if (plan_bind(part->plan, "in", path, &bound) != 0)
		return NULL;
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct site site = {.op = OP_read, .volume = "in", .path = path, .size = 1 << 20, .offset = i * 512, .length = 512,
				    .thread = 12, .uid = i % 3, .opens = 1 + i % 5};
		struct verdict v;
		plan_decide(part->plan, NULL, bound, &site, &v);
		part->got[i] = v.error ? (char)('a' + v.error % 26) : '.';
	}
	free(bound);
	return NULL;
}

/* Triggers that are not bound to the schedule: each file by itself, in any order, by several threads at once. */
static void what_is_not_bound_to_the_schedule_does_not_depend_on_it(void **state)
{
	(void)state;
	struct plan *plan = unit_plan("{name: a, on: read, when: {sequence: 'wwx(wwwx)*', uid: [0, 1]}, fail: {EIO: 2, ESTALE: 1, EACCES: 1}}\n"
				      "{name: b, on: read, when: {bytes: 20000.., probability: 40%, not: {uid: 2}}, fail: [ENOMEM, EPERM]}\n"
				      "{name: c, on: read, when: {uid: 2, nth: 10..+7}, fail: usual}");
	static struct part forward[FILES], backward[FILES], together[FILES];
	pthread_t threads[FILES];
	for (unsigned i = 0; i < FILES; i++) {
		forward[i] = (struct part){.plan = plan, .file = i};
		backward[FILES - 1 - i] = (struct part){.plan = plan, .file = FILES - 1 - i};
		together[i] = (struct part){.plan = plan, .file = i};
	}
	for (unsigned i = 0; i < FILES; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_one_file, &together[i]), 0);
	for (unsigned i = 0; i < FILES; i++) {
		ask_one_file(&forward[i]);
		ask_one_file(&backward[FILES - 1 - i]);
	}
	for (unsigned i = 0; i < FILES; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < FILES; i++) {
		unit_same_text("backward", backward[i].got, forward[i].got);
		unit_same_text("together", together[i].got, forward[i].got);
		assert_non_null(strpbrk(forward[i].got, "abcdefghijklmnopqrstuvwxyz"));
		assert_string_not_equal(forward[i].got, forward[(i + 1) % FILES].got);
	}
	plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_for_programs_processes_users_and_groups),
		cmocka_unit_test(requests_of_others_do_not_count),
		cmocka_unit_test(a_rule_waits_for_another),
		cmocka_unit_test(arming_anew_forgets),
		cmocka_unit_test(a_trigger_file_arms_while_it_is_there),
		cmocka_unit_test(sequences_are_followed_to_their_end),
		cmocka_unit_test(an_error_stands_at_the_byte_that_is_too_many),
		cmocka_unit_test(bytes_go_with_places_and_counts),
		cmocka_unit_test(strikes_are_limited_over_all_files),
		cmocka_unit_test(open_handles_count),
		cmocka_unit_test(all_conditions_must_hold),
		cmocka_unit_test(a_condition_and_a_choice_must_both_hold),
		cmocka_unit_test(two_choices_must_both_choose),
		cmocka_unit_test(errnos_come_by_their_weights),
		cmocka_unit_test(errnos_of_a_list_are_equally_likely_and_drawn_anew),
		cmocka_unit_test(a_repeated_page_fails_with_the_same_errno),
		cmocka_unit_test(drawn_errnos_are_the_same_for_ever),
		cmocka_unit_test(usual_errnos_are_those_of_the_operation),
		cmocka_unit_test(what_is_not_bound_to_the_schedule_does_not_depend_on_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

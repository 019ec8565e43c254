/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Rules held against a corpus: what they can touch, and those that can touch nothing. */
#include "unit_plan.h"

#include "base/places.h"
#include "corpora/corpus.h"
#include "harness/reach.h"

#include <sys/stat.h>

static struct corpus *opened(const char *source)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) != 0)
		fail_msg("%s: %s", source, err.text);
	return corpus;
}

/* Served as a trial serves it, with a scratch and with a volume of a subject's that is not known. */
static int check_as_in(const struct plan *plan, const struct corpus *corpus, struct err *err)
{
	const struct reach_volume volumes[] = {{"in", corpus}, {"out", NULL}, {"lib", NULL}};
	return reach_check(plan, volumes, COUNT_OF(volumes), REACH_AS_WRITTEN, NULL, err);
}

/* a.png b.png d/ d/c.png d/e/ d/e/a.txt "odd\nname" */
static struct corpus *small_tree(void)
{
	char source[PATH_MAX + 10];
	mkdir(unit_path("d"), 0700);
	mkdir(unit_path("d/e"), 0700);
	static const char *const files[] = {"a.png", "b.png", "d/c.png", "d/e/a.txt", "odd\nname"};
	for (size_t i = 0; i < COUNT_OF(files); i++)
		unit_file(files[i], "x");
	snprintf(source, sizeof source, "tree:%s", unit_dir);
	return opened(source);
}

static void rules_reach_the_names_that_they_match(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		uint64_t paths; /* UINT64_MAX: not known */
		const char *first;
	} rows[] = {
		{"{volume: in, path: '*.png', on: read, fail: EIO}", 2, "a.png"},
		{"{volume: in, path: '**/*.png', on: read, fail: EIO}", 3, "a.png"},
		{"{volume: in, path: 'd/**', on: read, fail: EIO}", 2, "d/c.png"},
		{"{volume: in, path: 'd/**', on: [read, getattr], fail: EIO}", 3, "d/c.png"},
		{"{volume: in, path: '**', on: readdir, fail: EIO}", 3, "."},
		{"{volume: in, path: d, on: opendir, fail: EIO}", 1, "d"},
		{"{volume: in, path: ., on: opendir, fail: EIO}", 1, "."},
		{"{volume: in, path: 'd/e/a.txt', missing: true}", 1, "d/e/a.txt"},
		{"{volume: in, path: 'odd*', missing: true}", 1, "odd\nname"},
		{"{volume: in, on: read, fail: EIO}", 5, "a.png"},
		{"{volume: in, on: lookup, fail: EIO}", 8, "."},
		{"{volume: in, path: '*.tif', on: read, fail: EIO}", 0, ""},
		{"{volume: in, path: 'c.png', on: read, fail: EIO}", 0, ""},
		/* What other volumes will hold is not known yet. */
		{"{volume: out, path: '*.png', on: write, fail: EIO}", UINT64_MAX, ""},
	};
	struct corpus *corpus = small_tree();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct reach reach;
		struct err err = {0};
		char wanted[300];
		assert_int_equal(reach_count(plan, corpus, &reach, NULL, &err), 0);
		if (reach.paths != rows[i].paths)
			fail_msg("%s: %llu paths", rows[i].rule, (unsigned long long)reach.paths);
		unit_same_text(rows[i].rule, reach.first, rows[i].first);
		assert_int_equal(check_as_in(plan, corpus, &err), rows[i].paths ? 0 : -EINVAL);
		snprintf(wanted, sizeof wanted, "plan p: rule 'rule-1' can never strike: no path of the corpus matches '%s'",
			 rows[i].paths ? "" : glob_text(plan->rules.at[0]->path));
		unit_same_text(rows[i].rule, err.text, rows[i].paths ? "" : wanted);
		plan_free(plan);
	}
	corpus_close(corpus);
}

static void each_rule_is_counted_and_the_first_bad_one_told(void **state)
{
	(void)state;
	struct corpus *corpus = small_tree();
	struct plan *plan = unit_plan("{volume: in, path: a.png, missing: true}\n{name: x, volume: in, path: x, missing: true}\n"
				      "{name: y, volume: in, path: y, missing: true}");
	struct reach reach[3];
	struct err err = {0};
	assert_int_equal(reach_count(plan, corpus, reach, NULL, &err), 0);
	assert_int_equal(reach[0].paths, 1);
	assert_int_equal(reach[1].paths + reach[2].paths, 0);
	assert_int_equal(check_as_in(plan, corpus, &err), -EINVAL);
	assert_string_equal(err.text, "plan p: rule 'x' can never strike: no path of the corpus matches 'x'");
	plan_free(plan);
	corpus_close(corpus);
}

static void each_rule_finds_its_volume_or_none(void **state)
{
	(void)state;
	struct corpus *corpus = small_tree();
	const struct reach_volume tree[] = {{"in", corpus}}, both[] = {{"in", corpus}, {"out", NULL}}, scratch[] = {{"out", NULL}},
				  lib[] = {{"in", corpus}, {"out", NULL}, {"lib", corpus}};
	static const char *const lacks = "plan p: rule 'rule-1' can never strike: ";
	const struct {
		const char *rule;
		const struct reach_volume *volumes;
		size_t count;
		const char *why; /* NULL: it can strike */
	} rows[] = {
		{"{volume: inn, on: read, fail: EIO}", tree, 1, "no volume here is named 'inn', only in"},
		{"{volume: inn, on: read, fail: EIO}", both, 2, "no volume here is named 'inn', only in, out"},
		{"{volume: lib, on: read, fail: EIO}", both, 2, "no volume here is named 'lib', only in, out"},
		{"{volume: lib, on: read, fail: EIO}", lib, 3, NULL},
		{"{volume: lib, path: x, on: read, fail: EIO}", lib, 3, "no path of the corpus matches 'x'"},
		{"{volume: lib, on: [write, create], fail: EIO}", lib, 3, "a corpus is read-only (on: create, write)"},
		{"{volume: out, on: write, fail: EIO}", tree, 1, "no volume here is named 'out', only in"},
		{"{volume: out, on: write, fail: EIO}", both, 2, NULL},
		{"{volume: in, on: read, fail: EIO}", scratch, 1, "no volume here is named 'in', only out"},
		{"{on: read, fail: EIO}", scratch, 1, NULL},
		{"{on: write, fail: EIO}", scratch, 1, NULL},
		{"{on: write, fail: EIO}", both, 2, NULL},
		{"{on: write, fail: EIO}", tree, 1, "a corpus is read-only (on: write)"},
		{"{on: [write, read], fail: EIO}", tree, 1, NULL},
		{"{on: fsync, fail: EIO}", tree, 1, NULL},
		{"{space: 5}", both, 2, NULL},
		{"{on: create, space: 5}", tree, 1, "a corpus is read-only (on: create)"},
		{"{path: x, on: read, fail: EIO}", tree, 1, "no path of the corpus matches 'x'"},
		{"{path: x, on: read, fail: EIO}", both, 2, NULL},
		{"{path: x, on: read, fail: EIO}", scratch, 1, NULL},
		/* Each file of the tree has one byte. */
		{"{volume: in, on: read, offset: 0.., fail: EIO}", both, 2, NULL},
		{"{volume: in, on: read, offset: 1.., fail: EIO}", both, 2,
		 "it begins at byte 1, and the largest file that it matches has 1"},
		{"{volume: in, path: d, on: read, offset: 0.., fail: EIO}", both, 2,
		 "'d' is a directory, which is never asked for that (on: read; for all that it holds: 'd/**')"},
		/* Who is asked for what. */
		{"{path: d, on: [read, write, lseek], fail: EIO}", tree, 1,
		 "'d' is a directory, which is never asked for that (on: read, lseek, write; for all that it holds: 'd/**')"},
		{"{path: '{d,d/e}', on: read, fail: EIO}", tree, 1,
		 "'d' is a directory, which is never asked for that (on: read; for all that it holds: '{d,d/e}/**')"},
		{"{path: ., corrupt: flip}", tree, 1, "'.' is a directory, which is never asked for that (on: read; for all that it holds: '**')"},
		{"{path: d/e/a.txt, on: readdir, fail: EIO}", tree, 1,
		 "'d/e/a.txt' is a file, which is never asked for that (on: readdir; the directory that it is in: 'd/e')"},
		{"{path: a.png, on: opendir, fail: EIO}", tree, 1,
		 "'a.png' is a file, which is never asked for that (on: opendir; the directory that it is in: '.')"},
		{"{path: a.png, on: readlink, fail: EIO}", tree, 1, "'a.png' is a file, which is never asked for that (on: readlink)"},
		{"{path: d, on: read, fail: EIO}", both, 2, NULL},
		{"{path: 'd*', on: [read, opendir], fail: EIO}", tree, 1, NULL},
		{"{path: d, on: [write, getattr], fail: EIO}", tree, 1, NULL},
		{"{path: d, missing: true}", tree, 1, NULL},
		{"{path: '*.png', corrupt: flip, offset: 1..5}", tree, 1, "it begins at byte 1, and the largest file that it matches has 1"},
		{"{path: '*.png', corrupt: flip, offset: 1..5}", both, 2, NULL},
		{"{path: ., on: readdir, entries: 100.., fail: EIO}", tree, 1, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct err err = {0};
		char wanted[300] = "";
		if (rows[i].why)
			snprintf(wanted, sizeof wanted, "%s%s", lacks, rows[i].why);
		assert_int_equal(reach_check(plan, rows[i].volumes, rows[i].count, REACH_AS_WRITTEN, NULL, &err), rows[i].why ? -EINVAL : 0);
		unit_same_text(rows[i].rule, err.text, wanted);
		plan_free(plan);
	}
	corpus_close(corpus);
}

/* ---- rules that depend on each other, and on somebody who switches ---- */

static void rules_that_wait_in_vain_and_rules_that_nobody_switches_on(void **state)
{
	(void)state;
	static const char text[] = "version: 1\n"
				   "groups: {down: off, up: on}\n"
				   "rules:\n"
				   "- {name: fine, path: a.png, group: up, on: read, fail: EIO}\n"
				   "- {name: none, path: x, volume: in, on: read, fail: EIO}\n"
				   "- {name: waits, path: b.png, on: read, fail: EIO, when: {after_rule: none}}\n"
				   "- {name: waits-too, path: b.png, on: read, fail: EIO, when: {after_rule: waits}}\n"
				   "- {name: waits-well, path: b.png, on: read, fail: EIO, when: {after_rule: fine}}\n"
				   "- {name: off, path: b.png, group: down, on: read, fail: EIO}\n"
				   "- {name: after-off, path: b.png, on: read, fail: EIO, when: {after_rule: off}}\n"
				   "- {name: whoever, path: b.png, on: read, fail: EIO, when: {comm: nobody, trigger_file: /t/go}}\n";
	const enum reach_lack lacks[] = {REACH_NOTHING_LACKS, REACH_NO_PATH,	   REACH_WAITS,		REACH_WAITS,
					 REACH_NOTHING_LACKS, REACH_NOTHING_LACKS, REACH_NOTHING_LACKS, REACH_NOTHING_LACKS};
	struct corpus *corpus = small_tree();
	struct plan *plan;
	struct reach reach[COUNT_OF(lacks)];
	struct err err = {0};
	assert_int_equal(plan_parse("p", text, sizeof text - 1, &plan, &err), 0);
	assert_int_equal(reach_count(plan, corpus, reach, NULL, &err), 0);
	for (size_t i = 0; i < COUNT_OF(lacks); i++)
		assert_int_equal(reach[i].lack, lacks[i]);
	plan_free(plan);
	corpus_close(corpus);
}

/* The first rule that is complained about, where nobody can switch groups and where somebody can. */
static void complaints_about_waiting_and_switching(void **state)
{
	(void)state;
	static const char head[] = "version: 1\ngroups: {down: off}\nrules:\n";
	static const struct {
		const char *rules, *as_written, *switched;
	} rows[] = {
		{"- {name: off, group: down, on: read, fail: EIO}\n",
		 "plan p: rule 'off' can never strike: its group 'down' is off, and nobody switches it on here (on a mount, ordeal ctl can)", ""},
		{"- {name: b, on: read, fail: EIO, when: {after_rule: off}}\n- {name: off, group: down, on: open, fail: EIO}\n",
		 "plan p: rule 'b' can never strike: it waits for 'off', which never does", ""},
		{"- {name: b, on: read, fail: EIO, when: {after_rule: x}}\n- {name: x, path: x, on: open, fail: EIO}\n",
		 "plan p: rule 'b' can never strike: it waits for 'x', which never does",
		 "plan p: rule 'b' can never strike: it waits for 'x', which never does"},
	};
	struct corpus *corpus = small_tree();
	const struct reach_volume volumes[] = {{"in", corpus}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan;
		struct err err = {0}, other = {0};
		char text[500];
		snprintf(text, sizeof text, "%s%s", head, rows[i].rules);
		assert_int_equal(plan_parse("p", text, strlen(text), &plan, &err), 0);
		assert_int_equal(reach_check(plan, volumes, 1, REACH_AS_WRITTEN, NULL, &err), -EINVAL);
		assert_int_equal(reach_check(plan, volumes, 1, REACH_SWITCHED, NULL, &other), *rows[i].switched ? -EINVAL : 0);
		unit_same_text(rows[i].rules, err.text, rows[i].as_written);
		unit_same_text(rows[i].rules, other.text, rows[i].switched);
		plan_free(plan);
	}
	corpus_close(corpus);
}

/* Without a volume a rule is weighed by the corpus; where it would only change what is there, it is for a scratch, of which nothing is
 * known. */
static void rules_without_a_volume_are_weighed_by_the_corpus(void **state)
{
	(void)state;
	struct corpus *corpus = small_tree();
	struct plan *plan = unit_plan("{name: full, path: '*.png', on: write, fail: ENOSPC}\n{name: both, path: '*.png', on: [read, write], fail: EIO}\n"
				      "{name: waits, on: open, fail: EIO, when: {after_rule: full}}\n{name: none, path: '*.tif', on: read, fail: EIO}");
	struct reach reach[4];
	assert_int_equal(reach_count(plan, corpus, reach, NULL, NULL), 0);
	for (size_t i = 0; i < COUNT_OF(reach); i++) {
		assert_int_equal(reach[i].lack, i < 3 ? REACH_NOTHING_LACKS : REACH_NO_PATH);
		assert_int_equal(reach[i].elsewhere, i == 0);
	}
	assert_int_equal(reach[1].paths, 2);
	assert_int_equal(reach[3].paths, 0);
	plan_free(plan);
	corpus_close(corpus);
}

/* "no larger than settles it": the offset of one rule is not met by the files of another. */
static void the_largest_file_is_that_of_the_rule(void **state)
{
	(void)state;
	struct corpus *corpus = opened("ct-tiny");
	struct plan *plan = unit_plan("{volume: in, path: '*_0000.png', on: read, offset: 100.., fail: EIO}\n"
				      "{volume: in, path: '*_0001.png', on: read, offset: 1GiB.., fail: EIO}");
	struct reach reach[2];
	assert_int_equal(reach_count(plan, corpus, reach, NULL, NULL), 0);
	assert_int_equal(reach[0].lack, REACH_NOTHING_LACKS);
	assert_int_equal(reach[1].lack, REACH_NO_BYTE);
	assert_int_equal(reach[1].paths, 1);
	assert_true(reach[1].largest > 100 && reach[1].largest < 1 << 30);
	plan_free(plan);
	corpus_close(corpus);
}

/* A limit that no file comes to is no error, because files grow; but it will do nothing. */
static void limits_that_no_file_reaches_are_doubted(void **state)
{
	(void)state;
	struct corpus *corpus = small_tree(); /* files of one byte */
	const struct reach_volume volumes[] = {{"in", corpus}, {"out", NULL}};
	static const struct {
		const char *rule;
		size_t volumes;
		const char *why; /* NULL: no doubt */
	} rows[] = {
		{"{path: '*.png', on: read, short: 200000}", 1, "200000"},
		{"{path: '*.png', on: read, short: 1}", 1, "1"},
		{"{path: '*.png', on: read, short: '50%'}", 1, NULL},
		{"{path: '*.png', truncate: 5}", 1, "5"},
		{"{path: '*.png', truncate: 0}", 1, NULL},
		{"{path: '*.png', truncate: '50%'}", 1, NULL},
		{"{path: '*.png', truncate: 5}", 2, NULL}, /* and the scratch? */
		{"{path: '*.png', volume: in, truncate: 5}", 2, "5"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct plan *plan = unit_plan(rows[i].rule);
		struct err err = {0};
		struct buf doubts = {0};
		char wanted[200] = "";
		if (rows[i].why)
			snprintf(wanted, sizeof wanted, "plan p: rule 'rule-1' will hardly strike: it lets %s bytes pass, and the largest file that it "
				 "matches has 1\n", rows[i].why);
		assert_int_equal(reach_check(plan, volumes, rows[i].volumes, REACH_AS_WRITTEN, &doubts, &err), 0);
		unit_same_text(rows[i].rule, buf_string(&doubts), wanted);
		buf_free(&doubts);
		plan_free(plan);
	}
	corpus_close(corpus);
}

/* What a scratch holds now is counted; what it may come to hold lacks nothing. */
static void what_a_scratch_holds_is_counted_and_lacks_nothing(void **state)
{
	(void)state;
	struct corpus *corpus = small_tree();
	const struct reach_volume scratch = {"out", corpus, .grows = true};
	struct plan *plan = unit_plan("{name: some, path: '*.png', on: read, fail: EIO}\n{name: write, on: write, fail: EIO}\n"
				      "{name: later, path: new, on: create, fail: EIO}\n{name: dir, path: d, on: read, fail: EIO}\n"
				      "{name: long, truncate: 5}\n{name: other, volume: in, on: read, fail: EIO}");
	static const uint64_t paths[] = {2, 5, 0, 0, 8, 0};
	struct reach reach[COUNT_OF(paths)];
	struct reach_gaps gaps = {0};
	assert_int_equal(reach_weigh(plan, &scratch, 1, REACH_SWITCHED, reach, &gaps, NULL), 0);
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		assert_int_equal(reach[i].paths, paths[i]);
		assert_int_equal(reach[i].lack, i < 5 ? REACH_NOTHING_LACKS : REACH_NO_VOLUME);
		assert_false(reach[i].no_file_as_large);
	}
	plan_free(plan);
	corpus_close(corpus);
}

static void a_plan_of_allocations_alone_has_nothing_to_reach(void **state)
{
	(void)state;
	struct plan *plan;
	struct err err = {0};
	const char *text = "version: 1\nallocations: [{size: 5..}]\n";
	struct corpus *corpus = small_tree();
	assert_int_equal(plan_parse("p", text, strlen(text), &plan, &err), 0);
	assert_int_equal(check_as_in(plan, corpus, &err), 0);
	plan_free(plan);
	corpus_close(corpus);
}

/* "What was removed from a corpus can still be asked for." */
static void removed_files_can_be_reached(void **state)
{
	(void)state;
	const char *spec = unit_file("holes.yaml", "version: 1\nsource: ct-tiny\ndamage:\n- {path: '*3.png', remove: true}\n");
	struct corpus *corpus = opened(spec), *whole = opened("ct-tiny");
	struct plan *plan = unit_plan("{volume: in, path: '*3.png', on: lookup, fail: EIO}\n{volume: in, path: '*.png', on: read, fail: EIO}");
	struct reach removed[2], all[2];
	assert_int_equal(reach_count(plan, corpus, removed, NULL, NULL), 0);
	assert_int_equal(reach_count(plan, whole, all, NULL, NULL), 0);
	assert_int_equal(all[0].paths, 1);
	assert_int_equal(removed[0].paths, 1);
	assert_string_equal(removed[0].first, all[0].first);
	assert_int_equal(removed[1].paths, all[1].paths);
	plan_free(plan);
	corpus_close(corpus);
	corpus_close(whole);
}

/* Nothing is said against a rule on a corpus that is too large to be looked through. */
static void a_corpus_of_too_many_names_is_given_the_benefit_of_the_doubt(void **state)
{
	(void)state;
	struct corpus *corpus = opened("stack:slices=210000,width=1,height=1");
	struct plan *plan = unit_plan("{volume: in, path: '*.none', missing: true}\n{volume: in, path: '*.png', missing: true}");
	struct reach reach[2];
	struct err err = {0};
	assert_int_equal(reach_count(plan, corpus, reach, NULL, &err), 0);
	assert_true(reach[0].paths == UINT64_MAX);
	assert_int_equal(reach[1].paths, REACH_PATHS_MAX - 1); /* "." was looked at too */
	assert_int_equal(check_as_in(plan, corpus, &err), 0);
	plan_free(plan);
	corpus_close(corpus);
}

static void every_plan_of_ours_reaches_something_of_a_stack_or_of_tracks(void **state)
{
	(void)state;
	struct corpus *corpora[] = {opened("ct-tiny"), opened("audio-tiny")};
	struct places_names names;
	assert_int_equal(places_list(PLACE_PLANS, &names, NULL), 0);
	for (size_t i = 0; i < names.names.count; i++) {
		char *path;
		struct plan *plan;
		struct err err = {0};
		assert_int_equal(places_find(PLACE_PLANS, names.names.at[i], &path, &err), 0);
		assert_int_equal(plan_load(path, &plan, &err), 0);
		if (check_as_in(plan, corpora[0], &err) != 0 && check_as_in(plan, corpora[1], &err) != 0)
			fail_msg("%s: %s", path, err.text);
		plan_free(plan);
		free(path);
	}
	places_names_free(&names);
	corpus_close(corpora[0]);
	corpus_close(corpora[1]);
}

#define IN_A_FOLDER(test) cmocka_unit_test_setup_teardown(test, unit_dir_make, unit_dir_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_FOLDER(rules_reach_the_names_that_they_match),
		IN_A_FOLDER(each_rule_is_counted_and_the_first_bad_one_told),
		IN_A_FOLDER(each_rule_finds_its_volume_or_none),
		IN_A_FOLDER(rules_that_wait_in_vain_and_rules_that_nobody_switches_on),
		IN_A_FOLDER(complaints_about_waiting_and_switching),
		IN_A_FOLDER(rules_without_a_volume_are_weighed_by_the_corpus),
		cmocka_unit_test(the_largest_file_is_that_of_the_rule),
		IN_A_FOLDER(limits_that_no_file_reaches_are_doubted),
		IN_A_FOLDER(what_a_scratch_holds_is_counted_and_lacks_nothing),
		IN_A_FOLDER(a_plan_of_allocations_alone_has_nothing_to_reach),
		IN_A_FOLDER(removed_files_can_be_reached),
		cmocka_unit_test(a_corpus_of_too_many_names_is_given_the_benefit_of_the_doubt),
		cmocka_unit_test(every_plan_of_ours_reaches_something_of_a_stack_or_of_tracks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

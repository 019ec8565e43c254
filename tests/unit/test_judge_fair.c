/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What real programs do that is no crime, though it looks like one at first: evidence made by hand, with the crime beside it. */
#include "unit_judge.h"

#define COMPLETE "exit status 0, all 2 outputs as without faults\n"
#define FAILED "exit status 1, 2 outputs same, 0 different, 0 missing; it said: bad\n"

/* Failed with a word. */
static void failed(void)
{
	scene.run->exit_code = 1;
	buf_text(&scene.now.err, "bad\n");
}

/* As unit_judged(), but for what else is told behind that. */
static void judged_like(const char *row, enum verdict_class verdict, const char *beginning)
{
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	const char *reasons = buf_string(&scene.judgement.reasons);
	if (scene.judgement.verdict != verdict || strncmp(reasons, beginning, strlen(beginning)) != 0)
		fail_msg("%s: %s instead of %s, %s", row, verdict_class_name(scene.judgement.verdict), verdict_class_name(verdict), reasons);
	unit_end_scene();
}

/* ---- what is left ---- */

static void what_could_not_be_removed_is_no_leak(void **state)
{
	(void)state;
	static const struct {
		const char *volume, *path, *op, *effect, *error;
		bool leaked;
	} rows[] = {
		{"out", "a.tmp", "unlink", "fail", "EIO", false},
		{"out", "a.tmp", "rmdir", "fail", "EIO", false},
		{"out", "a.tmp", "lookup", "fail", "EIO", false},
		{"out", ".", "lookup", "fail", "EIO", false},
		{"out", "a.tmp", "write", "fail", "EIO", true}, /* that kept nobody from it */
		{"out", "b.tmp", "unlink", "fail", "EIO", true},
		{"in", "a.tmp", "unlink", "fail", "EIO", true},
		{"out", "a.tmp", "unlink", "delay", NULL, true},
		{"out", "a.tmp", "unlink", "signal", "SIGTERM", true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[80];
		snprintf(row, sizeof row, "row %zu: %s %s:%s %s", i, rows[i].op, rows[i].volume, rows[i].path, rows[i].effect);
		unit_scene();
		unit_strike_a();
		unit_strike(rows[i].volume, rows[i].path, rows[i].op, rows[i].effect, rows[i].error);
		failed();
		unit_entry(&scene.now.outputs, 'f', "a.tmp", "x");
		unit_judged(row, rows[i].leaked ? VERDICT_LEAKED : VERDICT_DEGRADED,
			    rows[i].leaked ? "left 1 file that a clean run does not leave: a.tmp\n" : FAILED);
	}
}

/* What is usual there may stand before it or behind it. */
static void the_first_that_is_unusual_is_told(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.clean.evidence.tmp, 'f', "b", "x");
	static const char *const left[] = {"b", "c", "a", "d"};
	for (size_t i = 0; i < COUNT_OF(left); i++)
		unit_entry(&scene.now.tmp, 'f', left[i], "x");
	unit_judged("before it", VERDICT_LEAKED, "left a in TMPDIR\n");
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.clean.evidence.tmp, 'f', "a", "x");
	unit_entry(&scene.now.tmp, 'f', "a", "x");
	unit_entry(&scene.now.tmp, 'f', "b", "x");
	unit_entry(&scene.now.tmp, 'f', "c", "x");
	unit_judged("behind it", VERDICT_LEAKED, "left b in TMPDIR\n");
}

/* A journal is there to be found by the next run: but that has to clear it away, and only who was ended at once may rely on it. */
static void what_the_next_run_clears_away_is_no_leak(void **state)
{
	(void)state;
	static const struct {
		const char *name, *sent; /* NULL: no signal of a rule */
		int signal;
		bool left, never, fails;
		const char *reason; /* NULL: no leak */
	} rows[] = {
#define LEFT "left 1 file that a clean run does not leave: x.journal\n"
		{"cleared away", "SIGTERM", SIGTERM, false, false, false, NULL},
		{"still there", "SIGTERM", SIGTERM, true, false, false, LEFT},
		{"there was no next run", "SIGTERM", SIGTERM, false, true, false, LEFT},
		{"... or it failed", "SIGTERM", SIGTERM, false, false, true,
		 LEFT "run again without faults it fails: what was left behind spoils it\n"},
		{"ended by itself", "SIGTERM", 0, false, false, false, LEFT},
		{"no signal at all", NULL, 0, false, false, false, LEFT},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike("in", "a.png", "read", rows[i].sent ? "signal" : "fail", rows[i].sent ? rows[i].sent : "EIO");
		scene.run->signal = rows[i].signal;
		scene.run->exit_code = rows[i].signal ? -1 : 1;
		unit_entry(&scene.now.outputs, 'f', "x.journal", "x");
		unit_ran_again();
		scene.again->started = !rows[i].never;
		scene.again->exit_code = rows[i].fails;
		if (rows[i].left)
			unit_entry(&scene.now.again, 'f', "x.journal", "x");
		judged_like(rows[i].name, rows[i].reason ? VERDICT_LEAKED : VERDICT_DEGRADED,
			    rows[i].reason ? rows[i].reason
					   : "ended by the signal that it was sent, SIGTERM\nended by SIGTERM, 2 outputs same, 0 different, 0 missing\n");
	}
	/* A run that hangs clears nothing away. */
	unit_scene();
	unit_strike("in", "a.png", "read", "signal", "SIGTERM");
	scene.run->signal = SIGTERM;
	scene.run->exit_code = -1;
	unit_entry(&scene.now.outputs, 'f', "x.journal", "x");
	unit_ran_again();
	scene.again->timed_out = true;
	unit_judged("hangs", VERDICT_LEAKED, LEFT "run again without faults it hangs\n");
}

/* What somebody was writing when he was struck dead stands under another name; what stands under its own must be good. */
static void the_check_passes_what_is_only_half_done(void **state)
{
	(void)state;
	static const struct {
		const char *name, *sent, *path;
		bool bad;
	} rows[] = {
		{"a temporary file", "SIGKILL", "a.json.tmp", false},
		{"an output", "SIGKILL", "a.json", true},
		{"all of them", "SIGKILL", "", true},
		{"of one who may tidy up", "SIGTERM", "a.json.tmp", true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike("in", "a.png", "read", "signal", rows[i].sent);
		scene.run->signal = strcmp(rows[i].sent, "SIGKILL") == 0 ? SIGKILL : SIGTERM;
		scene.run->exit_code = -1;
		unit_observe(&scene.now, OBSERVED_BAD, false, rows[i].path, "");
		judged_like(rows[i].name, rows[i].bad ? VERDICT_LEAKED : VERDICT_DEGRADED, rows[i].bad ? "its check does not pass " : "ended by the signal");
	}
}

/* ---- checkers ---- */

static void a_checker_may_print_another_word_about_what_is_another(void **state)
{
	(void)state;
	static const struct {
		const char *name, *out;
		bool checks, costs;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
#define PRINTED "exit status 0, but it printed something else than without faults, and no word on stderr\n"
		{"about it", "a.png: 7 colours\n", true, true, VERDICT_DEGRADED, "exit status 0, 0 outputs same"},
		{"about another", "b.png: 7 colours\n", true, true, VERDICT_WRONG, PRINTED},
		{"by no checker", "a.png: 7 colours\n", false, true, VERDICT_WRONG, PRINTED},
		{"for a mere delay", "a.png: 7 colours\n", true, false, VERDICT_WRONG, PRINTED},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		manifest_free(&scene.clean.evidence.outputs);
		manifest_free(&scene.now.outputs);
		if (rows[i].checks)
			unit_does("check");
		unit_strike("in", "a.png", "read", rows[i].costs ? "fail" : "delay", rows[i].costs ? "EIO" : NULL);
		buf_clear(&scene.now.out);
		buf_text(&scene.now.out, rows[i].out);
		judged_like(rows[i].name, rows[i].verdict, rows[i].reason);
	}
}

/* Who is told nothing of a file's size, or of closing it, may have looked at all of it. */
static void a_checker_answers_for_the_content(void **state)
{
	(void)state;
	static const struct {
		const char *op, *effect, *error;
		bool at_rest, passes;
	} rows[] = {
		{"read", "fail", "EIO", false, true}, {"open", "deny", "EACCES", false, true}, {"read", "corrupt", NULL, false, true},
		{"getattr", "fail", "EIO", false, false}, {"flush", "fail", "EIO", false, false},
		/* Damage at rest is in the content, whoever met it first. */
		{"getattr", "truncate", NULL, true, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[60], reason[120];
		snprintf(row, sizeof row, "%s %s", rows[i].op, rows[i].effect);
		snprintf(reason, sizeof reason, "it passed a.png, which was struck by %s, without a word\n", rows[i].effect);
		unit_scene();
		unit_does("check");
		unit_strike("in", "a.png", rows[i].op, rows[i].effect, rows[i].error)->at_rest = rows[i].at_rest;
		unit_judged(row, rows[i].passes ? VERDICT_WRONG : VERDICT_COMPLETE, rows[i].passes ? reason : COMPLETE);
	}
}

/* ---- late errors ---- */

/* Who is sent a signal while a file is closed has heard of no error of the disk. */
static void a_signal_at_close_is_no_error_of_close(void **state)
{
	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		unit_scene();
		unit_strike("out", "a.json", "flush", fails ? "fail" : "signal", fails ? "EIO" : "SIGTERM");
		unit_judged(fails ? "an error" : "a signal", fails ? VERDICT_WRONG : VERDICT_COMPLETE,
			    fails ? "exit status 0 and no word, although close of a.json failed with EIO: what it wrote may be lost\n" : COMPLETE);
	}
}

/* ---- whose fault it is ---- */

/* Any output may depend on any input; where files of its name were struck, it is one of those that has to be named. */
static void an_output_suffers_from_its_namesake_first(void **state)
{
	(void)state;
	static const struct {
		const char *name, *volume, *path, *op, *said;
		bool explained;
	} rows[] = {
		{"the namesake is named", "in", "b.png", "read", "a.png: bad\n", true},
		{"another is named", "in", "b.png", "read", "b.png: bad\n", false},
		{"all are concerned, and it says something", "out", "a.json", "write", "disk: bad\n", true},
		{"... or of the listing", "in", ".", "readdir", "directory: bad\n", true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		scene.subject.derive = DERIVE_ALL;
		unit_strike_a();
		unit_strike(rows[i].volume, rows[i].path, rows[i].op, "fail", "EIO");
		unit_forget(&scene.now.outputs, "a.json");
		buf_text(&scene.now.err, rows[i].said);
		judged_like(rows[i].name, rows[i].explained ? VERDICT_DEGRADED : VERDICT_WRONG,
			   rows[i].explained ? "exit status 0, 1 outputs same, 0 different, 1 missing; it said: " : "exit status 0, but a.json is missing");
	}
	/* Control: of no name of its own, any will do. */
	unit_scene();
	scene.subject.derive = DERIVE_ALL;
	unit_strike("in", "b.png", "read", "fail", "EIO");
	unit_forget(&scene.now.outputs, "a.json");
	buf_text(&scene.now.err, "b.png: bad\n");
	judged_like("no namesake", VERDICT_DEGRADED, "exit status 0, 1 outputs same, 0 different, 1 missing; it said: b.png: bad\n");
	/* A delay of the namesake costs nothing, and needs not be named. */
	unit_scene();
	scene.subject.derive = DERIVE_ALL;
	unit_strike("in", "a.png", "read", "delay", NULL);
	unit_strike("in", "b.png", "read", "fail", "EIO");
	unit_forget(&scene.now.outputs, "a.json");
	buf_text(&scene.now.err, "b.png: bad\n");
	judged_like("delayed", VERDICT_DEGRADED, "exit status 0, 1 outputs same, 0 different, 1 missing; it said: b.png: bad\n");
}

/* Damage that nobody can notice excuses what was made of that file, unless something else struck it too. */
static void what_could_be_noticed_is_no_excuse(void **state)
{
	(void)state;
	for (int fails = 0; fails < 2; fails++) {
		unit_scene();
		scene.subject.derive = DERIVE_ALL;
		struct touch *touch = unit_strike("in", "b.png", "read", "flip", NULL);
		touch->at_rest = touch->unseen = true;
		if (fails)
			unit_strike("in", "c.png", "read", "fail", "EIO");
		unit_entry(&scene.clean.evidence.outputs, 'f', "x.json", "xx");
		unit_entry(&scene.now.outputs, 'f', "x.json", "yy");
		judged_like(fails ? "struck as well" : "nobody can notice", fails ? VERDICT_WRONG : VERDICT_DEGRADED,
			   fails ? "exit status 0, but x.json differs" : "exit status 0, 2 outputs same, 1 different, 0 missing\nnote: nothing guards what flip");
	}
	/* Nor does it excuse what was made of another file, */
	unit_scene();
	struct touch *other = unit_strike("in", "b.png", "read", "flip", NULL);
	other->at_rest = other->unseen = true;
	unit_spoil(&scene.now.outputs, "a.json");
	judged_like("of another", VERDICT_WRONG, "exit status 0, but a.json differs");
	/* nor what is printed, where there are no outputs and something else struck. */
	for (int fails = 0; fails < 2; fails++) {
		unit_scene();
		manifest_free(&scene.clean.evidence.outputs);
		manifest_free(&scene.now.outputs);
		struct touch *touch = unit_strike("in", "b.png", "read", "flip", NULL);
		touch->at_rest = touch->unseen = true;
		if (fails)
			unit_strike_a();
		buf_text(&scene.now.out, "more\n");
		judged_like(fails ? "printed, struck as well" : "printed", fails ? VERDICT_WRONG : VERDICT_DEGRADED, "exit status 0, ");
	}
}

/* ---- comparing ---- */

static void what_stood_there_before_is_no_output(void **state)
{
	(void)state;
	/* It is nothing that a verdict could rest on, */
	unit_scene();
	unit_strike_a();
	unit_word(&scene.clean.unstable, "a.json");
	unit_word(&scene.clean.unstable, "b.json");
	unit_stood_before("other.txt", "other", "other");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_string_equal(buf_string(&scene.judgement.failures),
			    "nothing was compared: no output is the same in two runs without faults (fix its time stamps, seeds ...)\n");
	unit_end_scene();
	/* nor is a directory; */
	unit_scene();
	unit_strike_a();
	unit_word(&scene.clean.unstable, "a.json");
	unit_word(&scene.clean.unstable, "b.json");
	unit_entry(&scene.clean.evidence.outputs, 'd', "empty", "");
	unit_entry(&scene.now.outputs, 'd', "empty", "");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_false(scene.judgement.passed);
	unit_end_scene();
	/* and the run again need not have it. */
	unit_scene();
	unit_strike_a();
	unit_ran_again();
	unit_stood_before("other.txt", "other", "other");
	unit_judged("run again", VERDICT_COMPLETE, COMPLETE);
	unit_scene();
	unit_strike_a();
	unit_ran_again();
	unit_entry(&scene.clean.evidence.outputs, 'd', "empty", "");
	unit_entry(&scene.now.outputs, 'd', "empty", "");
	unit_judged("directory, run again", VERDICT_COMPLETE, COMPLETE);
}

/* Who makes none of what stands there is judged by what he prints. */
static void files_of_others_are_no_result(void **state)
{
	(void)state;
	for (int own = 0; own < 2; own++) {
		unit_scene();
		unit_strike_a();
		manifest_free(&scene.clean.evidence.outputs);
		manifest_free(&scene.now.outputs);
		unit_stood_before("other.txt", "other", "other");
		if (own) {
			unit_entry(&scene.clean.evidence.outputs, 'f', "a.json", "aa");
			unit_entry(&scene.now.outputs, 'f', "a.json", "aa");
		}
		buf_text(&scene.now.out, "more\n");
		judged_like(own ? "a file of its own" : "none", own ? VERDICT_COMPLETE : VERDICT_WRONG,
			    own ? "exit status 0, all 1 outputs as without faults" : "exit status 0, but it printed something else");
	}
}

/* Whatever its size: a link is no file. */
static void an_unstable_output_keeps_its_type(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_word(&scene.clean.unstable, "a.json");
	unit_outputs(&scene.clean.evidence.again);
	unit_forget(&scene.now.outputs, "a.json");
	unit_entry(&scene.now.outputs, 'f', "a.json", "zz");
	judged_like("a file of the same size", VERDICT_COMPLETE, COMPLETE "note: 1 of them differ between two runs without faults");
	unit_scene();
	unit_strike_a();
	unit_word(&scene.clean.unstable, "a.json");
	unit_outputs(&scene.clean.evidence.again);
	unit_forget(&scene.now.outputs, "a.json");
	unit_entry(&scene.now.outputs, 'f', "a.json", "zz");
	for (size_t i = 0; i < scene.now.outputs.entries.count; i++)
		if (strcmp(scene.now.outputs.entries.at[i].path, "a.json") == 0)
			scene.now.outputs.entries.at[i].type = 'l';
	judged_like("a link of the same size", VERDICT_WRONG, "exit status 0, but a.json differs");
}

/* Of a run over earlier outputs nobody knows what it reads without faults; how long it takes is known. */
static void over_earlier_outputs_what_is_read_is_not_compared(void **state)
{
	(void)state;
	for (int earlier = 0; earlier < 2; earlier++) {
		unit_scene();
		unit_strike_a();
		scene.spec.before = earlier ? BEFORE_RUN : BEFORE_NOTHING;
		for (enum cost cost = 0; cost < COSTS; cost++)
			scene.spec.oracles.limits.times[cost] = 2;
		scene.clean.evidence.found.server.bytes_read = 10;
		scene.clean.evidence.found.server.reads = 10;
		scene.now.found.server.bytes_read = scene.now.found.server.reads = 1000;
		scene.run->wall_ns = 30 * INT64_C(1000000000);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		unit_same_text(earlier ? "earlier outputs" : "none", buf_string(&scene.judgement.failures),
			       earlier ? "it took 30 s, 300.0 times as much as without faults (0.1 s): the limit is 2 times\n"
				       : "it took 30 s, 300.0 times as much as without faults (0.1 s): the limit is 2 times\n"
					 "it read 1000 bytes, 100.0 times as much as without faults (10 bytes): the limit is 2 times\n"
					 "it made 1000 operations on files, 100.0 times as much as without faults (10 operations on files): the "
					 "limit is 2 times\n");
		unit_end_scene();
	}
}

/* ---- notes and expectations ---- */

static void what_the_schedule_decides_is_noted(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.now.bound_to_schedule = "fourth-read";
	unit_judged("bound", VERDICT_COMPLETE, COMPLETE "note: what rule 'fourth-read' strikes depends on the schedule: another run may differ\n");
}

static void what_was_not_read_to_its_end_is_noted(void **state)
{
	(void)state;
	static char block[1 << 16];
	memset(block, 'x', sizeof block);
	for (int which = 0; which < 3; which++) {
		unit_scene();
		unit_strike_a();
		scene.run->exit_code = 0;
		struct buf *said = which == 0 ? &scene.now.err : &scene.now.out, *clean = which == 0 ? &scene.clean.evidence.err : &scene.clean.evidence.out;
		buf_clear(said), buf_clear(clean);
		for (size_t i = 0; i + (which == 2) < PROCESS_OUTPUT_MAX / COUNT_OF(block); i++)
			buf_add(said, block, sizeof block), buf_add(clean, block, sizeof block);
		unit_judged(which == 0 ? "stderr" : which == 1 ? "stdout" : "less", VERDICT_COMPLETE,
			    which == 2 ? COMPLETE : COMPLETE "note: what it said beyond 8 MiB was not looked at\n");
	}
}

/* An abort that is allowed needs a word, and the lack of it is what it is accused of. */
static void an_abort_without_a_word_is_told_as_that(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.spec.oracles.abort = STANCE_ALLOW;
	scene.run->signal = SIGABRT;
	scene.run->exit_code = -1;
	unit_judged("mute", VERDICT_CRASHED, "aborted without a word on stderr\nended by signal 6 (SIGABRT)\n");
}

/* Who refuses is asked for names as well; but nothing need have been compared then. */
static void a_refusal_names_and_compares_nothing(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	failed();
	manifest_free(&scene.now.outputs);
	unit_word(&scene.clean.unstable, "a.json");
	unit_word(&scene.clean.unstable, "b.json");
	scene.spec.names = true;
	unit_judge("refused", VERDICT_REFUSED, "exit status 1, 0 outputs same, 0 different, 2 missing; it said: bad\n");
	assert_string_equal(buf_string(&scene.judgement.failures), "a.png was struck (fail) and is not named in its report\n");
	unit_end_scene();
}

/* Who was ended by us, or has shown nothing, is not called mute. */
static void only_who_ends_by_himself_can_be_mute(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool hangs, crashes, untouched, mute;
	} rows[] = {{"failed", false, false, false, true}, {"hung", true, false, false, false}, {"crashed", false, true, false, false},
		    {"nothing struck", false, false, true, false}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		if (!rows[i].untouched)
			unit_strike_a();
		scene.run->exit_code = rows[i].crashes ? 128 + SIGSEGV : 1;
		scene.run->timed_out = rows[i].hangs;
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		if (scene.judgement.mute != rows[i].mute)
			fail_msg("%s: %s", rows[i].name, scene.judgement.mute ? "mute" : "not mute");
		unit_end_scene();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_not_be_removed_is_no_leak),
		cmocka_unit_test(the_first_that_is_unusual_is_told),
		cmocka_unit_test(what_the_next_run_clears_away_is_no_leak),
		cmocka_unit_test(the_check_passes_what_is_only_half_done),
		cmocka_unit_test(a_checker_may_print_another_word_about_what_is_another),
		cmocka_unit_test(a_checker_answers_for_the_content),
		cmocka_unit_test(a_signal_at_close_is_no_error_of_close),
		cmocka_unit_test(an_output_suffers_from_its_namesake_first),
		cmocka_unit_test(what_could_be_noticed_is_no_excuse),
		cmocka_unit_test(what_stood_there_before_is_no_output),
		cmocka_unit_test(files_of_others_are_no_result),
		cmocka_unit_test(an_unstable_output_keeps_its_type),
		cmocka_unit_test(over_earlier_outputs_what_is_read_is_not_compared),
		cmocka_unit_test(what_the_schedule_decides_is_noted),
		cmocka_unit_test(what_was_not_read_to_its_end_is_noted),
		cmocka_unit_test(an_abort_without_a_word_is_told_as_that),
		cmocka_unit_test(a_refusal_names_and_compares_nothing),
		cmocka_unit_test(only_who_ends_by_himself_can_be_mute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

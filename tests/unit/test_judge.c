/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Verdicts: every crime by evidence made by hand, with the control that does not commit it. docs/contract.md in the words of a
 * test. */
#include "unit_judge.h"
#include "unit_plan.h"

#define COMPLETE "exit status 0, all 2 outputs as without faults\n"

static void says(const char *words)
{
	buf_text(&scene.now.err, words);
}

static void prints(const char *words)
{
	buf_text(&scene.now.out, words);
}

/* ---- complete, unexercised ---- */

/* The error stands behind what was asked for: no program has met it. But one that took the cut for the end has lost something. */
static void what_was_only_cut_short_shows_nothing_unless_it_goes_wrong(void **state)
{
	(void)state;
	unit_scene();
	unit_strike("in", "a.png", "read", "cut", NULL);
	unit_judge("cut", VERDICT_UNEXERCISED,
		   "no rule struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n"
		   "a read of a.png was cut short where rule-1 would strike, and nobody asked for the rest\n");
	assert_false(scene.judgement.passed);
	assert_string_equal(buf_string(&scene.judgement.injected), "cut on in:a.png (read)");
	unit_end_scene();
	unit_scene();
	unit_strike("in", "a.png", "read", "cut", NULL);
	unit_spoil(&scene.now.outputs, "a.json");
	unit_judged("lost", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
	unit_scene();
	unit_strike("in", "a.png", "read", "cut", NULL);
	unit_strike("in", "b.png", "read", "fail", "EIO");
	unit_judged("control", VERDICT_COMPLETE, COMPLETE);
}

static void all_as_without_faults_is_complete(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_judged("silent", VERDICT_COMPLETE, COMPLETE);
	unit_scene();
	unit_strike_a();
	says("a.png: tried again\nb\n");
	unit_judged("told", VERDICT_COMPLETE, "exit status 0, all 2 outputs as without faults; it said: a.png: tried again\n");
	unit_scene();
	unit_strike_a();
	scene.usual->exit_code = scene.run->exit_code = 3;
	unit_judged("status 3 is usual", VERDICT_COMPLETE, "exit status 3, all 2 outputs as without faults\n");
}

static void what_nothing_struck_shows_nothing(void **state)
{
	(void)state;
	unit_scene();
	scene.now.found.server = (struct daemon_status){.lookups = 1, .opens = 2, .reads = 3, .readdirs = 4, .writes = 5};
	unit_judge("nothing", VERDICT_UNEXERCISED,
		   "no rule struck: the subject made 1 lookups, 2 opens, 3 reads, 4 directory reads, 5 writes\n");
	assert_false(scene.judgement.passed);
	assert_string_equal(buf_string(&scene.judgement.injected), "nothing");
	assert_string_equal(buf_string(&scene.judgement.failures),
			    "verdict unexercised, allowed: complete,degraded,refused\n");
	unit_end_scene();
	unit_scene();
	scene.spec.allow = UINT32_MAX & ~(1u << VERDICT_UNEXERCISED);
	scene.now.found.allocations_known = true;
	unit_judge("no shim", VERDICT_UNEXERCISED,
		   "no rule struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n"
		   "no allocation was counted: a static or setuid program does not load the shim\n");
	assert_false(scene.judgement.passed);
	unit_end_scene();
	/* Controls: one failed allocation is enough; a program that counted is not told that it did not. */
	unit_scene();
	scene.now.found.allocations.fired = 1;
	unit_judged("allocation", VERDICT_COMPLETE, COMPLETE);
	unit_scene();
	scene.now.found.allocations_known = true;
	scene.now.found.allocations.processes = 2;
	scene.now.found.allocations.allocations = 70;
	unit_judged("counted", VERDICT_UNEXERCISED,
		    "no rule struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n"
		    "it made 70 allocations in 2 processes\n");
}

/* As schedule_read() has it: those with most allocations first. */
static void allocated(const char *comm, const char *program, uint64_t allocations)
{
	struct schedule_outcome *all = &scene.now.found.allocations;
	struct schedule_program *one = &all->programs[all->programs_count++];
	*one = (struct schedule_program){.processes = 1, .allocations = allocations};
	strcpy(one->comm, comm);
	strcpy(one->program, program);
	scene.now.found.allocations_known = true;
	all->processes++;
	all->allocations += allocations;
}

static void where_no_allocation_failed_the_verdict_says_who_allocated(void **state)
{
	(void)state;
	struct schedule_outcome *all = &scene.now.found.allocations;
#define IDLE "no rule struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n"
	unit_scene();
	allocated("convert.py", "python3.11", 60);
	allocated("sixteen-letters", "sixteen-letters-and-more", 7);
	allocated("sh", "dash", 3);
	unit_judged("names", VERDICT_UNEXERCISED,
		    IDLE "it made 70 allocations in 3 processes: 60 by convert.py (python3.11), 7 by sixteen-letters, 3 by sh (dash)\n");
	unit_scene();
	for (unsigned i = 0; i < 5; i++)
		allocated("sort", "sort", 2);
	all->programs_count = 7;
	unit_judged("more names", VERDICT_UNEXERCISED,
		    IDLE "it made 10 allocations in 5 processes: 2 by sort, 2 by sort, 2 by sort, 2 by sort, 2 by sort, and 2 more\n");
	unit_scene();
	scene.now.found.allocations_known = true;
	all->own_malloc = 1;
	strcpy(all->own_malloc_program, "core-asan");
#define OWN \
	"core-asan brings a malloc of its own (a sanitizer's, say, that is linked into it): its allocations cannot be made to " \
	"fail\n"
	unit_judged("own malloc", VERDICT_UNEXERCISED, IDLE OWN);
	unit_scene();
	allocated("sh", "dash", 3);
	all->own_malloc = 1;
	strcpy(all->own_malloc_program, "core-asan");
	unit_judged("own malloc behind a shell", VERDICT_UNEXERCISED,
		    IDLE "it made 3 allocations in 1 process: 3 by sh (dash)\n" OWN);
	unit_scene();
	allocated("flac", "flac", 200);
	all->diverged = all->divergences_count = 1;
	all->divergences[0] = (struct alloc_page_event){
		.ordinal = 60, .program = "flac", .stack = 0x1240, .depth = 40, .frames_count = 2, .frames = {alloc_frame(1, 0x10), 0x20}};
	all->modules_count = 1;
	strcpy(all->modules[0], "/usr/lib/libFLAC.so.12");
	unit_judged("diverged", VERDICT_UNEXERCISED,
		    IDLE "it made 200 allocations in 1 process: 200 by flac\n"
			 "it diverged from the run that the rule was made by: allocation 60 of flac has the stack 0000000000001240 "
			 "(libFLAC.so.12+0x10 <- ?+0x20 <- ...)\n");
}

static void processes_that_went_uncounted_are_noted(void **state)
{
	(void)state;
	unit_scene();
	allocated("sh", "sh", 3);
	scene.now.found.allocations.uncounted = 9;
	unit_judged("idle", VERDICT_UNEXERCISED,
		    IDLE "it made 3 allocations in 1 process: 3 by sh\n"
			 "note: 9 processes more went uncounted: allocations can fail in the first 16384 only\n");
	unit_scene();
	unit_strike_a();
	scene.now.found.allocations.uncounted = 9;
	unit_judged("struck", VERDICT_COMPLETE,
		    COMPLETE "note: 9 processes more went uncounted: allocations can fail in the first 16384 only\n");
}

/* Whoever brings two things to bear wants to see both. */
static void all_that_a_case_brings_must_strike(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool rules, allocations, damage; /* asked for */
		bool read, fired, met;
		const char *idle; /* NULL: none */
	} rows[] = {
		{"rules", true, false, false, false, true, false, "no rule struck"},
		{"rules, struck", true, false, false, true, false, false, NULL},
		{"rules, damage met", true, false, false, false, false, true, "no rule struck"},
		{"allocations", false, true, false, true, false, false, "no allocation failed"},
		{"allocations, failed", false, true, false, false, true, false, NULL},
		{"damage", false, false, true, true, false, false, "no damaged file was met"},
		{"damage, met", false, false, true, false, false, true, NULL},
		{"both", true, true, false, true, false, false, "no allocation failed"},
		{"both, struck", true, true, false, true, true, false, NULL},
		{"both, none", true, true, false, false, false, false, "no rule struck, no allocation failed"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char reason[200];
		unit_scene();
		scene.now.asked[AXIS_RULES] = rows[i].rules;
		scene.now.asked[AXIS_ALLOCATIONS] = rows[i].allocations;
		scene.now.asked[AXIS_DAMAGE] = rows[i].damage;
		scene.now.found.allocations.fired = rows[i].fired;
		if (rows[i].read || rows[i].met)
			unit_strike_a();
		if (rows[i].met)
			scene.now.touches.at[0].at_rest = true;
		snprintf(reason, sizeof reason, "%s: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n",
			 rows[i].idle ? rows[i].idle : "");
		unit_judged(rows[i].name, rows[i].idle ? VERDICT_UNEXERCISED : VERDICT_COMPLETE, rows[i].idle ? reason : COMPLETE);
	}
}

/* As the session has it: those of the plan's rules that must strike and did not. */
static struct plan *idle_rules(const char *rules)
{
	struct plan *plan = unit_plan(rules);
	for (size_t i = 0; i < plan->rules.count; i++)
		if (plan->rules.at[i]->must_fire && !evidence_struck(&scene.now, plan->rules.at[i]->name)) {
			const struct rule **slot = vec_add(&scene.now.idle);
			if (!slot)
				abort();
			*slot = plan->rules.at[i];
		}
	return plan;
}

/* What strikes elsewhere does not vouch for the rule that the case is about. rule-1 is what strikes a.png. */
static void a_rule_that_must_strike_and_did_not_is_no_pass(void **state)
{
	(void)state;
#define DID "never struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n"
#define WHY \
	"usual reasons: the subject does not ask for that path, or does something else with it; 'offset' or 'when' never came true; " \
	"the group is off; a rule before it ended what it waits for\n"
#define STRIKES "{name: rule-1, volume: in, path: a.png, on: read, fail: EIO, must_fire: true}\n"
	static const struct {
		const char *name, *rules;
		bool spoilt;
		enum verdict_class verdict;
		const char *reasons;
	} rows[] = {
		{"all struck", STRIKES "{name: b, on: open, fail: EIO}", false, VERDICT_COMPLETE, COMPLETE},
		{"one did not", STRIKES "{name: b, volume: in, path: b.png, on: open, fail: EIO, must_fire: true}", false,
		 VERDICT_UNEXERCISED, "must_fire: b " DID "b: in:b.png: open: fail with EIO; must strike\n" WHY},
		{"some did not",
		 "{name: b, on: open, fail: EIO, must_fire: true}\n{name: c, on: mkdir, fail: EIO, must_fire: true}\n"
		 "{name: d, on: rmdir, fail: EIO, must_fire: true}\n{name: e, on: flush, fail: EIO, must_fire: true}",
		 false, VERDICT_UNEXERCISED,
		 "must_fire: b, c, d and 1 more " DID "b: **: open: fail with EIO; must strike\nc: **: mkdir: fail with EIO; must strike\n"
		 "d: **: rmdir: fail with EIO; must strike\n" WHY},
		{"a crime is one all the same", "{name: b, on: open, fail: EIO, must_fire: true}", true, VERDICT_WRONG,
		 "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		struct plan *plan = idle_rules(rows[i].rules);
		if (rows[i].spoilt)
			unit_spoil(&scene.now.outputs, "a.json");
		unit_judge(rows[i].name, rows[i].verdict, rows[i].reasons);
		assert_int_equal(scene.judgement.passed, rows[i].verdict == VERDICT_COMPLETE);
		unit_end_scene();
		plan_free(plan);
	}
}

/* Neither failed allocations nor damage that goes by the name of the rule stand for it. */
static void nothing_else_stands_for_a_rule_that_must_strike(void **state)
{
	(void)state;
	unit_scene();
	scene.now.asked[AXIS_RULES] = true;
	scene.now.found.allocations.fired = 1;
	unit_strike_a();
	scene.now.touches.at[0].at_rest = true;
	struct plan *plan = idle_rules("{name: rule-1, on: read, fail: EIO, must_fire: true}");
	unit_judged("allocation and damage", VERDICT_UNEXERCISED,
		    "no rule struck, must_fire: rule-1 " DID "rule-1: **: read: fail with EIO; must strike\n" WHY);
	plan_free(plan);
}

/* What nobody can notice is held against nobody; what a checksum guards is. */
static void damage_that_cannot_be_noticed_excuses_a_different_output(void **state)
{
	(void)state;
	for (int unseen = 0; unseen < 2; unseen++) {
		unit_scene();
		unit_strike_a();
		scene.now.touches.at[0].at_rest = true;
		scene.now.touches.at[0].unseen = unseen;
		unit_spoil(&scene.now.outputs, "a.json");
		unit_judged(unseen ? "unseen" : "guarded", unseen ? VERDICT_DEGRADED : VERDICT_WRONG,
			    unseen ? "exit status 0, 1 outputs same, 1 different, 0 missing\nnote: nothing guards what fail did to a.png: nobody can notice it\n"
				   : "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
	}
}

/* It excuses the output that has its name, and nothing else; and never what is missing. */
static void damage_that_cannot_be_noticed_excuses_nothing_else(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.now.touches.at[0].at_rest = scene.now.touches.at[0].unseen = true;
	unit_strike("in", "b.png", "open", "truncate", NULL);
	scene.now.touches.at[1].at_rest = true;
	unit_spoil(&scene.now.outputs, "b.json");
	unit_judged("another's output", VERDICT_WRONG, "exit status 0, but b.json differs and no word about it (1 same, 1 different, 0 missing)\n");
}

/* A wrong output without any fault shows nothing about faults either. */
static void nothing_else_is_said_of_what_nothing_struck(void **state)
{
	(void)state;
	unit_scene();
	unit_spoil(&scene.now.outputs, "a.json");
	scene.now.found.leftovers = 1;
	unit_judged("spoilt", VERDICT_UNEXERCISED,
		    "no rule struck: the subject made 0 lookups, 0 opens, 0 reads, 0 directory reads, 0 writes\n");
}

/* ---- crashed, hung ---- */

/* A rule has sent it: who is killed cannot tidy up, and must not leave half of an output under its name all the same. */
static void a_signal_of_a_rule_is_no_crash(void **state)
{
	(void)state;
	static const struct {
		const char *effect, *sent; /* what struck */
		int signal;		   /* what it died of */
		const char *extra, *spoilt;
		enum verdict_class verdict;
	} rows[] = {
		{"signal", "SIGKILL", SIGKILL, NULL, NULL, VERDICT_DEGRADED},
		{"signal", "SIGKILL", SIGKILL, "a.json.tmp", NULL, VERDICT_DEGRADED},
		{"signal", "SIGKILL", SIGKILL, NULL, "a.json", VERDICT_LEAKED},
		{"signal", "SIGTERM", SIGTERM, NULL, NULL, VERDICT_DEGRADED},
		{"signal", "SIGTERM", SIGTERM, "a.json.tmp", NULL, VERDICT_LEAKED},
		{"signal", "SIGTERM", SIGSEGV, NULL, NULL, VERDICT_CRASHED},
		{"signal", "SIGTERM", SIGKILL, NULL, NULL, VERDICT_CRASHED},
		{"power-cut", NULL, SIGKILL, "a.json.tmp", NULL, VERDICT_DEGRADED},
		{"power-cut", NULL, SIGKILL, NULL, "a.json", VERDICT_LEAKED},
		{"power-cut", NULL, SIGSEGV, NULL, NULL, VERDICT_CRASHED},
		{"fail", "EIO", SIGKILL, NULL, NULL, VERDICT_CRASHED},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[64];
		snprintf(row, sizeof row, "row %zu: %s %s, died of %d", i, rows[i].effect, rows[i].sent ? rows[i].sent : "", rows[i].signal);
		unit_scene();
		unit_strike("out", "a.json.tmp", "write", rows[i].effect, rows[i].sent);
		scene.run->signal = rows[i].signal;
		scene.run->exit_code = -1;
		if (rows[i].extra)
			unit_entry(&scene.now.outputs, 'f', rows[i].extra, "x");
		if (rows[i].spoilt)
			unit_spoil(&scene.now.outputs, rows[i].spoilt);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		if (scene.judgement.verdict != rows[i].verdict)
			fail_msg("%s: %s instead of %s: %s", row, verdict_class_name(scene.judgement.verdict),
				 verdict_class_name(rows[i].verdict), buf_string(&scene.judgement.reasons));
		unit_end_scene();
	}
}

static void a_signal_that_is_not_ours_is_a_crash(void **state)
{
	(void)state;
	static const struct {
		int signal, exit_code;
		const char *reason; /* NULL: no crash, but a refusal */
	} rows[] = {
		{SIGSEGV, -1, "ended by signal 11 (SIGSEGV)\n"},
		{SIGABRT, -1, "ended by signal 6 (SIGABRT)\n"},
		{SIGTERM, -1, "ended by signal 15 (SIGTERM)\n"},
		{SIGKILL, -1, "ended by signal 9 (SIGKILL)\n"},
		{SIGPIPE, -1, "ended by signal 13 (SIGPIPE)\n"},
		{40, -1, "ended by signal 40 (real-time)\n"},
		{0, 128 + SIGSEGV, "exit status 139: a process of it was ended by SIGSEGV\n"},
		{0, 128 + SIGBUS, "exit status 135: a process of it was ended by SIGBUS\n"},
		{0, 128 + SIGILL, "exit status 132: a process of it was ended by SIGILL\n"},
		{0, 128 + SIGFPE, "exit status 136: a process of it was ended by SIGFPE\n"},
		{0, 128 + SIGSYS, "exit status 159: a process of it was ended by SIGSYS\n"},
		{0, 128 + SIGABRT, "exit status 134: a process of it was ended by SIGABRT\n"},
		{0, 128 + SIGTRAP, "exit status 133: a process of it was ended by SIGTRAP\n"},
		{0, 128 + SIGTERM, NULL},
		{0, 128 + SIGKILL, NULL},
		{0, 128, NULL},
		{0, 255, NULL},
		{0, SIGSEGV, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[50], refused[200];
		snprintf(row, sizeof row, "signal %d, exit status %d", rows[i].signal, rows[i].exit_code);
		snprintf(refused, sizeof refused,
			 "exit status %d, 0 outputs same, 0 different, 2 missing; it said: a.png: bad\n", rows[i].exit_code);
		unit_scene();
		unit_strike_a();
		manifest_free(&scene.now.outputs);
		says("a.png: bad\n");
		scene.run->signal = rows[i].signal;
		scene.run->exit_code = rows[i].exit_code;
		unit_judged(row, rows[i].reason ? VERDICT_CRASHED : VERDICT_REFUSED, rows[i].reason ? rows[i].reason : refused);
	}
}

static void a_report_of_a_sanitizer_is_a_crash(void **state)
{
	(void)state;
	static const struct {
		const char *line, *report;
	} rows[] = {
		{"==7==ERROR: AddressSanitizer: heap-use-after-free\n", "ERROR: AddressSanitizer"},
		{"==7==ERROR: LeakSanitizer: detected memory leaks\n", "ERROR: LeakSanitizer"},
		{"a.c:3:5: runtime error: signed integer overflow\n", "runtime error"},
		{"WARNING: ThreadSanitizer: data race\n", "WARNING: ThreadSanitizer"},
		{"a: a.c:3: main: Assertion `x' failed.\n", "Assertion `"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char reason[100];
		snprintf(reason, sizeof reason, "its stderr has a report of '%s'\n", rows[i].report);
		unit_scene();
		unit_strike_a();
		says(rows[i].line);
		unit_judged(rows[i].line, VERDICT_CRASHED, reason);
		/* Controls: it always says so; it is on stdout, where people print what they like. */
		unit_scene();
		unit_strike_a();
		says(rows[i].line);
		buf_text(&scene.clean.evidence.err, rows[i].line);
		unit_judged(rows[i].line, VERDICT_COMPLETE, COMPLETE);
		unit_scene();
		unit_strike_a();
		prints(rows[i].line);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		assert_int_equal(scene.judgement.verdict, VERDICT_COMPLETE);
		unit_end_scene();
	}
}

static void programs_may_speak_of_runtime_errors(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.run->exit_code = 1;
	manifest_free(&scene.now.outputs);
	says("runtime error: cannot read a.png\n");
	says("a: runtime error: bad\n");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_int_equal(scene.judgement.verdict, VERDICT_REFUSED);
	unit_end_scene();
}

static void a_crash_needs_no_fault(void **state)
{
	(void)state;
	unit_scene();
	scene.run->signal = SIGSEGV;
	unit_judged("without a fault", VERDICT_CRASHED, "ended by signal 11 (SIGSEGV)\n");
	unit_scene();
	scene.run->signal = SIGSEGV;
	buf_text(&scene.now.died, "SIGSEGV (SEGV_MAPERR) at 0x0 in a (pid 3): main (a.c:3)");
	unit_judged("explained", VERDICT_CRASHED,
		    "ended by signal 11 (SIGSEGV)\nnote: SIGSEGV (SEGV_MAPERR) at 0x0 in a (pid 3): main (a.c:3)\n");
}

static void what_is_still_running_at_the_deadline_hangs(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.run->timed_out = true;
	scene.run->signal = SIGTERM;
	scene.run->wall_ns = 10500000000;
	strcpy(scene.run->stuck, "waited in read (pid 3)");
	unit_judged("signal", VERDICT_HUNG, "still running after 10.5 s: waited in read (pid 3)\n");
	unit_scene();
	scene.run->timed_out = true;
	scene.run->wall_ns = 10500000000;
	strcpy(scene.run->stuck, "waited in read (pid 3)");
	buf_text(&scene.now.stuck, "read <- main (a.c:3)");
	unit_judged("with its stack", VERDICT_HUNG,
		    "still running after 10.5 s: waited in read (pid 3)\nit was in read <- main (a.c:3)\n");
	/* It ended well when asked to: too late. */
	unit_scene();
	scene.run->timed_out = scene.run->aborted = true;
	scene.run->wall_ns = 3000000000;
	strcpy(scene.run->stuck, "x");
	unit_judged("by itself", VERDICT_HUNG,
		    "still running after 3 s: x; not even SIGKILL ended it until the filesystem was taken away\n");
}

/* ---- wrong: outputs ---- */

static void a_missing_or_different_output_without_a_word_is_wrong(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_forget(&scene.now.outputs, "a.json");
	unit_judged("missing", VERDICT_WRONG,
		    "exit status 0, but a.json is missing and no word about it (1 same, 0 different, 1 missing)\n");
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	unit_judged("different", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
	unit_scene();
	unit_strike_a();
	unit_forget(&scene.now.outputs, "a.json");
	unit_entry(&scene.now.outputs, 'l', "a.json", "aa");
	unit_judged("a link", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
}

/* Of a directory with something in it that is looked at; an empty one is an output itself. */
static void an_empty_directory_is_an_output(void **state)
{
	(void)state;
	for (int filled = 0; filled < 2; filled++) {
		unit_scene();
		unit_strike_a();
		unit_entry(&scene.clean.evidence.outputs, 'd', "b", "-");
		unit_entry(&scene.clean.evidence.outputs, 'f', "b.x", "x");
		unit_entry(&scene.now.outputs, 'f', "b.x", "x");
		if (filled) {
			unit_entry(&scene.clean.evidence.outputs, 'f', "b/c.json", "cc");
			unit_entry(&scene.now.outputs, 'f', "b/c.json", "cc");
		}
		unit_judged(filled ? "filled" : "empty", filled ? VERDICT_COMPLETE : VERDICT_WRONG,
			    filled ? "exit status 0, all 4 outputs as without faults\n"
				   : "exit status 0, but b is missing and no word about it (3 same, 0 different, 1 missing)\n");
	}
}

/* Who is asked for a private file, and cannot make it one, must say so. */
static void other_permissions_are_another_output(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.now.outputs.entries.at[0].mode = 0644;
	unit_judged("open to all", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
}

static void a_failure_takes_nothing_away(void **state)
{
	(void)state;
	for (int before = 0; before < 2; before++) {
		unit_scene();
		unit_strike_a();
		scene.spec.before = before ? BEFORE_RUN : BEFORE_NOTHING;
		scene.run->exit_code = 1;
		says("a.png: bad\n");
		manifest_free(&scene.now.outputs);
		unit_judged(before ? "before" : "nothing before", before ? VERDICT_LEAKED : VERDICT_REFUSED,
			    before ? "failed, and took away what was there before: 2 files, first a.json\n"
				   : "exit status 1, 0 outputs same, 0 different, 2 missing; it said: a.png: bad\n");
	}
}

/* What is beyond the part that is kept counts too. */
static void all_that_is_printed_is_compared(void **state)
{
	(void)state;
	for (int row = 0; row < 3; row++) {
		unit_scene();
		unit_strike_a();
		manifest_free(&scene.clean.evidence.outputs);
		manifest_free(&scene.now.outputs);
		scene.clean.stdout_stable = true;
		prints("much\n");
		buf_text(&scene.clean.evidence.out, "much\n");
		scene.run->stdout_digest = row == 1;
		scene.run->stdout_bytes = row == 2;
		unit_judged("stdout", row ? VERDICT_WRONG : VERDICT_COMPLETE,
			    row ? "exit status 0, but it printed something else than without faults, and no word on stderr\n"
				: "exit status 0, all 0 outputs as without faults\n");
	}
}

/* What is said when the read of a.png failed and a.json is missing. */
static void an_honest_word_names_what_was_struck_or_what_suffered(void **state)
{
	(void)state;
	static const struct {
		const char *out, *err, *usual_err;
		bool honest;
	} rows[] = {
		{"", "a.png: Input/output error\n", "", true},
		{"", "cannot read 'in/a.png'\n", "", true},
		{"", "error (a.png)\n", "", true},
		{"a.png skipped\n", "", "", true},
		{"", "a.json was not made\n", "", true},
		{"", "starting\nmore\na.png: bad\n", "starting\n", true},
		{"", "", "", false},
		{"", "something failed\n", "", false},
		{"", "ba.png: bad\n", "", false},
		{"", "a.png.bak: bad\n", "", true}, /* a dot ends a word */
		{"", "a.pngs: bad\n", "", false},
		{"", "b.png: bad\n", "", false},
		{"", "b.json was not made\n", "", false},
		{"", "reading a.png\n", "reading a.png\n", false}, /* it always says so */
		{"", "reading a.png\n", "reading a.png", false},
		{"", "reading a.png 2\n", "reading a.png\n", true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[100];
		snprintf(row, sizeof row, "'%s%s' against '%s'", rows[i].out, rows[i].err, rows[i].usual_err);
		unit_scene();
		unit_strike_a();
		unit_forget(&scene.now.outputs, "a.json");
		prints(rows[i].out);
		says(rows[i].err);
		buf_text(&scene.clean.evidence.err, rows[i].usual_err);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		if (scene.judgement.verdict != (rows[i].honest ? VERDICT_DEGRADED : VERDICT_WRONG))
			fail_msg("%s: %s", row, buf_string(&scene.judgement.reasons));
		unit_end_scene();
	}
}

static void a_fault_does_not_explain_what_does_not_depend_on_it(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_forget(&scene.now.outputs, "b.json");
	says("a.png: bad\nb.png: bad\nb.json: not made\n");
	unit_judged("b of a", VERDICT_WRONG,
		    "exit status 0, but b.json is missing and no word about it (1 same, 0 different, 1 missing)\n");
	/* Control: where any output may come from any input. */
	unit_scene();
	unit_strike_a();
	scene.subject.derive = DERIVE_ALL;
	unit_forget(&scene.now.outputs, "b.json");
	says("a.png: bad\n");
	unit_judged("all of all", VERDICT_DEGRADED,
		    "exit status 0, 1 outputs same, 0 different, 1 missing; it said: a.png: bad\n");
	/* A delay costs nothing: it is no excuse. */
	unit_scene();
	unit_strike("in", "a.png", "read", "delay", NULL);
	unit_forget(&scene.now.outputs, "a.json");
	says("a.png: too late\n");
	unit_judged("delay", VERDICT_WRONG,
		    "exit status 0, but a.json is missing and no word about it (1 same, 0 different, 1 missing)\n");
}

static void a_directory_that_is_not_found_explains_what_is_made_of_its_files(void **state)
{
	(void)state;
	static char *inputs[] = {(char *)(uintptr_t) "b.png", (char *)(uintptr_t) "sub/a.png", (char *)(uintptr_t) "subway/b.png", NULL};
	static const struct {
		const char *name, *missing, *err;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"named", "a.json", "sub: gone\n", VERDICT_DEGRADED,
		 "exit status 0, 1 outputs same, 0 different, 1 missing; it said: sub: gone\n"},
		{"silent", "a.json", "", VERDICT_WRONG,
		 "exit status 0, but a.json is missing and no word about it (1 same, 0 different, 1 missing)\n"},
		{"of another", "b.json", "sub: gone\n", VERDICT_WRONG,
		 "exit status 0, but b.json is missing and no word about it (1 same, 0 different, 1 missing)\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		scene.clean.inputs = inputs;
		unit_strike("in", "sub", "lookup", "missing", "ENOENT");
		unit_forget(&scene.now.outputs, rows[i].missing);
		says(rows[i].err);
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
}

/* "The fault concerned everything [...] and there is any new line on stderr." */
static void a_fault_of_everything_needs_a_word_on_stderr(void **state)
{
	(void)state;
	static const struct {
		const char *volume, *path, *op;
	} rows[] = {{"in", ".", "getattr"}, {"in", "d", "readdir"}, {"in", "d", "opendir"}, {"out", "a.json", "write"},
		    {"lib", "codec.so", "open"}, {NULL, NULL, NULL}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *row = rows[i].op ? rows[i].op : "allocation";
		for (int told = 0; told < 3; told++) {
			unit_scene();
			if (rows[i].op)
				unit_strike(rows[i].volume, rows[i].path, rows[i].op, "fail", "EIO");
			else
				scene.now.found.allocations.fired = 1;
			unit_forget(&scene.now.outputs, "b.json");
			if (told == 1)
				says("it went wrong\n");
			if (told == 2)
				prints("it went wrong\n");
			unit_judged(row, told == 1 ? VERDICT_DEGRADED : VERDICT_WRONG,
				    told == 1 ? "exit status 0, 1 outputs same, 0 different, 1 missing; it said: it went wrong\n"
					      : "exit status 0, but b.json is missing and no word about it (1 same, 0 different, "
						"1 missing)\n");
		}
	}
}

#define BLURRED "note: 1 of them differ between two runs without faults: only type and size were compared\n"

static void unstable_outputs_are_compared_as_far_as_they_are_stable(void **state)
{
	(void)state;
	static const struct {
		const char *usual, *again, *now; /* a.json, of the clean runs and of this one */
		const char *how;		 /* what is wrong with it */
	} rows[] = {
		/* Of the same size in both clean runs */
		{"10:15", "10:16", "12:00", NULL}, {"10:15", "10:16", "noon", "differs"}, {"10:15", "10:16", "", "differs"},
		{"", "", "", NULL}, {"", "", "x", "differs"},
		/* Of another each time */
		{"one", "three", "five-and-forty", NULL}, {"one", "three", "", "differs"}, {"", "x", "", NULL},
		{"one", NULL, "two-and-more", NULL}, {"one", "three", NULL, "is missing"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[30], reason[200];
		unit_scene();
		unit_strike_a();
		unit_word(&scene.clean.unstable, "a.json");
		unit_forget(&scene.clean.evidence.outputs, "a.json");
		unit_entry(&scene.clean.evidence.outputs, 'f', "a.json", rows[i].usual);
		if (rows[i].again)
			unit_entry(&scene.clean.evidence.again, 'f', "a.json", rows[i].again);
		unit_forget(&scene.now.outputs, "a.json");
		if (rows[i].now)
			unit_entry(&scene.now.outputs, 'f', "a.json", rows[i].now);
		snprintf(row, sizeof row, "row %zu", i + 1);
		snprintf(reason, sizeof reason, "exit status 0, but a.json %s and no word about it (1 same, %d different, %d missing)\n",
			 rows[i].how ? rows[i].how : "", !!rows[i].now, !rows[i].now);
		unit_judged(row, rows[i].how ? VERDICT_WRONG : VERDICT_COMPLETE, rows[i].how ? reason : COMPLETE BLURRED);
	}
}

/* A verdict that rests on comparing results is none where no result could be compared. */
static void where_nothing_could_be_compared_nothing_passes(void **state)
{
	(void)state;
	static const struct {
		const char *name, *does, *out;
		bool no_files, unstable_files, unstable_out;
		const char *failure;
	} rows[] = {
		{"files", "cache", "", false, false, true, ""},
		{"one stable file", "cache", "", false, true, true, ""},
		{"words", "cache", "done\n", true, false, false, ""},
		{"checker", "check", "", true, false, true, ""},
		{"silent", "cache", "", true, false, false,
		 "nothing was compared: without faults it writes no file into {out} and prints nothing\n"},
		{"unstable words", "cache", "12:00\n", true, false, true,
		 "nothing was compared: without faults it writes no file into {out}, and never prints the same twice\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		unit_does(rows[i].does);
		says("a.png: bad\n");
		buf_clear(&scene.now.out);
		buf_clear(&scene.clean.evidence.out);
		prints(rows[i].out);
		buf_text(&scene.clean.evidence.out, rows[i].out);
		scene.clean.stdout_stable = !rows[i].unstable_out;
		if (rows[i].unstable_files)
			unit_word(&scene.clean.unstable, "a.json");
		if (rows[i].no_files) {
			manifest_free(&scene.clean.evidence.outputs);
			manifest_free(&scene.now.outputs);
		}
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		assert_int_equal(scene.judgement.verdict, VERDICT_COMPLETE);
		unit_same_text(rows[i].name, buf_string(&scene.judgement.failures), rows[i].failure);
		assert_int_equal(scene.judgement.passed, !rows[i].failure[0]);
		unit_end_scene();
	}
	unit_scene();
	unit_strike_a();
	unit_word(&scene.clean.unstable, "a.json");
	unit_word(&scene.clean.unstable, "b.json");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_string_equal(buf_string(&scene.judgement.failures),
			    "nothing was compared: no output is the same in two runs without faults (fix its time stamps, seeds ...)\n");
	unit_end_scene();
}

/* ---- wrong: words, checkers, late errors ---- */

static void without_files_the_result_is_what_is_printed(void **state)
{
	(void)state;
	static const struct {
		const char *name, *err;
		bool files, unstable;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"silent", "", false, false, VERDICT_WRONG,
		 "exit status 0, but it printed something else than without faults, and no word on stderr\n"},
		{"told", "one file is bad\n", false, false, VERDICT_DEGRADED,
		 "exit status 0, 0 outputs same, 0 different, 0 missing; it said: one file is bad\n"},
		{"files", "", true, false, VERDICT_COMPLETE, "exit status 0, all 2 outputs as without faults; it said: 1 file done\n"},
		{"unstable", "", false, true, VERDICT_COMPLETE,
		 "exit status 0, all 0 outputs as without faults; it said: 1 file done\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		buf_clear(&scene.now.out);
		prints("1 file done\n");
		says(rows[i].err);
		scene.clean.stdout_stable = !rows[i].unstable;
		if (!rows[i].files) {
			manifest_free(&scene.clean.evidence.outputs);
			manifest_free(&scene.now.outputs);
		}
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
}

static void a_checker_must_not_pass_what_was_struck(void **state)
{
	(void)state;
	static const struct {
		const char *name, *path, *effect, *err;
		int exit_code;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"passed", "a.png", "corrupt", "", 0, VERDICT_WRONG,
		 "it passed a.png, which was struck by corrupt, without a word\n"},
		{"another named", "a.png", "corrupt", "b.png is bad\n", 0, VERDICT_WRONG,
		 "it passed a.png, which was struck by corrupt, without a word\n"},
		{"named", "a.png", "corrupt", "a.png is bad\n", 0, VERDICT_COMPLETE,
		 "exit status 0, all 2 outputs as without faults; it said: a.png is bad\n"},
		{"status", "a.png", "corrupt", "bad\n", 1, VERDICT_DEGRADED,
		 "exit status 1, 2 outputs same, 0 different, 0 missing; it said: bad\n"},
		{"no cost", "a.png", "delay", "", 0, VERDICT_COMPLETE, COMPLETE},
		{"listing", ".", "missing", "", 0, VERDICT_COMPLETE, COMPLETE},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_does("check");
		unit_strike("in", rows[i].path, "read", rows[i].effect, NULL);
		says(rows[i].err);
		scene.run->exit_code = rows[i].exit_code;
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
	/* Control: who does not check may overlook it. */
	unit_scene();
	unit_does("cache");
	unit_strike("in", "a.png", "read", "corrupt", NULL);
	unit_judged("no checker", VERDICT_COMPLETE, COMPLETE);
}

static void who_ignores_a_late_error_of_the_disk_is_wrong(void **state)
{
	(void)state;
	static const struct {
		const char *volume, *op, *error, *err, *reason, *effect;
	} rows[] = {
		{"out", "flush", "SIGTERM", "", NULL, "signal"}, /* which is no word about the disk */
		{"out", "flush", "ENOSPC", "",
		 "exit status 0 and no word, although close of a.json failed with ENOSPC: what it wrote may be lost\n"},
		{"out", "fsync", "EIO", "",
		 "exit status 0 and no word, although fsync of a.json failed with EIO: what it wrote may be lost\n"},
		{"out", "flush", "EIO", "the disk is bad\n", NULL},
		{"out", "fsync", NULL, "", NULL},
		{"in", "flush", "EIO", "", NULL},
		{"out", "write", "EIO", "", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[100];
		snprintf(row, sizeof row, "%s %s %s", rows[i].volume, rows[i].op, rows[i].err);
		unit_scene();
		unit_strike(rows[i].volume, "a.json", rows[i].op, rows[i].effect ? rows[i].effect : rows[i].error ? "fail" : "delay", rows[i].error);
		says(rows[i].err);
		unit_judged(row, rows[i].reason ? VERDICT_WRONG : VERDICT_COMPLETE,
			    rows[i].reason   ? rows[i].reason
			    : rows[i].err[0] ? "exit status 0, all 2 outputs as without faults; it said: the disk is bad\n"
					     : COMPLETE);
	}
}

/* ---- leaked ---- */

static void processes_that_stay_are_leaked(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.now.found.leftovers = 1;
	strcpy(scene.now.found.leftover_names, "sleep (pid 12)");
	unit_judged("process", VERDICT_LEAKED, "left running: sleep (pid 12)\n");
	/* A control: it always leaves one, which is its job. */
	unit_scene();
	unit_strike_a();
	scene.now.found.leftovers = scene.clean.evidence.found.leftovers = 1;
	unit_judged("usual", VERDICT_COMPLETE, COMPLETE);
}

static void files_that_a_clean_run_does_not_leave_are_leaked(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.now.outputs, 'f', "a.json.tmp", "x");
	unit_judged("one", VERDICT_LEAKED, "left 1 file that a clean run does not leave: a.json.tmp\n");
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.now.outputs, 'f', "z", "x");
	unit_entry(&scene.now.outputs, 'f', "c", "x");
	unit_judged("two", VERDICT_LEAKED, "left 2 files that a clean run does not leave: c\n");
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.now.tmp, 'f', "scratch", "x");
	unit_judged("in TMPDIR", VERDICT_LEAKED, "left scratch in TMPDIR\n");
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.now.tmp, 'f', "a-cache", "x");
	unit_entry(&scene.now.tmp, 'f', "scratch", "x");
	unit_entry(&scene.clean.evidence.tmp, 'f', "a-cache", "x");
	unit_judged("in TMPDIR beside the usual", VERDICT_LEAKED, "left scratch in TMPDIR\n");
	/* Control: as many as usual, under names of their own each time. */
	unit_scene();
	unit_strike_a();
	unit_entry(&scene.now.tmp, 'f', "tmp.1", "x");
	unit_entry(&scene.clean.evidence.tmp, 'f', "tmp.2", "x");
	unit_judged("as usual", VERDICT_COMPLETE, COMPLETE);
}

static void half_an_output_under_its_final_name_is_leaked(void **state)
{
	(void)state;
	const char *half = "failed, and left output that is not the right one under its final name: a.json\n";
	static const struct {
		const char *name, *does, *err;
		bool leaked;
	} rows[] = {
		{"careless", "cache", "a.png: bad\n", true},
		{"degrades and says so", "degrade", "a.png: bad\n", false},
		{"degrades and does not say so", "degrade", "bad\n", true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_does(rows[i].does);
		unit_strike_a();
		unit_spoil(&scene.now.outputs, "a.json");
		says(rows[i].err);
		scene.run->exit_code = 1;
		unit_judged(rows[i].name, rows[i].leaked ? VERDICT_LEAKED : VERDICT_DEGRADED,
			    rows[i].leaked ? half : "exit status 1, 1 outputs same, 1 different, 0 missing; it said: a.png: bad\n");
	}
	/* Control: it did not fail, it made something else of what it got, and said so. */
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	says("a.png: bad\n");
	unit_judged("went on", VERDICT_DEGRADED,
		    "exit status 0, 1 outputs same, 1 different, 0 missing; it said: a.png: bad\n");
}

static void descriptors_of_files_that_failed_must_be_closed(void **state)
{
	(void)state;
	static const struct {
		const char *name, *op, *effect;
		unsigned struck, peak;
		bool leaked;
	} rows[] = {
		{"both kept", "read", "fail", 2, 5, true}, {"more", "read", "fail", 2, 50, true},
		{"one kept", "read", "fail", 2, 4, false}, {"only one struck", "read", "fail", 1, 50, false},
		{"never opened", "open", "fail", 2, 5, false}, {"late", "read", "delay", 2, 5, false},
		{"three kept", "read", "fail", 3, 6, true}, {"two of three", "read", "fail", 3, 5, false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char reason[200], path[10];
		unit_scene();
		for (unsigned j = 0; j < rows[i].struck; j++) {
			snprintf(path, sizeof path, "%c.png", 'a' + j);
			unit_strike("in", path, rows[i].op, rows[i].effect, NULL);
		}
		scene.clean.evidence.found.server.handles_peak = 3;
		scene.now.found.server.handles_peak = rows[i].peak;
		snprintf(reason, sizeof reason, "%u files failed while open, and as many more were open at once (%u against 3)\n",
			 rows[i].struck, rows[i].peak);
		unit_judged(rows[i].name, rows[i].leaked ? VERDICT_LEAKED : VERDICT_COMPLETE, rows[i].leaked ? reason : COMPLETE);
	}
}

static void what_is_left_must_not_spoil_the_next_run(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int exit_code;
		bool timed_out, wrong, missing, unrepeatable, never;
		const char *reason;
	} rows[] = {
		{"fails", 1, false, false, false, false, false, "run again without faults it fails: what was left behind spoils it\n"},
		{"hangs", 0, true, false, false, false, false, "run again without faults it hangs\n"},
		{"wrong", 0, false, true, false, false, false,
		 "run again without faults it does not give the right a.json: what was left behind spoils it\n"},
		{"missing", 0, false, false, true, false, false,
		 "run again without faults it does not give the right a.json: what was left behind spoils it\n"},
		{"right", 0, false, false, false, false, false, NULL},
		{"cannot be repeated", 1, false, true, false, true, false, NULL},
		{"was not run again", 0, false, false, false, false, true, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		unit_ran_again();
		scene.again->exit_code = rows[i].exit_code;
		scene.again->timed_out = rows[i].timed_out;
		if (rows[i].wrong)
			unit_spoil(&scene.now.again, "a.json");
		if (rows[i].missing)
			unit_forget(&scene.now.again, "a.json");
		scene.clean.repeats = !rows[i].unrepeatable;
		if (rows[i].never) {
			scene.again->started = false;
			manifest_free(&scene.now.again);
		}
		unit_judged(rows[i].name, rows[i].reason ? VERDICT_LEAKED : VERDICT_COMPLETE, rows[i].reason ? rows[i].reason : COMPLETE);
	}
}

static void all_leaks_are_told(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_ran_again();
	scene.run->exit_code = 2;
	scene.again->exit_code = 2;
	scene.now.found.leftovers = 2;
	strcpy(scene.now.found.leftover_names, "x (pid 1), y (pid 2)");
	unit_spoil(&scene.now.outputs, "a.json");
	unit_entry(&scene.now.outputs, 'f', "b.tmp", "x");
	unit_entry(&scene.now.tmp, 'f', "t", "x");
	unit_judged("all", VERDICT_LEAKED,
		    "left running: x (pid 1), y (pid 2)\n"
		    "left 1 file that a clean run does not leave: b.tmp\n"
		    "left t in TMPDIR\n"
		    "failed, and left output that is not the right one under its final name: a.json\n"
		    "run again without faults it fails: what was left behind spoils it\n"
		    "note: it failed without a word\n");
}

static void the_first_that_applies_is_the_verdict(void **state)
{
	(void)state;
	static const struct {
		bool crash, hang, strike, wrong, leak;
		enum verdict_class verdict;
	} rows[] = {
		{true, true, true, true, true, VERDICT_CRASHED},
		{false, true, true, true, true, VERDICT_HUNG},
		{false, false, false, true, true, VERDICT_UNEXERCISED},
		{false, false, true, true, true, VERDICT_WRONG},
		{false, false, true, false, true, VERDICT_LEAKED},
		{false, false, true, false, false, VERDICT_COMPLETE},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		if (rows[i].crash)
			says("ERROR: AddressSanitizer\n");
		scene.run->timed_out = rows[i].hang;
		if (rows[i].strike)
			unit_strike_a();
		if (rows[i].wrong)
			unit_spoil(&scene.now.outputs, "a.json");
		scene.now.found.leftovers = rows[i].leak;
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		assert_int_equal(scene.judgement.verdict, rows[i].verdict);
		assert_int_equal(scene.judgement.passed, rows[i].verdict == VERDICT_COMPLETE);
		unit_end_scene();
	}
}

/* ---- degraded, refused ---- */

static void a_failure_is_weighed_by_what_it_delivered(void **state)
{
	(void)state;
	static const struct {
		const char *name, *err;
		bool without_a, without_b;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"nothing", "a.png: bad\n", true, true, VERDICT_REFUSED,
		 "exit status 1, 0 outputs same, 0 different, 2 missing; it said: a.png: bad\n"},
		{"the others", "a.png: bad\n", true, false, VERDICT_DEGRADED,
		 "exit status 1, 1 outputs same, 0 different, 1 missing; it said: a.png: bad\n"},
		{"the others, and no word of the one", "bad\n", true, false, VERDICT_REFUSED,
		 "exit status 1, 1 outputs same, 0 different, 1 missing; it said: bad\n"},
		{"all", "a.png: bad\n", false, false, VERDICT_DEGRADED,
		 "exit status 1, 2 outputs same, 0 different, 0 missing; it said: a.png: bad\n"},
		{"nothing, and no word", "", true, true, VERDICT_REFUSED,
		 "exit status 1, 0 outputs same, 0 different, 2 missing\nnote: it failed without a word\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		scene.run->exit_code = 1;
		says(rows[i].err);
		if (rows[i].without_a)
			unit_forget(&scene.now.outputs, "a.json");
		if (rows[i].without_b)
			unit_forget(&scene.now.outputs, "b.json");
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
}

/* A program that fails without faults and does not under them is no better. */
static void success_where_failure_is_usual_is_no_usual_status(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.usual->exit_code = 1;
	says("a.png: bad\n");
	manifest_free(&scene.now.outputs);
	unit_judged("status 0", VERDICT_REFUSED,
		    "exit status 0, 0 outputs same, 0 different, 2 missing; it said: a.png: bad\n");
}

/* ---- notes ---- */

static void costs_are_noted_and_not_judged(void **state)
{
	(void)state;
	static const struct {
		int64_t usual_ns, now_ns;
		uint64_t usual_bytes, now_bytes, lost;
		const char *notes;
	} rows[] = {
		{100000000, 5000000000, 0, 1000, 0, "note: it took 5 s, 50 times as much as without faults (0.1 s)\n"},
		{100000000, 1000000000, 0, 0, 0, ""}, /* 10 times, a second */
		{10000000, 900000000, 0, 0, 0, ""},   /* 90 times, below a second */
		{1000000000, 9000000000, 0, 0, 0, ""},
		{100, 100, 1000, 4001, 0, "note: it read 4001 bytes, 4 times as much as without faults (1000 bytes)\n"},
		{100, 100, 1000, 4000, 0, ""},
		{100, 100, 0, 0, 3, "note: 3 lines of the journal were lost\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char row[30], reasons[300];
		snprintf(row, sizeof row, "row %zu", i + 1);
		snprintf(reasons, sizeof reasons, COMPLETE "%s", rows[i].notes);
		unit_scene();
		unit_strike_a();
		scene.usual->wall_ns = rows[i].usual_ns;
		scene.run->wall_ns = rows[i].now_ns;
		scene.clean.evidence.found.server.bytes_read = rows[i].usual_bytes;
		scene.now.found.server.bytes_read = rows[i].now_bytes;
		scene.now.found.server.journal_lost = rows[i].lost;
		unit_judge(row, VERDICT_COMPLETE, reasons);
		assert_true(scene.judgement.passed);
		unit_end_scene();
	}
}

/* Where the case says how much is too much, it is held against the subject; what the clean run is too little to measure is not. */
static void limits_of_the_case_are_judged(void **state)
{
	(void)state;
	static const struct {
		const char *name, *limits;
		int64_t now_ns;
		uint64_t now_kib, now_bytes, now_reads;
		const char *failures;
	} rows[] = {
		{"all at the limit", "time=20,memory=3,bytes=2,operations=5", 2000000000, 300000, 2000, 50, ""},
		{"time", "time=20", 2100000000, 0, 0, 0,
		 "it took 2.1 s, 21.0 times as much as without faults (0.1 s): the limit is 20 times\n"},
		{"memory", "memory=3", 0, 300001, 0, 0,
		 "it held 300001 KiB, 3.0 times as much as without faults (100000 KiB): the limit is 3 times\n"},
		{"bytes", "bytes=2", 0, 0, 2001, 0, "it read 2001 bytes, 2.0 times as much as without faults (1000 bytes): the limit is 2 times\n"},
		{"operations", "operations=5", 0, 0, 0, 51,
		 "it made 51 operations on files, 5.1 times as much as without faults (10 operations on files): the limit is 5 times\n"},
		{"below a second", "time=2", 900000000, 0, 0, 0, ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err;
		unit_scene();
		unit_strike_a();
		assert_int_equal(oracles_read_limits(rows[i].limits, i % 2 ? &scene.spec.oracles.limits : &scene.subject.oracles.limits, &err), 0);
		scene.usual->max_rss_kib = 100000;
		scene.run->wall_ns = rows[i].now_ns;
		scene.run->max_rss_kib = rows[i].now_kib;
		scene.clean.evidence.found.server.bytes_read = 1000;
		scene.now.found.server.bytes_read = rows[i].now_bytes;
		scene.clean.evidence.found.server.reads = 10;
		scene.now.found.server.reads = rows[i].now_reads;
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		assert_int_equal(scene.judgement.verdict, VERDICT_COMPLETE);
		unit_same_text(rows[i].name, buf_string(&scene.judgement.failures), rows[i].failures);
		unit_end_scene();
	}
}

/* ---- beside the outputs ---- */

static void what_is_none_of_its_own_stays_as_it_was(void **state)
{
	(void)state;
	static const struct {
		const char *name, *clean, *now; /* of the file of somebody else's */
		int exit_code;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"untouched", "other", "other", 0, VERDICT_COMPLETE, COMPLETE},
		{"changed", "other", "x", 0, VERDICT_WRONG, "it changed other.txt, which stood in {out} before and is none of its own\n"},
		{"removed", "other", NULL, 0, VERDICT_WRONG, "it removed other.txt, which stood in {out} before and is none of its own\n"},
		{"changed by a failure", "other", "x", 1, VERDICT_LEAKED,
		 "it changed other.txt, which stood in {out} before and is none of its own\n"},
		{"a clean run changes it too", "y", "y", 0, VERDICT_COMPLETE, "exit status 0, all 3 outputs as without faults; it said: a.png: bad\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		if (rows[i].verdict != VERDICT_COMPLETE || !strcmp(rows[i].clean, "y"))
			says("a.png: bad\n");
		scene.spec.before = BEFORE_OTHERS;
		scene.run->exit_code = rows[i].exit_code;
		unit_stood_before("other.txt", rows[i].clean, rows[i].now);
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
}

/* Of several it is told how many. */
static void all_that_was_harmed_is_counted(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_stood_before("1", "other", "x");
	unit_stood_before("2", "other", NULL);
	unit_stood_before("3", "other", NULL);
	unit_judged("three", VERDICT_WRONG,
		    "it changed 1, which stood in {out} before and is none of its own\n... and 2 more of what is none of its own\n");
}

static void inputs_are_nobodys_to_change(void **state)
{
	(void)state;
	for (int row = 0; row < 3; row++) {
		unit_scene();
		unit_strike_a();
		scene.now.found.server.refused = 2;
		strcpy(scene.now.found.server.refused_last, "unlink a.png");
		scene.clean.evidence.found.server.refused = row == 2;
		scene.run->exit_code = row == 1;
		if (row == 1)
			says("a.png: bad\n");
		unit_judged("tries", row == 0 ? VERDICT_WRONG : row == 1 ? VERDICT_LEAKED : VERDICT_COMPLETE,
			    row == 2 ? COMPLETE : "it tried to change what is not to be changed, 2 times: unlink a.png\n");
	}
}

static void home_holds_what_a_clean_run_leaves_there(void **state)
{
	(void)state;
	for (int row = 0; row < 3; row++) {
		unit_scene();
		unit_strike_a();
		unit_entry(&scene.now.home, 'f', ".core", "x");
		if (row == 2)
			unit_entry(&scene.clean.evidence.home, 'f', ".core-other-name", "x");
		scene.run->exit_code = row == 1;
		if (row == 1)
			says("a.png: bad\n");
		unit_judged("home", row == 0 ? VERDICT_WRONG : row == 1 ? VERDICT_LEAKED : VERDICT_COMPLETE,
			    row == 2 ? COMPLETE : "it left .core in HOME, where a clean run does not\n");
	}
}

/* What a clean run leaves too is how it works. */
static void objects_of_communication_are_leaks(void **state)
{
	(void)state;
	for (unsigned usual = 0; usual < 2; usual++) {
		unit_scene();
		unit_strike_a();
		scene.now.found.objects = 1;
		strcpy(scene.now.found.object_names, "shared memory segment 0");
		scene.clean.evidence.found.objects = usual;
		unit_judged("objects", usual ? VERDICT_COMPLETE : VERDICT_LEAKED, usual ? COMPLETE : "left behind: shared memory segment 0\n");
	}
}

/* By which stack it was allocated tells whether a clean run loses it too. */
static void lost_memory_is_a_leak_where_a_clean_run_loses_none(void **state)
{
	(void)state;
	for (int usual = 0; usual < 2; usual++) {
		unit_scene();
		unit_strike_a();
		assert_int_equal(leaks_read("Direct leak of 9 byte(s) in 2 object(s) allocated from:\n    #0 0x1  (/no/a+0x7)\n\n"
					    "Direct leak of 1 byte(s) in 1 object(s) allocated from:\n    #0 0x1  (/no/a+0x8)\n",
					    &scene.now.leaks), 0);
		assert_int_equal(leaks_read(usual ? "Direct leak of 3 byte(s) in 1 object(s) allocated from:\n    #0 0x2  (/no/a+0x7)\n" : "",
					    &scene.clean.evidence.leaks), 0);
		unit_judged("leaks", VERDICT_LEAKED,
			    usual ? "lost memory that a clean run does not lose: 1 bytes in 1 block, allocated by a+0x8\n"
				  : "lost memory that a clean run does not lose: 9 bytes in 2 blocks, allocated by a+0x7\n... and more by 1 other stack\n");
	}
}

/* ---- what was seen in the outputs ---- */

static void what_is_equal_in_content_is_the_same_output(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	unit_observe(&scene.now, OBSERVED_EQUAL, false, "a.json", "");
	unit_judged("equal", VERDICT_COMPLETE, COMPLETE "note: 1 of them differ in bytes, and are equal in content\n");
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	unit_observe(&scene.now, OBSERVED_DIFFERENT, false, "a.json", "samples differ by up to 3");
	unit_judged("different", VERDICT_WRONG,
		    "exit status 0, but a.json differs (samples differ by up to 3) and no word about it (1 same, 1 different, 0 missing)\n");
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	unit_observe(&scene.now, OBSERVED_DIFFERENT, false, "a.json", "x");
	says("a.png: bad\n");
	scene.run->exit_code = 1;
	unit_judged("half-written", VERDICT_LEAKED, "failed, and left output that is not the right one under its final name: a.json (x)\n");
	/* Of the other run, of another mode: no excuse. */
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	unit_observe(&scene.now, OBSERVED_EQUAL, true, "a.json", "");
	unit_judged("the other run", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
	unit_scene();
	unit_strike_a();
	scene.now.outputs.entries.at[0].mode = 0600;
	unit_observe(&scene.now, OBSERVED_EQUAL, false, "a.json", "");
	unit_judged("another mode", VERDICT_WRONG,
		    "exit status 0, but a.json differs and no word about it (1 same, 1 different, 0 missing)\n");
}

static void the_run_again_may_be_equal_in_content_too(void **state)
{
	(void)state;
	for (int equal = 0; equal < 2; equal++) {
		unit_scene();
		unit_strike_a();
		unit_ran_again();
		unit_spoil(&scene.now.again, "a.json");
		unit_observe(&scene.now, OBSERVED_EQUAL, equal, "a.json", "");
		unit_judged("again", equal ? VERDICT_COMPLETE : VERDICT_LEAKED,
			    equal ? COMPLETE : "run again without faults it does not give the right a.json: what was left behind spoils it\n");
	}
}

static void what_the_check_does_not_pass_is_bad(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		bool again, failed;
		enum verdict_class verdict;
		const char *reason;
	} rows[] = {
		{"silent", false, false, VERDICT_WRONG, "its check does not pass a.json: no JSON\n... nor 1 more\n"},
		{"left by a failure", false, true, VERDICT_LEAKED, "its check does not pass a.json: no JSON\n... nor 1 more\n"},
		{"of the run again", true, false, VERDICT_LEAKED,
		 "run again without faults its check does not pass a.json: no JSON\n... nor 1 more\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		unit_observe(&scene.now, OBSERVED_BAD, rows[i].again, "a.json", "no JSON");
		unit_observe(&scene.now, OBSERVED_BAD, rows[i].again, "b.json", "no JSON");
		scene.run->exit_code = rows[i].failed;
		if (rows[i].failed)
			says("a.png: bad\n");
		unit_judged(rows[i].name, rows[i].verdict, rows[i].reason);
	}
	unit_scene();
	unit_strike_a();
	unit_observe(&scene.now, OBSERVED_BAD, false, "", "");
	unit_judged("all together", VERDICT_WRONG, "its check does not pass its outputs\n");
}

/* Who has each output checked has compared something, though none is the same twice. */
static void a_check_is_a_comparison(void **state)
{
	(void)state;
	for (int checked = 0; checked < 2; checked++) {
		unit_scene();
		unit_strike_a();
		unit_word(&scene.clean.unstable, "a.json");
		unit_word(&scene.clean.unstable, "b.json");
		scene.spec.oracles.check = checked ? strdup("true {}") : NULL;
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		assert_int_equal(scene.judgement.passed, checked);
		unit_end_scene();
	}
}

/* ---- aborts, mutes ---- */

static void an_abort_with_a_word_may_be_allowed(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int signal, exit_code;
		const char *word;
		bool allowed, partial;
		enum verdict_class verdict;
	} rows[] = {
		{"usual", SIGABRT, -1, "out of memory\n", false, false, VERDICT_CRASHED},
		{"allowed", SIGABRT, -1, "out of memory\n", true, false, VERDICT_REFUSED},
		{"trap", SIGTRAP, -1, "out of memory\n", true, false, VERDICT_REFUSED},
		{"of a child", 0, 128 + SIGABRT, "out of memory\n", true, false, VERDICT_REFUSED},
		{"mute", SIGABRT, -1, "", true, false, VERDICT_CRASHED},
		{"half-written", SIGABRT, -1, "out of memory\n", true, true, VERDICT_LEAKED},
		{"crash", SIGSEGV, -1, "out of memory\n", true, false, VERDICT_CRASHED},
		{"assertion", SIGABRT, -1, "x.c:3: main: Assertion `p' failed.\n", true, false, VERDICT_CRASHED},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		scene.now.found.allocations.fired = 1;
		unit_forget(&scene.now.outputs, "a.json");
		unit_forget(&scene.now.outputs, "b.json");
		if (rows[i].partial)
			unit_entry(&scene.now.outputs, 'f', "b.json", "b");
		says(rows[i].word);
		scene.run->signal = rows[i].signal;
		scene.run->exit_code = rows[i].exit_code;
		scene.subject.oracles.abort = rows[i].allowed ? STANCE_ALLOW : STANCE_UNSAID;
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		if (scene.judgement.verdict != rows[i].verdict)
			fail_msg("%s: %s: %s", rows[i].name, verdict_class_name(scene.judgement.verdict), buf_string(&scene.judgement.reasons));
		unit_end_scene();
	}
	/* What the case says goes before what the subject says. */
	unit_scene();
	scene.now.found.allocations.fired = 1;
	says("out of memory\n");
	scene.run->signal = SIGABRT;
	scene.subject.oracles.abort = STANCE_ALLOW;
	scene.spec.oracles.abort = STANCE_FAIL;
	unit_judged("case before subject", VERDICT_CRASHED, "ended by signal 6 (SIGABRT)\n");
}

static void a_failure_without_a_word_is_told_and_may_fail(void **state)
{
	(void)state;
	static const struct {
		const char *name, *out, *err;
		enum stance stance;
		bool failed, mute, passed;
	} rows[] = {
		{"mute", "", "", STANCE_UNSAID, true, true, true},
		{"allowed", "", "", STANCE_ALLOW, true, true, true},
		{"forbidden", "", "", STANCE_FAIL, true, true, false},
		{"a word", "", "a.png: bad\n", STANCE_FAIL, true, false, true},
		{"a word on stdout", "a.png: bad\n", "", STANCE_FAIL, true, false, true},
		{"no failure", "", "", STANCE_FAIL, false, false, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		if (rows[i].failed) {
			unit_forget(&scene.now.outputs, "a.json");
			unit_forget(&scene.now.outputs, "b.json");
		}
		scene.run->exit_code = rows[i].failed;
		scene.spec.oracles.mute = rows[i].stance;
		prints(rows[i].out);
		says(rows[i].err);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		if (scene.judgement.mute != rows[i].mute || scene.judgement.passed != rows[i].passed)
			fail_msg("%s: %s, %s", rows[i].name, buf_string(&scene.judgement.reasons), buf_string(&scene.judgement.failures));
		assert_int_equal(strstr(buf_string(&scene.judgement.reasons), "note: it failed without a word") != NULL, rows[i].mute);
		unit_end_scene();
	}
}

/* ---- what was injected ---- */

static void what_struck_is_told_in_one_line(void **state)
{
	(void)state;
	unit_scene();
	struct touch *touch = unit_strike("in", "a.png", "read", "fail", "EIO");
	touch->count = 3;
	touch = unit_strike("out", "b.json", "write", "corrupt", NULL);
	touch->changed = 5;
	touch = unit_strike("in", "b.png", "read", "garbage", NULL);
	touch->count = 2;
	touch->changed = 70;
	unit_judge("three", VERDICT_COMPLETE, COMPLETE);
	assert_string_equal(buf_string(&scene.judgement.injected),
			    "fail EIO on in:a.png (read x3); corrupt on out:b.json (write, 5 bytes); garbage on in:b.png (read x2, 70 "
			    "bytes)");
	judgement_free(&scene.judgement);
	unit_strike_a();
	unit_strike_a();
	unit_judge("five", VERDICT_COMPLETE, COMPLETE);
	assert_non_null(strstr(buf_string(&scene.judgement.injected), "70 bytes); and 2 more"));
	unit_end_scene();
}

static void failed_allocations_are_told_with_the_first(void **state)
{
	(void)state;
	unit_scene();
	struct schedule_outcome *allocations = &scene.now.found.allocations;
	*allocations = (struct schedule_outcome){.processes = 1, .allocations = 90, .fired = 2, .events_count = 1};
	allocations->events[0] = (struct alloc_page_event){.function = ALLOC_CALLOC, .ordinal = 60, .size = 512, .offset = 0x1a2b,
							   .module = "core"};
	unit_judge("one event", VERDICT_COMPLETE, COMPLETE);
	assert_string_equal(buf_string(&scene.judgement.injected),
			    "2 of 90 allocations failed (first: number 60, calloc of 512 bytes, called from core+0x1a2b)");
	judgement_free(&scene.judgement);
	strcpy(allocations->events[0].program, "core");
	unit_judge("the command itself", VERDICT_COMPLETE, COMPLETE);
	assert_null(strstr(buf_string(&scene.judgement.injected), "number 60 in"));
	judgement_free(&scene.judgement);
	strcpy(allocations->events[0].program, "bash");
	unit_judge("a program that it started", VERDICT_COMPLETE, COMPLETE);
	assert_non_null(strstr(buf_string(&scene.judgement.injected), "(first: number 60 in bash, calloc of 512 bytes, "));
	judgement_free(&scene.judgement);
	allocations->events[0].program[0] = '\0';
	allocations->events[0].module[0] = '\0';
	allocations->events[0].function = 99;
	unit_strike_a();
	unit_judge("odd event", VERDICT_COMPLETE, COMPLETE);
	assert_string_equal(buf_string(&scene.judgement.injected),
			    "fail EIO on in:a.png (read); 2 of 90 allocations failed (first: number 60, ? of 512 bytes, called from "
			    "?+0x1a2b)");
	judgement_free(&scene.judgement);
	allocations->events_count = 0;
	unit_judge("no event", VERDICT_COMPLETE, COMPLETE);
	assert_string_equal(buf_string(&scene.judgement.injected), "fail EIO on in:a.png (read); 2 of 90 allocations failed");
	unit_end_scene();
}

/* Names and words must not steer a terminal, nor begin a line of their own. */
static void hostile_names_and_words_stay_on_their_line(void **state)
{
	(void)state;
	unit_scene();
	unit_strike("in", "a\n\x1b[2Jb.png", "read", "fail", "EIO");
	unit_entry(&scene.now.outputs, 'f', "x\nnot ok\t\x7f", "x");
	unit_judge("names", VERDICT_LEAKED, "left 1 file that a clean run does not leave: x?not ok??\n");
	assert_string_equal(buf_string(&scene.judgement.injected), "fail EIO on in:a??[2Jb.png (read)");
	unit_end_scene();
	unit_scene();
	unit_strike_a();
	says("\x1b]0;title\a\rok\n");
	unit_judged("words", VERDICT_COMPLETE, "exit status 0, all 2 outputs as without faults; it said: ?]0;title??ok\n");
}

/* ---- what a case expects ---- */

static void only_allowed_verdicts_pass(void **state)
{
	(void)state;
	unit_scene();
	unit_strike_a();
	scene.spec.allow = 1u << VERDICT_REFUSED;
	unit_judge("refused wanted", VERDICT_COMPLETE, COMPLETE);
	assert_false(scene.judgement.passed);
	assert_string_equal(buf_string(&scene.judgement.failures), "verdict complete, allowed: refused\n");
	judgement_free(&scene.judgement);
	scene.spec.allow |= 1u << VERDICT_COMPLETE;
	unit_judge("both", VERDICT_COMPLETE, COMPLETE);
	assert_true(scene.judgement.passed);
	assert_string_equal(buf_string(&scene.judgement.failures), "");
	unit_end_scene();
}

static void a_code_is_asked_of_who_speaks_codes(void **state)
{
	(void)state;
	static const struct {
		const char *out, *err;
		uint32_t wanted;
		bool speaks;
		uint32_t code;
		const char *failures;
	} rows[] = {
		{"", "error 102: bad\n", 102, true, 102, ""},
		{"", "error 7: bad\nerror 102: bad\n", 102, true, 7, ""},
		{"error 102\n", "", 102, true, 102, ""},
		{"", "error 7: bad\n", 102, true, 7, "error code 102 expected, reported: 7\n"},
		{"", "bad\n", 102, true, 0, "error code 102 expected, reported: 0\n"},
		{"", "error 7\n", 0, true, 7, ""},
		{"", "error 7\n", 102, false, 0, ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unit_scene();
		unit_strike_a();
		prints(rows[i].out);
		says(rows[i].err);
		scene.spec.code = rows[i].wanted;
		scene.subject.has_codes = rows[i].speaks;
		if (rows[i].speaks)
			assert_int_equal(regcomp(&scene.subject.codes, "error ([0-9]+)", REG_EXTENDED), 0);
		judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
		unit_same_text(rows[i].err, buf_string(&scene.judgement.failures), rows[i].failures);
		assert_int_equal(scene.judgement.code, rows[i].code);
		assert_int_equal(scene.judgement.passed, !rows[i].failures[0]);
		unit_end_scene();
	}
}

static void names_asks_for_each_struck_file_of_the_corpus(void **state)
{
	(void)state;
	unit_scene();
	scene.spec.names = true;
	unit_strike_a();
	unit_strike("in", "d/b.png", "open", "deny", "EACCES");
	unit_strike("in", ".", "readdir", "fail", "EIO");
	unit_strike("in", "c.png", "read", "delay", NULL);
	unit_strike("out", "a.json", "write", "fail", "EIO");
	says("a.png: bad\n");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_string_equal(buf_string(&scene.judgement.failures), "d/b.png was struck (deny) and is not named in its report\n");
	judgement_free(&scene.judgement);
	says("b.png: bad\n");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_true(scene.judgement.passed);
	judgement_free(&scene.judgement);
	/* Who committed a crime is not asked for names as well. */
	buf_clear(&scene.now.err);
	scene.now.found.leftovers = 1;
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	assert_string_equal(buf_string(&scene.judgement.failures), "verdict leaked, allowed: complete,degraded,refused\n");
	unit_end_scene();
}

static void the_same_evidence_gives_the_same_verdict(void **state)
{
	(void)state;
	struct judgement second;
	unit_scene();
	unit_strike_a();
	unit_spoil(&scene.now.outputs, "a.json");
	says("oh\n");
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &scene.judgement);
	judge(&scene.spec, &scene.subject, &scene.clean, &scene.now, &second);
	assert_int_equal(scene.judgement.verdict, second.verdict);
	assert_string_equal(buf_string(&scene.judgement.reasons), buf_string(&second.reasons));
	assert_string_equal(buf_string(&scene.judgement.injected), buf_string(&second.injected));
	assert_string_equal(buf_string(&scene.judgement.failures), buf_string(&second.failures));
	judgement_free(&second);
	unit_end_scene();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_as_without_faults_is_complete),
		cmocka_unit_test(what_nothing_struck_shows_nothing),
		cmocka_unit_test(what_was_only_cut_short_shows_nothing_unless_it_goes_wrong),
		cmocka_unit_test(where_no_allocation_failed_the_verdict_says_who_allocated),
		cmocka_unit_test(processes_that_went_uncounted_are_noted),
		cmocka_unit_test(nothing_else_is_said_of_what_nothing_struck),
		cmocka_unit_test(all_that_a_case_brings_must_strike),
		cmocka_unit_test(a_rule_that_must_strike_and_did_not_is_no_pass),
		cmocka_unit_test(nothing_else_stands_for_a_rule_that_must_strike),
		cmocka_unit_test(damage_that_cannot_be_noticed_excuses_a_different_output),
		cmocka_unit_test(damage_that_cannot_be_noticed_excuses_nothing_else),
		cmocka_unit_test(a_signal_of_a_rule_is_no_crash),
		cmocka_unit_test(a_signal_that_is_not_ours_is_a_crash),
		cmocka_unit_test(a_report_of_a_sanitizer_is_a_crash),
		cmocka_unit_test(programs_may_speak_of_runtime_errors),
		cmocka_unit_test(a_crash_needs_no_fault),
		cmocka_unit_test(an_empty_directory_is_an_output),
		cmocka_unit_test(other_permissions_are_another_output),
		cmocka_unit_test(a_failure_takes_nothing_away),
		cmocka_unit_test(all_that_is_printed_is_compared),
		cmocka_unit_test(what_is_still_running_at_the_deadline_hangs),
		cmocka_unit_test(a_missing_or_different_output_without_a_word_is_wrong),
		cmocka_unit_test(an_honest_word_names_what_was_struck_or_what_suffered),
		cmocka_unit_test(a_fault_does_not_explain_what_does_not_depend_on_it),
		cmocka_unit_test(a_directory_that_is_not_found_explains_what_is_made_of_its_files),
		cmocka_unit_test(a_fault_of_everything_needs_a_word_on_stderr),
		cmocka_unit_test(unstable_outputs_are_compared_as_far_as_they_are_stable),
		cmocka_unit_test(where_nothing_could_be_compared_nothing_passes),
		cmocka_unit_test(without_files_the_result_is_what_is_printed),
		cmocka_unit_test(a_checker_must_not_pass_what_was_struck),
		cmocka_unit_test(who_ignores_a_late_error_of_the_disk_is_wrong),
		cmocka_unit_test(processes_that_stay_are_leaked),
		cmocka_unit_test(files_that_a_clean_run_does_not_leave_are_leaked),
		cmocka_unit_test(half_an_output_under_its_final_name_is_leaked),
		cmocka_unit_test(descriptors_of_files_that_failed_must_be_closed),
		cmocka_unit_test(what_is_left_must_not_spoil_the_next_run),
		cmocka_unit_test(all_leaks_are_told),
		cmocka_unit_test(the_first_that_applies_is_the_verdict),
		cmocka_unit_test(a_failure_is_weighed_by_what_it_delivered),
		cmocka_unit_test(success_where_failure_is_usual_is_no_usual_status),
		cmocka_unit_test(costs_are_noted_and_not_judged),
		cmocka_unit_test(limits_of_the_case_are_judged),
		cmocka_unit_test(what_is_none_of_its_own_stays_as_it_was),
		cmocka_unit_test(all_that_was_harmed_is_counted),
		cmocka_unit_test(inputs_are_nobodys_to_change),
		cmocka_unit_test(home_holds_what_a_clean_run_leaves_there),
		cmocka_unit_test(objects_of_communication_are_leaks),
		cmocka_unit_test(lost_memory_is_a_leak_where_a_clean_run_loses_none),
		cmocka_unit_test(what_is_equal_in_content_is_the_same_output),
		cmocka_unit_test(the_run_again_may_be_equal_in_content_too),
		cmocka_unit_test(what_the_check_does_not_pass_is_bad),
		cmocka_unit_test(a_check_is_a_comparison),
		cmocka_unit_test(an_abort_with_a_word_may_be_allowed),
		cmocka_unit_test(a_failure_without_a_word_is_told_and_may_fail),
		cmocka_unit_test(what_struck_is_told_in_one_line),
		cmocka_unit_test(failed_allocations_are_told_with_the_first),
		cmocka_unit_test(hostile_names_and_words_stay_on_their_line),
		cmocka_unit_test(only_allowed_verdicts_pass),
		cmocka_unit_test(a_code_is_asked_of_who_speaks_codes),
		cmocka_unit_test(names_asks_for_each_struck_file_of_the_corpus),
		cmocka_unit_test(the_same_evidence_gives_the_same_verdict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The allocation shim, as a program feels it (alloc_probe.c), and the page that it shares with the harness. */
#include "alloc_run.h"

/* ---- what fails ---- */

static void each_function_fails_at_the_third_call_and_only_there(void **state)
{
	(void)state;
	static const struct {
		const char *word, *function;
	} rows[] = {
		{"malloc", "malloc"}, {"calloc", "calloc"}, {"realloc", "realloc"}, {"regrow", "realloc"},
		{"reallocarray", "reallocarray"}, {"posix_memalign", "posix_memalign"}, {"aligned_alloc", "aligned_alloc"},
		{"memalign", "memalign"}, {"valloc", "memalign"}, {"pvalloc", "memalign"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char words[50];
		snprintf(words, sizeof words, "%s:96x6", rows[i].word);
		run_probe("nth=3,size=96", words, "..x...");
		assert_int_equal(ran.status, 0);
		assert_int_equal(ran.outcome.processes, 1);
		assert_int_equal(fired(), 1);
		assert_int_equal(ran.outcome.events_count, 1);
		const struct alloc_page_event *event = &ran.outcome.events[0];
		unit_same_text(words, schedule_function_name(event->function), rows[i].function);
		unit_same_text(words, event->module, "alloc_probe");
		unit_same_text(words, event->program, "alloc_probe");
		assert_int_equal(event->size, 96);
		assert_int_equal(event->rule, 0);
		assert_int_equal(event->pid, ran.page.processes[0].pid);
		assert_true(event->ordinal >= 3 && event->ordinal <= ran.outcome.allocations);
		assert_in_range(event->offset, 1, 1 << 20);
	}
}

static void ordinals_and_times_choose_among_the_calls(void **state)
{
	(void)state;
	static const struct {
		const char *rule, *wanted;
	} rows[] = {
		{"size=96", "xxxxxxxxxxxx"},		     {"nth=1,size=96", "x..........."},
		{"nth=12,size=96", "...........x"},	     {"nth=13,size=96", "............"},
		{"nth=3..,size=96", "..xxxxxxxxxx"},	     {"nth=2..4,size=96", ".xxx........"},
		{"nth=1..+2,size=96", "x.x.x.x.x.x."},	     {"nth=2..10+4,size=96", ".x...x...x.."},
		{"times=2,size=96", "xx.........."},	     {"nth=2..+3,times=2,size=96", ".x..x......."},
		{"size=97..", "............"},		     {"size=..96", "............"},
		{"nth=1,size=96;nth=3,size=96", "x.x........."},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		run_probe(rows[i].rule, "malloc:96x12", rows[i].wanted);
}

static void sizes_are_half_open_and_are_those_of_whole_arrays(void **state)
{
	(void)state;
	run_probe("size=100..200", "malloc:99x1 malloc:100x1 malloc:199x1 malloc:200x1", ".xx.");
	run_probe("size=100..200", "calloc:98x1 calloc:100x1 calloc:198x1 calloc:200x1", ".xx.");
	run_probe("size=100..200", "reallocarray:98x1 reallocarray:100x1 reallocarray:200x1", ".x.");
	run_probe("size=1MiB..", "malloc:1048575x1 malloc:1048576x1 malloc:9999999x1", ".xx");
	run_probe("size=0", "malloc:0x1 malloc:1x1", "x.");
	run_probe("size=1..2", "malloc:0x1 malloc:1x1", ".x");
	/* Only those of its size are counted, and all functions together. */
	run_probe("nth=2,size=100", "malloc:100x1 malloc:200x5 malloc:100x2", "......x.");
	run_probe("nth=4,size=96", "malloc:96x1 calloc:96x1 memalign:96x1 posix_memalign:96x1 malloc:96x1", "...x.");
}

static void what_cannot_fail_and_what_fails_by_itself_is_left_alone(void **state)
{
	(void)state;
	run_probe("size=0", "release:0x2", "..");
	assert_int_equal(fired(), 0);
	run_probe("nth=1,size=1..2", "overflow:16x2 malloc:9223372036854775807x1", "xxx");
	assert_int_equal(fired(), 0);
	/* What overflows is a very large one for the rules. */
	run_probe("size=8388608TiB..", "overflow:16x1", "x");
	assert_int_equal(fired(), 1);
}

static void without_a_size_all_allocations_of_the_process_count(void **state)
{
	(void)state;
	char rule[40];
	run_probe("", "malloc:96x10", "..........");
	uint64_t all = ran.outcome.allocations;
	assert_true(all >= 10);
	assert_int_equal(fired(), 0);
	snprintf(rule, sizeof rule, "nth=%llu", (unsigned long long)all);
	run_probe(rule, "malloc:96x10", ".........x");
	assert_int_equal(ran.outcome.events[0].ordinal, all);
	snprintf(rule, sizeof rule, "nth=%llu..", (unsigned long long)all - 2);
	run_probe(rule, "malloc:96x10", ".......xxx");
	snprintf(rule, sizeof rule, "nth=%llu", (unsigned long long)all + 1);
	run_probe(rule, "malloc:96x10", "..........");
}

static void two_rules_count_each_for_itself_and_the_first_is_named(void **state)
{
	(void)state;
	run_probe("nth=4,size=90..100;nth=2..,times=2,size=96", "malloc:91x1 malloc:96x5", "..xx..");
	const struct alloc_page_process *slot = &ran.page.processes[0];
	assert_int_equal(slot->seen_by[0], 6);
	assert_int_equal(slot->seen_by[1], 5);
	assert_int_equal(slot->fired_by[0], 1);
	assert_int_equal(slot->fired_by[1], 2);
	assert_int_equal(fired(), 2);
	assert_int_equal(ran.outcome.events[0].rule, 1);
	assert_int_equal(ran.outcome.events[1].rule, 0);
}

/* ---- chance ---- */

static void chances_are_the_same_for_ever_and_as_the_page_says(void **state)
{
	(void)state;
	char foretold[49] = "";
	run_probe("name=r,probability=50%,size=96", "malloc:96x48", "..x.x...xx.x....x..xxx.x.xx.x.x...xxxx.......x..");
	const struct alloc_page_rule *rule = &ran.page.rules[0];
	for (int i = 0; i < 48; i++)
		foretold[i] = alloc_page_draw(rule->key, (uint64_t)i + 1) < rule->chance ? 'x' : '.';
	assert_string_equal(buf_string(&ran.out), foretold);
	/* Other names, other seeds, other luck. */
	run_seeded("name=s,probability=50%,size=96", 7, "malloc:96x48");
	assert_string_not_equal(buf_string(&ran.out), foretold);
	run_seeded("name=r,probability=50%,size=96", 8, "malloc:96x48");
	assert_string_not_equal(buf_string(&ran.out), foretold);
	/* A child counts from one again. */
	run_seeded("name=r,probability=50%,size=96", 7, "malloc:96x5 fork malloc:96x48");
	assert_memory_equal(buf_string(&ran.out) + 5, foretold, 48);
}

static void chances_keep_their_promise(void **state)
{
	(void)state;
	static const struct {
		const char *rule;
		unsigned least, most; /* of 4000 */
	} rows[] = {{"probability=5%,size=96", 140, 260}, {"probability=0.5,size=96", 1850, 2150}, {"probability=1,size=96", 4000, 4000}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		run_seeded(rows[i].rule, 3, "malloc:96x4000");
		assert_in_range(fired(), rows[i].least, rows[i].most);
	}
}

/* ---- which program ---- */

static void rules_for_one_program_leave_others_alone(void **state)
{
	(void)state;
	run_probe("comm=alloc_probe,size=96", "malloc:96x2", "xx");
	run_probe("comm=alloc*,size=96", "malloc:96x2", "xx");
	run_probe("comm=?lloc_*e,size=96", "malloc:96x2", "xx");
	run_probe("comm=alloc_prob,size=96", "malloc:96x2", "..");
	run_probe("comm=vips*,size=96", "malloc:96x2", "..");
	assert_int_equal(ran.page.processes[0].seen_by[0], 0);
	assert_string_equal(ran.page.processes[0].comm, "alloc_probe");
	/* What it executes has a name of its own. */
	run_probe("comm=exe,size=96", "malloc:96x2 exec malloc:96x2", "..xx");
}

static void the_module_is_told_by_the_end_of_its_name(void **state)
{
	(void)state;
	probe_file = copy_of_probe("a-name-that-has-more-than-the-forty-seven-characters-of-its-room");
	run_probe("nth=1,size=96", "malloc:96x1", "x");
	assert_string_equal(ran.outcome.events[0].module, probe_file + strlen(probe_file) - 47);
	assert_string_equal(schedule_module(&ran.outcome, ran.outcome.events[0].frames[0]), probe_file);
	probe_file = "alloc_probe";
}

/* ---- by stack, by ordinal, by process ---- */

/* The stack's hash of the only failure, as a rule names it. */
static const char *stack_of(const char *rules, const char *words)
{
	static char hash[2][17];
	static unsigned turn;
	run_seeded(rules, 7, words);
	assert_int_equal(ran.outcome.events_count, 1);
	turn = !turn;
	snprintf(hash[turn], sizeof hash[turn], "%016llx", (unsigned long long)ran.outcome.events[0].stack);
	return hash[turn];
}

static void a_failure_tells_its_whole_stack(void **state)
{
	(void)state;
	struct buf text = {0};
	run_probe("nth=1,size=96", "calloc:96x1", "x");
	const struct alloc_page_event *event = &ran.outcome.events[0];
	assert_in_range(event->frames_count, 4, 12); /* allocate, call_function, main (some may be inlined), two of libc, _start */
	assert_int_equal(event->frames_count, event->depth);
	assert_int_equal(event->phase, ALLOC_IN_MAIN);
	assert_int_equal(event->number, 1);
	assert_int_equal(alloc_frame_offset(event->frames[0]), event->offset);
	assert_string_equal(strrchr(schedule_module(&ran.outcome, event->frames[0]), '/'), "/alloc_probe");
	assert_int_equal(schedule_module(&ran.outcome, event->frames[0])[0], '/');
	schedule_event_stack(&ran.outcome, event, &text);
	assert_non_null(strstr(buf_string(&text), "alloc_probe+0x"));
	assert_non_null(strstr(buf_string(&text), " <- libc.so.6+0x"));
	assert_null(strstr(buf_string(&text), "ordeal"));
	assert_null(strstr(buf_string(&text), "?"));
	buf_free(&text);
}

static void a_stack_has_the_same_name_wherever_the_program_lies(void **state)
{
	(void)state;
	char first[17];
	strcpy(first, stack_of("nth=1,size=96", "malloc:96x3"));
	for (int i = 0; i < 5; i++)
		assert_string_equal(stack_of("nth=3,size=96", "malloc:96x3"), first);
	assert_string_equal(stack_of("nth=1,size=97,process=2", "malloc:96x3 fork malloc:97x1"), first);
	assert_string_not_equal(stack_of("nth=1,size=96", "posix_memalign:96x3"), first);
	assert_int_equal(alloc_hash_depth(ran.outcome.events[0].stack), ALLOC_DEPTH);
}

static void rules_by_stack_count_the_allocations_of_that_stack(void **state)
{
	(void)state;
	char rule[100], first[17];
	const char *words = "malloc:96x2 posix_memalign:96x3 malloc:50x3 fork posix_memalign:96x2";
	strcpy(first, stack_of("nth=1,size=96", "posix_memalign:96x1"));
	snprintf(rule, sizeof rule, "stack=%s", first);
	run_probe(rule, words, "..xxx...xx|xx");
	snprintf(rule, sizeof rule, "stack=%s,nth=2", first);
	run_probe(rule, words, "...x.....x|..");
	assert_int_equal(ran.page.processes[0].seen_by[0], 5);
	/* At another depth it has another name, and a shallow one stands for more. */
	snprintf(rule, sizeof rule, "stack=%.14s02", first);
	run_probe(rule, words, "..........|..");
}

static uint64_t first_of_size_96(const char *words)
{
	run_seeded("nth=1,size=96", 7, words);
	return ran.outcome.events[0].ordinal;
}

static void ordinals_are_those_of_the_process(void **state)
{
	(void)state;
	char rule[100];
	uint64_t first = first_of_size_96("malloc:96x6");
	const struct {
		const char *range, *rest, *wanted;
		uint64_t at;
	} rows[] = {
		{"", "", "..x...", 2}, {"..", "", "..xxxx", 2}, {"..", ",times=2", "..xx..", 2},
		{"", ",size=97", "......", 2}, {"..999+2", "", ".x.x.x", 1}, {"..", ",nth=2", "...x..", 2},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		snprintf(rule, sizeof rule, "ordinal=%llu%s%s", (unsigned long long)(first + rows[i].at), rows[i].range,
			 rows[i].rest);
		run_probe(rule, "malloc:96x6", rows[i].wanted);
		assert_int_equal(ran.outcome.diverged, 0);
	}
	assert_int_equal(ran.outcome.events[0].ordinal, first + 3);
}

static void an_ordinal_with_another_stack_is_not_struck_and_told(void **state)
{
	(void)state;
	char rule[100], stack[17];
	const char *words = "malloc:96x3 posix_memalign:96x3";
	strcpy(stack, stack_of("nth=1,size=96", "posix_memalign:96x1"));
	unsigned long long first = first_of_size_96(words);
	snprintf(rule, sizeof rule, "ordinal=%llu,stack=%s", first + 4, stack);
	run_probe(rule, words, "....x.");
	assert_int_equal(ran.outcome.diverged, 0);
	snprintf(rule, sizeof rule, "ordinal=%llu..,stack=%s", first + 4, stack);
	run_probe(rule, words, "....xx");
	/* Once agreed upon, all from there on fail, whatever their stacks are. */
	run_probe(rule, "malloc:96x3 posix_memalign:96x2 malloc:96x2", "....xxx");
	snprintf(rule, sizeof rule, "ordinal=%llu..,stack=%s", first + 2, stack);
	run_probe(rule, words, "......");
	assert_int_equal(fired(), 0);
	assert_int_equal(ran.outcome.diverged, 1);
	assert_int_equal(ran.outcome.divergences_count, 1);
	assert_int_equal(ran.outcome.divergences[0].ordinal, first + 2);
	assert_true(ran.outcome.divergences[0].stack != 0 && ran.outcome.divergences[0].stack != ran.page.rules[0].stack);
	assert_non_null(schedule_module(&ran.outcome, ran.outcome.divergences[0].frames[0]));
	/* Never reached is neither. */
	snprintf(rule, sizeof rule, "ordinal=%llu,stack=%s", first + 100, stack);
	run_probe(rule, words, "......");
	assert_int_equal(fired() + ran.outcome.diverged, 0);
}

static void processes_are_told_by_their_program_and_number(void **state)
{
	(void)state;
	const char *words = "malloc:96x1 fork malloc:96x1 exec malloc:96x1";
	static const struct {
		const char *rule, *wanted;
	} rows[] = {
		{"size=96,program=alloc_probe", "xxx|xx"}, {"size=96,program=al?oc_*", "xxx|xx"}, {"size=96,program=exe", "...|.."},
		{"size=96,process=1", "x..|x."}, {"size=96,process=2", ".x.|.."}, {"size=96,process=3,program=alloc_probe", "..x|.."},
		{"size=96,process=4", "...|.x"}, {"size=96,process=5", "...|.."},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		run_probe(rows[i].rule, words, rows[i].wanted);
	run_probe("size=96,process=4", words, "...|.x");
	assert_int_equal(ran.outcome.events[0].number, 4);
	assert_int_equal(ran.outcome.processes, 4);
}

static void phases_are_told(void **state)
{
	(void)state;
	static const char *const rules[] = {"size=96,nth=1", "size=97,nth=1", "size=98,nth=1"};
	static const enum alloc_phase wanted[] = {ALLOC_BEFORE_MAIN, ALLOC_IN_MAIN, ALLOC_AT_EXIT};
	probe_file = "alloc_probe_phases";
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		run_seeded(rules[i], 7, "malloc:97x1");
		assert_int_equal(ran.outcome.events_count, 1);
		unit_same_text(rules[i], schedule_phase_name(ran.outcome.events[0].phase), schedule_phase_name(wanted[i]));
	}
	probe_file = "alloc_probe";
}

/* ---- allocators of other kinds ---- */

/* As of a sanitizer's runtime: what comes before libc is there is served and does not count, what comes then fails as ever. */
static void allocations_before_libc_has_begun_do_not_disarm_the_shim(void **state)
{
	(void)state;
	probe_file = "alloc_probe_early";
	run_probe("nth=1..2,size=96", "malloc:96x3 fork malloc:96x3", "xx.xx.|...");
	assert_int_equal(ran.page.processes[0].seen_by[0], 6);
	assert_int_equal(ran.outcome.processes, 2);
	run_probe("nth=2,size=96", "exec malloc:96x3", ".x.");
	probe_file = "alloc_probe";
}

static void a_program_with_its_own_malloc_is_told_from_one_that_does_not_allocate(void **state)
{
	(void)state;
	probe_file = "alloc_probe_own";
	run_probe("size=96", "malloc:96x3 fork malloc:96x3", "......|...");
	assert_int_equal(ran.outcome.processes, 0);
	assert_int_equal(ran.outcome.allocations, 0);
	assert_int_equal(ran.outcome.own_malloc, 1);
	assert_string_equal(ran.outcome.own_malloc_program, "alloc_probe_own");
	probe_file = "alloc_probe";
	run_probe("size=96", "", "");
	assert_int_equal(ran.outcome.own_malloc, 0);
	run_probe("size=96", "malloc:96x1", "x");
	assert_int_equal(ran.outcome.own_malloc, 0);
	assert_int_equal(ran.outcome.processes, 1);
}

/* ---- processes ---- */

static void counts_survive_the_end_of_the_process(void **state)
{
	(void)state;
	static const struct {
		const char *words;
		int status;
	} rows[] = {{"malloc:96x5 exit", 0}, {"malloc:96x5 kill", SIGKILL}, {"close malloc:96x5", 0}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		run_probe("nth=2,size=96", rows[i].words, ".x...");
		assert_int_equal(ran.status, rows[i].status);
		assert_int_equal(ran.page.processes[0].seen_by[0], 5);
		assert_int_equal(fired(), 1);
		assert_int_equal(ran.outcome.events_count, 1);
	}
}

static void a_forked_child_counts_for_itself(void **state)
{
	(void)state;
	run_probe("nth=4,size=96", "malloc:96x3 fork malloc:96x5", "......x.|x....");
	assert_int_equal(ran.outcome.processes, 2);
	assert_int_equal(ran.page.processes[0].seen_by[0], 8);
	assert_int_equal(ran.page.processes[1].seen_by[0], 5);
	assert_int_not_equal(ran.page.processes[0].pid, ran.page.processes[1].pid);
	assert_int_equal(ran.outcome.events[0].pid, ran.page.processes[1].pid);
	assert_int_equal(fired(), 2);
	/* A child's child too. */
	run_probe("nth=2,size=96", "fork fork malloc:96x3", ".x.|.x.|.x.|.x.");
	assert_int_equal(ran.outcome.processes, 4);
}

static void an_executed_program_counts_anew(void **state)
{
	(void)state;
	run_probe("nth=2,size=96", "malloc:96x3 exec malloc:96x3", ".x..x.");
	assert_int_equal(ran.outcome.processes, 2);
	assert_int_equal(ran.page.processes[0].pid, ran.page.processes[1].pid);
	assert_string_equal(ran.page.processes[1].comm, "exe");
	assert_string_equal(ran.page.processes[1].program, "alloc_probe"); /* the same file */
	run_probe("nth=2,size=96", "malloc:96x1 fork exec malloc:96x3", "..x.|.x.");
	assert_int_equal(ran.outcome.processes, 3);
}

static void threads_count_together_and_none_too_many_fail(void **state)
{
	(void)state;
	run_seeded("nth=1..+2,size=96", 7, "threads:96x2000");
	assert_int_equal(ran.page.processes[0].seen_by[0], 16000);
	assert_int_equal(fired(), 8000);
	assert_int_equal(strspn(buf_string(&ran.out), "x"), 8000);
	assert_int_equal(ran.out.length, 8000);
	for (int i = 0; i < 20; i++)
		run_probe("times=7,size=96", "threads:96x200", "xxxxxxx");
	assert_int_equal(fired(), 7);
}

/* The child has but the thread that forked: whatever the others held at that moment must not hold it up. */
static void children_of_a_busy_process_are_not_held_up(void **state)
{
	(void)state;
	char wanted[61] = "";
	memset(wanted, 'x', 60);
	run_probe("size=96;nth=1,size=100", "storm:60", wanted);
	assert_int_equal(ran.outcome.processes, 61);
}

static void processes_beyond_the_room_are_unharmed(void **state)
{
	(void)state;
	const char *page = make_page("nth=1,size=100", 1);
	change_page(page, offsetof(struct alloc_page, processes_count), ALLOC_PAGE_PROCESSES - 4);
	run_with_page(page, "malloc:96x1 children:10");
	read_page(page);
	assert_string_equal(buf_string(&ran.out), ".xxx.......");
	assert_int_equal(ran.page.processes_count, ALLOC_PAGE_PROCESSES + 7);
	assert_int_equal(ran.outcome.uncounted, 7);
	assert_int_equal(ran.outcome.processes, 4);
	assert_int_equal(fired(), 3);
}

/* Each command of a shell script is a process. */
static void there_is_room_for_the_processes_of_a_script(void **state)
{
	(void)state;
	char wanted[602] = ".";
	memset(wanted + 1, 'x', 600);
	run_probe("nth=1,size=100", "malloc:96x1 children:600", wanted);
	assert_int_equal(ran.outcome.processes, 601);
	assert_int_equal(ran.outcome.uncounted, 0);
	assert_int_equal(fired(), 600);
}

static void who_allocated_is_told_by_the_names_that_rules_go_by(void **state)
{
	(void)state;
	run_probe("", "malloc:96x1 exec malloc:96x50 fork malloc:96x1",
		  "....................................................|.");
	assert_int_equal(ran.outcome.programs_count, 2);
	const struct schedule_program *programs = ran.outcome.programs;
	assert_string_equal(programs[0].comm, "exe");
	assert_string_equal(programs[0].program, "alloc_probe");
	assert_int_equal(programs[0].processes, 2);
	assert_string_equal(programs[1].comm, "alloc_probe");
	assert_int_equal(programs[1].processes, 1);
	assert_int_equal(programs[0].allocations + programs[1].allocations, ran.outcome.allocations);
	assert_true(programs[0].allocations >= 52);
}

static void of_many_programs_those_with_most_allocations_are_told(void **state)
{
	(void)state;
	const char *path = make_page("", 1);
	read_page(path);
	for (int i = 0; i < 30; i++) {
		struct alloc_page_process *slot = &ran.page.processes[i];
		slot->pid = 100 + i;
		slot->allocations = 1 + (uint64_t)(i % 10);
		snprintf(slot->comm, sizeof slot->comm, "sh");
		snprintf(slot->program, sizeof slot->program, "program-%d", i % 10);
	}
	ran.page.processes_count = 30;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, &ran.page, sizeof ran.page), sizeof ran.page);
	close(fd);
	read_page(path);
	assert_int_equal(ran.outcome.processes, 30);
	assert_int_equal(ran.outcome.programs_count, 10);
	for (size_t i = 0; i < COUNT_OF(ran.outcome.programs); i++) {
		char wanted[20];
		snprintf(wanted, sizeof wanted, "program-%zu", 9 - i);
		assert_string_equal(ran.outcome.programs[i].program, wanted);
		assert_int_equal(ran.outcome.programs[i].allocations, 3 * (10 - i));
		assert_int_equal(ran.outcome.programs[i].processes, 3);
	}
}

static void failures_beyond_the_room_are_counted(void **state)
{
	(void)state;
	run_seeded("size=96", 7, "malloc:96x2000");
	assert_int_equal(fired(), 2000);
	assert_int_equal(ran.page.events_count, 2000);
	assert_int_equal(ran.page.events[ALLOC_PAGE_EVENTS - 1].complete, 1);
	assert_int_equal(ran.outcome.events_count, COUNT_OF(ran.outcome.events));
}

/* ---- pages that are none ---- */

/* One line, and the program goes on unharmed. */
static void assert_refused(const char *page, const char *why)
{
	char line[PATH_MAX + 200];
	run_with_page(page, "malloc:96x3 fork malloc:96x3");
	snprintf(line, sizeof line, "ordeal-alloc: %s: %s: no allocation will be made to fail\n", page, why);
	unit_same_text(why, buf_string(&ran.err), line);
	unit_same_text(why, buf_string(&ran.out), "......|...");
	assert_int_equal(ran.status, 0);
}

static void a_broken_page_is_said_once_and_the_program_runs(void **state)
{
	(void)state;
	const char *rule = "size=96", *page;
	assert_refused(unit_path("nothing"), "cannot be opened");
	assert_refused(unit_dir, "cannot be opened");
	assert_int_equal(symlink(make_page(rule, 1), unit_path("link")), 0);
	assert_refused(unit_path("link"), "cannot be opened");
	assert_refused("", "cannot be opened");
	assert_refused(unit_file("text", "text"), "cannot be mapped");
	page = make_page(rule, 1);
	assert_int_equal(truncate(page, sizeof(struct alloc_page) + 1), 0);
	assert_refused(page, "cannot be mapped");
	assert_int_equal(mkfifo(unit_path("fifo"), 0600), 0);
	assert_refused(unit_path("fifo"), "cannot be mapped");
	page = make_page(rule, 1);
	change_page(page, offsetof(struct alloc_page, magic), 0x6c6c6163);
	assert_refused(page, "is not a page of this version");
	page = make_page(rule, 1);
	change_page(page, offsetof(struct alloc_page, rules_count), ALLOC_PAGE_RULES + 1);
	assert_refused(page, "is not a page of this version");
}

static void a_complaint_is_one_line_however_long_the_path(void **state)
{
	(void)state;
	char path[2000];
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	run_with_page(path, "malloc:96x3");
	assert_string_equal(buf_string(&ran.out), "...");
	assert_int_equal(ran.err.length, strlen(buf_string(&ran.err)));
	assert_int_equal(strcspn(buf_string(&ran.err), "\n"), ran.err.length - 1);
}

static void without_a_page_nothing_is_said_or_done(void **state)
{
	(void)state;
	run_with_page(NULL, "malloc:96x3 fork malloc:96x3");
	assert_string_equal(buf_string(&ran.out), "......|...");
	assert_string_equal(buf_string(&ran.err), "");
}

static void a_page_that_makes_no_sense_does_not_crash_the_program(void **state)
{
	(void)state;
	const char *page = make_page("size=96", 1);
	change_page(page, offsetof(struct alloc_page, rules[0].nth_step), 0);
	change_page(page, offsetof(struct alloc_page, events_count), UINT32_MAX - 1);
	change_page(page, offsetof(struct alloc_page, processes_count), 3);
	run_with_page(page, "malloc:96x3");
	assert_int_equal(ran.status, 0);
	assert_int_equal(strspn(buf_string(&ran.out), ".x"), 3);
}

/* ---- the harness's side ---- */

static void a_page_holds_the_rules_as_they_were_written(void **state)
{
	(void)state;
	const char *path = make_page("nth=2..9+3,size=10..20,times=4,probability=25%,comm=vips*;nth=3", 5);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(st.st_size, sizeof(struct alloc_page));
	read_page(path);
	const struct alloc_page_rule *rule = &ran.page.rules[0];
	assert_true(ran.page.magic == ALLOC_PAGE_MAGIC);
	assert_int_equal(ran.page.rules_count, 2);
	assert_int_equal(rule->nth_first, 2);
	assert_int_equal(rule->nth_last, 9);
	assert_int_equal(rule->nth_step, 3);
	assert_int_equal(rule->size_first, 10);
	assert_int_equal(rule->size_end, 20);
	assert_int_equal(rule->times, 4);
	assert_true(rule->chance == UINT64_C(1) << 62);
	assert_string_equal(rule->comm, "vips*");
	rule++;
	assert_int_equal(rule->nth_last, 3);
	assert_true(rule->size_first == 0 && rule->size_end == UINT64_MAX && rule->times == UINT64_MAX);
	assert_true(rule->chance == UINT64_MAX && !rule->comm[0] && rule->key != rule[-1].key);
	assert_int_equal(ran.outcome.processes + ran.outcome.allocations + fired() + ran.outcome.events_count, 0);
}

static void a_page_is_never_made_over_something(void **state)
{
	(void)state;
	struct err err = {0};
	char wanted[PATH_MAX + 100];
	const char *path = unit_file("mine", "mine");
	assert_int_equal(schedule_make(path, 1, NULL, 0, &err), -EEXIST);
	snprintf(wanted, sizeof wanted, "%s: the page of the allocation shim cannot be made: File exists", path);
	assert_string_equal(err.text, wanted);
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 4);
}

static void what_a_stranger_left_in_the_page_misleads_but_does_not_crash(void **state)
{
	(void)state;
	struct err err = {0};
	struct schedule_outcome outcome;
	struct buf text = {0};
	const char *path = unit_file("short", "short");
	char wanted[PATH_MAX + 100];
	snprintf(wanted, sizeof wanted, "%s: the page of the allocation shim cannot be read", path);
	assert_int_equal(schedule_read(path, &outcome, &err), -EIO);
	assert_string_equal(err.text, wanted);
	assert_int_equal(schedule_read(unit_path("nowhere"), &outcome, &err), -EIO);
	path = make_page("", 1);
	assert_int_equal(symlink(path, unit_path("to-page")), 0);
	assert_int_equal(schedule_read(unit_path("to-page"), &outcome, &err), -EIO);
	memset(&ran.page, 0xff, sizeof ran.page);
	ran.page.events[1].complete = 0; /* a subject that was killed while it wrote */
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, &ran.page, sizeof ran.page), sizeof ran.page);
	close(fd);
	assert_int_equal(schedule_read(path, &outcome, &err), 0);
	assert_int_equal(outcome.events_count, 32);
	assert_int_equal(outcome.programs_count, 1);
	assert_int_equal(strnlen(outcome.programs[0].comm, 16), 15);
	assert_int_equal(strnlen(outcome.programs[0].program, 64), 63);
	assert_int_equal(strnlen(outcome.own_malloc_program, 64), 63);
	for (uint32_t i = 0; i < outcome.events_count; i++) {
		assert_int_equal(outcome.events[i].complete, UINT32_MAX);
		assert_int_equal(strnlen(outcome.events[i].module, 48), 47);
		assert_int_equal(strnlen(outcome.events[i].program, 64), 63);
		assert_string_equal(schedule_function_name(outcome.events[i].function), "?");
		assert_string_equal(schedule_phase_name(outcome.events[i].phase), "?");
		assert_int_equal(outcome.events[i].frames_count, ALLOC_EVENT_FRAMES);
		assert_null(schedule_module(&outcome, outcome.events[i].frames[ALLOC_EVENT_FRAMES - 1]));
		schedule_event_stack(&outcome, &outcome.events[i], &text);
	}
	assert_int_equal(outcome.divergences_count, COUNT_OF(outcome.divergences));
	assert_int_equal(strncmp(buf_string(&text), "?+0xffffffffffff <- ?", 21), 0);
	buf_free(&text);
}

/* By the definition: * any run of characters, ? any one. */
static bool slowly_matches(const char *pattern, const char *name)
{
	if (!*pattern)
		return !*name;
	if (*pattern == '*')
		return slowly_matches(pattern + 1, name) || (*name && slowly_matches(pattern, name + 1));
	return *name && (*pattern == '?' || *pattern == *name) && slowly_matches(pattern + 1, name + 1);
}

static void names_of_programs_match_as_a_slow_matcher_says(void **state)
{
	(void)state;
	unsigned matched = 0;
	for (unsigned n = 0; n < 20000; n++) {
		char pattern[8] = "", name[8] = "";
		for (size_t i = 0, length = unit_drawn(1, n, 0, 7); i < length; i++)
			pattern[i] = "ab*?"[unit_drawn(1, n, 10 + i, 4)];
		for (size_t i = 0, length = unit_drawn(1, n, 1, 7); i < length; i++)
			name[i] = "ab"[unit_drawn(1, n, 20 + i, 2)];
		bool wanted = slowly_matches(pattern, name);
		if (alloc_page_comm_matches(pattern, name) != wanted)
			fail_msg("'%s' and '%s': not %d", pattern, name, wanted);
		matched += wanted;
	}
	assert_in_range(matched, 1000, 15000);
}

/* Published outputs of SplitMix64 for the seeds 0 and 1234567. */
static void draws_are_those_of_splitmix64(void **state)
{
	(void)state;
	assert_true(alloc_page_draw(0, 1) == UINT64_C(0xe220a8397b1dcdaf));
	assert_true(alloc_page_draw(1234567, 1) == UINT64_C(6457827717110365317));
	assert_true(alloc_page_draw(1234567, 2) == UINT64_C(3203168211198807973));
	assert_true(alloc_page_draw(1234567, 5) == UINT64_C(16408922859458223821));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_function_fails_at_the_third_call_and_only_there),
		cmocka_unit_test(ordinals_and_times_choose_among_the_calls),
		cmocka_unit_test(sizes_are_half_open_and_are_those_of_whole_arrays),
		cmocka_unit_test(what_cannot_fail_and_what_fails_by_itself_is_left_alone),
		cmocka_unit_test(without_a_size_all_allocations_of_the_process_count),
		cmocka_unit_test(two_rules_count_each_for_itself_and_the_first_is_named),
		cmocka_unit_test(chances_are_the_same_for_ever_and_as_the_page_says),
		cmocka_unit_test(chances_keep_their_promise),
		cmocka_unit_test(rules_for_one_program_leave_others_alone),
		cmocka_unit_test(the_module_is_told_by_the_end_of_its_name),
		cmocka_unit_test(a_failure_tells_its_whole_stack),
		cmocka_unit_test(a_stack_has_the_same_name_wherever_the_program_lies),
		cmocka_unit_test(rules_by_stack_count_the_allocations_of_that_stack),
		cmocka_unit_test(ordinals_are_those_of_the_process),
		cmocka_unit_test(an_ordinal_with_another_stack_is_not_struck_and_told),
		cmocka_unit_test(processes_are_told_by_their_program_and_number),
		cmocka_unit_test(phases_are_told),
		cmocka_unit_test(counts_survive_the_end_of_the_process),
		cmocka_unit_test(a_forked_child_counts_for_itself),
		cmocka_unit_test(an_executed_program_counts_anew),
		cmocka_unit_test(threads_count_together_and_none_too_many_fail),
		cmocka_unit_test(children_of_a_busy_process_are_not_held_up),
		cmocka_unit_test(allocations_before_libc_has_begun_do_not_disarm_the_shim),
		cmocka_unit_test(a_program_with_its_own_malloc_is_told_from_one_that_does_not_allocate),
		cmocka_unit_test(processes_beyond_the_room_are_unharmed),
		cmocka_unit_test(there_is_room_for_the_processes_of_a_script),
		cmocka_unit_test(who_allocated_is_told_by_the_names_that_rules_go_by),
		cmocka_unit_test(of_many_programs_those_with_most_allocations_are_told),
		cmocka_unit_test(failures_beyond_the_room_are_counted),
		cmocka_unit_test(a_broken_page_is_said_once_and_the_program_runs),
		cmocka_unit_test(a_complaint_is_one_line_however_long_the_path),
		cmocka_unit_test(without_a_page_nothing_is_said_or_done),
		cmocka_unit_test(a_page_that_makes_no_sense_does_not_crash_the_program),
		cmocka_unit_test(a_page_holds_the_rules_as_they_were_written),
		cmocka_unit_test(a_page_is_never_made_over_something),
		cmocka_unit_test(what_a_stranger_left_in_the_page_misleads_but_does_not_crash),
		cmocka_unit_test(names_of_programs_match_as_a_slow_matcher_says),
		cmocka_unit_test(draws_are_those_of_splitmix64),
	};
	int failed = cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
	buf_free(&ran.out);
	buf_free(&ran.err);
	return failed;
}

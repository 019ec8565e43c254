/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The map of all stacks that the allocation shim makes, whatever the program does meanwhile. */
#include "alloc_run.h"

#include "faults/alloc/map.h"

#include <sys/statvfs.h>

static struct alloc_map recorded;

/* A map of that depth for the next runs. */
static void make_map(unsigned depth)
{
	static unsigned number;
	static char path[PATH_MAX + 300];
	char name[20];
	struct err err = {0};
	snprintf(name, sizeof name, "map-%u", ++number);
	strcpy(path, unit_path(name));
	if (schedule_map_make(path, depth, &err) < 0)
		fail_msg("%s", err.text);
	map_path = path;
}

static void read_map(void)
{
	struct err err = {0};
	alloc_map_free(&recorded);
	if (schedule_map_read(map_path, &recorded, &err) < 0)
		fail_msg("%s", err.text);
}

/* Both tell the same number of allocations, and whatever the map has room for is in it. */
static void map_probe_at(unsigned depth, const char *words)
{
	make_map(depth);
	run_seeded("", 1, words);
	assert_string_equal(buf_string(&ran.err), "");
	read_map();
	uint64_t all = 0;
	for (uint32_t i = 0; i < recorded.images_count; i++) {
		const struct alloc_map_image *image = &recorded.images[i];
		uint64_t counted = 0;
		for (uint32_t n = 0; n < image->stacks_count; n++)
			counted += image->stacks[n].count;
		all += image->allocations;
		assert_int_equal(counted, image->allocations);
		assert_int_equal(image->points_count, image->allocations);
		assert_int_equal(image->unrecorded + image->unplaced, 0);
	}
	assert_int_equal(all, ran.outcome.allocations);
	assert_int_equal(recorded.unmapped, 0);
}

static void map_probe(const char *words, const char *wanted)
{
	map_probe_at(ALLOC_DEPTH, words);
	unit_same_text(words, buf_string(&ran.out), wanted);
}

/* The image's stack whose first allocation has that size; one that nobody has where there is none. */
static const struct alloc_map_stack *stack_of_size(const struct alloc_map_image *image, uint64_t size)
{
	static const struct alloc_map_stack none;
	for (uint32_t i = 0; i < image->stacks_count; i++)
		if (image->stacks[i].size == size)
			return &image->stacks[i];
	return &none;
}

static uint64_t points_of_size(const struct alloc_map_image *image, uint64_t size)
{
	uint64_t count = 0;
	for (uint64_t i = 0; i < image->points_count; i++)
		count += image->points[i].recorded && image->points[i].size == size;
	return count;
}

/* ---- what is recorded ---- */

static void every_allocation_has_its_stack_and_size(void **state)
{
	(void)state;
	struct buf text = {0};
	map_probe("malloc:96x3 posix_memalign:50x2 malloc:97x1", "......");
	assert_int_equal(recorded.images_count, 1);
	const struct alloc_map_image *image = &recorded.images[0];
	assert_string_equal(image->program, "alloc_probe");
	assert_false(image->threaded);
	assert_int_equal(image->number, 1);
	assert_int_equal(image->pid, ran.page.processes[0].pid);
	const struct alloc_map_stack *plain = stack_of_size(image, 96), *aligned = stack_of_size(image, 50);
	assert_int_equal(plain->count, 4);
	assert_int_equal(plain->last - plain->first, 5);
	assert_int_equal(aligned->count, 2);
	assert_int_equal(aligned->first, plain->first + 3);
	assert_int_equal(aligned->function, ALLOC_POSIX_MEMALIGN);
	assert_int_equal(plain->phase, ALLOC_IN_MAIN);
	static const uint64_t sizes[] = {96, 96, 96, 50, 50, 97};
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const struct alloc_map_point *point = &image->points[plain->first - 1 + i];
		assert_int_equal(point->size, sizes[i]);
		assert_ptr_equal(&image->stacks[point->stack], sizes[i] == 50 ? aligned : plain);
	}
	alloc_map_stack_text(&recorded, plain, &text);
	assert_non_null(strstr(buf_string(&text), "alloc_probe+0x"));
	assert_non_null(strstr(buf_string(&text), " <- libc.so.6+0x"));
	assert_null(strstr(buf_string(&text), "ordeal"));
	assert_int_equal(alloc_map_module(&recorded, plain->frames[0])[0], '/');
	buf_free(&text);
}

/* Hash, count, first and last of each, in one number. */
static uint64_t sum_of_image(const struct alloc_map_image *image)
{
	uint64_t sum = image->stacks_count;
	for (uint32_t i = 0; i < image->stacks_count; i++) {
		const struct alloc_map_stack *stack = &image->stacks[i];
		sum = alloc_page_mix(sum ^ stack->hash) + stack->count * 3 + stack->first * 5 + stack->last * 7;
	}
	return sum;
}

static void the_map_is_the_same_in_each_run(void **state)
{
	(void)state;
	uint64_t first = 0;
	for (int i = 0; i < 5; i++) {
		map_probe("malloc:96x3 calloc:50x2 regrow:40x2 late:3 malloc:96x1", "........");
		const struct alloc_map_stack *stack = stack_of_size(&recorded.images[0], 99);
		assert_int_equal(stack->count, 3);
		uint64_t sum = stack->hash + stack_of_size(&recorded.images[0], 40)->hash;
		assert_true(!first || sum == first);
		first = sum;
	}
	for (int i = 0; i < 5; i++) {
		map_probe("malloc:96x3 calloc:50x2 regrow:40x2 malloc:96x1", "........");
		assert_true(!i || sum_of_image(&recorded.images[0]) == first);
		first = sum_of_image(&recorded.images[0]);
	}
}

static void stacks_are_as_deep_as_the_map_says(void **state)
{
	(void)state;
	map_probe("deep:96x20 deep:97x21", "..");
	const struct alloc_map_stack *deep = stack_of_size(&recorded.images[0], 96);
	assert_true(deep->frames_count > 22 && deep->frames_count < 40);
	assert_true(stack_of_size(&recorded.images[0], 97)->hash != deep->hash);
	map_probe("deep:96x500 deep:97x501", "..");
	assert_int_equal(stack_of_size(&recorded.images[0], 96)->frames_count, 64);
	assert_int_equal(stack_of_size(&recorded.images[0], 97)->count, 0); /* the same */
	map_probe_at(3, "deep:96x20 deep:97x21");
	assert_int_equal(stack_of_size(&recorded.images[0], 96)->frames_count, 3);
	assert_int_equal(stack_of_size(&recorded.images[0], 96)->count, 2);
	assert_int_equal(alloc_hash_depth(stack_of_size(&recorded.images[0], 96)->hash), 3);
	map_probe_at(ALLOC_DEPTH_MAX, "deep:96x500");
	assert_int_equal(stack_of_size(&recorded.images[0], 96)->frames_count, ALLOC_DEPTH_MAX);
}

static void what_the_map_names_a_rule_strikes(void **state)
{
	(void)state;
	const char *words = "malloc:96x3 posix_memalign:50x2 memalign:97x2";
	for (unsigned depth = 4; depth <= ALLOC_DEPTH_MAX; depth += ALLOC_DEPTH_MAX - 4) {
		map_probe_at(depth, words);
		map_path = NULL;
		const struct alloc_map_image *image = &recorded.images[0];
		for (uint32_t i = 0; i < image->stacks_count; i++) {
			char rule[200];
			const struct alloc_map_stack *stack = &image->stacks[i];
			snprintf(rule, sizeof rule, "program=alloc_probe,process=1,ordinal=%llu,stack=%016llx",
				 (unsigned long long)stack->last, (unsigned long long)stack->hash);
			run_seeded(rule, 1, words);
			assert_int_equal(fired(), 1);
			assert_int_equal(ran.outcome.diverged, 0);
			assert_true(ran.outcome.events[0].stack == stack->hash);
			assert_int_equal(ran.outcome.events[0].ordinal, stack->last);
		}
	}
}

static void what_comes_before_main_and_after_it_is_labelled(void **state)
{
	(void)state;
	probe_file = "alloc_probe_phases";
	map_probe("malloc:97x1 fork", ".|");
	probe_file = "alloc_probe";
	assert_int_equal(recorded.images_count, 2);
	const struct alloc_map_image *image = &recorded.images[0], *child = &recorded.images[1];
	assert_int_equal(stack_of_size(image, 96)->phase, ALLOC_BEFORE_MAIN);
	assert_int_equal(stack_of_size(image, 97)->phase, ALLOC_IN_MAIN);
	assert_int_equal(stack_of_size(image, 98)->phase, ALLOC_AT_EXIT);
	assert_int_equal(alloc_map_phase(image, image->main_from - 1), ALLOC_BEFORE_MAIN);
	assert_int_equal(alloc_map_phase(image, image->exit_from), ALLOC_AT_EXIT);
	assert_int_equal(stack_of_size(child, 98)->phase, ALLOC_AT_EXIT);
	assert_int_equal(stack_of_size(child, 98)->first, 1);
}

/* ---- processes and threads ---- */

static void each_image_is_recorded_by_itself(void **state)
{
	(void)state;
	map_probe("malloc:96x2 fork malloc:97x1 exec malloc:98x1", "...." /* child */ "|" "..");
	assert_int_equal(recorded.images_count, 4);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(recorded.images[i].number, i + 1);
	assert_int_equal(points_of_size(&recorded.images[0], 96), 2);
	assert_int_equal(points_of_size(&recorded.images[0], 97), 1);
	assert_int_equal(points_of_size(&recorded.images[1], 96), 0);
	assert_int_equal(points_of_size(&recorded.images[1], 97), 1);
	assert_int_equal(recorded.images[1].main_from, 1);
	assert_int_equal(points_of_size(&recorded.images[2], 98), 1);
	assert_int_equal(points_of_size(&recorded.images[3], 98), 1);
	assert_true(stack_of_size(&recorded.images[1], 97)->hash == stack_of_size(&recorded.images[0], 96)->hash);
}

static void children_that_share_our_memory_leave_ours_alone(void **state)
{
	(void)state;
	static const char *const words[] = {"malloc:97x1 vfork malloc:97x2", "malloc:97x1 spawn malloc:97x2"};
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		map_probe(words[i], "...|..");
		assert_int_equal(recorded.images_count, 2);
		assert_int_equal(points_of_size(&recorded.images[0], 97), 3);
		assert_int_equal(points_of_size(&recorded.images[1], 97), 0);
		assert_int_equal(points_of_size(&recorded.images[1], 96), 2);
	}
}

static void threads_that_allocate_at_once_are_all_recorded(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		map_probe("threads:96x2000", "");
		assert_int_equal(stack_of_size(&recorded.images[0], 96)->count, 16000);
		assert_int_equal(points_of_size(&recorded.images[0], 96), 16000);
		assert_true(recorded.images[0].threaded);
	}
	make_map(ALLOC_DEPTH);
	run_seeded("", 1, "storm:60");
	read_map();
	assert_int_equal(ran.status, 0);
	assert_int_equal(recorded.images_count, 61);
	for (uint32_t i = 1; i < 61; i++)
		assert_int_equal(points_of_size(&recorded.images[i], 100), 1);
}

/* ---- odd programs ---- */

static void neither_files_nor_the_environment_are_needed_again(void **state)
{
	(void)state;
	map_probe("malloc:96x1 close bare malloc:97x2 fork malloc:98x1", "....|.");
	assert_int_equal(recorded.images_count, 2);
	assert_int_equal(points_of_size(&recorded.images[0], 97), 2);
	assert_int_equal(points_of_size(&recorded.images[1], 98), 1);
	/* What it executes then does not know of us. */
	map_probe("malloc:96x1 bare exec malloc:97x1", "..");
	assert_int_equal(recorded.images_count, 1);
}

static void a_killed_program_has_left_all(void **state)
{
	(void)state;
	map_probe_at(ALLOC_DEPTH, "malloc:97x700 kill");
	assert_true(WIFSIGNALED(ran.status));
	assert_int_equal(points_of_size(&recorded.images[0], 97), 700);
}

static void a_stripped_program_without_frame_pointers_is_unwound(void **state)
{
	(void)state;
	probe_file = "alloc_probe_stripped";
	map_probe("posix_memalign:96x1 deep:97x10", "..");
	probe_file = "alloc_probe";
	assert_true(stack_of_size(&recorded.images[0], 96)->frames_count >= 4);
	assert_true(stack_of_size(&recorded.images[0], 97)->frames_count >= 12);
}

/* The constructor runs within dlopen(), while others allocate; the module is another one each time for the dynamic linker. */
static void libraries_that_come_and_go_are_named(void **state)
{
	(void)state;
	struct buf text = {0};
	map_probe("late:200", "");
	const struct alloc_map_stack *late = stack_of_size(&recorded.images[0], 99);
	assert_int_equal(late->count, 200);
	alloc_map_stack_text(&recorded, late, &text);
	assert_int_equal(strncmp(buf_string(&text), "alloc_late.so+0x", 16), 0);
	assert_non_null(strstr(buf_string(&text), "ld-linux"));
	buf_free(&text);
}

/* In front of an allocator that may be entered anew in a signal handler ours is not what breaks it. */
static void a_handler_that_allocates_holds_nobody_up(void **state)
{
	(void)state;
	behind_shim = "alloc_own.so";
	make_map(ALLOC_DEPTH);
	run_seeded("size=1..2", 1, "signals:300");
	behind_shim = NULL;
	read_map();
	assert_int_equal(ran.status, 0);
	assert_string_equal(buf_string(&ran.out), "");
	const struct alloc_map_image *image = &recorded.images[0];
	assert_true(points_of_size(image, 16) >= 300);
	assert_int_equal(image->unrecorded + image->unplaced, 0);
	assert_int_equal(image->allocations, ran.outcome.allocations);
}

static void programs_of_cpp_are_recorded(void **state)
{
	(void)state;
	probe_file = "/usr/bin/apt-config";
	if (access(probe_file, X_OK) != 0) {
		probe_file = "alloc_probe";
		skip();
	}
	map_probe_at(ALLOC_DEPTH, "dump");
	probe_file = "alloc_probe";
	bool by_new = false;
	for (uint32_t i = 0; i < recorded.images[0].stacks_count; i++) {
		const char *module = alloc_map_module(&recorded, recorded.images[0].stacks[i].frames[0]);
		by_new |= module && strstr(module, "libstdc++.so");
	}
	assert_true(by_new);
	assert_string_equal(recorded.images[0].program, "apt-config");
}

static void programs_that_do_not_load_the_shim_are_not_counted(void **state)
{
	(void)state;
	char probe[PATH_MAX];
	if (access(beside_us("alloc_probe_static", probe), X_OK) == 0) {
		probe_file = "alloc_probe_static";
		map_probe("", ".");
		assert_int_equal(ran.outcome.processes, 0);
		assert_int_equal(recorded.images_count, 0);
	}
	probe_file = "alloc_probe_own";
	map_probe("malloc:96x1", ".");
	assert_int_equal(ran.outcome.own_malloc, 1);
	assert_int_equal(recorded.images_count, 0);
	probe_file = "alloc_probe";
}

static void setuid_programs_are_not_counted(void **state)
{
	(void)state;
	struct statvfs fs;
	if (geteuid() != 0 || statvfs(unit_dir, &fs) != 0 || fs.f_flag & ST_NOSUID)
		skip();
	probe_file = copy_of_probe("setuid");
	assert_int_equal(chmod(unit_dir, 0755), 0);
	assert_int_equal(chmod(probe_file, 04755), 0);
	make_map(ALLOC_DEPTH);
	run_as = 65534;
	run_seeded("", 1, "malloc:96x1");
	run_as = 0;
	assert_string_equal(buf_string(&ran.out), ".");
	assert_int_equal(ran.outcome.processes, 0);
	probe_file = "alloc_probe";
}

/* ---- bounds, and files that are none ---- */

static void change_map(size_t at, uint32_t value)
{
	change_page(map_path, at, value);
}

static void what_finds_no_room_is_counted(void **state)
{
	(void)state;
	make_map(ALLOC_DEPTH);
	change_map(offsetof(struct alloc_map_file, chunks_count), ALLOC_MAP_CHUNKS - 1);
	run_seeded("", 1, "malloc:96x2000");
	read_map();
	assert_int_equal(recorded.images[0].unrecorded, recorded.images[0].allocations - ALLOC_MAP_POINTS);
	assert_int_equal(recorded.images[0].points_count, ALLOC_MAP_POINTS);
	assert_int_equal(stack_of_size(&recorded.images[0], 96)->count, 2000);
	make_map(ALLOC_DEPTH);
	change_map(offsetof(struct alloc_map_file, stacks_count), ALLOC_MAP_STACKS - 1);
	run_seeded("", 1, "malloc:96x5 posix_memalign:96x5");
	read_map();
	assert_int_equal(recorded.images[0].stacks_count, 1);
	assert_int_equal(recorded.images[0].unplaced + recorded.images[0].stacks[0].count, recorded.images[0].allocations);
	assert_int_equal(points_of_size(&recorded.images[0], 96), 10);
	assert_int_equal(recorded.images[0].points[recorded.images[0].points_count - 1].stack, ALLOC_MAP_NO_STACK);
	make_map(ALLOC_DEPTH);
	change_map(offsetof(struct alloc_map_file, frames_count), ALLOC_MAP_FRAMES - 2);
	run_seeded("", 1, "malloc:96x5");
	read_map();
	assert_int_equal(recorded.images[0].unplaced, recorded.images[0].allocations);
	make_map(ALLOC_DEPTH);
	change_map(offsetof(struct alloc_map_file, processes_count), ALLOC_MAP_PROCESSES - 1);
	run_seeded("nth=2,size=96", 1, "malloc:96x2 fork malloc:96x2");
	read_map();
	assert_string_equal(buf_string(&ran.out), ".x.x|.."); /* rules strike all the same */
	assert_int_equal(recorded.unmapped, 1);
	assert_int_equal(recorded.images_count, 1);
}

static void a_broken_map_is_said_once_and_the_rules_stand(void **state)
{
	(void)state;
	char line[PATH_MAX + 400];
	static const char *const why[] = {"cannot be opened", "cannot be mapped", "is not a map of this version",
					  "is not a map of this version"};
	for (size_t i = 0; i < COUNT_OF(why); i++) {
		make_map(ALLOC_DEPTH);
		if (i == 0)
			assert_int_equal(unlink(map_path), 0);
		else if (i == 1)
			assert_int_equal(truncate(map_path, 4096), 0);
		else
			change_map(i == 2 ? 0 : offsetof(struct alloc_map_file, depth), ALLOC_DEPTH_MAX + 1);
		run_seeded("nth=2,size=96", 1, "malloc:96x3 fork malloc:96x1");
		snprintf(line, sizeof line, "ordeal-alloc: %s: %s: no allocation will be recorded\n", map_path, why[i]);
		unit_same_text(why[i], buf_string(&ran.err), line);
		unit_same_text(why[i], buf_string(&ran.out), ".x..|.");
	}
	map_path = NULL;
}

static void maps_are_made_of_sensible_depths_and_over_nothing(void **state)
{
	(void)state;
	struct err err = {0};
	alloc_map_free(&recorded);
	assert_int_equal(schedule_map_make(unit_path("shallow"), 0, &err), -EINVAL);
	assert_string_equal(err.text, "stacks of 0 frames cannot be recorded: 1 to 128");
	assert_int_equal(schedule_map_make(unit_path("shallow"), ALLOC_DEPTH_MAX + 1, &err), -EINVAL);
	assert_int_equal(schedule_map_make(unit_file("mine", "mine"), 64, &err), -EEXIST);
	assert_int_equal(schedule_map_read(unit_file("short", "short"), &recorded, &err), -EIO);
	assert_int_equal(schedule_map_read(unit_path("nowhere"), &recorded, &err), -EIO);
	assert_int_equal(recorded.images_count, 0);
	make_map(1);
	struct stat st;
	assert_int_equal(stat(map_path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_true(st.st_blocks < 64);
}

/* Every array's beginning, and the head, spoilt by draws; the reader says something or other. */
static void what_a_stranger_left_in_the_map_does_not_crash_the_reader(void **state)
{
	(void)state;
	static const size_t parts[] = {
		offsetof(struct alloc_map_file, depth),	   offsetof(struct alloc_map_file, modules),
		offsetof(struct alloc_map_file, processes), offsetof(struct alloc_map_file, stacks),
		offsetof(struct alloc_map_file, frames),   offsetof(struct alloc_map_file, chunks),
	};
	struct err err = {0};
	for (unsigned n = 0; n < 12; n++) {
		map_probe_at(ALLOC_DEPTH, "malloc:96x600 fork malloc:97x3");
		for (unsigned i = 0; i < 40; i++) {
			size_t part = parts[unit_drawn(3, n, i * 4, COUNT_OF(parts))];
			size_t at = part + 4 * unit_drawn(3, n, i * 4 + 1, part == parts[0] ? 5 : 64);
			uint64_t value = unit_drawn(3, n, i * 4 + 2, 4) ? unit_drawn(3, n, i * 4 + 3, 5000) : UINT32_MAX;
			change_map(at, (uint32_t)value);
		}
		alloc_map_free(&recorded);
		assert_int_equal(schedule_map_read(map_path, &recorded, &err), 0);
		for (uint32_t i = 0; i < recorded.images_count; i++) {
			const struct alloc_map_image *image = &recorded.images[i];
			for (uint32_t s = 0; s < image->stacks_count; s++)
				for (uint32_t f = 0; f < image->stacks[s].frames_count; f++)
					alloc_map_module(&recorded, image->stacks[s].frames[f]);
			for (uint64_t p = 0; p < image->points_count; p++)
				assert_true(image->points[p].stack == ALLOC_MAP_NO_STACK || image->points[p].stack < image->stacks_count);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_has_its_stack_and_size),
		cmocka_unit_test(the_map_is_the_same_in_each_run),
		cmocka_unit_test(stacks_are_as_deep_as_the_map_says),
		cmocka_unit_test(what_the_map_names_a_rule_strikes),
		cmocka_unit_test(what_comes_before_main_and_after_it_is_labelled),
		cmocka_unit_test(each_image_is_recorded_by_itself),
		cmocka_unit_test(children_that_share_our_memory_leave_ours_alone),
		cmocka_unit_test(threads_that_allocate_at_once_are_all_recorded),
		cmocka_unit_test(neither_files_nor_the_environment_are_needed_again),
		cmocka_unit_test(a_killed_program_has_left_all),
		cmocka_unit_test(a_stripped_program_without_frame_pointers_is_unwound),
		cmocka_unit_test(libraries_that_come_and_go_are_named),
		cmocka_unit_test(a_handler_that_allocates_holds_nobody_up),
		cmocka_unit_test(programs_of_cpp_are_recorded),
		cmocka_unit_test(programs_that_do_not_load_the_shim_are_not_counted),
		cmocka_unit_test(setuid_programs_are_not_counted),
		cmocka_unit_test(what_finds_no_room_is_counted),
		cmocka_unit_test(a_broken_map_is_said_once_and_the_rules_stand),
		cmocka_unit_test(maps_are_made_of_sensible_depths_and_over_nothing),
		cmocka_unit_test(what_a_stranger_left_in_the_map_does_not_crash_the_reader),
	};
	int failed = cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
	alloc_map_free(&recorded);
	buf_free(&ran.out);
	buf_free(&ran.err);
	return failed;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Points: numbered by file and operation, whatever stands between them; two runs held against each other. */
#include "unit.h"

#include "fusefs/trace.h"
#include "harness/sweep/points.h"

#include <fcntl.h>

static struct trace trace;
static struct err err;
static int fd = -1;

static void begin_of(uint64_t size)
{
	const char *path = unit_path("trace");
	unlink(path);
	trace = (struct trace){0};
	if (trace_open(&trace, path, size, false, &err) != 0)
		fail_msg("%s", err.text);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
}

static void begin(void)
{
	begin_of(WIRE_TRACE_SIZE_MIN);
}

static void record(enum op op, const char *volume, const char *path, int result)
{
	struct wire_trace_record r = {.path = trace_name(&trace, volume, path), .op = (uint8_t)op, .length = 512, .result = result};
	trace_add(&trace, &r);
}

static struct points taken(void)
{
	struct points points;
	if (points_read(fd, 0, &points, &err) != 0)
		fail_msg("%s", err.text);
	trace_close(&trace);
	close(fd);
	return points;
}

static void expect(const struct points *points, size_t index, const char *path, enum op op, uint32_t nth)
{
	assert_true(index < points->list.count);
	const struct point *p = &points->list.at[index];
	assert_string_equal(p->path, path);
	assert_int_equal(p->op, op);
	assert_int_equal(p->nth, nth);
}

static void each_file_and_operation_counts_for_itself(void **state)
{
	(void)state;
	begin();
	record(OP_open, "in", "a", 0);
	record(OP_read, "in", "a", 100);
	record(OP_read, "in", "b", 100);
	record(OP_read, "out", "a", 100);
	record(OP_read, "in", "a", -EIO);
	record(OP_open, "in", "a", 0);
	struct points points = taken();
	assert_int_equal(points.list.count, 6);
	expect(&points, 0, "a", OP_open, 1);
	expect(&points, 1, "a", OP_read, 1);
	expect(&points, 2, "b", OP_read, 1);
	expect(&points, 3, "a", OP_read, 1);
	expect(&points, 4, "a", OP_read, 2);
	expect(&points, 5, "a", OP_open, 2);
	assert_string_equal(points.list.at[3].volume, "out");
	assert_int_equal(points.list.at[4].result, -EIO);
	assert_int_equal(points.lost + points.unnameable, 0);
	points_free(&points);
}

static void what_no_rule_could_say_is_counted_and_left_out(void **state)
{
	(void)state;
	begin();
	record(OP_read, "in", "caf\xc3\xa9", 1);
	record(OP_read, "in", "caf\xe9", 1);
	record(OP_read, "", "a", 1);
	record(OP_read, "in", "caf\xc3\xa9", 1);
	struct points points = taken();
	assert_int_equal(points.list.count, 2);
	expect(&points, 1, "caf\xc3\xa9", OP_read, 2);
	assert_int_equal(points.unnameable, 1);
	points_free(&points);
}

static void the_end_of_a_listing_is_no_point(void **state)
{
	(void)state;
	begin();
	struct wire_trace_record r = {.path = trace_name(&trace, "in", "."), .op = OP_readdir, .result = 3};
	trace_add(&trace, &r);
	r.offset = 3;
	r.result = 0;
	trace_add(&trace, &r);
	r.offset = 0; /* but an empty directory's only one is */
	trace_add(&trace, &r);
	struct points points = taken();
	assert_int_equal(points.list.count, 2);
	expect(&points, 1, ".", OP_readdir, 2);
	points_free(&points);
}

static void both_names_of_a_rename_are_known(void **state)
{
	(void)state;
	begin();
	struct wire_trace_record r = {.path = trace_name(&trace, "out", "a.tmp"), .op = OP_rename, .flags = WIRE_TRACE_TWO_NAMES};
	r.offset = trace_name(&trace, "out", "a");
	trace_add(&trace, &r);
	struct points points = taken();
	assert_int_equal(points.list.count, 1);
	assert_string_equal(points.list.at[0].path2, "a");
	assert_int_equal(points.list.at[0].offset, 0);
	points_free(&points);
}

/* More kinds than the table of them begins with, and the last of each still finds the one before. */
static void many_files_are_told_apart(void **state)
{
	(void)state;
	char name[20];
	begin_of(1 << 20);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 1500; i++) {
			snprintf(name, sizeof name, "f%d", i);
			record(OP_lookup, "in", name, 0);
		}
	struct points points = taken();
	assert_int_equal(points.list.count, 3000);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(points.list.at[i].nth, 1 + i / 1500);
	points_free(&points);
}

static void what_the_ring_lost_is_told(void **state)
{
	(void)state;
	begin();
	uint64_t more = trace.capacity + 7;
	for (uint64_t i = 0; i < more; i++)
		record(OP_read, "in", "a", 1);
	struct points points = taken();
	assert_int_equal(points.lost, 7);
	points_free(&points);
}

static void what_is_no_trace_is_refused(void **state)
{
	(void)state;
	struct points points;
	fd = open(unit_file("text", "this is no trace\n"), O_RDONLY | O_CLOEXEC);
	assert_true(points_read(fd, 0, &points, &err) < 0 && err.text[0]);
	assert_int_equal(points.list.count, 0);
	close(fd);
}

/* What another run did not do depends on the schedule; that it did more is no matter, nor in which order. */
static void two_runs_are_compared(void **state)
{
	(void)state;
	begin();
	record(OP_read, "in", "a", 1);
	record(OP_read, "in", "a", 1);
	record(OP_read, "in", "b", 1);
	record(OP_open, "in", "c", 1);
	struct points first = taken();
	begin();
	record(OP_open, "in", "d", 1);
	record(OP_read, "in", "b", 1);
	record(OP_read, "in", "a", 9);
	struct points second = taken();
	assert_int_equal(points_compare(&first, &second), 2);
	assert_false(first.list.at[0].bound);
	assert_true(first.list.at[1].bound);
	assert_false(first.list.at[2].bound);
	assert_true(first.list.at[3].bound);
	struct points nothing = {0};
	assert_int_equal(points_compare(&first, &nothing), 4);
	assert_int_equal(points_compare(&nothing, &first), 0);
	points_free(&first);
	points_free(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_file_and_operation_counts_for_itself),
		cmocka_unit_test(what_no_rule_could_say_is_counted_and_left_out),
		cmocka_unit_test(the_end_of_a_listing_is_no_point),
		cmocka_unit_test(both_names_of_a_rename_are_known),
		cmocka_unit_test(many_files_are_told_apart),
		cmocka_unit_test(what_the_ring_lost_is_told),
		cmocka_unit_test(what_is_no_trace_is_refused),
		cmocka_unit_test(two_runs_are_compared),
	};
	return cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* The trace: what the server writes, the harness reads; what strangers write is refused. */
#include "unit.h"

#include "faults/ops.h"
#include "fusefs/trace.h"
#include "harness/trace_views.h"

#include <fcntl.h>

#define SIZE WIRE_TRACE_SIZE_MIN

static struct trace trace;
static struct trace_file *file;
static struct err err;

static void begin(const char *path)
{
	trace = (struct trace){0};
	if (trace_open(&trace, path, SIZE, false, &err) != 0)
		fail_msg("%s", err.text);
}

static void add(const char *path, uint64_t offset)
{
	struct wire_trace_record record = {.time_ns = offset * 1000, .offset = offset, .path = trace_name(&trace, "in", path), .op = 5};
	trace_add(&trace, &record);
}

static void open_file(const char *path)
{
	if (trace_file_open(path, &file, &err) != 0)
		fail_msg("%s", err.text);
}

/* ---- what was written ---- */

static void what_is_written_is_read(void **state)
{
	(void)state;
	const char *path = unit_path("t");
	struct trace_entry entry;
	begin(path);
	struct wire_trace_record record = {
		.time_ns = 1000, .latency_ns = 250, .offset = 4096, .length = 512, .service_ns = 200, .result = -5, .pid = 77, .op = 5, .flags = 1};
	record.path = trace_name(&trace, "in", "a/b.png");
	record.rule = trace_name(&trace, "", "bad");
	trace_add(&trace, &record);
	record.offset = trace_name(&trace, "out", "new");
	record.flags = WIRE_TRACE_TWO_NAMES;
	trace_add(&trace, &record);
	open_file(path); /* while it is being written */
	assert_int_equal(trace_file_next(file, &entry, &err), 1);
	assert_string_equal(entry.op, "read");
	assert_string_equal(entry.volume, "in");
	assert_string_equal(entry.path, "a/b.png");
	assert_string_equal(entry.rule, "bad");
	assert_null(entry.path2);
	assert_int_equal(entry.record.latency_ns, 250);
	assert_int_equal(trace_error(&entry), 5);
	assert_int_equal(trace_file_next(file, &entry, &err), 1);
	assert_string_equal(entry.volume2, "out");
	assert_string_equal(entry.path2, "new");
	assert_int_equal(trace_file_next(file, &entry, &err), 0);
	assert_int_equal(trace_file_tally(file).read, 2);
	trace_file_close(file);
	trace_close(&trace);
}

static void the_newest_stay_and_the_others_are_counted(void **state)
{
	(void)state;
	const char *path = unit_path("ring");
	struct trace_entry entry;
	begin(path);
	uint64_t count = trace.capacity * 2 + 5;
	for (uint64_t i = 0; i < count; i++)
		add("a", i);
	trace_close(&trace);
	open_file(path);
	uint64_t expected = count - trace.capacity;
	for (; trace_file_next(file, &entry, &err) == 1; expected++)
		assert_int_equal(entry.record.offset, expected);
	assert_int_equal(expected, count);
	assert_int_equal(trace_file_tally(file).overwritten, count - trace.capacity);
	assert_int_equal(trace_file_tally(file).torn, 0);
	trace_file_close(file);
}

/* Many times what the ring of names holds: a record that has just been written always has its name. */
static void names_are_written_again_before_they_are_lost(void **state)
{
	(void)state;
	const char *path = unit_path("names");
	struct trace_entry entry;
	char name[300];
	begin(path);
	open_file(path);
	uint64_t first = trace.names_head;
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "%0*d", 1 + i % 250, i);
		add(name, 0);
		add("always", 0);
	}
	assert_true(trace.names_head - first > 4 * trace.names_size);
	trace_file_close(file);
	open_file(path);
	uint64_t known = 0, always = 0;
	while (trace_file_next(file, &entry, &err) == 1) {
		known += strcmp(entry.path, "?") != 0;
		always += strcmp(entry.path, "always") == 0;
	}
	assert_true(always > 0 && known > always);
	assert_string_equal(entry.path, "always");
	trace_file_close(file);
	trace_close(&trace);
}

static void long_names_are_cut_and_harm_nothing(void **state)
{
	(void)state;
	const char *path = unit_path("long");
	static char name[20000];
	struct trace_entry entry;
	begin(path);
	memset(name, 'x', sizeof name - 1);
	for (int i = 0; i < 300; i++) {
		name[0] = (char)('a' + i % 26);
		add(name, 0);
	}
	open_file(path);
	while (trace_file_next(file, &entry, &err) == 1)
		assert_true(strcmp(entry.path, "?") == 0 || strlen(entry.path) == WIRE_TRACE_TEXT_MAX - 255);
	assert_int_equal(strlen(entry.path), WIRE_TRACE_TEXT_MAX - 255);
	trace_file_close(file);
	trace_close(&trace);
}

/* ---- what is half-written ---- */

static void patch(const char *path, off_t place, const void *bytes, size_t size)
{
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, size, place), size);
	close(fd);
}

static void half_written_records_are_left_out(void **state)
{
	(void)state;
	const char *path = unit_path("torn");
	struct trace_entry entry;
	begin(path);
	for (uint64_t i = 0; i < 64; i++)
		add("a", i);
	/* Each byte of a record is under the sum: one is changed in each of them. */
	for (size_t i = 0; i < 64; i++)
		if (i >= 4) { /* the first four say which record it is */
			off_t place = (off_t)(trace.records_offset + i * 64 + i);
			trace.map[place] = (char)(trace.map[place] ^ 0x55);
		}
	trace_close(&trace);
	open_file(path);
	for (uint64_t i = 0; i < 4; i++) {
		assert_int_equal(trace_file_next(file, &entry, &err), 1);
		assert_int_equal(entry.number, i);
	}
	assert_int_equal(trace_file_next(file, &entry, &err), 0);
	assert_int_equal(trace_file_tally(file).torn, 60);
	trace_file_close(file);
}

/* ---- whose file it is ---- */

static void what_is_no_trace_is_not_written_over(void **state)
{
	(void)state;
	const char *path = unit_file("precious", "my data\n");
	trace = (struct trace){0};
	assert_int_equal(trace_open(&trace, path, SIZE, false, &err), -EEXIST);
	assert_non_null(strstr(err.text, "is there, and no trace"));
	path = unit_path("own");
	begin(path);
	struct trace other = {0};
	assert_int_equal(trace_open(&other, path, SIZE, false, &err), -EBUSY);
	add("a", 1);
	trace_close(&trace);
	begin(path); /* one that nobody writes any more begins anew */
	open_file(path);
	struct trace_entry entry;
	assert_int_equal(trace_file_next(file, &entry, &err), 0);
	trace_file_close(file);
	trace_close(&trace);
	assert_true(trace_open(&trace, unit_path("no/such"), SIZE, false, &err) < 0);
}

/* The server goes on where somebody cuts its file short, and where he fills it with nonsense. */
static void a_file_that_is_cut_short_ends_nobody(void **state)
{
	(void)state;
	const char *path = unit_path("cut");
	begin(path);
	add("a", 1);
	memset(trace.map, 0xff, trace.size);
	for (uint64_t i = 0; i < 10000; i++)
		add("b", i);
	assert_int_equal(truncate(path, 0), 0);
	for (uint64_t i = 0; i < 10000; i++)
		add(i % 2 ? "a" : "b", i);
	assert_int_equal(trace.written, 20001);
	trace_close(&trace);
}

/* ---- files of strangers ---- */

static void refuses(const char *path, const char *what)
{
	if (trace_file_open(path, &file, &err) == 0) {
		trace_file_close(file);
		fail_msg("was taken, although it %s", what);
	}
	if (!strstr(err.text, what))
		fail_msg("got    %s\nwanted %s", err.text, what);
}

static void what_is_no_sound_trace_is_refused(void **state)
{
	(void)state;
#define AT(field) offsetof(struct wire_trace_header, field), sizeof(((struct wire_trace_header *)0)->field)
	static const struct {
		size_t place, size;
		uint64_t value;
		const char *what;
	} rows[] = {
		{0, 1, 'x', "is no trace"},
		{AT(version), 2, "another version"},
		{AT(endian), 0x04030201, "another byte order"},
		{AT(record_size), 0, "another version"},
		{AT(ops_count), 0, "so many kinds of operations"},
		{AT(ops_count), 65, "so many kinds of operations"},
		{AT(ops_count), 64, "an operation has no name"},
		{AT(names_size), 0, "names cannot be"},
		{AT(names_size), 65535, "names cannot be"},
		{AT(names_size), UINT64_MAX, "names cannot be"},
		{AT(names_offset), 0, "names cannot be"},
		{AT(names_offset), UINT64_MAX - 1, "names cannot be"},
		{AT(records_offset), 4096, "records cannot be"},
		{AT(records_offset), UINT64_MAX - 63, "records cannot be"},
		{AT(capacity), 0, "records cannot be"},
		{AT(capacity), UINT64_MAX, "records cannot be"},
		{AT(capacity), UINT64_C(1) << 58, "records cannot be"},
		{AT(capacity), 1 << 20, "cut short"},
		{offsetof(struct wire_trace_header, ops), 1, '\n', "an operation has no name"},
		{offsetof(struct wire_trace_header, ops[0][15]), 1, 0, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *path = unit_path("stranger");
		remove(path);
		begin(path);
		add("a", 1);
		trace_close(&trace);
		patch(path, (off_t)rows[i].place, &rows[i].value, rows[i].size);
		if (rows[i].what)
			refuses(path, rows[i].what);
		else {
			open_file(path);
			trace_file_close(file);
		}
	}
}

static void short_and_strange_files_are_refused(void **state)
{
	(void)state;
	const char *path = unit_path("short");
	begin(path);
	trace_close(&trace);
	assert_int_equal(truncate(path, SIZE - 1), 0);
	refuses(path, "cut short");
	assert_int_equal(truncate(path, 100), 0);
	refuses(path, "cut short");
	refuses(unit_file("empty", ""), "is no trace");
	refuses(unit_file("text", "hello\n"), "is no trace");
	refuses("/dev/zero", "no regular file");
	refuses("/dev", "no regular file");
	refuses(unit_path("nowhere"), "No such file");
}

/* Counts and numbers that no server writes: read in a bounded time, and nothing is believed. */
static void absurd_counts_cost_nothing(void **state)
{
	(void)state;
	const char *path = unit_path("absurd");
	const uint64_t written[] = {UINT64_MAX, UINT64_C(1) << 63, 3000};
	for (size_t i = 0; i < COUNT_OF(written); i++) {
		struct trace_entry entry;
		begin(path);
		add("a", 1);
		trace_close(&trace);
		patch(path, offsetof(struct wire_trace_header, written), &written[i], 8);
		open_file(path);
		uint64_t count = 0;
		while (trace_file_next(file, &entry, &err) == 1)
			count++;
		assert_true(count <= 1);
		trace_file_close(file);
	}
	/* Numbers of names that lead nowhere, or to what is no name. */
	begin(path);
	const uint32_t ids[] = {0, UINT32_MAX, 1, 2, 3, 4096, 8191, 8192};
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct wire_trace_record record = {.path = ids[i], .rule = ids[i], .op = 5, .result = INT32_MAX, .latency_ns = UINT64_MAX};
		trace_add(&trace, &record);
	}
	struct wire_trace_record bad = {.op = 200}, worse = {.op = 5, .result = INT32_MIN};
	trace_add(&trace, &bad);
	trace_add(&trace, &worse);
	trace_close(&trace);
	struct trace_entry entry;
	open_file(path);
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		assert_int_equal(trace_file_next(file, &entry, &err), 1);
		assert_string_equal(entry.path, "?");
	}
	assert_int_equal(trace_file_next(file, &entry, &err), 0);
	assert_int_equal(trace_file_tally(file).torn, 2);
	trace_file_close(file);
}

/* ---- all ways to look, at anything ---- */

/* Look at the file by one way, with what it says going nowhere. Returns how many operations there were. */
static uint64_t look(const char *path, const struct trace_view *view)
{
	struct trace_entry entry;
	uint64_t count = 0;
	if (trace_file_open(path, &file, &err) != 0)
		return 0;
	void *state = view->begin(3);
	assert_non_null(state);
	for (; trace_file_next(file, &entry, &err) == 1; count++)
		assert_int_equal(view->add(state, &entry), 0);
	struct trace_tally tally = trace_file_tally(file);
	view->end(state, &tally);
	trace_file_close(file);
	return count;
}

static uint64_t look_unheard(const char *path, const struct trace_view *view)
{
	fflush(stdout);
	int kept = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
	dup2(null, STDOUT_FILENO);
	uint64_t count = look(path, view);
	fflush(stdout);
	dup2(kept, STDOUT_FILENO);
	close(kept);
	close(null);
	return count;
}

/* Occurrences of a word in what a way to look tells. */
static uint64_t told_times(const char *path, const struct trace_view *view, const char *word)
{
	FILE *usual = stdout;
	char *text = NULL;
	size_t length;
	uint64_t count = 0;
	stdout = open_memstream(&text, &length);
	assert_non_null(stdout);
	look(path, view);
	fclose(stdout);
	stdout = usual;
	for (const char *at = text; (at = strstr(at, word)); at++)
		count++;
	free(text);
	return count;
}

/* A caller's lanes are looked through for each of its requests: with no bound to them, 130000 at the same time took 15 s. */
static void requests_at_the_same_time_have_lanes_of_their_own_up_to_a_bound(void **state)
{
	(void)state;
	static const struct {
		uint32_t requests, lanes;
	} rows[] = {{1, 1}, {2, 2}, {1024, 1024}, {1025, 1024}, {2000, 1024}};
	char path[PATH_MAX + 20];
	snprintf(path, sizeof path, "%s/lanes", unit_dir);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		remove(path);
		begin(path);
		for (uint32_t k = 0; k < rows[i].requests; k++) {
			struct wire_trace_record record = {.time_ns = k, .latency_ns = 1000000, .pid = 7, .op = 5};
			trace_add(&trace, &record);
		}
		struct wire_trace_record other = {.time_ns = 1, .latency_ns = 1000000, .pid = 8, .op = 5};
		trace_add(&trace, &other);
		trace_close(&trace);
		assert_int_equal(told_times(path, &trace_view_chrome, "\"ph\":\"X\""), rows[i].requests + 1);
		assert_int_equal(told_times(path, &trace_view_chrome, "\"name\":\"thread_name\""), rows[i].lanes + 1);
	}
}

/* A trace with a bit of everything in it. */
static void make_sample(const char *path)
{
	remove(path);
	begin(path);
	for (uint32_t i = 0; i < 300; i++) {
		char name[20];
		snprintf(name, sizeof name, "f%u\n\xff", i % 40);
		struct wire_trace_record record = {.time_ns = i * 500, .latency_ns = 1000 + i, .offset = i, .length = 7, .pid = i % 3,
						   .op = (uint8_t)(i % OP_COUNT), .result = i % 5 ? 7 : -2, .flags = (uint8_t)(i & 7)};
		record.path = trace_name(&trace, "in", name);
		record.rule = i % 4 ? 0 : trace_name(&trace, "", "rule");
		if (i % 11 == 0) {
			record.offset = trace_name(&trace, "in", "to");
			record.flags = WIRE_TRACE_TWO_NAMES;
		}
		trace_add(&trace, &record);
	}
	trace_close(&trace);
}

#define MUTANTS 400

/* Where a mutant of a trace differs: in the header, in the names, in the records, and by how much. A record's sum is put right again, so
 * that what it says is looked at. */
static void mutate(const char *path, uint64_t mutant)
{
	uint64_t records = trace.records_offset, names = trace.names_offset, head = trace.names_head;
	for (uint64_t change = 0; change <= mutant % 8; change++) {
		uint64_t part = unit_drawn(7, mutant, change * 4, 3);
		uint64_t place = part == 0   ? 8 + unit_drawn(7, mutant, change * 4 + 1, sizeof(struct wire_trace_header) - 8)
				 : part == 1 ? names + unit_drawn(7, mutant, change * 4 + 1, head)
					     : records + unit_drawn(7, mutant, change * 4 + 1, (uint64_t)300 * 64);
		unsigned char byte = (unsigned char)unit_drawn(7, mutant, change * 4 + 2, 256);
		patch(path, (off_t)place, &byte, 1);
		if (part != 2)
			continue;
		struct wire_trace_record record;
		off_t start = (off_t)(records + (place - records) / 64 * 64);
		int fd = open(path, O_RDONLY);
		assert_int_equal(pread(fd, &record, sizeof record, start), sizeof record);
		close(fd);
		record.check = wire_trace_check(&record);
		patch(path, start, &record, sizeof record);
	}
}

static void mutants_are_looked_at_or_refused_and_harm_nothing(void **state)
{
	(void)state;
	static const struct trace_view *const views[] = {&trace_view_text, &trace_view_json, &trace_view_stat, &trace_view_chrome};
	char path[PATH_MAX + 20];
	uint64_t taken = 0;
	snprintf(path, sizeof path, "%s/mutant", unit_dir);
	make_sample(path);
	for (size_t i = 0; i < COUNT_OF(views); i++)
		assert_int_equal(look_unheard(path, views[i]), 300);
	for (uint64_t mutant = 0; mutant < MUTANTS; mutant++) {
		make_sample(path);
		mutate(path, mutant);
		uint64_t count = look_unheard(path, views[mutant % COUNT_OF(views)]);
		assert_true(count <= WIRE_TRACE_SIZE_MIN / 64);
		taken += count > 0;
	}
	assert_true(taken > MUTANTS / 8 && taken < MUTANTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(the_newest_stay_and_the_others_are_counted),
		cmocka_unit_test(names_are_written_again_before_they_are_lost),
		cmocka_unit_test(long_names_are_cut_and_harm_nothing),
		cmocka_unit_test(half_written_records_are_left_out),
		cmocka_unit_test(what_is_no_trace_is_not_written_over),
		cmocka_unit_test(a_file_that_is_cut_short_ends_nobody),
		cmocka_unit_test(what_is_no_sound_trace_is_refused),
		cmocka_unit_test(short_and_strange_files_are_refused),
		cmocka_unit_test(absurd_counts_cost_nothing),
		cmocka_unit_test(requests_at_the_same_time_have_lanes_of_their_own_up_to_a_bound),
		cmocka_unit_test(mutants_are_looked_at_or_refused_and_harm_nothing),
	};
	return cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
}

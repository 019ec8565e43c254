/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Checkpoints: what was finished is known again, what a kill has torn is not, and no other sweep's file is touched. */
#include "unit.h"

#include "harness/sweep/checkpoint.h"
#include "harness/sweep/sweep.h"

#include <fcntl.h>
#include <sys/stat.h>

#define CASES 4

void judgement_free(struct judgement *judgement)
{
	buf_free(&judgement->injected);
	buf_free(&judgement->reasons);
	buf_free(&judgement->failures);
}

static struct sweep sweep;
static struct trial trials[CASES];
static struct err err;
static const char *file;
/* One with all that JSON escapes, one that is long, one that is no UTF-8 (and never found again). */
static char *names[CASES], plain[] = "in:a.png read#1 EIO", odd[] = "in:\"q\\\"\n\x01 caf\xc3\xa9 \xf0\x9f\x8e\xb5 #2", longer[20000], bytes[] = "caf\xe9";

static int begin(void **state)
{
	(void)state;
	file = unit_path("checkpoint");
	unlink(file);
	memset(longer, 'x', sizeof longer - 1);
	names[0] = plain, names[1] = odd, names[2] = longer, names[3] = bytes;
	return 0;
}

static void close_sweep(void)
{
	checkpoint_close(sweep.checkpoint);
	for (size_t i = 0; i < CASES; i++) {
		judgement_free(&trials[i].judgement);
		free(trials[i].crash_site);
	}
	vec_free(&sweep.cases);
	case_fini(&sweep.base);
}

static int try_open(const char *corpus)
{
	sweep = (struct sweep){.options = {.checkpoint = file}};
	case_init(&sweep.base);
	assert_int_equal(case_set(&sweep.base, "corpus", corpus, &err), 0);
	memset(trials, 0, sizeof trials);
	for (size_t i = 0; i < CASES; i++) {
		struct sweep_case *one = vec_add(&sweep.cases);
		if (!one)
			abort();
		*one = (struct sweep_case){.name = names[i], .trial = &trials[i]};
		trials[i].spec.name = names[i];
	}
	return checkpoint_open(&sweep, &err);
}

static void open_sweep(void)
{
	if (try_open("ct-tiny") != 0)
		fail_msg("%s", err.text);
}

static void finish(size_t index, enum verdict_class verdict, const char *reasons)
{
	struct trial *trial = &trials[index];
	judgement_free(&trial->judgement);
	trial->judgement = (struct judgement){.verdict = verdict, .passed = verdict == VERDICT_REFUSED};
	buf_text(&trial->judgement.reasons, reasons);
	buf_text(&trial->judgement.injected, "fail EIO");
	trial->state = TRIAL_JUDGED;
	trial->wall_ns = 1500000;
	checkpoint_add(sweep.checkpoint, trial);
}

/* Which cases are known: "0 2". */
static void expect_known(const char *wanted)
{
	struct buf got = {0};
	for (size_t i = 0; i < CASES; i++)
		if (trials[i].state == TRIAL_JUDGED) {
			buf_printf(&got, "%s%zu", got.length ? " " : "", i);
			assert_true(sweep.cases.at[i].restored);
		}
	unit_same_text("known", buf_string(&got), wanted);
	buf_free(&got);
}

static void append(const char *text, size_t length)
{
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	close(fd);
}

static void cut(off_t bytes_less)
{
	struct stat st;
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(truncate(file, st.st_size - bytes_less), 0);
}

static void what_was_finished_is_known(void **state)
{
	(void)state;
	open_sweep();
	expect_known("");
	finish(0, VERDICT_REFUSED, "it said so\nand left nothing");
	finish(1, VERDICT_CRASHED, "\"quoted\" caf\xe9");
	trials[2].crash_site = strdup("load (a.c:3)");
	finish(2, VERDICT_CRASHED, "SIGSEGV");
	close_sweep();
	open_sweep();
	expect_known("0 1 2");
	assert_int_equal(trials[0].judgement.verdict, VERDICT_REFUSED);
	assert_true(trials[0].judgement.passed);
	assert_string_equal(buf_string(&trials[0].judgement.reasons), "it said so\nand left nothing");
	assert_string_equal(buf_string(&trials[0].judgement.injected), "fail EIO");
	assert_int_equal(trials[0].wall_ns, 1500000);
	assert_null(trials[0].crash_site);
	assert_false(trials[1].judgement.passed);
	assert_string_equal(buf_string(&trials[1].judgement.reasons), "\"quoted\" caf\xef\xbf\xbd");
	assert_string_equal(trials[2].crash_site, "load (a.c:3)");
	close_sweep();
}

static void of_two_lines_the_later_counts(void **state)
{
	(void)state;
	open_sweep();
	finish(0, VERDICT_HUNG, "1");
	finish(1, VERDICT_WRONG, "2");
	finish(0, VERDICT_REFUSED, "3");
	close_sweep();
	open_sweep();
	expect_known("0 1");
	assert_int_equal(trials[0].judgement.verdict, VERDICT_REFUSED);
	assert_string_equal(buf_string(&trials[0].judgement.reasons), "3");
	close_sweep();
}

static void a_torn_line_is_left_out_and_swallows_none(void **state)
{
	(void)state;
	open_sweep();
	finish(0, VERDICT_REFUSED, "1");
	finish(1, VERDICT_REFUSED, "2");
	close_sweep();
	cut(7);
	open_sweep();
	expect_known("0");
	finish(2, VERDICT_REFUSED, "3");
	close_sweep();
	open_sweep();
	expect_known("0 2");
	close_sweep();
}

/* Whatever of the first line is there: it is the same sweep, and begins anew. */
static void a_torn_first_line_begins_anew(void **state)
{
	(void)state;
	struct stat st;
	open_sweep();
	close_sweep();
	assert_int_equal(stat(file, &st), 0);
	for (off_t left = st.st_size - 1; left >= 0; left -= 9) {
		assert_int_equal(truncate(file, left), 0);
		open_sweep();
		finish(0, VERDICT_REFUSED, "1");
		close_sweep();
		open_sweep();
		expect_known("0");
		close_sweep();
	}
}

static void garbage_is_left_out(void **state)
{
	(void)state;
	static const char garbage[] = "\n\n[]\n{}\n17\nnull\n{\"case\":1}\n{\"case\":\"in:a.png read#1 EIO\"}\n"
				      "{\"case\":\"in:a.png read#1 EIO\",\"verdict\":\"brilliant\"}\n{\"case\":\"nobody's\",\"verdict\":\"hung\"}\n"
				      "{\"case\":\"\",\"verdict\":\"hung\"}\n\xff\xfe\n";
	open_sweep();
	append(garbage, strlen(garbage));
	append("{\"case\"\0\0\0", 10);
	finish(1, VERDICT_WRONG, "1");
	close_sweep();
	open_sweep();
	expect_known("1");
	close_sweep();
}

/* Types that are none of ours do no harm. */
static void wrong_types_are_nothing(void **state)
{
	(void)state;
	static const char line[] = "{\"case\":\"in:a.png read#1 EIO\",\"verdict\":\"hung\",\"passed\":\"yes\",\"reasons\":[1],\"ms\":\"x\",\"site\":{}}\n";
	open_sweep();
	append(line, strlen(line));
	close_sweep();
	open_sweep();
	expect_known("0");
	assert_false(trials[0].judgement.passed);
	assert_string_equal(buf_string(&trials[0].judgement.reasons), "");
	assert_null(trials[0].crash_site);
	close_sweep();
}

static void expect_refused(const char *corpus, int code, const char *wanted)
{
	assert_int_equal(try_open(corpus), code);
	if (!strstr(err.text, wanted))
		fail_msg("%s, and not: %s", err.text, wanted);
	close_sweep();
}

static void another_file_is_refused_and_stays(void **state)
{
	(void)state;
	struct stat st;
	open_sweep();
	finish(0, VERDICT_REFUSED, "1");
	close_sweep();
	expect_refused("ct-small", -EINVAL, "is the checkpoint of another sweep");
	file = unit_file("text", "dear diary\n");
	expect_refused("ct-tiny", -EINVAL, "is no checkpoint");
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, 11);
	file = unit_path("pipe");
	assert_int_equal(mkfifo(file, 0600), 0);
	expect_refused("ct-tiny", -EINVAL, "is no regular file");
	unlink(file);
	file = unit_path("no/where");
	expect_refused("ct-tiny", -EINVAL, "cannot be opened");
}

/* Bytes that JSON cannot hold tell two sweeps apart all the same. */
static void what_is_no_text_is_told_apart(void **state)
{
	(void)state;
	assert_int_equal(try_open("tree:/caf\xe9"), 0);
	close_sweep();
	assert_int_equal(try_open("tree:/caf\xe9"), 0);
	close_sweep();
	expect_refused("tree:/caf\xe8", -EINVAL, "is the checkpoint of another sweep");
}

static void two_at_once_are_refused(void **state)
{
	(void)state;
	open_sweep();
	int fd = open(file, O_RDWR | O_CLOEXEC);
	struct checkpoint *first = sweep.checkpoint;
	sweep.checkpoint = NULL;
	close_sweep();
	expect_refused("ct-tiny", -EBUSY, "another sweep is writing to it");
	checkpoint_close(first);
	close(fd);
	open_sweep();
	close_sweep();
}

static void what_has_its_verdict_keeps_it(void **state)
{
	(void)state;
	open_sweep();
	finish(0, VERDICT_HUNG, "1");
	close_sweep();
	checkpoint_add(NULL, &trials[0]); /* without a checkpoint: nothing */
	open_sweep();
	trials[1].state = TRIAL_TROUBLED;
	checkpoint_add(sweep.checkpoint, &trials[1]); /* no verdict: nothing */
	close_sweep();
	open_sweep();
	expect_known("0");
	close_sweep();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_was_finished_is_known, begin),
		cmocka_unit_test_setup(of_two_lines_the_later_counts, begin),
		cmocka_unit_test_setup(a_torn_line_is_left_out_and_swallows_none, begin),
		cmocka_unit_test_setup(a_torn_first_line_begins_anew, begin),
		cmocka_unit_test_setup(garbage_is_left_out, begin),
		cmocka_unit_test_setup(wrong_types_are_nothing, begin),
		cmocka_unit_test_setup(another_file_is_refused_and_stays, begin),
		cmocka_unit_test_setup(what_is_no_text_is_told_apart, begin),
		cmocka_unit_test_setup(two_at_once_are_refused, begin),
		cmocka_unit_test_setup(what_has_its_verdict_keeps_it, begin),
	};
	return cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* What a box brought home, from its streams: the journal above all, which may be cut off anywhere. */
#include "unit.h"

#include "harness/evidence.h"

/* ---- a box ---- */

static struct box_findings findings;
static struct box box;

static int open_box(void **state)
{
	(void)state;
	findings = (struct box_findings){0};
	box = (struct box){.findings = &findings, .line = -1};
	for (int i = 0; i < STREAMS; i++) {
		FILE *file = tmpfile();
		box.streams[i] = file ? dup(fileno(file)) : -1;
		if (file)
			fclose(file);
		if (box.streams[i] < 0)
			return -1;
	}
	return 0;
}

static int close_box(void **state)
{
	(void)state;
	for (int i = 0; i < STREAMS; i++)
		close(box.streams[i]);
	return 0;
}

static void put_bytes(enum box_stream stream, const char *bytes, size_t length)
{
	assert_int_equal(write(box.streams[stream], bytes, length), length);
}

static void put(enum box_stream stream, const char *text)
{
	put_bytes(stream, text, strlen(text));
}

static struct evidence taken(void)
{
	struct evidence evidence;
	struct err err = {0};
	if (evidence_take(&box, &evidence, &err) != 0)
		fail_msg("%s", err.text);
	return evidence;
}

/* A touch in words: "read in:a.png by r: fail EIO x2 5 bytes listing costs". */
static void tell(const struct touch *touch, struct buf *out)
{
	buf_printf(out, "%s %s:%s by %s: %s", touch->op, touch->volume, touch->path, touch->rule, touch->effect);
	if (touch->error)
		buf_printf(out, " %s", touch->error);
	buf_printf(out, " x%llu", (unsigned long long)touch->count);
	if (touch->changed)
		buf_printf(out, " %llu bytes", (unsigned long long)touch->changed);
	buf_printf(out, "%s%s\n", touch->listing ? " listing" : "", touch->costs ? " costs" : "");
}

static void assert_touches(const char *wanted)
{
	struct evidence evidence = taken();
	struct buf told = {0};
	for (size_t i = 0; i < evidence.touches.count; i++)
		tell(&evidence.touches.at[i], &told);
	unit_same_text("journal", buf_string(&told), wanted);
	assert_int_equal(evidence_exercised(&evidence, AXIS_RULES) || evidence_exercised(&evidence, AXIS_DAMAGE), wanted[0] != '\0');
	buf_free(&told);
	evidence_free(&evidence);
}

#define RECORD(op, path, rule, rest) \
	"{\"t\": 0.5, \"op\": \"" op "\", \"volume\": \"in\", \"path\": \"" path "\", \"pid\": 3, \"rule\": \"" rule "\", " rest "}\n"

/* ---- the journal ---- */

static void what_one_rule_did_to_one_path_is_one_touch(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("read", "a.png", "r", "\"effect\": \"fail\", \"error\": \"EIO\"")
				    RECORD("read", "b.png", "r", "\"effect\": \"fail\", \"error\": \"EIO\"")
					    RECORD("read", "a.png", "r", "\"effect\": \"fail\", \"error\": \"EIO\"")
						    RECORD("open", "a.png", "r", "\"effect\": \"fail\", \"error\": \"EIO\"")
							    RECORD("read", "a.png", "s", "\"effect\": \"corrupt\", \"changed\": 3")
								    RECORD("read", "a.png", "s", "\"effect\": \"corrupt\", \"changed\": 4"));
	assert_touches("read in:a.png by r: fail EIO x2 costs\n"
		       "read in:b.png by r: fail EIO x1 costs\n"
		       "open in:a.png by r: fail EIO x1 costs\n"
		       "read in:a.png by s: corrupt x2 7 bytes costs\n");
}

static void delays_and_short_transfers_cost_nothing(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("read", "a.png", "r", "\"effect\": \"delay\", \"delay_s\": 0.5")
				    RECORD("read", "b.png", "r", "\"effect\": \"short\"") RECORD("read", "c.png", "r", "\"effect\": \"hang\"")
					    RECORD("lookup", "d.png", "r", "\"effect\": \"missing\""));
	assert_touches("read in:a.png by r: delay x1\n"
		       "read in:b.png by r: short x1\n"
		       "read in:c.png by r: hang x1 costs\n"
		       "lookup in:d.png by r: missing x1 costs\n");
}

static void an_outage_costs_where_it_ends_in_an_error(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("read", "a.png", "r", "\"effect\": \"outage\", \"delay_s\": 0.5")
				    RECORD("read", "b.png", "r", "\"effect\": \"network\", \"delay_s\": 0.5")
					    RECORD("read", "b.png", "r", "\"effect\": \"network\", \"error\": \"ETIMEDOUT\"")
						    RECORD("read", "b.png", "r", "\"effect\": \"network\", \"delay_s\": 0.5")
							    RECORD("read", "c.png", "r", "\"effect\": \"rate\", \"delay_s\": 0.5"));
	assert_touches("read in:a.png by r: outage x1\n"
		       "read in:b.png by r: network ETIMEDOUT x2 costs\n"
		       "read in:c.png by r: rate x1\n");
}

static void a_cut_costs_and_is_part_of_the_error_that_it_leads_up_to(void **state)
{
	(void)state;
#define CUT(path) RECORD("read", path, "r", "\"effect\": \"cut\"")
#define EIO_ON(path) RECORD("read", path, "r", "\"effect\": \"fail\", \"error\": \"EIO\"")
	put(STREAM_JOURNAL, CUT("a.png") EIO_ON("a.png"));
	put(STREAM_JOURNAL, CUT("b.png") CUT("b.png"));
	put(STREAM_JOURNAL, CUT("c.png") CUT("c.png") EIO_ON("c.png") CUT("c.png") EIO_ON("c.png"));
	put(STREAM_JOURNAL, EIO_ON("d.png") CUT("d.png"));
	assert_touches("read in:a.png by r: fail EIO x1 costs\n"
		       "read in:b.png by r: cut x2 costs\n"
		       "read in:c.png by r: fail EIO x2 costs\n"
		       "read in:d.png by r: fail EIO x1 costs\n");
}

/* The error never came: nothing has been shown of the rule. */
static void a_cut_alone_is_no_strike(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, CUT("a.png") RECORD("read", "b.png", "s", "\"effect\": \"short\", \"result\": 3"));
	struct evidence evidence = taken();
	assert_false(evidence_struck(&evidence, "r"));
	assert_true(evidence_struck(&evidence, "s")); /* being short is what `short` does */
	assert_true(evidence_exercised(&evidence, AXIS_RULES));
	assert_string_equal(evidence_first_cut(&evidence)->path, "a.png");
	evidence_free(&evidence);
	put(STREAM_JOURNAL, EIO_ON("a.png"));
	evidence = taken();
	assert_true(evidence_struck(&evidence, "r"));
	assert_null(evidence_first_cut(&evidence));
	evidence_free(&evidence);
}

static void what_was_only_cut_exercises_nothing(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, CUT("a.png") CUT("b.png"));
	struct evidence evidence = taken();
	assert_int_equal(evidence.touches.count, 2);
	assert_false(evidence_exercised(&evidence, AXIS_RULES));
	evidence_free(&evidence);
}

static void lines_that_were_lost_are_no_touches(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("read", "a.png", "r", "\"comm\": \"cat\", \"result\": -5, \"effect\": \"fail\", \"error\": \"EIO\"")
				    "{\"lost\":7}\n" RECORD("read", "a.png", "r", "\"effect\": \"fail\", \"error\": \"EIO\"") "\n{\"lost\":1}\n");
	assert_touches("read in:a.png by r: fail EIO x2 costs\n");
}

static void a_directory_concerns_all_files_below(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("lookup", ".", "r", "\"effect\": \"fail\"") RECORD("opendir", "d", "r", "\"effect\": \"fail\"")
				    RECORD("readdir", "d", "r", "\"effect\": \"fail\"") RECORD("listed", "a.png", "r", "\"effect\": \"missing\"")
					    RECORD("lookup", "d", "r", "\"effect\": \"fail\""));
	assert_touches("lookup in:. by r: fail x1 listing costs\n"
		       "opendir in:d by r: fail x1 listing costs\n"
		       "readdir in:d by r: fail x1 listing costs\n"
		       "listed in:a.png by r: missing x1 costs\n"
		       "lookup in:d by r: fail x1 costs\n");
}

static void damage_at_rest_is_a_touch_by_its_kind(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("open", "a.png", "", "\"effect\": \"damage\", \"damage\": \"garbage\"")
				    RECORD("readdir", "b.png", "", "\"effect\": \"damage\", \"damage\": \"remove\""));
	assert_touches("open in:a.png by damage: garbage x1 costs\n"
		       "readdir in:b.png by damage: remove x1 costs\n");
}

static void a_line_that_was_cut_off_is_left_out(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, "\n" RECORD("read", "a.png", "r", "\"effect\": \"fail\"") "{\"op\": \"read\", \"pa");
	assert_touches("read in:a.png by r: fail x1 costs\n");
}

static void lines_that_make_no_sense_do_no_harm(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, "nonsense\n[]\n{}\n{\"op\": 3, \"path\": [], \"rule\": null, \"effect\": {}, \"changed\": \"x\"}\n");
	assert_touches(" : by :  x3 costs\n");
}

static void names_in_the_journal_are_read_as_json_has_them(void **state)
{
	(void)state;
	put(STREAM_JOURNAL, RECORD("read", "a\\n\\\"\\u00e9\\\\.png", "r", "\"effect\": \"fail\""));
	assert_touches("read in:a\n\"\xc3\xa9\\.png by r: fail x1 costs\n");
}

static void of_a_long_journal_every_line_counts(void **state)
{
	(void)state;
	struct buf text = {0};
	for (int i = 0; i < 30000; i++)
		buf_printf(&text, "{\"op\": \"read\", \"volume\": \"in\", \"path\": \"%d.png\", \"rule\": \"r\", \"effect\": \"fail\"}\n", i / 100);
	put_bytes(STREAM_JOURNAL, text.at, text.length);
	buf_free(&text);
	struct evidence evidence = taken();
	assert_int_equal(evidence.touches.count, 300);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(evidence.touches.at[i].count, 100);
	evidence_free(&evidence);
}

/* ---- the other streams ---- */

static void words_and_manifests_are_taken(void **state)
{
	(void)state;
	findings.leftovers = 3;
	put(STREAM_STDOUT, "out\n");
	put(STREAM_STDERR, "err\n");
	put(STREAM_AGAIN_STDOUT, "again\n");
	put(STREAM_OUTPUTS, "f 3 x a\n");
	put(STREAM_AGAIN_OUTPUTS, "f 3 x a\nf 3 x b\n");
	put(STREAM_TMP, "d 0 - t\n");
	struct evidence evidence = taken();
	assert_int_equal(evidence.found.leftovers, 3);
	assert_string_equal(buf_string(&evidence.out), "out\n");
	assert_string_equal(buf_string(&evidence.err), "err\n");
	assert_string_equal(buf_string(&evidence.again_out), "again\n");
	assert_int_equal(evidence.outputs.entries.count, 1);
	assert_int_equal(evidence.again.entries.count, 2);
	assert_non_null(manifest_find(&evidence.tmp, "t"));
	assert_false(evidence_exercised(&evidence, AXIS_ALLOCATIONS));
	evidence.found.allocations.fired = 1;
	assert_true(evidence_exercised(&evidence, AXIS_ALLOCATIONS));
	evidence_free(&evidence);
}

static void a_nul_does_not_hide_what_follows(void **state)
{
	(void)state;
	put_bytes(STREAM_STDERR, "a\0b\n", 4);
	struct evidence evidence = taken();
	assert_string_equal(buf_string(&evidence.err), "a b\n");
	evidence_free(&evidence);
}

static void a_stream_that_cannot_be_read_is_told(void **state)
{
	(void)state;
	struct evidence evidence;
	struct err err = {0};
	put(STREAM_TMP, "nonsense\n");
	assert_int_equal(evidence_take(&box, &evidence, &err), -EPROTO);
	assert_string_equal(err.text, "a manifest cannot be read: Protocol error");
	evidence_free(&evidence);
	assert_int_equal(ftruncate(box.streams[STREAM_TMP], 0), 0);
	close(box.streams[STREAM_JOURNAL]);
	assert_int_equal(evidence_take(&box, &evidence, &err), -EBADF);
	assert_string_equal(err.text, "the findings of a case cannot be read: Bad file descriptor");
	evidence_free(&evidence);
}

#define WITH_A_BOX(test) cmocka_unit_test_setup_teardown(test, open_box, close_box)

static void observations_are_read(void **state)
{
	(void)state;
	put(STREAM_OBSERVATIONS, "{\"observed\":\"equal\",\"again\":false,\"path\":\"a\",\"said\":\"\"}\n"
				 "{\"observed\":\"differs\",\"again\":true,\"path\":\"a\",\"said\":\"x\"}\n"
				 "{\"observed\":\"bad\",\"again\":false,\"path\":\"b\",\"said\":\"y\"}\n{\"obser");
	struct evidence evidence = taken();
	assert_int_equal(evidence.observations.count, 3);
	assert_non_null(evidence_observation(&evidence, OBSERVED_EQUAL, false, "a"));
	assert_null(evidence_observation(&evidence, OBSERVED_EQUAL, true, "a"));
	assert_null(evidence_observation(&evidence, OBSERVED_EQUAL, false, "b"));
	assert_string_equal(evidence_observation(&evidence, OBSERVED_DIFFERENT, true, "a")->said, "x");
	assert_string_equal(evidence_observation(&evidence, OBSERVED_BAD, false, NULL)->path, "b");
	evidence_free(&evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_A_BOX(what_one_rule_did_to_one_path_is_one_touch),
		WITH_A_BOX(delays_and_short_transfers_cost_nothing),
		WITH_A_BOX(an_outage_costs_where_it_ends_in_an_error),
		WITH_A_BOX(a_cut_costs_and_is_part_of_the_error_that_it_leads_up_to),
		WITH_A_BOX(a_cut_alone_is_no_strike),
		WITH_A_BOX(what_was_only_cut_exercises_nothing),
		WITH_A_BOX(lines_that_were_lost_are_no_touches),
		WITH_A_BOX(a_directory_concerns_all_files_below),
		WITH_A_BOX(damage_at_rest_is_a_touch_by_its_kind),
		WITH_A_BOX(a_line_that_was_cut_off_is_left_out),
		WITH_A_BOX(observations_are_read),
		WITH_A_BOX(lines_that_make_no_sense_do_no_harm),
		WITH_A_BOX(names_in_the_journal_are_read_as_json_has_them),
		WITH_A_BOX(of_a_long_journal_every_line_counts),
		WITH_A_BOX(words_and_manifests_are_taken),
		WITH_A_BOX(a_nul_does_not_hide_what_follows),
		WITH_A_BOX(a_stream_that_cannot_be_read_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Cases: what is printed is read back the same, whatever stands in it, and what makes no sense is refused. */
#include "unit.h"

#include "harness/case.h"

/* ---- comparing ---- */

static bool same(const char *a, const char *b)
{
	return !a || !b ? a == b : strcmp(a, b) == 0;
}

static bool same_words(char **a, char **b)
{
	if (!a || !b)
		return a == b;
	while (*a && *b && strcmp(*a, *b) == 0)
		a++, b++;
	return !*a && !*b;
}

static bool same_case(const struct case_spec *a, const struct case_spec *b)
{
	return same(a->name, b->name) && same(a->corpus, b->corpus) && same(a->plan, b->plan) && same(a->alloc, b->alloc) &&
	       same(a->subject, b->subject) && same(a->does, b->does) && same(a->mode, b->mode) && same(a->cwd, b->cwd) &&
	       same_words(a->command, b->command) && a->before == b->before && a->seed == b->seed &&
	       a->deadline_ns == b->deadline_ns && a->allow == b->allow && a->code == b->code && a->names == b->names;
}

/* Print, read, compare, print again; leaves the line in `line`. */
static void go_round(const struct case_spec *spec, struct buf *line)
{
	struct case_spec again;
	struct buf second = {0};
	struct err err = {0};
	buf_clear(line);
	case_print(spec, line);
	case_init(&again);
	if (case_parse(buf_string(line), &again, &err) != 0)
		fail_msg("%s: %s", buf_string(line), err.text);
	if (!same_case(spec, &again))
		fail_msg("%s: is not read as it was printed", buf_string(line));
	case_print(&again, &second);
	unit_same_text("printed again", buf_string(&second), buf_string(line));
	buf_free(&second);
	case_fini(&again);
}

/* ---- reading and printing ---- */

static void lines_are_read_and_printed_in_one_form(void **state)
{
	(void)state;
	static const struct {
		const char *line, *printed; /* NULL: the same */
	} rows[] = {
		{"corpus=ct-tiny plan=eio-readdir subject=pyramid seed=7 allow=refused code=102", NULL},
		{"corpus=tree:/data plan=/u/slow.yaml cwd=/u -- convert {in}/a.png {out}/b.png", NULL},
		{"code=102 allow=refused seed=7 subject=pyramid plan=eio-readdir corpus=ct-tiny",
		 "corpus=ct-tiny plan=eio-readdir subject=pyramid seed=7 allow=refused code=102"},
		{"name=n corpus=c plan=p alloc=nth=3 subject=s does=d mode=m before=run seed=1 deadline=3000ms allow=complete code=1 "
		 "names=yes cwd=/d",
		 NULL},
		{"corpus=c subject=s abort=allow mute=fail leaks=fail limits=time=10,memory=3,bytes=2,operations=5", NULL},
		{"corpus=c subject=s compare=*.png=pixels:2;*.wav=snr:60dB,text \"check=flac -t {}\"",
		 "corpus=c subject=s compare=*.png=pixels:2;*.wav=snr:60dB,text check=\"flac -t {}\""},
		{"corpus=c subject=s compare=\"*.db=command:cmp -s {clean} {now}\"", NULL},
		{"corpus=c subject=s before=others", NULL},
		{"corpus=c subject=s limits=operations=5,time=010", "corpus=c subject=s limits=time=10,operations=5"},
		{" \t corpus=c\t\tsubject=s ", "corpus=c subject=s"},
		{"corpus=c subject=s before=nothing names=no code=0 allow=refused,degraded,complete", "corpus=c subject=s"},
		{"corpus=c subject=s deadline=1.5s", "corpus=c subject=s deadline=1500ms"},
		{"corpus=c subject=s deadline=250us", "corpus=c subject=s deadline=250000ns"},
		{"corpus=c subject=s seed=0x10", "corpus=c subject=s seed=16"},
		{"corpus=c subject=s allow=hung,crashed,leaked,wrong,refused,degraded,complete",
		 "corpus=c subject=s allow=complete,degraded,refused,wrong,leaked,hung,crashed"},
		{"corpus=c subject=s code=4294967295", NULL},
		{"corpus=\"a b\" subject=s", NULL},
		{"corpus=a\\ b subject=s", "corpus=\"a b\" subject=s"},
		{"corpus=a\" \"b subject=s", "corpus=\"a b\" subject=s"},
		{"\"corpus=a b\" subject=s", "corpus=\"a b\" subject=s"},
		{"corpus=\"a\\\"b\" subject=s", NULL},
		{"corpus=a\\nb subject=s", "corpus=anb subject=s"},
		{"corpus=a=b subject=s", NULL},
		{"corpus=c subject=\"\"", NULL},
		{"corpus=c -- a \"\" \"b c\" -- d=e \"\\\\\" \"\\\"\" '", NULL},
		{"corpus=c plan=p plan=q subject=s", "corpus=c plan=q subject=s"}, /* the last one counts */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct case_spec spec;
		struct buf line = {0};
		struct err err = {0};
		case_init(&spec);
		if (case_parse(rows[i].line, &spec, &err) != 0)
			fail_msg("%s: %s", rows[i].line, err.text);
		go_round(&spec, &line);
		unit_same_text(rows[i].line, buf_string(&line), rows[i].printed ? rows[i].printed : rows[i].line);
		buf_free(&line);
		case_fini(&spec);
	}
}

static void each_field_goes_where_it_belongs(void **state)
{
	(void)state;
	struct case_spec spec;
	case_init(&spec);
	assert_int_equal(spec.allow, VERDICT_GRACEFUL);
	assert_true(spec.seed == CASE_SEED_OF_PLAN);
	const char *line = "name=n corpus=c plan=p alloc=a subject=s does=x mode=m cwd=d before=run seed=5 deadline=2s allow=hung code=6 "
			   "names=yes";
	assert_int_equal(case_parse(line, &spec, NULL), 0);
	assert_string_equal(spec.name, "n");
	assert_string_equal(spec.corpus, "c");
	assert_string_equal(spec.plan, "p");
	assert_string_equal(spec.alloc, "a");
	assert_string_equal(spec.subject, "s");
	assert_string_equal(spec.does, "x");
	assert_string_equal(spec.mode, "m");
	assert_string_equal(spec.cwd, "d");
	assert_int_equal(spec.before, BEFORE_RUN);
	assert_int_equal(spec.seed, 5);
	assert_int_equal(spec.deadline_ns, 2000000000);
	assert_int_equal(spec.allow, 1u << VERDICT_HUNG);
	assert_int_equal(spec.code, 6);
	assert_true(spec.names);
	assert_null(spec.command);
	case_fini(&spec);
	assert_null(spec.name);
	assert_int_equal(spec.allow, VERDICT_GRACEFUL);
}

/* ---- round and round ---- */

static char *hostile_text(uint64_t n, uint64_t lane)
{
	static const char *const pieces[] = {" ", "\t", "\"", "\\", "\n", "'", "=", "--", "-", "a", "b", "{in}", "\xc3\xa9", "$(x)",
					     "\x1b", "%s", ";", "\\n", "\"\"", "#"};
	struct buf text = {0};
	for (uint64_t i = 0, count = unit_drawn(3, n, lane, 7); i < count; i++)
		buf_text(&text, pieces[unit_drawn(3, n, lane * 100 + i + 1, COUNT_OF(pieces))]);
	char *copy = strdup(buf_string(&text));
	buf_free(&text);
	return copy;
}

static char *maybe_hostile_text(uint64_t n, uint64_t lane)
{
	return unit_drawn(4, n, lane, 3) ? hostile_text(n, lane) : NULL;
}

static void make_hostile_case(uint64_t n, struct case_spec *spec)
{
	case_init(spec);
	spec->name = maybe_hostile_text(n, 1);
	spec->corpus = hostile_text(n, 2);
	spec->plan = maybe_hostile_text(n, 3);
	spec->alloc = maybe_hostile_text(n, 4);
	spec->mode = maybe_hostile_text(n, 5);
	spec->does = maybe_hostile_text(n, 19);
	spec->cwd = maybe_hostile_text(n, 6);
	spec->before = unit_drawn(4, n, 7, 2) ? BEFORE_RUN : BEFORE_NOTHING;
	spec->seed = unit_drawn(4, n, 8, 2) ? CASE_SEED_OF_PLAN : unit_drawn(4, n, 9, UINT64_MAX);
	spec->deadline_ns = (int64_t)(unit_drawn(4, n, 10, UINT64_C(1) << 53) >> unit_drawn(4, n, 11, 53)); /* 104 days */
	spec->allow = 1 + (uint32_t)unit_drawn(4, n, 12, (1u << VERDICT_UNEXERCISED) - 1);
	spec->code = (uint32_t)(unit_drawn(4, n, 13, UINT32_MAX) >> unit_drawn(4, n, 14, 32));
	spec->names = unit_drawn(4, n, 15, 2);
	if (unit_drawn(4, n, 16, 2)) {
		spec->subject = hostile_text(n, 17);
		return;
	}
	size_t count = 1 + unit_drawn(4, n, 18, 4);
	spec->command = calloc(count + 1, sizeof *spec->command);
	for (size_t i = 0; i < count; i++)
		spec->command[i] = hostile_text(n, 20 + i);
}

static void what_is_printed_is_read_back_the_same(void **state)
{
	(void)state;
	struct buf line = {0};
	for (uint64_t n = 0; n < 5000; n++) {
		struct case_spec spec, copy;
		make_hostile_case(n, &spec);
		go_round(&spec, &line);
		assert_int_equal(case_copy(&spec, &copy), 0);
		assert_true(same_case(&spec, &copy));
		case_fini(&spec);
		case_fini(&copy);
	}
	buf_free(&line);
}

static void spoilt_lines_are_read_or_refused_without_harm(void **state)
{
	(void)state;
	static const char good[] = "name=\"a b\" corpus=ct:n=2 plan=p seed=7 deadline=3s allow=refused,hung names=yes -- x \"\" \\\" y";
	struct buf line = {0};
	unsigned read = 0;
	for (unsigned n = 0; n < 20000; n++) {
		char text[sizeof good];
		memcpy(text, good, sizeof good);
		for (uint64_t i = 0, changes = 1 + unit_drawn(5, n, 0, 4); i < changes; i++) {
			size_t from = unit_drawn(5, n, 1 + 2 * i, sizeof good - 6), to = unit_drawn(5, n, 2 + 2 * i, sizeof good - 6);
			memmove(text + to, text + from, unit_drawn(5, n, 50 + i, 5));
		}
		struct case_spec spec;
		struct err err = {0};
		case_init(&spec);
		int rc = case_parse(text, &spec, &err);
		if (rc == 0)
			go_round(&spec, &line);
		else if (rc != -EINVAL || !err.text[0])
			fail_msg("%s: %d %s", text, rc, err.text);
		read += rc == 0;
		case_fini(&spec);
	}
	assert_in_range(read, 1000, 19000);
	buf_free(&line);
}

/* ---- complaints ---- */

static void lines_that_make_no_sense_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *line, *complaint;
	} rows[] = {
		{"", "the case names no corpus"},
		{"  ", "the case names no corpus"},
		{"subject=s", "the case names no corpus"},
		{"corpus=a", "the case has neither subject=NAME nor -- COMMAND"},
		{"corpus=a subject=s -- ls", "the case has both a subject and a command"},
		{"corpus=a --", "no command stands behind '--'"},
		{"corpus=a --  ", "no command stands behind '--'"},
		{"corpus=\"a subject=s", "the case has a quote without its end"},
		{"corpus=a -- ls \"x", "the case has a quote without its end"},
		{"corpus=a\\", "the case ends with a backslash"},
		{"corpus=a -- ls \\", "the case ends with a backslash"},
		{"corpus", "'corpus' in the case is not key=value"},
		{"corpus=a ls", "'ls' in the case is not key=value"},
		{"\"\"", "'' in the case is not key=value"},
		{"corpus=a \"\" subject=s", "'' in the case is not key=value"},
		{"=a", "unknown key '' in a case"},
		{"corpsu=a", "unknown key 'corpsu' in a case (did you mean 'corpus'?)"},
		{"Corpus=a", "unknown key 'Corpus' in a case (did you mean 'corpus'?)"},
		{"command=ls", "unknown key 'command' in a case"},
		{"seed=x", "seed: 'x' is no whole number"},
		{"seed=-1", "seed: '-1' is no whole number"},
		{"seed=18446744073709551616", "seed: '18446744073709551616' is no whole number"},
		{"deadline=3", "deadline: '3' is no duration such as 3s"},
		{"deadline=0", "deadline: '0' is no duration such as 3s"},
		{"deadline=-3s", "deadline: '-3s' is no duration such as 3s"},
		{"deadline=", "deadline: '' is no duration such as 3s"},
		{"allow=", "'' is no verdict"},
		{"allow=refused,", "'' is no verdict"},
		{"allow=degarded", "'degarded' is no verdict (did you mean 'degraded'?)"},
		{"allow=complete,unexercised", "'unexercised' can never pass: nothing was shown"},
		{"code=x", "code: 'x' is no code"},
		{"code=4294967296", "code: '4294967296' is no code"},
		{"names=maybe", "names: 'maybe' is neither yes nor no"},
		{"names=true", "names: 'true' is neither yes nor no"},
		{"before=never", "before: 'never' is none of nothing, others, run"},
		{"compare=", "compare: '' is none of bytes, pixels[:N], samples, snr:NdB, text, command:..."},
		{"compare=pixel", "compare: 'pixel' is none of bytes, pixels[:N], samples, snr:NdB, text, command:... (did you mean 'pixels'?)"},
		{"compare=*.png=pixels,*.wav=snr", "compare: '' is no bound such as 60dB"},
		{"compare=snr:60", "compare: '60' is no bound such as 60dB"},
		{"compare=pixels:-1", "compare: '-1' is no bound such as 2"},
		{"compare=text:1", "compare: text takes no bound: 'text:1'"},
		{"\"compare=command:cmp {now}\"", "compare: a command needs {clean} and {now}: 'cmp {now}'"},
		{"compare=command", "compare: the command has no word"},
		{"check=", "check: the command has no word"},
		{"\"check=flac -t\"", "check: the command has neither {} (a file) nor {out}: 'flac -t'"},
		{"before=other", "before: 'other' is none of nothing, others, run"},
		{"abort=yes", "abort: 'yes' is neither allow nor fail"},
		{"mute=", "mute: '' is neither allow nor fail"},
		{"limits=", "limits: '' cannot be limited: time, memory, bytes, operations can"},
		{"limits=tiem=3", "limits: 'tiem' cannot be limited (did you mean 'time'?): time, memory, bytes, operations can"},
		{"limits=time", "limits: time takes how many times the clean run (time=10), not ''"},
		{"limits=bytes=3,time=0", "limits: time takes how many times the clean run (time=10), not '0'"},
		{"limits=time=4294967296", "limits: time takes how many times the clean run (time=10), not '4294967296'"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct case_spec spec;
		struct err err = {0};
		case_init(&spec);
		int rc = case_parse(rows[i].line, &spec, &err);
		if (rc != -EINVAL)
			fail_msg("%s: %d", rows[i].line, rc);
		unit_same_text(rows[i].line, err.text, rows[i].complaint);
		case_fini(&spec);
	}
}

static void a_field_is_set_by_its_key_or_left_alone(void **state)
{
	(void)state;
	struct case_spec spec;
	struct err err = {0};
	case_init(&spec);
	assert_int_equal(case_set(&spec, "plan", "a", &err), 0);
	assert_int_equal(case_set(&spec, "plan", "b c\"", &err), 0);
	assert_string_equal(spec.plan, "b c\"");
	assert_int_equal(case_set(&spec, "seed", "9", &err), 0);
	assert_int_equal(case_set(&spec, "deadline", "9s", &err), 0);
	assert_int_equal(case_set(&spec, "code", "9", &err), 0);
	assert_int_equal(case_set(&spec, "before", "run", &err), 0);
	assert_int_equal(case_set(&spec, "seed", "x", &err), -EINVAL);
	assert_int_equal(case_set(&spec, "code", "x", &err), -EINVAL);
	assert_int_equal(case_set(&spec, "before", "x", &err), -EINVAL);
	assert_int_equal(case_set(&spec, "sede", "9", &err), -EINVAL);
	assert_string_equal(err.text, "unknown key 'sede' in a case (did you mean 'seed'?)");
	assert_int_equal(case_set(&spec, "sede", "9", NULL), -EINVAL);
	assert_int_equal(spec.seed, 9);
	assert_int_equal(spec.code, 9);
	assert_int_equal(spec.before, BEFORE_RUN);
	case_fini(&spec);
}

/* ---- verdicts ---- */

static void verdicts_have_names_and_sets(void **state)
{
	(void)state;
	static const char *const names[VERDICT_CLASSES] = {"complete", "degraded", "refused", "wrong",
							   "leaked",   "hung",	   "crashed", "unexercised"};
	for (int i = 0; i < VERDICT_CLASSES; i++)
		assert_string_equal(verdict_class_name((enum verdict_class)i), names[i]);
	assert_string_equal(verdict_class_name(VERDICT_CLASSES), "?");
	for (verdict_set set = 1; set < 1u << VERDICT_UNEXERCISED; set++) {
		struct buf text = {0};
		verdict_set again;
		verdict_set_print(set, &text);
		assert_int_equal(verdict_set_parse(buf_string(&text), &again, NULL), 0);
		assert_int_equal(again, set);
		buf_free(&text);
	}
}

/* ---- for shells ---- */

static void a_shell_gets_the_word_as_it_is(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 60; n++) {
		char *text = hostile_text(n, 99);
		struct buf command = {0}, got = {0};
		buf_text(&command, "printf %s ");
		case_shell_quote(text, &command);
		FILE *pipe = popen(buf_string(&command), "r");
		assert_non_null(pipe);
		assert_int_equal(buf_read_fd(&got, fileno(pipe), 1000), 0);
		assert_int_equal(pclose(pipe), 0);
		unit_same_text(buf_string(&command), buf_string(&got), text);
		buf_free(&command);
		buf_free(&got);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_read_and_printed_in_one_form),
		cmocka_unit_test(each_field_goes_where_it_belongs),
		cmocka_unit_test(what_is_printed_is_read_back_the_same),
		cmocka_unit_test(spoilt_lines_are_read_or_refused_without_harm),
		cmocka_unit_test(lines_that_make_no_sense_are_refused),
		cmocka_unit_test(a_field_is_set_by_its_key_or_left_alone),
		cmocka_unit_test(verdicts_have_names_and_sets),
		cmocka_unit_test(a_shell_gets_the_word_as_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

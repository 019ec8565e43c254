/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Suites and subjects as they are written: ours are read, mistakes are told where they stand, cases come out as meant. */
#include "unit.h"

#include "base/places.h"
#include "harness/suite.h"

#include <sys/stat.h>

/* ---- complaints ---- */

struct mistake {
	const char *text, *complaint; /* "LINE:COLUMN: ..." */
};

/* What a text is refused with, its path left out. */
static void assert_mistakes(const struct mistake *mistakes, size_t count, int (*load)(const char *path, struct err *err))
{
	for (size_t i = 0; i < count; i++) {
		struct err err = {0};
		const char *path = unit_file("x.yaml", mistakes[i].text);
		if (load(path, &err) != -EINVAL || err.code != EINVAL)
			fail_msg("%s: %d %s", mistakes[i].text, err.code, err.text);
		err.text[strcspn(err.text, "\n")] = '\0';
		if (strncmp(err.text, path, strlen(path)) != 0)
			fail_msg("%s: %s", mistakes[i].text, err.text);
		unit_same_text(mistakes[i].text, err.text + strlen(path) + 1, mistakes[i].complaint);
	}
}

static int load_suite(const char *path, struct err *err)
{
	struct suite *suite;
	int rc = suite_load(path, &suite, err);
	assert_true(!rc == !!suite);
	suite_free(suite);
	return rc;
}

static int load_subject(const char *path, struct err *err)
{
	struct subject *subject;
	int rc = subject_load(path, &subject, err);
	assert_true(!rc == !!subject);
	subject_free(subject);
	return rc;
}

#define SUITE "version: 1\nname: s\ncases:\n"

static void mistakes_in_suites_are_told_where_they_stand(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
		{"name: s\ncases: []\n", "1:1: the suite has no 'version'"},
		{"version: 1\ncases: []\n", "1:1: the suite has no 'name'"},
		{"version: 1\nname: s\n", "1:1: the suite has no 'cases'"},
		{"version: 3\nname: s\ncases: []\n", "1:10: version '3' is not known here (only 1 is)"},
		{"- a\n", "1:1: a suite must be a mapping (key: value)"},
		{"version: 1\nname: ''\ncases: []\n", "2:8: the value is empty"},
		{"version: 1\nname: \"s\\n\"\ncases: []\n", "2:8: a title is one line, as is a name, without control characters"},
		{"version: 1\nname: s\ncsaes: []\n", "3:1: unknown key 'csaes' in a suite (did you mean 'cases'?)"},
		{"version: 1\nname: s\ncorpora: tiny\ncases: []\n", "3:10: corpora is a mapping: input: source"},
		{"version: 1\nname: s\ncorpora: {stack: [a]}\ncases: []\n", "3:18: a single value is wanted here, not a list"},
		{SUITE "- a\n", "4:3: a case must be a mapping (key: value)"},
		{SUITE "- {plan: p}\n", "4:3: the case has no 'name'"},
		{SUITE "- {name: a}\n- {name: b}\n- {name: a}\n", "6:3: two cases are named 'a'"},
		{SUITE "- {name: a, plna: p}\n", "4:19: unknown key 'plna' in a case (did you mean 'plan'?)"},
		{SUITE "- {name: a, allow: good}\n", "4:20: 'good' is no verdict"},
		{SUITE "- {name: a, allow: [refused, degarded]}\n", "4:20: 'degarded' is no verdict (did you mean 'degraded'?)"},
		{SUITE "- {name: a, allow: unexercised}\n", "4:20: 'unexercised' can never pass: nothing was shown"},
		{SUITE "- {name: a, allow: []}\n", "4:20: '' is no verdict"},
		{SUITE "- {name: a, code: x}\n", "4:19: code: 'x' is no code"},
		{SUITE "- {name: a, deadline: 3}\n", "4:23: deadline: '3' is no duration such as 3s"},
		{SUITE "- {name: a, seed: -1}\n", "4:19: seed: '-1' is no whole number"},
		{SUITE "- {name: a, names: maybe}\n", "4:20: names: 'maybe' is neither yes nor no"},
		{SUITE "- {name: a, before: x}\n", "4:21: before: 'x' is none of nothing, others, run"},
		{SUITE "- {name: a, scenario: one}\n", "4:23: 'one' is not a whole number"},
		{SUITE "- {name: a, scenario: 4294967296}\n", "4:23: '4294967296' is too large"},
		{SUITE "- {name: a, needs: [listing, chache]}\n",
		 "4:30: unknown word 'chache' (did you mean 'cache'?); words of your own begin with x-"},
		{SUITE "- {name: a, needs: [{x: y}]}\n", "4:21: a single value is wanted here, not a mapping"},
		{SUITE "- {name: a, corpus: c, audio: {code: x}}\n", "4:38: code: 'x' is no code"},
		{SUITE "- {name: a, audio: {corpus: c, cdoe: 5}}\n", "4:38: unknown key 'cdoe' in a case (did you mean 'code'?)"},
		{SUITE "- {name: a, audoi: {code: 5}}\ncorpora: {audio: c}\n", "4:20: there is no corpus for an input of 'audoi'"},
		{SUITE "- {name: a, plan: {code: 5}}\n", "4:19: there is no corpus for an input of 'plan'"},
		{SUITE "- {name: a, plan: [[x]]}\n", "4:20: a single value is wanted here, not a list"},
		{SUITE "- {name: a, name: b}\n", "4:13: 'name' stands here twice (first on line 4)"},
	};
	assert_mistakes(mistakes, COUNT_OF(mistakes), load_suite);
}

#define SUBJECT "version: 1\nname: s\ninput: stack\ncommand: [a]\n"

static void mistakes_in_subjects_are_told_where_they_stand(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
		{"name: s\ninput: stack\ncommand: [a]\n", "1:1: the subject has no 'version'"},
		{"version: 1\ninput: stack\ncommand: [a]\n", "1:1: the subject has no 'name'"},
		{"version: 1\nname: s\ncommand: [a]\n", "1:1: the subject has no 'input'"},
		{"version: 1\nname: s\ninput: stack\n", "1:1: the subject has no 'command'"},
		{"version: 1\nname: s\ninput: stack\ncommand: []\n", "4:10: the list is empty"},
		{"version: 1\nname: s\ninput: stack\ncommand: [[a]]\n", "4:11: a single value is wanted here, not a list"},
		{SUBJECT "comand: [b]\n", "5:1: unknown key 'comand' in a subject (did you mean 'command'?)"},
		{SUBJECT "title: ''\n", "5:9: the value is empty"},
		{SUBJECT "derive: stems\n", "5:9: derive takes all, stem or pyramid, not 'stems'"},
		{SUBJECT "derive: [all]\n", "5:9: a single value is wanted here, not a list"},
		{SUBJECT "deadline: 10\n", "5:11: '10' is not a duration with its unit, such as 50ms or 2s"},
		{SUBJECT "modes: [a]\n", "5:8: a mapping (name: value) is wanted here"},
		{SUBJECT "modes: {m: []}\n", "5:12: the list is empty"},
		{SUBJECT "does: []\n", "5:7: the list is empty"},
		{SUBJECT "does: [cache, lisitng]\n",
		 "5:15: unknown word 'lisitng' (did you mean 'listing'?); words of your own begin with x-"},
		{SUBJECT "does: x\n", "5:7: unknown word 'x'; words of your own begin with x-"},
		{SUBJECT "does: [[cache]]\n", "5:8: a single value is wanted here, not a list"},
		{SUBJECT "volumes: lib\n", "5:10: a mapping (name: value) is wanted here"},
		{SUBJECT "volumes: {in: 'tree:x'}\n", "5:16: the volumes 'in' and 'out' are there already"},
		{SUBJECT "volumes: {out: x}\n", "5:16: the volumes 'in' and 'out' are there already"},
		{SUBJECT "volumes: {tmp: x}\n", "5:16: '{tmp}' stands for something else"},
		{SUBJECT "volumes: {here: x}\n", "5:17: '{here}' stands for something else"},
		{SUBJECT "volumes: {IN: x}\n", "5:15: 'IN' is no name of a volume (lib, ...)"},
		{SUBJECT "volumes: {..: x}\n", "5:15: '..' is no name of a volume (lib, ...)"},
		{SUBJECT "volumes: {a/b: x}\n", "5:16: 'a/b' is no name of a volume (lib, ...)"},
		{SUBJECT "volumes: {'': x}\n", "5:15: '' is no name of a volume (lib, ...)"},
		{SUBJECT "volumes: {a-name-that-is-longer-than-every-: x}\n",
		 "5:46: 'a-name-that-is-longer-than-every-' is no name of a volume (lib, ...)"},
		{SUBJECT "volumes: {lib: ''}\n", "5:17: the value is empty"},
		{SUBJECT "codes: 'error ([0-9]+'\n", "5:9: bad regular expression: Unmatched ( or \\("},
		{SUBJECT "codes: 'error [0-9]+'\n", "5:9: the expression needs exactly one group, for the code"},
		{SUBJECT "codes: '(a)(b)'\n", "5:9: the expression needs exactly one group, for the code"},
	};
	assert_mistakes(mistakes, COUNT_OF(mistakes), load_subject);
}

static void a_complaint_shows_the_line_and_a_caret(void **state)
{
	(void)state;
	struct err err = {0};
	char wanted[PATH_MAX + 200];
	const char *path = unit_file("x.yaml", SUITE "- name: a\n  allow: [refused, degarded]\n");
	assert_int_equal(load_suite(path, &err), -EINVAL);
	snprintf(wanted, sizeof wanted,
		 "%s:5:10: 'degarded' is no verdict (did you mean 'degraded'?)\n"
		 "      allow: [refused, degarded]\n"
		 "             ^",
		 path);
	unit_same_text("caret", err.text, wanted);
}

static void what_is_not_there_is_unknown(void **state)
{
	(void)state;
	struct err err = {0};
	assert_int_equal(load_suite("recovrey", &err), -ENOENT);
	assert_string_equal(err.text, "unknown suite 'recovrey' (did you mean 'recovery'?)");
	assert_int_equal(load_subject("pyramyd", &err), -ENOENT);
	assert_string_equal(err.text, "unknown subject 'pyramyd' (did you mean 'pyramid'?)");
	assert_int_equal(load_suite(unit_path("no.yaml"), &err), -ENOENT);
	suite_free(NULL);
	subject_free(NULL);
}

/* ---- ours ---- */

static void assert_case_makes_sense(const struct suite *suite, const struct suite_case *one, const struct subject *subject)
{
	struct case_spec spec;
	struct err err = {0};
	char *path = NULL;
	if (suite_instantiate(suite, one, subject, subject->name, &spec, &err) != 0)
		fail_msg("%s for %s: %s", one->name, subject->name, err.text);
	if (spec.plan && places_find(PLACE_PLANS, spec.plan, &path, &err) != 0)
		fail_msg("%s: %s", one->name, err.text);
	free(path);
	spec.corpus[strcspn(spec.corpus, ":")] = '\0';
	if (places_find(PLACE_SPECS, spec.corpus, &path, &err) != 0)
		fail_msg("%s: %s", one->name, err.text);
	free(path);
	if (!spec.plan && !spec.alloc && strcmp(spec.corpus, "ct-tiny") == 0)
		fail_msg("%s: nothing would be injected", one->name);
	if (!subject_command(subject, spec.mode))
		fail_msg("%s: %s has no mode '%s'", one->name, subject->name, spec.mode);
	case_fini(&spec);
}

static void every_suite_of_ours_makes_sense_for_every_subject_of_ours(void **state)
{
	(void)state;
	struct places_names suites, subjects;
	unsigned made = 0, skipped = 0;
	assert_int_equal(places_list(PLACE_SUITES, &suites, NULL), 0);
	assert_int_equal(places_list(PLACE_SUBJECTS, &subjects, NULL), 0);
	assert_true(suites.names.count >= 1 && subjects.names.count >= 8);
	for (size_t i = 0; i < suites.names.count * subjects.names.count; i++) {
		struct suite *suite;
		struct subject *subject = NULL;
		struct err err = {0};
		const char *name = suites.names.at[i % suites.names.count], *of = subjects.names.at[i / suites.names.count];
		if (suite_load(name, &suite, &err) != 0 || subject_load(of, &subject, &err) != 0)
			fail_msg("%s", err.text);
		unit_same_text("suite", suite->name, name);
		unit_same_text("subject", subject->name, of);
		assert_true(suite->title && subject->title);
		for (size_t j = 0; j < suite->cases.count; j++) {
			char why[200] = "";
			bool skips = suite_skips(suite, &suite->cases.at[j], subject, why, sizeof why);
			assert_true(skips == !!why[0]);
			skips ? skipped++ : made++;
			if (!skips)
				assert_case_makes_sense(suite, &suite->cases.at[j], subject);
		}
		suite_free(suite);
		subject_free(subject);
	}
	assert_true(made > 60 && skipped > 10);
	places_names_free(&suites);
	places_names_free(&subjects);
}

static void the_recovery_suite_has_all_18_scenarios(void **state)
{
	(void)state;
	struct suite *suite;
	uint32_t seen = 0;
	assert_int_equal(suite_load("recovery", &suite, NULL), 0);
	for (size_t i = 0; i < suite->cases.count; i++) {
		const struct suite_case *one = &suite->cases.at[i];
		if (one->scenario < 1 || one->scenario > 18 || !one->title || strncmp(one->name, "test_", 5) != 0)
			fail_msg("%s: scenario %u", one->name, one->scenario);
		seen |= 1u << one->scenario;
	}
	assert_int_equal(seen, (1u << 19) - 2);
	suite_free(suite);
}

/* ---- cases of suites ---- */

static const char *const both =
	"version: 1\nname: s\ncorpora: {stack: 'ct:n=2', audio: tones}\ncases:\n"
	"- {name: plain, plan: p, allow: [refused, hung], code: 5, audio: {code: 6, plan: q}}\n"
	"- {name: own, corpus: c, needs: [cache, retry]}\n"
	"- {name: of-audio, audio: {corpus: d, names: yes}}\n";

static struct subject *subject_of_text(const char *text)
{
	struct subject *subject;
	struct err err = {0};
	if (subject_load(unit_file("subject.yaml", text), &subject, &err) != 0)
		fail_msg("%s", err.text);
	return subject;
}

static struct subject *subject_for(const char *input, const char *does)
{
	char text[200];
	snprintf(text, sizeof text, "version: 1\nname: me\ninput: %s\ncommand: [a]\ndoes: [%s]\n", input, does);
	return subject_of_text(text);
}

/* Its case for a subject, as a line; or why there is none. */
static void assert_case(const struct suite *suite, size_t index, const char *input, const char *does, const char *wanted)
{
	struct subject *subject = subject_for(input, does);
	struct case_spec spec;
	struct buf line = {0};
	char why[200];
	if (suite_skips(suite, &suite->cases.at[index], subject, why, sizeof why))
		buf_text(&line, why);
	else {
		assert_int_equal(suite_instantiate(suite, &suite->cases.at[index], subject, "./me.yaml", &spec, NULL), 0);
		case_print(&spec, &line);
		case_fini(&spec);
	}
	unit_same_text(input, buf_string(&line), wanted);
	buf_free(&line);
	subject_free(subject);
}

static void a_case_comes_out_for_the_input_of_the_subject(void **state)
{
	(void)state;
	struct suite *suite;
	struct err err = {0};
	if (suite_load(unit_file("both.yaml", both), &suite, &err) != 0)
		fail_msg("%s", err.text);
	assert_case(suite, 0, "stack", "x-y", "name=s/plain corpus=ct:n=2 plan=p subject=./me.yaml allow=refused,hung code=5");
	assert_case(suite, 0, "audio", "x-y", "name=s/plain corpus=tones plan=q subject=./me.yaml allow=refused,hung code=6");
	assert_case(suite, 0, "video", "x-y", "the case has no corpus for an input of 'video'");
	assert_case(suite, 1, "video", "cache, x-y, retry", "name=s/own corpus=c subject=./me.yaml");
	assert_case(suite, 1, "stack", "cache", "me does no retry");
	assert_case(suite, 1, "stack", "x-y", "me does no cache");
	assert_case(suite, 2, "audio", "x-y", "name=s/of-audio corpus=d subject=./me.yaml names=yes");
	assert_case(suite, 2, "stack", "x-y", "name=s/of-audio corpus=ct:n=2 subject=./me.yaml");
	suite_free(suite);
}

/* ---- command lines ---- */

static void assert_words(char **argv, const char *wanted)
{
	struct buf line = {0};
	for (char **word = argv; *word; word++)
		buf_printf(&line, "%s[%s]", word == argv ? "" : " ", *word);
	unit_same_text("words", buf_string(&line), wanted);
	buf_free(&line);
	subject_argv_free(argv);
}

static char *given_files[] = {(char *)(uintptr_t) "a b.png", (char *)(uintptr_t) "d/c.png", NULL};

static void assert_argv(const char *command, const char *mode, char *const *files, const char *wanted)
{
	char text[500], **argv;
	struct err err = {0};
	snprintf(text, sizeof text, "version: 1\nname: me\ninput: stack\ncommand: %s\nmodes: {m: [x, '{tmp}']}\nvolumes: {lib: x}\n",
		 command);
	struct subject *subject = subject_of_text(text);
	const struct subject_places places = {.world = "/w", .tmp = "/w/tmp", .files = files};
	if (subject_argv(subject, mode, &places, &argv, &err) != 0) {
		assert_null(argv);
		unit_same_text(command, err.text, wanted);
	} else
		assert_words(argv, wanted);
	subject_free(subject);
}

static void placeholders_stand_for_places_and_other_braces_for_themselves(void **state)
{
	(void)state;
	static const struct {
		const char *command, *wanted;
	} rows[] = {
		{"[a, '{in}', '{out}/x', '{tmp}', '{lib}']", "[a] [/w/m/in] [/w/m/out/x] [/w/tmp] [/w/m/lib]"},
		{"['{in}{out}', 'x{in}y']", "[/w/m/in/w/m/out] [x/w/m/iny]"},
		{"[a, '{files}', z]", "[a] [/w/m/in/a b.png] [/w/m/in/d/c.png] [z]"},
		{"[a, 'x{files}']", "[a] [x{files}]"},
		{"['{unknown}', '{}', '{', '}', '{in', 'in}', '{{in}}', '${x}']",
		 "[{unknown}] [{}] [{] [}] [{in] [in}] [{/w/m/in}] [${x}]"},
		{"['{a-name-that-is-longer-than-every-volume}{in}']", "[{a-name-that-is-longer-than-every-volume}/w/m/in]"},
		{"one", "[one]"},
		{"['']", "[]"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_argv(rows[i].command, NULL, given_files, rows[i].wanted);
	assert_argv("[a, '{files}']", NULL, NULL, "[a]");
	assert_argv("[a]", "m", NULL, "[x] [/w/tmp]");
	assert_argv("[a]", "n", NULL, "subject 'me' has no mode 'n'");
}

/* In what is wanted, @ is the folder of the subject file, and % the home. */
static void places_of_this_machine_are_filled_in_when_a_file_is_read(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"['{here}/p', '--a={here}/b:{here}', '{herein}']", "[@/p] [--a=@/b:@] [{herein}]"},
		{"[./p, ./q]", "[@/p] [./q]"},
		{"[bin/p]", "[@/bin/p]"},
		{"[../p]", "[@/../p]"},
		{"[p]", "[p]"},
		{"[/p]", "[/p]"},
		{"['{in}/p']", "[/w/m/in/p]"},
		{"['{cores}/p']", "[%/harness/subjects/p]"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct buf wanted = {0};
		for (const char *at = rows[i][1]; *at; at++)
			if (*at == '@' || *at == '%')
				buf_text(&wanted, *at == '@' ? unit_dir : getenv("ORDEAL_DATA"));
			else
				buf_char(&wanted, *at);
		assert_argv(rows[i][0], NULL, NULL, buf_string(&wanted));
		buf_free(&wanted);
	}
}

static void a_bare_command_is_a_subject_too(void **state)
{
	(void)state;
	char *words[] = {(char *)(uintptr_t) "cp", (char *)(uintptr_t) "{in}/a", (char *)(uintptr_t) "{out}", NULL}, **argv;
	struct subject *subject;
	const struct subject_places places = {.world = "/w", .tmp = "/t"};
	assert_int_equal(subject_of_command(words, NULL, &subject, NULL), 0);
	assert_string_equal(subject->name, "command");
	assert_string_equal(subject->input, "any");
	assert_int_equal(subject->derive, DERIVE_ALL);
	assert_false(subject_does(subject, "cache"));
	assert_int_equal(subject_argv(subject, NULL, &places, &argv, NULL), 0);
	assert_words(argv, "[cp] [/w/m/in/a] [/w/m/out]");
	subject_free(subject);
}

/* ---- is it installed? ---- */

static void assert_available(const char *program, const char *cwd, const char *wanted)
{
	char text[PATH_MAX + 100], message[PATH_MAX + 400];
	struct err err = {0};
	snprintf(text, sizeof text, "version: 1\nname: me\ninput: stack\npackage: me-tools\ncommand: ['%s', x]\n", program);
	struct subject *subject = subject_of_text(text);
	int rc = subject_available(subject, cwd, &err);
	assert_int_equal(rc, wanted ? -ENOENT : 0);
	snprintf(message, sizeof message, "%s: %s (install the package me-tools)", program, wanted ? wanted : "");
	unit_same_text(program, err.text, wanted ? message : "");
	subject_free(subject);
}

static void a_program_that_is_not_installed_is_told_with_its_package(void **state)
{
	(void)state;
	char kept[4096];
	snprintf(kept, sizeof kept, "%s", getenv("PATH"));
	unit_file("tool", "#!/bin/sh\n");
	assert_int_equal(chmod(unit_path("tool"), 0700), 0);
	unit_file("text", "text");
	assert_int_equal(chmod(unit_path("text"), 0600), 0);
	assert_available("sh", NULL, NULL);
	assert_available("/bin/sh", NULL, NULL);
	assert_available("no-such-tool", NULL, "no such program");
	assert_available("/no/such/tool", NULL, "no such program");
	assert_available(unit_path("tool"), NULL, NULL);
	assert_available(unit_path("text"), NULL, "is no program that can be executed");
	assert_available(unit_dir, NULL, "is no program that can be executed");
	assert_available("tool", NULL, "no such program");
	assert_available("./tool", unit_dir, NULL);
	setenv("PATH", unit_dir, 1);
	assert_available("tool", NULL, NULL);
	assert_available("text", NULL, "no such program");
	assert_available("sh", NULL, "no such program");
	setenv("PATH", kept, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_suites_are_told_where_they_stand),
		cmocka_unit_test(mistakes_in_subjects_are_told_where_they_stand),
		cmocka_unit_test(a_complaint_shows_the_line_and_a_caret),
		cmocka_unit_test(what_is_not_there_is_unknown),
		cmocka_unit_test(every_suite_of_ours_makes_sense_for_every_subject_of_ours),
		cmocka_unit_test(the_recovery_suite_has_all_18_scenarios),
		cmocka_unit_test(a_case_comes_out_for_the_input_of_the_subject),
		cmocka_unit_test(placeholders_stand_for_places_and_other_braces_for_themselves),
		cmocka_unit_test(places_of_this_machine_are_filled_in_when_a_file_is_read),
		cmocka_unit_test(a_bare_command_is_a_subject_too),
		cmocka_unit_test(a_program_that_is_not_installed_is_told_with_its_package),
	};
	return cmocka_run_group_tests(tests, unit_dir_make, unit_dir_remove);
}

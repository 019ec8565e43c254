/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal run: a suite over subjects. */
#include "base/glob.h"
#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/suite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

struct patterns {
	VEC(struct glob *) globs;
};

struct run_options {
	struct cli_trials trials; /* first: see CLI_TRIALS_OPTIONS */
	VEC(char *) subjects;
	struct patterns cases, excluded; /* no cases: all */
	uint64_t seed;
	bool list;
};

static int take_subject(void *into, const char *value, struct err *err)
{
	struct run_options *o = into;
	SCOPED_FREE char *copy = strdup(value);
	char *rest = copy;
	for (char *word; copy && (word = strsep(&rest, ","));) {
		char whole[PATH_MAX];
		if (cli_whole_name(word, whole, err) < 0)
			return -EINVAL;
		char **slot = vec_add(&o->subjects);
		if (!slot || !(*slot = strdup(whole)))
			return err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}

/* Names of cases are no paths: a star stands for slashes too. */
static char *without_slashes(const char *text)
{
	char *flat = strdup(text);
	for (char *at = flat; at && (at = strchr(at, '/'));)
		*at = '\1';
	return flat;
}

static int add_pattern(struct patterns *patterns, const char *value, struct err *err)
{
	SCOPED_FREE char *flat = without_slashes(value);
	struct glob **slot = flat ? vec_add(&patterns->globs) : NULL;
	return slot ? glob_compile(flat, slot, err) : err_set(err, ENOMEM, "out of memory");
}

static bool match_any(const struct patterns *patterns, const char *flat)
{
	for (size_t i = 0; i < patterns->globs.count; i++)
		if (glob_match(patterns->globs.at[i], flat))
			return true;
	return false;
}

static void patterns_free(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->globs.count; i++)
		glob_free(patterns->globs.at[i]);
	vec_free(&patterns->globs);
}

static int take_case(void *into, const char *value, struct err *err)
{
	return add_pattern(&((struct run_options *)into)->cases, value, err);
}

static int take_exclude(void *into, const char *value, struct err *err)
{
	return add_pattern(&((struct run_options *)into)->excluded, value, err);
}

static int take_seed(void *into, const char *value, struct err *err)
{
	return units_number(value, &((struct run_options *)into)->seed)
		       ? err_set(err, EINVAL, "'%s' is no whole number", value)
		       : 0;
}

static int take_list(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct run_options *)into)->list = true;
	return 0;
}

static const struct cli_option options[] = {
	{'s', "subject", "NAME[,NAME]", "subjects by name or file (pyramid,audio)", take_subject},
	{'c', "case", "PATTERN", "only cases of this name (* ? {a,b}); repeatable", take_case},
	{'x', "exclude", "PATTERN", "no cases of this name; repeatable", take_exclude},
	{'l', "list", NULL, "show the cases of the suite and end", take_list},
	{0, "seed", "N", "instead of the plans' own", take_seed},
	CLI_TRIALS_OPTIONS,
};

static const struct cli_syntax syntax = {
	.usage = "ordeal run SUITE [OPTIONS]",
	.about = "Runs each case of the suite over each subject: first without faults, then with,\n"
		 "each in a world of its own. SUITE is one of ours (recovery) or a file.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 0,
	.operands_max = 1,
};

/* ---- listing ---- */

static int list_suites(void)
{
	struct places_names names;
	struct err err = {0};
	if (places_list(PLACE_SUITES, &names, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	for (size_t i = 0; i < names.names.count; i++) {
		struct suite *suite;
		if (suite_load(names.names.at[i], &suite, &err) < 0)
			return cli_fail(EXIT_INTERNAL, &err);
		printf("%-12s %s\n", names.names.at[i], suite->title ? suite->title : "");
		suite_free(suite);
	}
	places_names_free(&names);
	return EXIT_AS_EXPECTED;
}

static bool is_selected(const struct run_options *o, const struct suite_case *one)
{
	SCOPED_FREE char *flat = without_slashes(one->name);
	return flat && (!o->cases.globs.count || match_any(&o->cases, flat)) && !match_any(&o->excluded, flat);
}

static bool is_choosy(const struct run_options *o)
{
	return o->cases.globs.count || o->excluded.globs.count;
}

static int complain_nothing(const struct suite *suite)
{
	return cli_complain(EXIT_NOTHING, "no case of %s is left by --case and --exclude", suite->name);
}

static int list_cases(const struct suite *suite, const struct run_options *o)
{
	size_t count = 0;
	for (size_t i = 0; i < suite->cases.count; i++) {
		const struct suite_case *one = &suite->cases.at[i];
		if (is_selected(o, one) && ++count)
			printf("%-58s %s\n", one->name, one->title ? one->title : "");
	}
	return count ? EXIT_AS_EXPECTED : complain_nothing(suite);
}

/* ---- selecting ---- */

static int add_trial(struct session *session, const struct run_options *o, const struct suite *suite,
		     const struct suite_case *one, const struct subject *subject, const char *name, struct err *err)
{
	struct case_spec spec;
	struct trial *trial;
	char why[1200];
	int rc = suite_instantiate(suite, one, subject, name, &spec, err);
	if (rc)
		return rc;
	if (o->seed != CASE_SEED_OF_PLAN)
		spec.seed = o->seed;
	rc = session_add(session, &spec, &trial, err);
	if (rc)
		return rc;
	trial->scenario = one->scenario;
	trial->title = one->title ? strdup(one->title) : NULL;
	if (suite_skips(suite, one, subject, why, sizeof why)) {
		trial_say(trial, why);
		trial->state = TRIAL_SKIPPED;
		return 0;
	}
	rc = cli_whole_paths(&trial->spec, err);
	return rc ? err_context(err, "%s", trial->spec.name) : 0;
}

/* Returns an exit status, CLI_GO_ON where all went well. A subject that is not installed is said and left out. */
static int add_subject(struct session *session, const struct run_options *o, const struct suite *suite, const char *name)
{
	const struct subject *subject;
	struct err err = {0};
	if (session_subject(session, name, &subject, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	const char *near;
	char hint[NEAREST_HINT_SIZE];
	if (!suite_takes(suite, subject->input, &near))
		return cli_complain(EXIT_USAGE, "subject %s takes an input of '%s', for which suite %s has no corpus%s",
				    subject->name, subject->input, suite->name, nearest_hint(hint, near));
	if (subject_available(subject, NULL, &err) < 0 && subject->beside)
		return cli_fail(EXIT_USAGE, &err);
	if (err.code) {
		cli_complain(0, "subject %s is left out: %s", subject->name, err.text);
		return CLI_GO_ON;
	}
	for (size_t i = 0; i < suite->cases.count; i++)
		if (is_selected(o, &suite->cases.at[i]) &&
		    add_trial(session, o, suite, &suite->cases.at[i], subject, name, &err) < 0)
			return cli_fail(EXIT_USAGE, &err);
	return CLI_GO_ON;
}

static int run_suite(const struct suite *suite, struct run_options *o)
{
	struct session session;
	SCOPED_FREE char *title = NULL;
	int status = CLI_GO_ON;
	session_init(&session);
	for (size_t i = 0; status == CLI_GO_ON && i < o->subjects.count; i++)
		status = add_subject(&session, o, suite, o->subjects.at[i]);
	if (asprintf(&title, "%s%s%s", suite->name, suite->title ? ": " : "", suite->title ? suite->title : "") < 0)
		title = NULL;
	bool any_here = session.subjects.count > 0 && session.trials.count > 0;
	if (status == CLI_GO_ON && !any_here)
		status = is_choosy(o) ? complain_nothing(suite)
				  : cli_complain(cli_status_of(&o->trials, EXIT_ENVIRONMENT), "no subject is installed");
	if (status == CLI_GO_ON)
		status = cli_trials_run(&session, &o->trials, title);
	session_fini(&session);
	return status;
}

static void options_fini(struct run_options *o)
{
	for (size_t i = 0; i < o->subjects.count; i++)
		free(o->subjects.at[i]);
	vec_free(&o->subjects);
	patterns_free(&o->cases);
	patterns_free(&o->excluded);
}

static int run(struct run_options *o, const char *name)
{
	struct err err = {0};
	struct suite *suite;
	if (!name)
		return o->list ? list_suites() : cli_complain(EXIT_USAGE, "run: which suite? (ordeal run --list)");
	if (!o->subjects.count && take_subject(o, "pyramid,audio", &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	if (suite_load(name, &suite, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int status = o->list ? list_cases(suite, o) : run_suite(suite, o);
	suite_free(suite);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run_options o = {.seed = CASE_SEED_OF_PLAN};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status == CLI_GO_ON)
		status = run(&o, operand < argc ? argv[operand] : NULL);
	options_fini(&o);
	return status;
}

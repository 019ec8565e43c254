/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal try: one command, one case. */
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"

#include <errno.h>

/* Fields that a sweep sets by itself. */
#define TAKE_FIELD(field)                                                                        \
	static int take_##field(void *into, const char *value, struct err *err)                  \
	{                                                                                        \
		return case_set(&((struct cli_case *)into)->spec, #field, value, err);        \
	}

TAKE_FIELD(plan)
TAKE_FIELD(name)
TAKE_FIELD(seed)
TAKE_FIELD(caching)

/* Several of them add up. */
static int add_to(struct cli_case *o, const char *key, const char *before, const char *between, const char *value, struct err *err)
{
	SCOPED_FREE char *joined = NULL;
	if (asprintf(&joined, "%s%s%s", before ? before : "", before ? between : "", value) < 0)
		return err_set(err, ENOMEM, "out of memory");
	return case_set(&o->spec, key, joined, err);
}

static int take_alloc(void *into, const char *value, struct err *err)
{
	struct cli_case *o = into;
	return add_to(o, "alloc", o->spec.alloc, ";", value, err);
}

static int take_rule(void *into, const char *value, struct err *err)
{
	struct cli_case *o = into;
	return add_to(o, "rules", o->spec.rules, ", ", value, err);
}

static int take_damage(void *into, const char *value, struct err *err)
{
	struct cli_case *o = into;
	return add_to(o, "damage", o->spec.damage, ", ", value, err);
}

static const struct cli_option options[] = {
	{'c', "corpus", "SOURCE", "what {in} holds: a profile, tree:DIR, pack:FILE", cli_take_corpus},
	{'p', "plan", "PLAN", "name of a plan of ours, or a file", take_plan},
	{0, "rule", "YAML", "a rule instead of a plan: '{on: read, fail: EIO}'", take_rule},
	{0, "damage", "YAML", "of the corpus: '{path: a.png, truncate: 50%}'", take_damage},
	{'a', "alloc", "RULE", "failing allocations: nth=3,size=1MiB.. ...", take_alloc},
	{'s', "subject", "NAME", "a subject instead of a COMMAND", cli_take_subject},
	{0, "mode", "NAME", "another command of the subject's", cli_take_mode},
	{0, "does", "WORDS", "of COMMAND, as in a subject file: check, degrade", cli_take_does},
	{0, "name", "NAME", "of the case, in reports", take_name},
	{0, "before", "STATE", "what {out} holds first: nothing, run, others", cli_take_before},
	{0, "caching", "CACHING", "live (usual) or uncached, as in ordeal mount", take_caching},
	{0, "seed", "N", "instead of the plan's own", take_seed},
	{'d', "deadline", "TIME", "hung beyond this (20 times a clean run, 10s)", cli_take_deadline},
	{0, "allow", "VERDICTS", "what passes (complete,degraded,refused)", cli_take_allow},
	CLI_ORACLE_OPTIONS,
	CLI_TRIALS_OPTIONS,
};

static const struct cli_syntax syntax = {
	.usage = "ordeal try --corpus SOURCE [--plan PLAN] [OPTIONS] [--] COMMAND...",
	.about = "Runs COMMAND twice without faults, then once under the plan, in a world of its\n"
		 "own, and judges what it did and left. In COMMAND, {in} stands for the directory\n"
		 "of the corpus, {out} for an empty one that takes its outputs, {files} for all\n"
		 "files of the corpus, {tmp} for its TMPDIR. It runs in the current directory.",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 0,
	.operands_max = -1,
	.takes_command = true,
};

int cmd_try(int argc, char **argv)
{
	struct cli_case o = {0};
	struct session session;
	struct trial *trial;
	struct err err = {0};
	int operand;
	case_init(&o.spec);
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status == CLI_GO_ON && cli_complete_case("try", &o.spec, argc, argv, operand, &err) < 0)
		status = cli_fail(EXIT_USAGE, &err);
	if (status != CLI_GO_ON) {
		case_fini(&o.spec);
		return status;
	}
	session_init(&session);
	if (session_add(&session, &o.spec, &trial, &err) < 0)
		status = cli_fail(EXIT_USAGE, &err);
	else if (subject_available(trial->subject, trial->spec.cwd, &err) < 0)
		status = cli_fail(trial->spec.command ? EXIT_USAGE : cli_status_of(&o.trials, EXIT_ENVIRONMENT), &err);
	else
		status = cli_trials_run(&session, &o.trials, NULL);
	session_fini(&session);
	return status;
}

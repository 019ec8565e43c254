/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal plan: list, check, explain. */
#include "base/places.h"
#include "base/scope.h"
#include "base/yaml.h"
#include "corpora/corpus.h"
#include "faults/kinds.h"
#include "faults/plan.h"
#include "harness/cli/cli.h"
#include "harness/cli/sources.h"
#include "harness/reach.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct plan_options {
	const char *corpus;
};

static int take_corpus(void *into, const char *value, struct err *err)
{
	(void)err;
	((struct plan_options *)into)->corpus = value;
	return 0;
}

static const struct cli_option options[] = {
	{'c', "corpus", "SOURCE", "hold the rules against what {in} would hold", take_corpus},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal plan list | show PLAN | check PLAN... | explain PLAN [-c SOURCE]",
	.about = "list     our plans and the fault kinds\n"
		 "show     print a plan's file, to begin one of your own with\n"
		 "check    read plans, say what is wrong with them and where\n"
		 "explain  put each rule into words, and say what of a corpus it can touch",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 1,
	.operands_max = -1,
};

static int load(const char *name, struct plan **plan, struct err *err)
{
	SCOPED_FREE char *path = NULL;
	int rc = places_find(PLACE_PLANS, name, &path, err);
	return rc ? rc : plan_load(path, plan, err);
}

static int list(void)
{
	struct places_names names;
	struct err err = {0};
	if (places_list(PLACE_PLANS, &names, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	puts("Plans:");
	for (size_t i = 0; i < names.names.count; i++) {
		struct plan *plan;
		if (load(names.names.at[i], &plan, &err) < 0) {
			places_names_free(&names);
			return cli_fail(EXIT_INTERNAL, &err);
		}
		printf("  %-24s %s\n", names.names.at[i], plan->title ? plan->title : "");
		plan_free(plan);
	}
	places_names_free(&names);
	puts("\nFault kinds:");
	for (size_t i = 0; kinds_at(i); i++)
		printf("  %-24s %s\n", kinds_at(i)->name, kinds_at(i)->summary);
	return EXIT_AS_EXPECTED;
}

static int show(const char *name)
{
	SCOPED_FREE char *path = NULL;
	SCOPED(buf_free) struct buf text = {0};
	struct err err = {0};
	if (places_find(PLACE_PLANS, name, &path, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int rc = buf_read_file(&text, path, YAML_TEXT_MAX);
	if (rc)
		return cli_complain(EXIT_USAGE, "%s: %s", path, strerror(-rc));
	fwrite(text.at, 1, text.length, stdout);
	return EXIT_AS_EXPECTED;
}

static int check(char **names, int count)
{
	int status = EXIT_AS_EXPECTED;
	for (int i = 0; i < count; i++) {
		struct plan *plan = NULL;
		struct err err = {0};
		if (load(names[i], &plan, &err) < 0) {
			status = cli_fail(EXIT_USAGE, &err);
		} else {
			cli_doubts(plan);
			cli_tell("%s: ok, %zu rule%s, %zu for allocations\n", names[i], plan->rules.count, plan->rules.count == 1 ? "" : "s",
				 plan->allocations.count);
		}
		plan_free(plan);
	}
	return status;
}

#define HERE " here (if it is for another volume: say which)"

/* Without a name for its volume it may strike on others, of which nothing is known here. */
static void print_lack(const struct plan *plan, const struct rule *rule, const struct reach *reach,
		       const struct reach_volume *volume)
{
	SCOPED(buf_free) struct buf why = {0};
	reach_tell_lack(plan, rule, reach, volume, 1, &why);
	if (reach->lack == REACH_WAITS)
		puts("    waits for a rule that can never strike: neither can it");
	else if (reach->lack == REACH_NO_BYTE)
		printf("    begins behind the end of all that it matches (%" PRIu64 " bytes): the rule can never strike%s\n",
		       reach->largest, rule->volume ? "" : HERE);
	else if (reach->lack == REACH_NO_TYPE || reach->lack == REACH_NO_VOLUME)
		cli_tell("    %s: the rule can never strike%s\n", buf_string(&why), rule->volume ? "" : HERE);
	else
		printf("    touches nothing of this corpus: the rule can never strike%s\n", rule->volume ? "" : HERE);
}

static void print_paths(const struct rule *rule, const struct reach *reach, const struct reach_volume *volume)
{
	if (reach->paths == UINT64_MAX && rule->volume && strcmp(rule->volume, volume->name) != 0)
		cli_tell("    is for volume '%s', of which nothing is known here: not weighed\n", rule->volume);
	else if (reach->paths == UINT64_MAX)
		puts("    not known: there are too many paths to look at each");
	else if (!reach->paths)
		puts("    touches nothing of what is there now; more may come");
	else
		cli_tell("    can touch %" PRIu64 " of its paths%s, first %s\n", reach->paths, volume->grows ? " as they are now" : "",
			 reach->first);
}

static void print_reach(const struct plan *plan, const struct rule *rule, const struct reach *reach,
			const struct reach_volume *volume)
{
	SCOPED(buf_free) struct buf doubt = {0};
	if (reach->elsewhere)
		puts("    only changes what is there: it can strike on a scratch, and never on a corpus");
	else if (reach->lack != REACH_NOTHING_LACKS)
		print_lack(plan, rule, reach, volume);
	else
		print_paths(rule, reach, volume);
	reach_tell_doubt(rule, reach, &doubt);
	if (doubt.length)
		printf("    will hardly strike: %s\n", buf_string(&doubt));
}

static void print_gaps(const struct reach_gaps *gaps)
{
	if (gaps->count)
		cli_tell("  (%" PRIu64 " directories of the corpus cannot be listed, first %s: %s)\n", gaps->count, gaps->first,
		       strerror(gaps->error));
}

/* A script must be able to notice. */
static int check_reach(const struct plan *plan, const char *source, const struct reach *reach)
{
	size_t lacking = 0;
	for (size_t i = 0; i < plan->rules.count; i++)
		lacking += reach[i].lack != REACH_NOTHING_LACKS;
	return lacking ? cli_complain(EXIT_USAGE, "plan %s: on %s, %zu of %zu rules can never strike", plan->name, source,
				      lacking, plan->rules.count)
		       : EXIT_AS_EXPECTED;
}

static void print_group(const struct plan *plan, const struct rule *rule)
{
	const struct group *group = rule->group == PLAN_NO_GROUP ? NULL : &plan->groups.at[rule->group];
	if (group)
		cli_tell("    in group %s, %s at first\n", group->name, group->on ? "on" : "off");
}

static int print_plan(const struct plan *plan, const struct reach *reach, const struct reach_volume *volume)
{
	SCOPED(buf_free) struct buf words = {0};
	cli_tell("%s%s%s (seed %" PRIu64 ")\n", plan->name, plan->title ? ": " : "", plan->title ? plan->title : "", plan->seed);
	for (size_t i = 0; i < plan->rules.count; i++) {
		buf_clear(&words);
		plan_explain_rule(plan->rules.at[i], &words);
		if (words.failed)
			return cli_complain(EXIT_INTERNAL, "out of memory");
		cli_tell("  %s\n", buf_string(&words));
		print_group(plan, plan->rules.at[i]);
		if (reach)
			print_reach(plan, plan->rules.at[i], &reach[i], volume);
	}
	for (size_t i = 0; i < plan->allocations.count; i++) {
		buf_clear(&words);
		plan_explain_allocation(&plan->allocations.at[i], &words);
		if (words.failed)
			return cli_complain(EXIT_INTERNAL, "out of memory");
		cli_tell("  %s\n", buf_string(&words));
	}
	return EXIT_AS_EXPECTED;
}

/* A scratch alone is volume `out`, and may come to hold anything; what it holds now is counted. */
static int open_volume(const char *source, struct reach_volume *out, struct corpus **corpus, struct err *err)
{
	bool scratch = source_is_scratch(source);
	SCOPED_FREE char *held = scratch ? source_of_scratch(source, err) : NULL;
	*out = (struct reach_volume){.name = scratch ? "out" : "in", .grows = scratch};
	if (scratch && !held)
		return -EINVAL;
	int rc = corpus_open(scratch ? held : source, corpus, err);
	out->corpus = *corpus;
	return rc;
}

/* Rules without a volume concern all; held against a corpus they are asked as if they named it. */
static int explain_on(const struct plan *plan, const char *source)
{
	struct corpus *corpus = NULL;
	struct reach_volume volume;
	struct err err = {0};
	struct reach_gaps gaps = {0};
	SCOPED_FREE struct reach *reach = calloc(plan->rules.count + 1, sizeof *reach);
	if (!reach)
		return cli_complain(EXIT_INTERNAL, "out of memory");
	if (open_volume(source, &volume, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	int rc = volume.grows ? reach_weigh(plan, &volume, 1, REACH_SWITCHED, reach, &gaps, &err)
			      : reach_count(plan, corpus, reach, &gaps, &err);
	corpus_close(corpus);
	if (rc)
		return cli_fail(EXIT_USAGE, &err);
	int status = print_plan(plan, reach, &volume);
	if (status)
		return status;
	print_gaps(&gaps);
	return check_reach(plan, source, reach);
}

static int explain(const char *name, const char *source)
{
	struct plan *plan;
	struct err err = {0};
	int status = EXIT_AS_EXPECTED;
	if (load(name, &plan, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	cli_doubts(plan);
	if (source)
		status = explain_on(plan, source);
	else
		status = print_plan(plan, NULL, NULL);
	plan_free(plan);
	return status;
}

int cmd_plan(int argc, char **argv)
{
	struct plan_options o = {0};
	int operand;
	int status = cli_parse(argc, argv, &syntax, &o, &operand);
	if (status != CLI_GO_ON)
		return status;
	const char *word = argv[operand];
	int rest = argc - operand - 1;
	if (strcmp(word, "list") == 0 && !rest)
		return list();
	if (strcmp(word, "show") == 0 && rest == 1)
		return show(argv[operand + 1]);
	if (strcmp(word, "check") == 0 && rest)
		return check(argv + operand + 1, rest);
	if (strcmp(word, "explain") == 0 && rest == 1)
		return explain(argv[operand + 1], o.corpus);
	return cli_complain(EXIT_USAGE, "plan: usage: %s", syntax.usage);
}

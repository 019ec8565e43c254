/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus: what there is, and what is in it. */
#include "base/harmless.h"
#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/units.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"
#include "harness/cli/corpus_team.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- options ---- */

static int take_digests(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct corpus_options *)into)->digests = true;
	return 0;
}

static int take_resume(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct corpus_options *)into)->resume = true;
	return 0;
}

static int take_number(const char *value, unsigned most, unsigned *into, struct err *err)
{
	uint64_t number;
	if (units_number(value, &number) < 0 || number < 1 || number > most)
		return err_set(err, EINVAL, "'%s' is no number from 1 to %u", value, most);
	*into = (unsigned)number;
	return 0;
}

static int take_jobs(void *into, const char *value, struct err *err)
{
	return take_number(value, TEAM_MAX, &((struct corpus_options *)into)->jobs, err);
}

static int take_max(void *into, const char *value, struct err *err)
{
	return take_number(value, 1000000, &((struct corpus_options *)into)->max, err);
}

static int take_sums(void *into, const char *value, struct err *err)
{
	(void)err;
	((struct corpus_options *)into)->sums = value;
	return 0;
}

static const struct cli_option options[] = {
	{0, "digests", NULL, "truth: SHA-256 of each file, and undamaged", take_digests},
	{0, "resume", NULL, "make: go on with one that was interrupted", take_resume},
	{0, "sums", "FILE", "make: write SHA-256 sums; check: compare with such", take_sums},
	{'j', "jobs", "N", "make, check: threads (one a processor, up to 8)", take_jobs},
	{0, "max", "N", "check: lines (100), thumbs: files (200), at most", take_max},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal corpus WORD [SOURCE [DIR | FILE]] [OPTIONS]",
	.about = "list                    our profiles\n"
		 "damages                 what a spec can do to a file, and what may be\n"
		 "                        expected then\n"
		 "show SOURCE             what it holds, damage marked\n"
		 "truth SOURCE            the same for programs: a line of JSON for each file\n"
		 "thumbs SOURCE FILE      the same for the eye: a page (HTML) of pictures\n"
		 "make SOURCE DIR         write it, damage included, to DIR (new or empty)\n"
		 "check SOURCE DIR        is what stands in DIR what SOURCE holds?\n"
		 "check SOURCE --sums F   does SOURCE hold what the manifest F tells of?\n"
		 "\n"
		 "SOURCE: a profile with parameters (ct-small:slices=20,seed=7), a spec of your\n"
		 "own (./mine.yaml), tree:DIR or pack:FILE (an archive); see ordeal-corpus(5).",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 1,
	.operands_max = 3,
};

/* ---- list ---- */

static int list(void)
{
	struct places_names names;
	struct err err = {0};
	if (places_list(PLACE_SPECS, &names, &err) < 0)
		return cli_fail(EXIT_INTERNAL, &err);
	int status = EXIT_AS_EXPECTED;
	for (size_t i = 0; status == EXIT_AS_EXPECTED && i < names.names.count; i++) {
		struct corpus *corpus;
		if (corpus_open(names.names.at[i], &corpus, &err) < 0) {
			status = cli_fail(EXIT_INTERNAL, &err);
			continue;
		}
		printf("%-20s %s\n", names.names.at[i], corpus_title(corpus));
		corpus_close(corpus);
	}
	places_names_free(&names);
	return status;
}

/* ---- show ---- */

static int show_one(const struct corpus *corpus, const char *path, mode_t type, void *context, struct err *err)
{
	(void)context;
	struct corpus_stat st;
	const char *damage = corpus_truth(corpus, path);
	int rc = corpus_stat(corpus, path, &st);
	if (rc)
		return err_set(err, -rc, "%s: %s", path, strerror(-rc));
	SCOPED_FREE char *shown = strdup(path);
	if (shown)
		harmless(shown, ""); /* one line a name */
	cli_tell("%c %12llu  %s%s%s\n", S_ISDIR(type) ? 'd' : S_ISLNK(type) ? 'l' : '-', (unsigned long long)st.size,
		 shown ? shown : "?", damage ? "  damaged: " : "", damage ? damage : "");
	return 0;
}

/* One line, whatever a stranger calls his files. */
static char *harmless_in_place(char *text)
{
	harmless(text, "");
	return text;
}

static void tell_title(const char *source, const struct corpus *corpus)
{
	SCOPED_FREE char *line = NULL;
	if (asprintf(&line, "%s: %s", source, corpus_title(corpus)) >= 0)
		cli_tell("%s\n", harmless_in_place(line));
}

static int show(const char *source)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	tell_title(source, corpus);
	int rc = corpus_walk(corpus, ".", show_one, NULL, &err);
	struct corpus_damaged damaged;
	if (!rc && corpus_damaged(corpus, &damaged) == 0) {
		for (size_t i = 0; i < damaged.files.count; i++)
			if (strcmp(damaged.files.at[i].damage, "remove") == 0)
				cli_tell("%14s  %s  removed\n", "", harmless_in_place(damaged.files.at[i].path));
		corpus_damaged_free(&damaged);
	}
	corpus_close(corpus);
	return rc ? cli_fail(EXIT_INTERNAL, &err) : EXIT_AS_EXPECTED;
}

/* ---- damages ---- */

static void tell_damage(void *into, const char *entry, const char *class, const char *about)
{
	(void)into;
	cli_tell("%-26s %-7s %s\n", entry, class, about);
}

static int damages(void)
{
	cli_tell("%-26s %-7s %s\n", "DAMAGE", "CLASS", "WHAT IS WRONG");
	corpus_damages(tell_damage, NULL);
	return EXIT_AS_EXPECTED;
}

/* ---- words ---- */

static int do_list(const struct corpus_options *chosen, char **operands)
{
	(void)chosen, (void)operands;
	return list();
}

static int do_damages(const struct corpus_options *chosen, char **operands)
{
	(void)chosen, (void)operands;
	return damages();
}

static int do_show(const struct corpus_options *chosen, char **operands)
{
	(void)chosen;
	return show(operands[0]);
}

static int do_truth(const struct corpus_options *chosen, char **operands)
{
	return corpus_tell_truth(operands[0], chosen->digests);
}

static int do_thumbs(const struct corpus_options *chosen, char **operands)
{
	return corpus_thumbs(chosen, operands[0], operands[1]);
}

static int do_make(const struct corpus_options *chosen, char **operands)
{
	return corpus_make(chosen, operands[0], operands[1]);
}

static int do_check(const struct corpus_options *chosen, char **operands)
{
	if (operands[1] && chosen->sums)
		return cli_complain(EXIT_USAGE, "corpus check: --sums is for SOURCE alone (for a directory: cd DIR && sha256sum -c FILE)");
	if (!operands[1] && !chosen->sums)
		return cli_complain(EXIT_USAGE, "corpus check: a directory is missing (usage: ordeal corpus check SOURCE DIR)");
	return operands[1] ? corpus_check(chosen, operands[0], operands[1]) : corpus_check_sums(chosen, operands[0]);
}

/* Which options go with a word. */
enum { DIGESTS = 1, RESUME = 2, SUMS = 4, JOBS = 8, MAX = 16 };

static const struct word {
	const char *name;
	int operands_min, operands_max;
	const char *operands;
	unsigned options;
	int (*run)(const struct corpus_options *chosen, char **operands);
} words[] = {
	{"list", 0, 0, "", 0, do_list},
	{"damages", 0, 0, "", 0, do_damages},
	{"show", 1, 1, " SOURCE", 0, do_show},
	{"truth", 1, 1, " SOURCE", DIGESTS, do_truth},
	{"thumbs", 2, 2, " SOURCE FILE", MAX, do_thumbs},
	{"make", 2, 2, " SOURCE DIR", RESUME | SUMS | JOBS, do_make},
	{"check", 1, 2, " SOURCE DIR", SUMS | JOBS | MAX, do_check},
};

/* The name of an option that was given and does not go with the word, or NULL. */
static const char *astray(const struct word *word, const struct corpus_options *chosen)
{
	const struct {
		unsigned option;
		bool given;
		const char *name;
	} given[] = {
		{DIGESTS, chosen->digests, "digests"}, {RESUME, chosen->resume, "resume"}, {SUMS, chosen->sums, "sums"},
		{JOBS, chosen->jobs, "jobs"},	       {MAX, chosen->max, "max"},
	};
	for (size_t i = 0; i < COUNT_OF(given); i++)
		if (given[i].given && !(word->options & given[i].option))
			return given[i].name;
	return NULL;
}

static int run_word(const struct word *word, const struct corpus_options *chosen, int count, char **operands)
{
	const char *wrong = astray(word, chosen);
	if (count < word->operands_min || count > word->operands_max)
		return cli_complain(EXIT_USAGE, "corpus %s: %s (usage: ordeal corpus %s%s)", word->name,
				    count < word->operands_min ? "something is missing" : "too many words", word->name, word->operands);
	if (wrong)
		return cli_complain(EXIT_USAGE, "corpus %s: --%s does not go with it (see ordeal corpus --help)", word->name, wrong);
	return word->run(chosen, operands);
}

int cmd_corpus(int argc, char **argv)
{
	int operand;
	char hint[NEAREST_HINT_SIZE];
	struct corpus_options chosen = {0};
	int status = cli_parse(argc, argv, &syntax, &chosen, &operand);
	if (status != CLI_GO_ON)
		return status;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(argv[operand], words[i].name) == 0)
			return run_word(&words[i], &chosen, argc - operand - 1, argv + operand + 1);
	return cli_complain(EXIT_USAGE, "corpus: unknown word '%s'%s (see ordeal corpus --help)", argv[operand],
			    nearest_hint(hint, nearest_in(&words[0].name, COUNT_OF(words), sizeof *words, argv[operand])));
}

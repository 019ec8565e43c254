/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* ordeal corpus: what there is, and what is in it. */
#include "base/harmless.h"
#include "base/places.h"
#include "base/scope.h"
#include "harness/cli/cli.h"
#include "harness/cli/corpus_cmds.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct options {
	bool digests;
};

static int take_digests(void *into, const char *value, struct err *err)
{
	(void)value, (void)err;
	((struct options *)into)->digests = true;
	return 0;
}

static const struct cli_option options[] = {
	{0, "digests", NULL, "truth: SHA-256 of each file, and undamaged", take_digests},
};

static const struct cli_syntax syntax = {
	.usage = "ordeal corpus list | damages | show | truth SOURCE | make SOURCE DIR",
	.about = "list     our profiles\n"
		 "damages  what a spec can do to a file, and what may be expected then\n"
		 "show     what SOURCE holds, damage marked\n"
		 "truth    the same for programs: a line of JSON for each file\n"
		 "make     write a corpus, damage included, to DIR (new or empty)\n"
		 "\n"
		 "SOURCE: a profile with parameters (ct-small:slices=20,seed=7), tree:DIR or\n"
		 "pack:FILE (an archive).",
	.options = options,
	.options_count = COUNT_OF(options),
	.operands_min = 1,
	.operands_max = 3,
};

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

static int show(const char *source)
{
	struct corpus *corpus;
	struct err err = {0};
	if (corpus_open(source, &corpus, &err) < 0)
		return cli_fail(EXIT_USAGE, &err);
	cli_tell("%s: %s\n", source, corpus_title(corpus));
	int rc = corpus_walk(corpus, ".", show_one, NULL, &err);
	struct corpus_damaged damaged;
	if (!rc && corpus_damaged(corpus, &damaged) == 0) {
		for (size_t i = 0; i < damaged.files.count; i++)
			if (strcmp(damaged.files.at[i].damage, "remove") == 0)
				cli_tell("%14s  %s  removed\n", "", damaged.files.at[i].path);
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

int cmd_corpus(int argc, char **argv)
{
	int operand;
	struct options chosen = {0};
	int status = cli_parse(argc, argv, &syntax, &chosen, &operand);
	if (status != CLI_GO_ON)
		return status;
	const char *word = argv[operand];
	int rest = argc - operand - 1;
	if (chosen.digests && strcmp(word, "truth") != 0)
		return cli_complain(EXIT_USAGE, "corpus %s: --digests goes with truth", word);
	if (strcmp(word, "list") == 0 && rest == 0)
		return list();
	if (strcmp(word, "damages") == 0 && rest == 0)
		return damages();
	if (strcmp(word, "show") == 0 && rest == 1)
		return show(argv[operand + 1]);
	if (strcmp(word, "truth") == 0 && rest == 1)
		return corpus_tell_truth(argv[operand + 1], chosen.digests);
	if (strcmp(word, "make") == 0 && rest == 2)
		return corpus_make(argv[operand + 1], argv[operand + 2]);
	return cli_complain(EXIT_USAGE, "corpus: usage: %s", syntax.usage);
}

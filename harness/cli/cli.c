/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Parses options by table, makes --help of the same table, complains. */
#include "harness/cli/cli.h"

#include "base/buf.h"
#include "base/harmless.h"
#include "base/nearest.h"
#include "base/places.h"
#include "base/scope.h"
#include "base/vec.h"
#include "harness/cli/sources.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define OPTIONS_MAX 64

/* Long options get numbers beyond any letter. */
#define LONG_BASE 1000

/* ---- help ---- */

static void print_option(const struct cli_option *option)
{
	char left[64];
	char letter[8] = "    ";
	if (option->letter)
		snprintf(letter, sizeof letter, "-%c, ", option->letter);
	snprintf(left, sizeof left, "%s--%s%s%s", letter, option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	printf("  %-27s %s\n", left, option->help);
}

static void print_help(const struct cli_syntax *syntax)
{
	printf("usage: %s\n\n%s\n", syntax->usage, syntax->about);
	puts("\nOptions:");
	for (size_t i = 0; i < syntax->options_count; i++)
		print_option(&syntax->options[i]);
	puts("  -h, --help                  this text");
}

/* ---- parsing ---- */

struct getopt_tables {
	struct option longs[OPTIONS_MAX + 2];
	char shorts[2 * OPTIONS_MAX + 4];
};

static void make_tables(const struct cli_syntax *syntax, struct getopt_tables *t)
{
	/* '+': options end at the first operand. ':': tell a missing value. */
	char *at = stpcpy(t->shorts, syntax->takes_command ? "+:h" : ":h");
	size_t i = 0;
	for (; i < syntax->options_count && i < OPTIONS_MAX; i++) {
		const struct cli_option *option = &syntax->options[i];
		t->longs[i] = (struct option){option->name, option->value ? required_argument : no_argument, NULL,
					      LONG_BASE + (int)i};
		if (option->letter) {
			*at++ = option->letter;
			if (option->value)
				*at++ = ':';
		}
	}
	*at = '\0';
	t->longs[i++] = (struct option){"help", no_argument, NULL, 'h'};
	t->longs[i] = (struct option){0};
}

/* The option that getopt found: a long one by its index, a short one by its letter. It is one of the table. */
static const struct cli_option *option_of(const struct cli_syntax *syntax, int found)
{
	size_t i = found >= LONG_BASE ? (size_t)(found - LONG_BASE) : 0;
	while (found < LONG_BASE && syntax->options[i].letter != found)
		i++;
	return &syntax->options[i];
}

/* What getopt did not take, by its own name: of several letters behind one dash the one that is meant. */
static int complain_option(char **argv, const struct cli_syntax *syntax, bool lacks_value)
{
	char word[64];
	snprintf(word, sizeof word, "%.*s", (int)strcspn(argv[optind - 1], "="), argv[optind - 1]);
	if (optopt && optopt < LONG_BASE)
		snprintf(word, sizeof word, "-%c", optopt);
	if (lacks_value)
		return cli_complain(EXIT_USAGE, "%s: a value is missing behind '%s' (see ordeal %s --help)", argv[0], word, argv[0]);
	if (optopt >= LONG_BASE)
		return cli_complain(EXIT_USAGE, "%s: '%s' takes no value (see ordeal %s --help)", argv[0], word, argv[0]);
	const char *near = optopt || !syntax->options_count ? NULL : nearest_in(&syntax->options[0].name, syntax->options_count,
										sizeof *syntax->options, word + 2);
	if (near)
		return cli_complain(EXIT_USAGE, "%s: unknown option '%s' (did you mean '--%s'?)", argv[0], word, near);
	return cli_complain(EXIT_USAGE, "%s: unknown option '%s' (see ordeal %s --help)", argv[0], word, argv[0]);
}

static int check_operands(int count, const char *command, const struct cli_syntax *syntax)
{
	if (count >= syntax->operands_min && (syntax->operands_max < 0 || count <= syntax->operands_max))
		return CLI_GO_ON;
	return cli_complain(EXIT_USAGE, "%s: %s (usage: %s)", command,
			    count < syntax->operands_min ? "something is missing" : "too many words", syntax->usage);
}

int cli_parse(int argc, char **argv, const struct cli_syntax *syntax, void *into, int *operand)
{
	struct getopt_tables tables = {0};
	struct err err = {0};
	make_tables(syntax, &tables);
	opterr = 0;
	optind = 0; /* glibc: start anew, as replays parse more than once */
	for (int found; (found = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1;) {
		if (found == 'h') {
			print_help(syntax);
			return EXIT_AS_EXPECTED;
		}
		if (found == '?' || found == ':')
			return complain_option(argv, syntax, found == ':');
		const struct cli_option *option = option_of(syntax, found);
		if (option->take(into, optarg, &err) < 0)
			return cli_complain(err.code == ENOMEM ? EXIT_INTERNAL : EXIT_USAGE, "%s: --%s: %s", argv[0], option->name, err.text);
	}
	*operand = optind;
	return check_operands(argc - optind, argv[0], syntax);
}

int cli_check_empty(const char *path)
{
	SCOPED_DIR DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	for (struct dirent *entry; (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return -ENOTEMPTY;
	return 0;
}

/* ---- speaking ---- */

/* Most lines need no memory: who has none left must be able to say so, and what was found besides. */
#define LINE_USUAL 4000

static void PRINTF(2, 0) put_long(FILE *to, const char *format, va_list args)
{
	SCOPED(buf_free) struct buf text = {0};
	buf_vprintf(&text, format, args);
	if (text.length)
		harmless(text.at, "\n\t");
	fputs(buf_string(&text), to);
	if (text.failed)
		fputs("ordeal: out of memory: a line is missing\n", stderr);
}

static void PRINTF(2, 0) put(FILE *to, const char *format, va_list args)
{
	char line[LINE_USUAL];
	va_list again;
	va_copy(again, args);
	int length = vsnprintf(line, sizeof line, format, args);
	if (length < 0 || (size_t)length >= sizeof line) {
		put_long(to, format, again);
	} else {
		harmless(line, "\n\t");
		fputs(line, to);
	}
	va_end(again);
}

int cli_complain(int status, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fflush(stdout);
	fputs("ordeal: ", stderr);
	put(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	return status;
}

void cli_tell(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	put(stdout, format, args);
	va_end(args);
}

void cli_doubts(const struct plan *plan)
{
	for (size_t i = 0; i < plan->doubts.count; i++)
		cli_complain(0, "warning: %s", plan->doubts.at[i]);
}

void cli_warn_lines(const char *lines)
{
	for (size_t length; *lines; lines += length + (lines[length] == '\n')) {
		length = strcspn(lines, "\n");
		cli_complain(0, "warning: %.*s", (int)length, lines);
	}
}

/* No memory is our own trouble, and a full disk the machine's, whoever meets it. */
static int status_for(int status, const struct err *err)
{
	if (err->code == ENOMEM)
		return EXIT_INTERNAL;
	return status == EXIT_USAGE && (err->code == ENOSPC || err->code == EDQUOT) ? EXIT_ENVIRONMENT : status;
}

int cli_fail(int status, const struct err *err)
{
	return cli_complain(status_for(status, err), "%s", err->text);
}

int cli_fail_of(const char *what, int status, const struct err *err)
{
	return cli_complain(status_for(status, err), "%s: %s", what, err->text);
}

int cli_whole_name(const char *name, char whole[4096], struct err *err)
{
	if (!places_is_path(name, strlen(name))) {
		snprintf(whole, 4096, "%s", name);
		return 0;
	}
	return realpath(name, whole) ? 0 : err_set(err, errno, "%s: %s", name, strerror(errno));
}

int cli_whole_paths(struct case_spec *spec, struct err *err)
{
	char whole[PATH_MAX];
	SCOPED_FREE char *source = source_whole(spec->corpus, err);
	int rc = source ? case_set(spec, "corpus", source, err) : -err->code;
	if (rc || !spec->plan)
		return rc;
	rc = cli_whole_name(spec->plan, whole, err);
	return rc ? rc : case_set(spec, "plan", whole, err);
}

bool cli_colour(int fd)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
	if (no && no[0])
		return false;
	if (force && strcmp(force, "0") != 0)
		return true;
	return isatty(fd) && term && strcmp(term, "dumb") != 0;
}

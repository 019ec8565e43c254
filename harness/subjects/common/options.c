/* SPDX-License-Identifier: BSD-2-Clause */
/* Copyright (c) 2026, the ordeal authors */
/* Reads the command line. */
#include "common/options.h"

#include "common/report.h"
#include "common/retry.h"
#include "common/status.h"
#include "common/stdout.h"
#include "common/text.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SECONDS = 1000000 };

enum key {
	KEY_ON_ERROR = 256,
	KEY_RETRIES,
	KEY_IO_TIMEOUT,
	KEY_RESUME,
	KEY_COUNT,
	KEY_MODULES,
	KEY_HELP,
	KEY_VERSION,
	KEY_NUMBER, /* the core's own */
};

static const struct option common[] = {
	{"on-error", required_argument, NULL, KEY_ON_ERROR},
	{"retries", required_argument, NULL, KEY_RETRIES},
	{"io-timeout", required_argument, NULL, KEY_IO_TIMEOUT},
	{"resume", no_argument, NULL, KEY_RESUME},
	{"count", no_argument, NULL, KEY_COUNT},
	{"modules", required_argument, NULL, KEY_MODULES},
	{"help", no_argument, NULL, KEY_HELP},
	{"version", no_argument, NULL, KEY_VERSION},
};

static const char common_help[] =
	"  --on-error=abort   the first bad input ends the run, nothing is left (default)\n"
	"  --on-error=skip    leave bad inputs out, name them, go on\n"
	"  --retries=N        repetitions of a call that failed for the moment (2)\n"
	"  --io-timeout=S     seconds that one call may take, 0 for ever (30)\n"
	"  --resume           keep outputs that exist and are sound\n"
	"  --count            print the number of inputs, make nothing\n"
	"  --modules=DIR      where codec and accelerator lie (beside this program)\n"
	"  --help, --version  print this, or which version this is\n";

static const char statuses[] =
	"Exit status: 0 done, 1 refused and nothing left behind, 2 wrong usage,\n"
	"3 done but inputs were left out, 4 cancelled.\n";

static int say(const struct text *text)
{
	struct failure why;
	if (stdout_write(text, &why) == 0)
		return STATUS_DONE;
	report_error(&why);
	return STATUS_REFUSED;
}

static int help(const struct options_core *core)
{
	struct text text = {0};
	text_add(&text, "Usage: %s [options] IN OUT\n%s\n%s%s\n%s", core->name, core->purpose, common_help, core->own_help,
		 statuses);
	return say(&text);
}

static int version(const struct options_core *core)
{
	struct text text = {0};
	text_add(&text, "%s %s\n", core->name, SUBJECT_VERSION);
	return say(&text);
}

static int misused(const char *what, const char *which, const char *hint)
{
	report_note("%s '%s' (%s)", what, which, hint);
	return STATUS_USAGE;
}

/* getopt_long() tells a wrong letter by itself, and anything else by where it stands. */
static int wrong_option(char *const *argv)
{
	char letter[] = {'-', (char)optopt, '\0'};
	bool is_letter = optopt > 0 && optopt < KEY_ON_ERROR;
	return misused("wrong option", is_letter ? letter : argv[optind - 1], "see --help");
}

static int parse_number(const char *name, const char *text, uint32_t low, uint32_t high, uint32_t *value)
{
	char *end;
	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || number < low || number > high) {
		report_note("--%s=%s: expected a number from %u to %u", name, text, low, high);
		return STATUS_USAGE;
	}
	*value = (uint32_t)number;
	return OPTIONS_GO_ON;
}

static int parse_seconds(const char *text, double *seconds)
{
	char *end;
	double value = strtod(text, &end);
	if ((!isdigit((unsigned char)*text) && *text != '.') || end == text || *end || !(value <= MOST_SECONDS))
		return misused("--io-timeout: no number of seconds", text, "such as 30 or 0.5; 0 sets no limit");
	*seconds = value;
	return OPTIONS_GO_ON;
}

static int parse_on_error(const char *text, bool *skip)
{
	*skip = strcmp(text, "skip") == 0;
	if (*skip || strcmp(text, "abort") == 0)
		return OPTIONS_GO_ON;
	return misused("--on-error: unknown choice", text, "abort or skip");
}

static int parse_modules(const char *text, const char **modules)
{
	*modules = text;
	return *text ? OPTIONS_GO_ON : misused("--modules: no directory", text, "a path is expected");
}

static int set_flag(bool *flag)
{
	*flag = true;
	return OPTIONS_GO_ON;
}

static int take(struct options *options, const struct options_core *core, int key, char *const *argv)
{
	switch (key) {
	case KEY_ON_ERROR: return parse_on_error(optarg, &options->skip);
	case KEY_RETRIES: return parse_number("retries", optarg, 0, RETRY_MOST, &options->retries);
	case KEY_IO_TIMEOUT: return parse_seconds(optarg, &options->io_timeout_s);
	case KEY_RESUME: return set_flag(&options->resume);
	case KEY_COUNT: return set_flag(&options->count);
	case KEY_MODULES: return parse_modules(optarg, &options->modules);
	case KEY_HELP: return help(core);
	case KEY_VERSION: return version(core);
	case KEY_NUMBER:
		return parse_number(core->number->name, optarg, core->number->low, core->number->high, core->number->value);
	case ':': return misused("an argument is missing after", argv[optind - 1], "see --help");
	default: return wrong_option(argv);
	}
}

/* With --count OUT may be left out. */
static int take_places(struct options *options, int count, char *const *places)
{
	if (count > 2)
		return misused("more than IN and OUT:", places[2], "see --help");
	if (count < 2 && !(options->count && count == 1))
		return misused("missing", count ? "OUT" : "IN", "see --help");
	options->in = places[0];
	options->out = count == 2 ? places[1] : NULL;
	if (!*options->in || (options->out && !*options->out))
		return misused("an empty path is no directory:", "", "see --help");
	return OPTIONS_GO_ON;
}

int options_parse(struct options *options, const struct options_core *core, int argc, char **argv)
{
	struct option table[COUNT_OF(common) + 2] = {0}; /* the core's own, and the end mark */
	memcpy(table, common, sizeof common);
	if (core->number)
		table[COUNT_OF(common)] = (struct option){core->number->name, required_argument, NULL, KEY_NUMBER};
	*options = (struct options){.io_timeout_s = 30, .retries = 2};
	report_as(core->name);
	opterr = 0;
	int key;
	while ((key = getopt_long(argc, argv, ":", table, NULL)) != -1) {
		int status = take(options, core, key, argv);
		if (status != OPTIONS_GO_ON)
			return status;
	}
	return take_places(options, argc - optind, argv + optind);
}
